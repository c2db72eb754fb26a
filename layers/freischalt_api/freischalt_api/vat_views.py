"""VAT checks, as clients see them."""

from datetime import datetime

from pydantic.alias_generators import to_camel

from freischalt.domain.account import Account
from freischalt.domain.user import Language
from freischalt.domain.vat import VatField
from freischalt.domain.vat_purchase import POINTERS
from freischalt.domain.vat_record import VatRecord
from freischalt.domain.vat_standing import VatState
from freischalt.texts_api import detail
from freischalt.use_cases.buying import may_not_buy
from freischalt.use_cases.office import Office
from freischalt.use_cases.vat_checks import data_version
from freischalt_api.shapes import (
    VatCheckOut,
    VatDifferenceOut,
    VatEvidenceOut,
    VatStandingOut,
)


def standing_out(
    account: Account, office: Office, now: datetime, language: Language
) -> VatStandingOut:
    standing, registrant = account.vat, account.registrant
    # one that is only old is asked for again with the order, and held up by nothing before
    is_old = standing and standing.state is VatState.VALID and not standing.waiting
    decided_at = standing.decided_at if standing and is_old else None
    refusal = may_not_buy(account, office, decided_at or now)
    waiting = standing.waiting if standing else None
    return VatStandingOut(
        vat_id=registrant.vat_id if registrant else None,
        data_version=data_version(registrant) if registrant else None,
        state=standing.state if standing else None,
        may_buy=refusal is None,
        code=refusal.code.value if refusal else None,
        detail=detail(refusal.code, language) if refusal else None,
        decided_at=standing.decided_at if standing else None,
        decided_by_operator=standing is not None and standing.override is not None,
        differing=_differing(account),
        pending_since=waiting.since if waiting else None,
        next_try=waiting.next_try if waiting else None,
        reason=waiting.code if waiting else None,
    )


def _differing(account: Account) -> list[VatDifferenceOut]:
    """With what was entered, as it was asked about."""
    registrant = account.registrant
    if registrant is None or account.vat is None:
        return []
    asked = registrant.in_latin
    entered = {
        VatField.NAME: asked.name,
        VatField.STREET: asked.street,
        VatField.POSTAL_CODE: registrant.address.postal_code,
        VatField.CITY: asked.city,
    }
    return [
        VatDifferenceOut(pointer=POINTERS[field], entered=entered[field])
        for field in account.vat.differing
    ]


def check_out(record: VatRecord) -> VatCheckOut:
    question = record.question
    return VatCheckOut(
        id=record.id,
        at=record.at,
        state=record.state,
        service=question.service if question else None,
        vat_id=question.vat_id if question else None,
        code=record.code,
        fields=dict(record.fields),
        request_id=record.request_id,
        by_operator=record.by is not None,
        for_a_person=record.for_a_person,
    )


def evidence_out(record: VatRecord) -> VatEvidenceOut:
    question, exchange = record.question, record.exchange
    return VatEvidenceOut(
        **check_out(record).model_dump(),
        entered={to_camel(name): text for name, text in record.about.items()},
        asked={
            "vatId": question.vat_id,
            "name": question.name,
            "street": question.street,
            "postalCode": question.postal_code,
            "city": question.city,
        }
        if question
        else {},
        asked_at=exchange.asked_at if exchange else None,
        answered_at=exchange.answered_at if exchange else None,
        request=exchange.request if exchange else None,
        response=exchange.response if exchange else None,
        http_status=exchange.http_status if exchange else None,
        counts=record.counts,
        by=record.by,
        reason=record.reason,
    )
