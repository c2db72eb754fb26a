"""Calls of an API's function as API Gateway brings them, and what it answers."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Metrics

from freischalt.domain.ids import AccountNumber
from freischalt.domain.user import Role
from freischalt.telemetry import logger
from freischalt.use_cases.signing_in import Principal
from freischalt.use_cases.told import told_of
from freischalt_api.api import Api, serve
from tests.account_factories import ANNA
from tests.conftest import ROOT
from tests.factories import ACCOUNT, NOON

SIGNED_IN = Principal(actor=f"user:{ANNA}", role=Role.CUSTOMER, user=ANNA, account=ACCOUNT)
A_MACHINE = replace(SIGNED_IN, actor="key:0123456789abcdef", user=None)


@dataclass(frozen=True)
class Answer:
    """`body` is None where there is none, and a text where it is no JSON."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        return str(self.body["code"])

    @property
    def errors(self) -> dict[str, str]:
        """Which field breaks which rule."""
        return {error["pointer"]: error["rule"] for error in self.body["errors"]}


@dataclass
class Calls:
    """Whoever calls; `principal` is what the authorizer has found out: nothing of a stranger."""

    api: Api
    principal: Principal = SIGNED_IN
    is_stranger: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def of(self, account: str) -> "Calls":
        return replace(self, principal=replace(self.principal, account=AccountNumber(account)))

    def by_machine(self) -> "Calls":
        return replace(self, principal=A_MACHINE)

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PUT", path, body, **headers)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def page(self, path: str) -> Answer:
        """The body is the page's text."""
        return self._answered(self._called("GET", path), str)

    def download(self, path: str) -> Answer:
        """The body is the file's bytes."""
        return self._answered(self._called("GET", path), b64decode)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self._answered(self._called(method, path, body, **headers), _as_told)

    def _called(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        event = json.loads((ROOT / "events/term_api.inverter_types.json").read_text("utf-8"))
        where, _, query = path.partition("?")
        context = event["requestContext"]
        context["http"] |= {"method": method, "path": where}
        context["authorizer"] = {} if self.is_stranger else {"lambda": told_of(self.principal)}
        pairs = [pair.split("=") for pair in query.split("&") if pair]
        event |= {"rawPath": where, "rawQueryString": query, "queryStringParameters": dict(pairs)}
        event["headers"] |= self.headers
        event["headers"] |= {name.lower().replace("_", "-"): told for name, told in headers.items()}
        if body is not None:
            event["body"] = json.dumps(body)
        counts = Metrics(namespace="Freischalt", service="calls")
        return serve(self.api, event, None, logger("calls"), counts)

    @staticmethod
    def _answered(answer: dict[str, Any], read: Callable[[str], Any]) -> Answer:
        told = {name.lower(): str(value) for name, value in answer["headers"].items()}
        return Answer(answer["statusCode"], told, read(answer["body"] or "null"))


def at_noon() -> datetime:
    return NOON


def _as_told(body: str) -> Any:
    """JSON, or a page as it is."""
    return body if body.startswith("<") else json.loads(body)
