"""The stored shape of VAT checks."""

from collections.abc import Mapping
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import kept_until, millis, moment, moment_or_none
from freischalt.domain.ids import AccountNumber
from freischalt.domain.vat import FieldVerdict, VatField, VatQuestion, VatService
from freischalt.domain.vat_record import VatDue, VatExchange, VatRecord
from freischalt.domain.vat_standing import VatOverride, VatStanding, VatState, VatWaiting

# --- what an account remembers


def standing_values(standing: VatStanding) -> dict[str, object]:
    waiting, override = standing.waiting, standing.override
    return {
        "state": standing.state.value,
        "of": standing.of,
        "check_id": standing.check_id,
        "decided_at": standing.decided_at and millis(standing.decided_at),
        "code": standing.code,
        "differing": [field.value for field in standing.differing] or None,
        "waiting": waiting
        and {
            "check_id": waiting.check_id,
            "since": millis(waiting.since),
            "next_try": millis(waiting.next_try),
            "tries": waiting.tries,
            "code": waiting.code,
            "told_at": waiting.told_at and millis(waiting.told_at),
        },
        "given_up_at": standing.given_up_at and millis(standing.given_up_at),
        "override": override and {"by": override.by, "reason": override.reason},
    }


def standing_of(read: Mapping[str, Any]) -> VatStanding:
    waiting, override = read.get("waiting"), read.get("override")
    return VatStanding(
        state=VatState(read["state"]),
        of=read["of"],
        check_id=read.get("check_id"),
        decided_at=moment_or_none(read.get("decided_at")),
        code=read.get("code"),
        differing=tuple(VatField(name) for name in read.get("differing", ())),
        waiting=_waiting_of(waiting) if waiting else None,
        given_up_at=moment_or_none(read.get("given_up_at")),
        override=VatOverride(by=override["by"], reason=override["reason"]) if override else None,
    )


def _waiting_of(read: Mapping[str, Any]) -> VatWaiting:
    return VatWaiting(
        check_id=read["check_id"],
        since=moment(read["since"]),
        next_try=moment(read["next_try"]),
        tries=read["tries"],
        code=read.get("code"),
        told_at=moment_or_none(read.get("told_at")),
    )


# --- what is still to be asked


def due_item(due: VatDue, *, version: int) -> Wire:
    return keys.vat_due(due.account) | to_item(
        {
            "service": due.service.value,
            "version": version,
            "due": keys.due_vat(due.account),
            "due_at": millis(due.at),
        }
    )


def due_of(item: Mapping[str, Any]) -> VatDue:
    read = from_item(item)
    return VatDue(
        account=AccountNumber(item["PK"]["S"].partition("#")[2]),
        service=VatService(read["service"]),
        at=moment(read["due_at"]),
        version=read["version"],
    )


# --- what was found


def record_item(record: VatRecord, *, version: int) -> Wire:
    question, exchange = record.question, record.exchange
    return keys.vat_record(record.account, record.id) | to_item(
        {
            "id": record.id,
            "at": millis(record.at),
            "state": record.state.value,
            "of": record.of,
            "code": record.code,
            "fields": {field.value: told.value for field, told in record.fields.items()} or None,
            "request_id": record.request_id,
            "for_a_person": record.for_a_person or None,
            "question": question and _question_values(question),
            "exchange": exchange and _exchange_values(exchange),
            "is_history": None if record.counts else True,
            "by": record.by,
            "reason": record.reason,
            "version": version,
            "expires_at": kept_until(record.at),
            "about": dict(record.about) or None,
        }
    )


def record_of(account: str, item: Mapping[str, Any]) -> VatRecord:
    read = from_item(item)
    return VatRecord(
        account=AccountNumber(account),
        id=read["id"],
        at=moment(read["at"]),
        state=VatState(read["state"]),
        of=read["of"],
        code=read.get("code"),
        fields={
            VatField(name): FieldVerdict(told) for name, told in read.get("fields", {}).items()
        },
        request_id=read.get("request_id"),
        for_a_person=read.get("for_a_person", False),
        question=_question_of(read["question"]) if "question" in read else None,
        exchange=_exchange_of(read["exchange"]) if "exchange" in read else None,
        about=read.get("about", {}),
        counts=not read.get("is_history", False),
        by=read.get("by"),
        reason=read.get("reason"),
        version=read["version"],
    )


def _question_values(question: VatQuestion) -> dict[str, object]:
    return {
        "service": question.service.value,
        "vat_id": question.vat_id,
        "name": question.name,
        "street": question.street,
        "postal_code": question.postal_code,
        "city": question.city,
    }


def _question_of(read: Mapping[str, Any]) -> VatQuestion:
    return VatQuestion(
        service=VatService(read["service"]),
        vat_id=read["vat_id"],
        name=read["name"],
        street=read["street"],
        postal_code=read["postal_code"],
        city=read["city"],
    )


def _exchange_values(exchange: VatExchange) -> dict[str, object]:
    return {
        "asked_at": millis(exchange.asked_at),
        "answered_at": millis(exchange.answered_at),
        "request": exchange.request,
        "response": exchange.response,
        "http_status": exchange.http_status,
    }


def _exchange_of(read: Mapping[str, Any]) -> VatExchange:
    return VatExchange(
        asked_at=moment(read["asked_at"]),
        answered_at=moment(read["answered_at"]),
        request=read["request"],
        response=read["response"],
        http_status=read.get("http_status"),
    )
