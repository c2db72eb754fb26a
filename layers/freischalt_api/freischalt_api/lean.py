"""Routes without pydantic: for a function that answers one small question very often.

The same problems and the same gate as `api` has, on Powertools' resolver without its validation. A
call that is answered leaves no line and no metric of ours: API Gateway's access log has both.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.user import Language
from freischalt.telemetry import what_failed
from freischalt.use_cases.office import Office
from freischalt.use_cases.signing_in import Principal, principal_anew
from freischalt.use_cases.told import principal_told
from freischalt_api.languages import preferred
from freischalt_api.problems import Refused, of_refusal, ok

JSON = "application/json"


class LeanApi(APIGatewayHttpResolver):
    """Powertools' resolver with our problems; `now` comes in from outside."""

    def __init__(self, *, now: Callable[[], datetime], office: Office) -> None:
        super().__init__(enable_validation=False)
        self.now = now
        self._office = office
        self.exception_handler(Refused)(self.refused)
        self.not_found(self._not_found)

    @property
    def language(self) -> Language:
        return preferred(self.current_event.headers.get("accept-language", ""))

    def account(self) -> AccountNumber:
        """The caller's, who has accepted the documents. Raises Refused."""
        context = self.current_event.raw_event.get("requestContext", {})
        told = (context.get("authorizer") or {}).get("lambda") or {}
        principal = principal_told(told)
        if principal is None:  # the template gives no such route to strangers; if it did, nothing
            raise Refused(Refusal(RefusalCode.WRONG_CREDENTIALS))
        if principal.must_change_password or principal.lacks:
            principal = self._let_in(principal)
        if principal.account is None:
            raise Refused(Refusal(RefusalCode.NO_ACCOUNT))
        return principal.account

    def _let_in(self, told: Principal) -> Principal:
        """What the authorizer has told may be a minute old: a no is looked up again."""
        principal = ok(principal_anew(told, self._office, now=self.now()))
        if principal.must_change_password and principal.user:
            raise Refused(Refusal(RefusalCode.PASSWORD_CHANGE_REQUIRED))
        if principal.lacks:
            documents = self._office.catalogue.documents
            lacking = [
                {
                    "kind": kind,
                    "version": documents[kind].version,
                    "urls": dict(documents[kind].urls),
                    "accepted": False,
                }
                for kind in documents
                if kind in principal.lacks
            ]
            raise Refused(Refusal(RefusalCode.DOCUMENTS_NOT_ACCEPTED), lacking)
        return principal

    def cached(self, body: str, cache_control: str) -> Response[str]:
        """The answer with its ETag, or 304 to whoever has it already."""
        etag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
        headers: dict[str, str | list[str]] = {
            "Cache-Control": cache_control,
            "ETag": etag,
            "Vary": "Accept-Language",
        }
        if has(self.current_event.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        return Response(200, JSON, body, headers)

    def refused(self, refused: Refused) -> Response[str]:
        id_: str = self.current_event.request_context.request_id
        return of_refusal(refused, self.language, id_, retry_after=None)

    def _not_found(self, _: NotFoundError) -> Response[str]:
        return self.refused(Refused(Refusal(RefusalCode.NO_SUCH_ROUTE)))


def has(if_none_match: str, etag: str) -> bool:
    """Whether the client has it: RFC 9110, 13.1.2, which compares weakly.

    >>> has('W/"a", "b"', '"a"'), has("*", '"a"'), has('"ab"', '"a"'), has("", '"a"')
    (True, True, False, False)
    """
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in known or known == ["*"]


def serve_lean(
    app: LeanApi, event: dict[str, Any], context: Any, log: Logger, counts: Metrics
) -> dict[str, Any]:
    """One call from API Gateway; whatever goes wrong is a problem, logged by its kind alone."""
    try:
        answer: dict[str, Any] = app.resolve(event, context)
    except Exception as error:  # noqa: BLE001 - its message may hold what the client sent
        log.error("the call failed", extra=what_failed(error))
        counts.add_metric("Status_5xx", MetricUnit.Count, 1)
        response = app.refused(Refused(Refusal(RefusalCode.INTERNAL)))
        answer = {
            "statusCode": response.status_code,
            "headers": {
                **{name: str(value) for name, value in response.headers.items()},
                "Content-Type": response.content_type,
            },
            "body": response.body,
            "isBase64Encoded": False,
            "cookies": [],
        }
    answer["body"] = answer.get("body") or ""  # of a 304 it is None
    return answer
