"""When a registry is not asked any more, and when it is again: the circuit in our table."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from freischalt.adapters.guarded_registry import (
    FAILURES,
    OPEN_SECONDS,
    Circuits,
    GuardedRegistry,
)
from freischalt.domain.vat import VatAnswer, VatQuestion, VatReading, VatService, VatVerdict
from freischalt.ports import Clock
from tests.conftest import TABLE
from tests.factories import NOON

QUESTION = VatQuestion(
    service=VatService.VIES,
    vat_id="ATU33864707",
    name="Red Bull GmbH",
    street="",
    postal_code="",
    city="",
)
VALID = VatReading(verdict=VatVerdict.VALID, code="VALID")
DOWN = VatReading(verdict=VatVerdict.UNDECIDED, code="SERVICE_UNAVAILABLE", service_down=True)
STATE_DOWN = VatReading(verdict=VatVerdict.UNDECIDED, code="MS_UNAVAILABLE")
CACHED_SECONDS = 5


@dataclass
class FakeRegistry:
    """Says what it is told to say, and counts."""

    says: VatReading | Exception = VALID
    asked: int = 0

    def ask(self, question: VatQuestion, *, now: Clock) -> VatAnswer:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return VatAnswer(
            reading=self.says,
            service=question.service,
            asked_at=now(),
            answered_at=now(),
            request=question.name,
            response="Red Bull GmbH",
            http_status=200,
        )


@dataclass
class World:
    """Workers that share the table and the breaker's clock."""

    client: Any
    seconds: int = 1_800_000_000
    calls: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    registry: FakeRegistry = field(default_factory=FakeRegistry)

    def __post_init__(self) -> None:
        self.client.meta.events.register("before-call.dynamodb", self.note)

    def note(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        if model.name in self.failing:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, model.name)

    def worker(self, service: VatService = VatService.VIES) -> "Worker":
        return Worker(GuardedRegistry(self.registry, service, Circuits(self.client, TABLE)))

    def noted(self) -> list[str]:
        noted, self.calls[:] = list(self.calls), []
        return noted

    def item(self, service: str = "vies") -> dict[str, Any]:
        key = {"PK": {"S": "CIRCUIT"}, "SK": {"S": service}}
        item: dict[str, Any] = self.client.get_item(TableName=TABLE, Key=key).get("Item", {})
        return item

    def now(self) -> SimpleNamespace:
        return SimpleNamespace(timestamp=lambda: self.seconds)


@dataclass
class Worker:
    guarded: GuardedRegistry

    def ask(self) -> str:
        return self.answer().reading.code

    def answer(self) -> VatAnswer:
        return self.guarded.ask(QUESTION, now=lambda: NOON)


def forget() -> None:
    """As in a worker that has just started: Powertools counts in its modules."""
    from aws_lambda_powertools.utilities.circuit_breaker import base  # noqa: PLC0415 - imports boto3

    for kept in (base._LOCAL_FAILURES, base._LOCAL_SUCCESSES, base._LAST_OBSERVED_STATE):
        kept.clear()
    base._PROBE_OWNER.__dict__.clear()


