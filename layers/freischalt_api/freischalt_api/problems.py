"""Refusals as `application/problem+json`: status, code, a sentence in the client's language."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.password import PasswordRule
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.user import Language
from freischalt.texts import text_of
from freischalt.texts_api import (
    ANSWERS_IN_ENGLISH,
    FIELD_RULES,
    PASSWORD_RULES,
    detail,
    in_language,
)

PROBLEM = "application/problem+json"

STATUSES: dict[RefusalCode, HTTPStatus] = {
    RefusalCode.VALIDATION_FAILED: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.MALFORMED_REQUEST: HTTPStatus.BAD_REQUEST,
    RefusalCode.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RefusalCode.NOT_JSON: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    RefusalCode.NO_SUCH_ROUTE: HTTPStatus.NOT_FOUND,
    RefusalCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    RefusalCode.IDEMPOTENCY_KEY_REUSED: HTTPStatus.CONFLICT,
    RefusalCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    RefusalCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    RefusalCode.USER_NAME_TAKEN: HTTPStatus.CONFLICT,
    RefusalCode.DOCUMENTS_NOT_ACCEPTED: HTTPStatus.PRECONDITION_FAILED,
    RefusalCode.DOCUMENT_VERSION_UNKNOWN: HTTPStatus.CONFLICT,
    RefusalCode.LINK_NOT_VALID: HTTPStatus.NOT_FOUND,
    RefusalCode.WRONG_CREDENTIALS: HTTPStatus.FORBIDDEN,
    RefusalCode.SIGN_IN_LOCKED: HTTPStatus.LOCKED,
    RefusalCode.PASSWORD_RULES: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.PASSWORD_CHANGE_REQUIRED: HTTPStatus.FORBIDDEN,
    RefusalCode.NOT_FOR_MACHINES: HTTPStatus.FORBIDDEN,
    RefusalCode.NO_ACCOUNT: HTTPStatus.NOT_FOUND,
    RefusalCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RefusalCode.CHANGED_MEANWHILE: HTTPStatus.PRECONDITION_FAILED,
    RefusalCode.PRECONDITION_REQUIRED: HTTPStatus.PRECONDITION_REQUIRED,
    RefusalCode.PHONE_TAKEN: HTTPStatus.CONFLICT,
    RefusalCode.PHONE_NOT_MOBILE: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.PHONE_CODE_WRONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.TOO_MANY_PHONES: HTTPStatus.CONFLICT,
    RefusalCode.TOO_MANY_USERS: HTTPStatus.CONFLICT,
    RefusalCode.TOO_MANY_API_KEYS: HTTPStatus.CONFLICT,
    RefusalCode.TOO_MANY_LOCKS: HTTPStatus.CONFLICT,
    RefusalCode.LOCK_OVER: HTTPStatus.CONFLICT,
    RefusalCode.LOCK_END_IN_THE_PAST: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.OPEN_OBLIGATIONS: HTTPStatus.CONFLICT,
    RefusalCode.ORDER_NOT_TO_BE_PAID: HTTPStatus.CONFLICT,
    RefusalCode.PAYMENT_UNDER_WAY: HTTPStatus.CONFLICT,
    RefusalCode.PAYMENT_PAGE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    RefusalCode.TOO_LITTLE_FOR_A_PAGE: HTTPStatus.CONFLICT,
    RefusalCode.PAYMENT_REFERENCE_USED: HTTPStatus.CONFLICT,
    RefusalCode.PAYMENT_SETTLED: HTTPStatus.CONFLICT,
    RefusalCode.PAYMENT_DOES_NOT_FIT: HTTPStatus.CONFLICT,
    RefusalCode.WITHDRAWAL_DOES_NOT_FIT: HTTPStatus.CONFLICT,
    RefusalCode.VAT_ID_MALFORMED: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.NOT_LATIN: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.VAT_NOT_CHECKED: HTTPStatus.CONFLICT,
    RefusalCode.COMPANY_STAYS_ONE: HTTPStatus.CONFLICT,
    RefusalCode.VAT_ID_MISSING: HTTPStatus.CONFLICT,
    RefusalCode.VAT_ID_INVALID: HTTPStatus.CONFLICT,
    RefusalCode.VAT_DATA_DIFFERS: HTTPStatus.CONFLICT,
    RefusalCode.VAT_CHECK_RUNNING: HTTPStatus.CONFLICT,
    RefusalCode.VAT_CHECK_PENDING: HTTPStatus.CONFLICT,
    RefusalCode.VAT_CHECK_GIVEN_UP: HTTPStatus.CONFLICT,
    RefusalCode.REPAIR_NOT_OFFERED: HTTPStatus.CONFLICT,
    RefusalCode.REPAIR_ANSWERED: HTTPStatus.CONFLICT,
    RefusalCode.REPAIR_OFFER_EXPIRED: HTTPStatus.CONFLICT,
    RefusalCode.REPAIR_NOT_ACCEPTED: HTTPStatus.CONFLICT,
    RefusalCode.MONITORING_NOT_SOLD: HTTPStatus.FORBIDDEN,
    RefusalCode.TOO_MANY_PLANTS: HTTPStatus.CONFLICT,
    RefusalCode.TOO_MANY_GUESTS: HTTPStatus.CONFLICT,
    RefusalCode.TOO_MANY_LISTS: HTTPStatus.CONFLICT,
    RefusalCode.TOO_MANY_REPAIRS: HTTPStatus.CONFLICT,
    RefusalCode.PLANT_ENDED: HTTPStatus.CONFLICT,
    RefusalCode.PLANT_HAS_OPEN_ORDER: HTTPStatus.CONFLICT,
    RefusalCode.ENDING_NOT_CONFIRMED: HTTPStatus.CONFLICT,
    RefusalCode.ERASING_NOT_CONFIRMED: HTTPStatus.CONFLICT,
    RefusalCode.ACTIVATION_WRONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.ACTIVATION_USED: HTTPStatus.CONFLICT,
    RefusalCode.INVERTER_IN_USE: HTTPStatus.CONFLICT,
    RefusalCode.GROWTH_NOT_ACCEPTED: HTTPStatus.CONFLICT,
    RefusalCode.ACCOUNT_LOCKED: HTTPStatus.LOCKED,
    RefusalCode.ADDRESS_MISSING: HTTPStatus.CONFLICT,
    RefusalCode.NO_INVERTERS: HTTPStatus.CONFLICT,
    RefusalCode.NOT_YET_RENEWABLE: HTTPStatus.CONFLICT,
    RefusalCode.ORDER_OPEN: HTTPStatus.CONFLICT,
    RefusalCode.PRICE_CHANGED: HTTPStatus.CONFLICT,
    RefusalCode.CONTRACT_NOT_ACCEPTED: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalCode.ORDER_NOT_OPEN: HTTPStatus.CONFLICT,
    RefusalCode.ORDER_PARTLY_PAID: HTTPStatus.CONFLICT,
    RefusalCode.NOTHING_TO_CHARGE: HTTPStatus.CONFLICT,
}

ANSWER_STATUSES: dict[AnswerCode, HTTPStatus] = {
    AnswerCode.NOT_RELEASED: HTTPStatus.NOT_FOUND,
    AnswerCode.LOCKED: HTTPStatus.LOCKED,
    AnswerCode.UNKNOWN_LICENCE_TYPE: HTTPStatus.UNPROCESSABLE_ENTITY,
    AnswerCode.INVALID_PARAMETER: HTTPStatus.UNPROCESSABLE_ENTITY,
    AnswerCode.INVALID_USER_INFORMATION: HTTPStatus.UNPROCESSABLE_ENTITY,
    AnswerCode.USER_INFORMATION_CHANGED: HTTPStatus.CONFLICT,
    AnswerCode.POINTS_NOT_RELEASED: HTTPStatus.CONFLICT,
    AnswerCode.E_NOT_RELEASED: HTTPStatus.CONFLICT,
    AnswerCode.USER_INFORMATION_MISMATCH: HTTPStatus.CONFLICT,
    AnswerCode.ALREADY_RELEASED: HTTPStatus.CONFLICT,
    AnswerCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Refused(Exception):
    """Ends a route with a refusal; `documents` are those to accept first, `members` any others."""

    def __init__(
        self,
        refusal: Refusal,
        documents: Sequence[Mapping[str, Any]] = (),
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        told = {"documents": list(documents), "advice": refusal.advice}
        self.members = {name: value for name, value in told.items() if value} | dict(members or {})


class AnsweredNo(Exception):
    """Ends a route with an answer that is a no, as by SMS."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


