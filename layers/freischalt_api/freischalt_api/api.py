"""What all routes share: limits before anything is read, problems after, and who asks.

    API Gateway → `serve` (limits, problems) → Powertools' resolver (routes, shapes) → a use case

Nothing that a client sends is echoed in an error, nor logged.
"""

import json
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import Field

from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.strict_json import strict_json
from freischalt.domain.user import Language
from freischalt.errors import TooManyRaces
from freischalt.telemetry import what_failed
from freischalt.use_cases.signing_in import Principal
from freischalt.use_cases.told import principal_told
from freischalt_api.languages import preferred
from freischalt_api.problems import AnsweredNo, Refused, of_answer, of_refusal

LARGEST_BODY = 65_536
LONGEST_QUERY = 4_096
NOBODY = "nobody"
JSON = "application/json"
REPLACED = "\N{REPLACEMENT CHARACTER}"

type Event = dict[str, Any]

IdempotencyKey = Annotated[
    Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[!-~]+$")] | None,
    Header(
        alias="Idempotency-Key",
        description="The same request again within 24 hours gets the same answer, once done.",
    ),
]
IfMatch = Annotated[
    Annotated[str, Field(max_length=40, pattern=r'^"[0-9]+"$')] | None, Header(alias="If-Match")
]
After = Annotated[
    Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[A-Za-z0-9_-]+$")] | None,
    Query(description="`next` of the page before"),
]
Limit = Annotated[int, Query(ge=1, le=50)]


def place(after: str | None) -> str | None:
    """Where a list goes on, as `next` named it. Raises Refused for what no page has named."""
    if after is None:
        return None
    try:
        return urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
    except ValueError:
        problem = FieldProblem("after", "must be `next` of the page before")
        raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))) from None


def further(next_: str | None) -> str | None:
    """The place in a list as clients get it.

    >>> place(further("mueller gmbh#10001"))
    'mueller gmbh#10001'
    """
    return urlsafe_b64encode(next_.encode()).decode().rstrip("=") if next_ else None