@pytest.fixture
def world(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(dynamodb)
    stopped = SimpleNamespace(datetime=SimpleNamespace(now=made.now))
    package = "aws_lambda_powertools.utilities.circuit_breaker"
    for module in ("base", "persistence.base", "persistence.dynamodb"):
        monkeypatch.setattr(f"{package}.{module}.dt", stopped)
    forget()
    yield made
    forget()


def fail(world: World, worker: Worker, times: int = FAILURES) -> None:
    world.registry.says = DOWN
    for _ in range(times):
        assert worker.ask() == "SERVICE_UNAVAILABLE"


def test_a_closed_circuit_is_looked_at_every_few_seconds(world: World) -> None:
    worker = world.worker()

    assert [worker.ask(), worker.ask()] == ["VALID", "VALID"]
    assert world.noted() == ["GetItem"]

    world.seconds += CACHED_SECONDS
    assert worker.ask() == "VALID"
    assert world.noted() == ["GetItem"]
    assert world.registry.asked == 3


def test_the_registrys_own_answer_comes_back_whole(world: World) -> None:
    world.registry.says = DOWN

    answer = world.worker().answer()

    assert answer == FakeRegistry(DOWN).ask(QUESTION, now=lambda: NOON)


def test_failures_in_a_row_open_the_circuit_for_all(world: World) -> None:
    worker = world.worker()

    fail(world, worker)

    assert world.noted() == ["GetItem", "PutItem"]
    assert worker.ask() == "CIRCUIT_OPEN"
    assert world.noted() == []
    forget()
    assert world.worker().ask() == "CIRCUIT_OPEN"
    assert world.noted() == ["GetItem"]
    assert world.registry.asked == FAILURES


def test_what_an_open_circuit_answers(world: World) -> None:
    worker = world.worker(VatService.EVATR)
    fail(world, worker)

    answer = worker.answer()

    assert answer == VatAnswer(
        reading=VatReading(verdict=VatVerdict.UNDECIDED, code="CIRCUIT_OPEN", service_down=True),
        service=VatService.EVATR,
        asked_at=NOON,
        answered_at=NOON,
        request="",
        response="",
        http_status=None,
    )


def test_the_item_lies_where_the_key_table_says(world: World) -> None:
    fail(world, world.worker())

    item = world.item()

    assert (item["PK"], item["SK"]) == ({"S": "CIRCUIT"}, {"S": "vies"})
    assert item["state"] == {"S": "OPEN"}
    assert int(item["expires_at"]["N"]) > world.seconds + OPEN_SECONDS
    assert not item.keys() & {"due", "due_at", "month", "placed_at"}


def test_each_service_has_its_own_circuit(world: World) -> None:
    fail(world, world.worker(VatService.VIES))
    world.registry.says = VALID

    assert world.worker(VatService.EVATR).ask() == "VALID"
    assert world.worker(VatService.VIES).ask() == "CIRCUIT_OPEN"
    assert world.item("evatr") == {}


@pytest.mark.parametrize("says", [VALID, STATE_DOWN])
def test_any_other_answer_begins_the_count_anew(world: World, says: VatReading) -> None:
    worker = world.worker()
    fail(world, worker, FAILURES - 1)
    world.registry.says = says
    worker.ask()

    fail(world, worker, FAILURES - 1)
    world.registry.says = VALID

    assert worker.ask() == "VALID"


def test_a_member_state_alone_opens_nothing(world: World) -> None:
    world.registry.says = STATE_DOWN
    worker = world.worker()

    assert {worker.ask() for _ in range(3 * FAILURES)} == {"MS_UNAVAILABLE"}


def test_after_a_while_one_question_closes_it(world: World) -> None:
    worker = world.worker()
    fail(world, worker)
    world.noted()
    world.registry.says = VALID
    world.seconds += OPEN_SECONDS - 1
    assert worker.ask() == "CIRCUIT_OPEN"
    world.noted()

    world.seconds += 1
    assert worker.ask() == "VALID"

    assert world.noted() == ["PutItem", "UpdateItem"]
    assert world.item()["state"] == {"S": "CLOSED"}
    assert [worker.ask() for _ in range(2)] == ["VALID", "VALID"]


def test_or_opens_it_again(world: World) -> None:
    worker = world.worker()
    fail(world, worker)
    world.seconds += OPEN_SECONDS

    assert worker.ask() == "SERVICE_UNAVAILABLE"
    world.registry.says = VALID
    assert worker.ask() == "CIRCUIT_OPEN"

    assert world.item()["opened_at"] == {"N": str(world.seconds)}
    world.seconds += OPEN_SECONDS
    assert worker.ask() == "VALID"


class Asking(FakeRegistry):
    """While it is asked, another worker asks, too."""

    def __init__(self, other: Worker) -> None:
        super().__init__()
        self.other = other
        self.heard: list[str] = []

    def ask(self, question: VatQuestion, *, now: Clock) -> VatAnswer:
        forget()
        self.heard.append(self.other.ask())
        return super().ask(question, now=now)


def test_only_one_worker_asks_the_one_question(world: World) -> None:
    fail(world, world.worker())
    world.seconds += OPEN_SECONDS
    registry = Asking(world.worker())

    first = Worker(GuardedRegistry(registry, VatService.VIES, Circuits(world.client, TABLE)))

    assert first.ask() == "VALID"
    assert registry.heard == ["CIRCUIT_OPEN"]
    assert world.registry.asked == FAILURES


def test_our_own_errors_pass_and_count_for_nothing(world: World) -> None:
    worker = world.worker()
    world.registry.says = KeyError("a bug")
    for _ in range(2 * FAILURES):
        with pytest.raises(KeyError):
            worker.ask()
    world.registry.says = VALID

    assert worker.ask() == "VALID"
    assert "PutItem" not in world.noted()


def test_our_own_error_in_the_one_question_does_not_close_it_for_good(world: World) -> None:
    worker = world.worker()
    fail(world, worker)
    world.seconds += OPEN_SECONDS
    world.registry.says = KeyError("a bug")
    with pytest.raises(KeyError):
        worker.ask()
    world.registry.says = VALID

    forget()
    other = world.worker()
    assert other.ask() == "CIRCUIT_OPEN"
    world.seconds += OPEN_SECONDS
    assert other.ask() == "VALID"


def test_a_table_that_cannot_be_read_keeps_nobody_from_asking(world: World) -> None:
    world.failing = {"GetItem"}

    assert world.worker().ask() == "VALID"


def test_a_table_that_cannot_be_written_loses_no_answer_and_tells_nobodys_name(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.failing = {"PutItem"}
    worker = world.worker()

    fail(world, worker, FAILURES)

    assert "persistence write" in caplog.text
    assert "Red Bull" not in caplog.text
    assert worker.ask() == "SERVICE_UNAVAILABLE"


def test_powertools_tells_nobody_that_the_table_fails(world: World) -> None:
    """If this fails, the docstring of the adapter is out of date."""
    assert not logging.getLogger("aws_lambda_powertools").propagate


def test_a_claim_that_fails_is_told_and_nothing_was_asked(world: World) -> None:
    worker = world.worker()
    fail(world, worker)
    world.seconds += OPEN_SECONDS
    world.failing = {"PutItem"}

    with pytest.raises(ClientError):
        worker.ask()

    assert world.registry.asked == FAILURES


def test_two_circuits_of_one_store_add_one_word_to_the_user_agent(world: World) -> None:
    agents: list[str] = []
    circuits = Circuits(world.client, TABLE)
    world.client.meta.events.register(
        "before-send.dynamodb",
        lambda request, **_: agents.append(str(request.headers["User-Agent"])),
    )
    for service in VatService:
        GuardedRegistry(world.registry, service, circuits).ask(
            replace(QUESTION, service=service), now=lambda: NOON
        )

    assert [agent.count("PT/circuit_breaker") for agent in agents] == [1, 1]


def test_boto3_is_not_imported_before_somebody_asks() -> None:
    script = (
        "import sys, freischalt.adapters.guarded_registry as g; g.Circuits(None, 'desk');"
        "sys.exit('boto3' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], check=False, env={"PYTHONPATH": ":".join(sys.path)}
    )

    assert done.returncode == 0
