"""A registry that is not asked while it is down: Powertools' circuit breaker, kept in our table.

Three answers in a row that the service is down, counted in each worker for itself, open the
circuit for all: for a minute nobody asks, then one worker does, and its answer closes the circuit
or opens it for another minute. Calls of DynamoDB, on the item `CIRCUIT` / `<service>`:

    closed             GetItem, eventually consistent, at most every 5 s in each worker
    the third failure  PutItem
    open               GetItem, as above
    the one question   PutItem on the condition that nobody else asks, then UpdateItem

Of the breaker's ways it is good to know:

- It reads its own clock, in whole seconds, and so not `now`.
- When the table fails, it asks as if the circuit were closed, and does not tell: Powertools writes
  no log of its own unless POWERTOOLS_DEBUG is set. Only a failed claim on the one question raises
  what the SDK raised; nothing was asked then.
- An error of ours passes through and does not count. In the one question it leaves the circuit to
  this worker, and after a minute to whoever comes first.
- POWERTOOLS_CIRCUIT_BREAKER_DISABLED=true switches it off, with a warning each time.
- It adds a word to the user agent of the client that it gets, for good: one store for all circuits.
"""

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.domain.vat import VatAnswer, VatQuestion, VatService
from freischalt.domain.vat_outcomes import CIRCUIT_OPEN
from freischalt.ports import Clock
from freischalt.vat_ports import VatRegistry

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
        CircuitBreakerDynamoDBPersistence,
    )
    from mypy_boto3_dynamodb import DynamoDBClient

FAILURES = 3
OPEN_SECONDS = 60
"""More than one question takes: for so long, the one question is nobody else's."""


class _ServiceDown(Exception):
    """Tells the breaker; holds nothing, as the breaker may log it."""


class Circuits:
    """All circuits of the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    @cached_property
    def store(self) -> "CircuitBreakerDynamoDBPersistence":
        from aws_lambda_powertools.utilities.circuit_breaker.persistence import (  # noqa: PLC0415 - imports boto3: 0.7 s that only who asks has to wait
            CircuitBreakerDynamoDBPersistence,
        )

        return CircuitBreakerDynamoDBPersistence(
            table_name=self._table,
            key_attr="PK",
            static_pk_value=keys.CIRCUITS,
            sort_key_attr="SK",
            expiry_attr="expires_at",
            boto3_client=self._client,
        )


class GuardedRegistry:
    """Asks the registry if the circuit of its service lets it."""

    def __init__(self, registry: VatRegistry, service: VatService, circuits: Circuits) -> None:
        self._registry = registry
        self._service = service
        self._circuits = circuits

    def ask(self, question: VatQuestion, *, now: Clock) -> VatAnswer:
        """Ask. The registry's own answer, also when it is down; else one of `CIRCUIT_OPEN`."""
        answers: list[VatAnswer] = []

        def ask() -> None:
            answers.append(self._registry.ask(question, now=now))
            if answers[0].reading.service_down:
                raise _ServiceDown

        with suppress(_ServiceDown):
            self._guarded(ask)()
        return answers[0] if answers else self._not_asked(now)

    def _guarded(self, ask: Any) -> Any:
        from aws_lambda_powertools.utilities.circuit_breaker import (  # noqa: PLC0415 - see Circuits
            CircuitBreakerConfig,
            circuit_breaker,
        )

        return circuit_breaker(
            name=self._service,
            persistence_store=self._circuits.store,
            on_circuit_open=lambda **_: None,
            config=CircuitBreakerConfig(
                failure_threshold=FAILURES,
                recovery_timeout=OPEN_SECONDS,
                success_threshold=1,
                handled_exceptions=_ServiceDown,
            ),
        )(ask)

    def _not_asked(self, now: Clock) -> VatAnswer:
        at = now()
        return VatAnswer(
            reading=CIRCUIT_OPEN,
            service=self._service,
            asked_at=at,
            answered_at=at,
            request="",
            response="",
            http_status=None,
        )