def path(pattern: str) -> Any:
    """A path parameter that has this form."""
    return Path(pattern=pattern)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the authorizer has found out; `principal` None on public routes."""

    principal: Principal | None
    source: str

    @property
    def actor(self) -> str:
        return self.principal.actor if self.principal else NOBODY


class Api(APIGatewayHttpResolver):
    """Powertools' resolver with our problems; `now` and `new_id` come in from outside."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        gate: "Callable[[Api], None] | None" = None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        super().__init__(enable_validation=True)
        self._now = now
        self._new_id = new_id
        if gate:
            self.use(middlewares=[_passing(gate)])
        self.exception_handler(Refused)(self._refused)
        self.exception_handler(AnsweredNo)(self._answered_no)
        self.exception_handler(RequestValidationError)(self._invalid)
        self.exception_handler(RequestUnsupportedContentType)(self._no_json)
        self.exception_handler(TooManyRaces)(self._busy)
        self.not_found(self._not_found)

    # --- what a route asks for

    @property
    def moment(self) -> datetime:
        """When this call began, in whole milliseconds: what is kept is what was answered."""
        if "moment" not in self.context:
            now = self._now()
            whole = now.replace(microsecond=now.microsecond // 1000 * 1000)
            self.append_context(moment=whole)  # type: ignore[no-untyped-call]
        moment: datetime = self.context["moment"]
        return moment

    @property
    def language(self) -> Language:
        return preferred(self.current_event.headers.get("accept-language", ""))

    @property
    def request_id(self) -> str:
        id_: str = self.current_event.request_context.request_id
        return id_

    @property
    def caller(self) -> Caller:
        context = self.current_event.raw_event.get("requestContext", {})
        told = (context.get("authorizer") or {}).get("lambda") or {}
        return Caller(principal_told(told), context.get("http", {}).get("sourceIp", ""))

    def user(self) -> Principal:
        """The caller, who is a signed-in user. Raises Refused."""
        principal = self.principal()
        if principal.user is None:
            raise Refused(Refusal(RefusalCode.NOT_FOR_MACHINES))
        return principal

    def principal(self) -> Principal:
        principal = self.caller.principal
        if principal is None:  # the template gives no such route to strangers; if it did, nothing
            raise Refused(Refusal(RefusalCode.WRONG_CREDENTIALS))
        return principal

    def account(self) -> AccountNumber:
        account = self.principal().account
        if account is None:
            raise Refused(Refusal(RefusalCode.NO_ACCOUNT))
        return account

    def asked(self, key: str | None, body: Mapping[str, Any] | None = None) -> Request:
        """This request; `body` is what its fingerprint is made of, passwords left out."""
        caller, event = self.caller, self.current_event
        what = f"{event.http_method} {event.path}"
        fingerprint = _digest(what, json.dumps(body or {}, sort_keys=True, default=str))
        who = caller.actor if caller.principal else f"{NOBODY}|{caller.source}"
        return Request(
            id=_digest(who, what, key) if key else self._new_id(),
            nonce=self._new_id(),
            fingerprint=fingerprint,
            repeatable=key is not None,
            actor=caller.actor,
            at=self.moment,
        )

    # --- problems

    def _refused(self, refused: Refused) -> Response[str]:
        until = refused.refusal.until
        seconds = max(1, round((until - self.moment).total_seconds())) if until else None
        return of_refusal(refused, self.language, self.request_id, retry_after=seconds)

    def refuse(self, code: RefusalCode, *problems: FieldProblem) -> Response[str]:
        return self._refused(Refused(Refusal(code, problems=problems)))

    def _answered_no(self, no: AnsweredNo) -> Response[str]:
        return of_answer(no.answer, self.language, self.request_id)

    def _invalid(self, error: RequestValidationError) -> Response[str]:
        found = error.errors()
        unreadable = any(each["type"] == "json_invalid" for each in found)
        code = RefusalCode.MALFORMED_REQUEST if unreadable else RefusalCode.VALIDATION_FAILED
        return self.refuse(code, *(_field_problem(each) for each in found))

    def _no_json(self, _: RequestUnsupportedContentType) -> Response[str]:
        return self.refuse(RefusalCode.NOT_JSON)

    def _busy(self, _: TooManyRaces) -> Response[str]:
        return self.refuse(RefusalCode.BUSY)

    def _not_found(self, _: NotFoundError) -> Response[str]:
        return self.refuse(RefusalCode.NO_SUCH_ROUTE)


def _passing(gate: Callable[[Api], None]) -> Any:
    def middleware(app: Any, next_middleware: Callable[[Any], Response[Any]]) -> Response[Any]:
        gate(app)
        return next_middleware(app)

    return middleware


def serve(app: Api, event: Event, context: Any, log: Logger, counts: Metrics) -> dict[str, Any]:
    """One call from API Gateway; whatever goes wrong is a problem, logged by its kind alone."""
    app.current_event = APIGatewayProxyEventV2(event)  # limits come before routes
    app.lambda_context = context
    try:
        answer = _too_much(app, event) or app.resolve(event, context)
        answer["body"] = answer.get("body") or ""  # of a 204 it is None
    except Exception as error:  # noqa: BLE001 - its message may hold what the client sent
        log.error("the call failed", extra=what_failed(error))
        answer = _built(app.refuse(RefusalCode.INTERNAL))
    route = event["requestContext"].get("routeKey", "")
    log.info(
        "served",
        extra={"route": route, "status": answer["statusCode"], "request": app.request_id},
    )
    counts.add_metric("Requests", MetricUnit.Count, 1)
    counts.add_metric(f"Status_{answer['statusCode'] // 100}xx", MetricUnit.Count, 1)
    app.clear_context()  # type: ignore[no-untyped-call]
    return answer


def _too_much(app: Api, event: Event) -> dict[str, Any] | None:
    """Limits that hold for every route, before a byte is parsed."""
    body = event.get("body") or ""
    if len(body) > LARGEST_BODY * (4 / 3 if event.get("isBase64Encoded") else 1):
        return _built(app.refuse(RefusalCode.BODY_TOO_LARGE))
    if not event.get("isBase64Encoded") and len(body.encode(errors="replace")) > LARGEST_BODY:
        return _built(app.refuse(RefusalCode.BODY_TOO_LARGE))
    if len(event.get("rawQueryString") or "") > LONGEST_QUERY:
        problem = FieldProblem("query", f"must be at most {LONGEST_QUERY} characters long")
        return _built(app.refuse(RefusalCode.MALFORMED_REQUEST, problem))
    return _unreadable(app, event)


def _unreadable(app: Api, event: Event) -> dict[str, Any] | None:
    """A body that is no UTF-8, or no JSON as strictly as it is written."""
    body = event.get("body") or ""
    rule = "must be UTF-8"
    try:
        if event.get("isBase64Encoded"):
            body = b64decode(body, validate=True).decode()
        if REPLACED in body:  # whoever stood between has decoded it already
            return _built(app.refuse(RefusalCode.MALFORMED_REQUEST, FieldProblem("", rule)))
        rule = "must be JSON"
        if body and JSON in event.get("headers", {}).get("content-type", JSON):
            strict_json(body)
    except ValueError:
        return _built(app.refuse(RefusalCode.MALFORMED_REQUEST, FieldProblem("", rule)))
    return None


def _built(response: Response[str]) -> dict[str, Any]:
    return {
        "statusCode": response.status_code,
        "headers": {name: str(value) for name, value in response.headers.items()}
        | {"Content-Type": response.content_type},
        "body": response.body,
        "isBase64Encoded": False,
        "cookies": [],
    }


def etag(version: int) -> dict[str, str | list[str]]:
    """What a change sends back as `If-Match`."""
    return {"ETag": f'"{version}"', "Cache-Control": "no-store"}


def revision_read(if_match: str | None) -> int:
    """The version that was read. Raises Refused if it is missing."""
    if if_match is None:
        raise Refused(Refusal(RefusalCode.PRECONDITION_REQUIRED))
    return int(if_match.strip('"'))


def nothing() -> Response[None]:
    """Done, and there is nothing to say."""
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


# --- reading what clients send


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """Where it is, and which rule it breaks; never what it was."""
    where, *steps = error["loc"]
    if error["type"] == "json_invalid":
        return FieldProblem("", "must be JSON")
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    return FieldProblem(pointer if where == "body" else str((steps or [where])[0]), _rule(error))


def _rule(error: Mapping[str, Any]) -> str:
    return re.sub(r"^Value error, ", "", str(error["msg"]))


def _digest(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode(errors="replace")).hexdigest()[:32]