def ok[T](result: T | Refusal) -> T:
    """The result, if it is none of a refusal. Raises Refused."""
    if isinstance(result, Refusal):
        raise Refused(result)
    return result


def of_refusal(
    refused: Refused, language: Language, request_id: str, *, retry_after: int | None
) -> Response[str]:
    refusal = refused.refusal
    response = problem(
        STATUSES[refusal.code],
        refusal.code.value,
        detail(refusal.code, language, refusal.parameters),
        request_id,
        errors=[_field(each, language) for each in refusal.problems],
        members=refused.members,
    )
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _field(problem_: FieldProblem, language: Language) -> dict[str, str]:
    more = {"characters": problem_.characters, "suggestion": problem_.suggestion}
    return {
        "pointer": problem_.pointer,
        "rule": problem_.rule,
        "detail": _told(problem_, language),
        **{name: text for name, text in more.items() if text},
    }


def _told(problem_: FieldProblem, language: Language) -> str:
    rule = problem_.rule
    if rule in PasswordRule:
        return in_language(PASSWORD_RULES[PasswordRule(rule)], language)
    if rule in FieldRule:
        shown = " ".join(problem_.characters or "")
        return in_language(FIELD_RULES[FieldRule(rule)], language).format(characters=shown)
    return rule


def of_answer(answer: Answer, language: Language, request_id: str) -> Response[str]:
    text = text_of(answer)
    if language is Language.ENGLISH:
        until = answer.locked_until
        shown = f"until {until.isoformat()}" if until else "until revoked"
        text = ANSWERS_IN_ENGLISH.get(answer.code, text).format(type=answer.type, until=shown)
    return problem(ANSWER_STATUSES[answer.code], answer.code.value, text, request_id)


def problem(
    status: HTTPStatus,
    code: str,
    detail_: str,
    request_id: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    members: Mapping[str, Any] | None = None,
) -> Response[str]:
    body: dict[str, Any] = {
        "type": f"urn:freischalt:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": detail_,
        "errors": list(errors),
        "requestId": request_id,
        **(members or {}),
    }
    return Response(
        status_code=status.value,
        content_type=PROBLEM,
        body=json.dumps(body, ensure_ascii=False),
        headers={"Cache-Control": "no-store"},
    )
