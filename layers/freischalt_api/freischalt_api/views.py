"""What is kept, as clients see it."""

from collections.abc import Iterable
from datetime import date

from freischalt.account_ports import Page
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.locks import LockRecord, held
from freischalt.domain.order import Order
from freischalt.domain.user import Language
from freischalt.domain.validation import Blocker, Validation
from freischalt.texts_api import VERDICTS, in_language, locked_until
from freischalt.use_cases.licences import Licence
from freischalt_api.api import further
from freischalt_api.shapes import (
    AccountOut,
    AddressShape,
    AuditOut,
    BlockerOut,
    DocumentOut,
    LicenceOut,
    LockOut,
    OperatorLockOut,
    OrderOut,
    TrailOut,
    ValidationOut,
)

WAY_OUT = (
    'Aufhebung: Anfrage mit dem Betreff "Zugang gesperrt" (hohe Priorität) oder Hotline. {hotline}',
    'To have it lifted: a case with the subject "Zugang gesperrt" or the hotline. {hotline}',
)


def account_out(
    account: Account, today: date, language: Language, catalogue: Catalogue
) -> AccountOut:
    hold = held(account.locks, today)
    registrant = account.registrant
    latin = registrant.latin if registrant else None
    may_buy = registrant is None or registrant.may_buy_monitoring
    partner = None if may_buy else catalogue.contacts.get(f"partner_{_country(account)}")
    return AccountOut(
        number=account.number,
        name=account.company,
        name_latin=_other(latin.name if latin else None, account.company),
        kind=registrant.kind if registrant else None,
        address=AddressShape(
            street=registrant.address.street,
            postal_code=registrant.address.postal_code,
            city=registrant.address.city,
            country=registrant.address.country,
            street_latin=_other(latin.street if latin else None, registrant.address.street),
            city_latin=_other(latin.city if latin else None, registrant.address.city),
        )
        if registrant
        else None,
        vat_id=registrant.vat_id if registrant else None,
        phones=list(account.phones),
        locked=locked_until(hold.until, language) if hold else None,
        confirms_orders=account.confirms_orders,
        may_buy_monitoring=may_buy,
        advice=partner,
        created_at=account.created_at,
    )


def _other(latin: str | None, original: str) -> str | None:
    """The Latin form where it is another one."""
    return None if latin == original else latin


def _country(account: Account) -> str:
    return account.registrant.address.country if account.registrant else ""


def documents_out(
    catalogue: Catalogue, lacks: Iterable[str] | None, kinds: Iterable[str] | None = None
) -> list[DocumentOut]:
    return [
        DocumentOut(
            kind=kind,
            version=document.version,
            urls=dict(document.urls),
            accepted=None if lacks is None else kind not in set(lacks),
        )
        for kind, document in catalogue.documents.items()
        if kinds is None or kind in kinds
    ]


def contract_documents_out(catalogue: Catalogue, api: str) -> list[DocumentOut]:
    """Those that come with a contract are pages of our own; `api` is its address."""
    return [
        DocumentOut(
            kind=kind,
            version=version,
            urls={
                language.value: f"{api}/documents/{kind}?language={language.value}"
                for language in Language
            },
        )
        for kind, version in catalogue.contract_documents.items()
    ]


def licence_out(licence: Licence, language: Language) -> LicenceOut:
    return LicenceOut(
        id=licence.carat_id,
        carat_id=licence.carat_id,
        points=licence.release.points,
        e_protocol=licence.release.e_protocol,
        user_information=licence.release.user_information,
        locked=locked_until(licence.held.until, language) if licence.held else None,
        validation=validation_out(licence.validation, language),
    )


def validation_out(validation: Validation, language: Language) -> ValidationOut:
    first = validation.blockers[0] if validation.blockers else None
    return ValidationOut(
        valid=validation.valid,
        code=validation.code,
        detail=_sentence(validation, first, Language.GERMAN),
        detail_en=_sentence(validation, first, Language.ENGLISH),
        blockers=[
            BlockerOut(
                code=blocker.code,
                since=blocker.since,
                until=blocker.until,
                detail=_blocked(blocker, language),
            )
            for blocker in validation.blockers
        ],
    )


def _sentence(validation: Validation, first: Blocker | None, language: Language) -> str:
    return _blocked(first or Blocker(validation.code), language)


def _blocked(blocker: Blocker, language: Language) -> str:
    said = in_language(VERDICTS[blocker.code], language)
    if not blocker.code.value.endswith("_LOCKED"):
        return said
    _, _, until = locked_until(blocker.until, language).partition(" ")
    return f"{said} {until}"


def order_out(order: Order) -> OrderOut:
    return OrderOut(
        order_number=order.number,
        kind=order.kind,
        type=str(order.type),
        licence_number=str(order.licence_number),
        net_cents=order.net_cents,
        currency=order.currency,
        placed_at=order.placed_at,
    )


def trail_out(page: Page[AuditEntry]) -> TrailOut:
    return TrailOut(
        entries=[
            AuditOut(
                at=entry.at,
                event=entry.event.value,
                actor=entry.actor,
                details=dict(entry.details),
            )
            for entry in page.things
        ],
        next=further(page.next),
    )


def lock_out(lock: LockRecord, today: date, language: Language, catalogue: Catalogue) -> LockOut:
    return LockOut(**_lock(lock, today, language, catalogue))


def operator_lock_out(
    lock: LockRecord, today: date, language: Language, catalogue: Catalogue
) -> OperatorLockOut:
    return OperatorLockOut(
        **_lock(lock, today, language, catalogue),
        private_note=lock.private_note,
        set_by=lock.set_by,
        lifted_by=lock.lifted_by,
        lifted_at=lock.lifted_at,
        resolution=lock.resolution,
    )


def _lock(
    lock: LockRecord, today: date, language: Language, catalogue: Catalogue
) -> dict[str, object]:
    holds = lock.holds(today)
    over = "lifted" if lock.lifted_at else "ended"
    return {
        "id": lock.id,
        "carat_id": lock.carat_id,
        "plant": lock.plant,
        "reason": lock.reason,
        "scope": lock.scope,
        "note": lock.note,
        "until": lock.until,
        "set_at": lock.set_at,
        "state": "holds" if holds else over,
        "text": locked_until(lock.until, language) if holds else "",
        "way_out": in_language(WAY_OUT, language).format(
            hotline=catalogue.contacts.get("hotline", "")
        )
        if holds
        else "",
    }
