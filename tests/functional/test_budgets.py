"""What a use case may cost, in AWS calls: exact, so that a call more is seen in review."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from freischalt.adapters import sdk
from freischalt.services import utc_now
from tests.contract.promises import DynamoDbStore
from tests.factories import STRANGER, a_dongle, a_sender
from tests.functional.conftest import Context

FETCH = "cl.31.1234567890ABCDEF"
ORDER = "Ich bestelle verbindlich 33P 1234567890ABCDEF"

READ, COMMIT, MARK = "BatchGetItem", "TransactWriteItems", "UpdateItem"
ANSWERED = {READ: 1, COMMIT: 1, MARK: 1, "SendTextMessage": 1}


@pytest.fixture
def calls() -> Iterator[list[str]]:
    """Every call that a client made from now on makes, in its order."""
    made: list[str] = []

    def note(**call: Any) -> None:
        made.append(call["model"].name)

    sdk.session().register("before-call", note, unique_id="calls")
    yield made
    sdk.session().unregister("before-call", unique_id="calls")


@pytest.fixture
def deliver(
    calls: list[str],
    store: DynamoDbStore,
    function: Callable[[str], Any],
    event: Callable[[str], Any],
) -> Callable[..., Counter[str]]:
    """Deliver a text; the calls that it took."""
    store.put_sender(a_sender())
    store.put_dongle(a_dongle())
    app = function("receive_sms")

    def send(text: str, *, sender: str = "+436601234567", id_: str = "m1") -> Counter[str]:
        sqs = event("receive_sms.fetch")
        envelope = json.loads(sqs["Records"][0]["body"])
        sms = json.loads(envelope["Message"])
        sms |= {"messageBody": text, "originationNumber": sender, "inboundMessageId": id_}
        sqs["Records"][0]["body"] = json.dumps({**envelope, "Message": json.dumps(sms)})
        calls.clear()
        assert app.handler(sqs, Context()) == {"batchItemFailures": []}
        return Counter(calls)

    return send


def test_a_fetch_first_or_repeated(deliver: Callable[..., Counter[str]]) -> None:
    assert deliver(FETCH) == ANSWERED | {"GenerateMac": 1}
    assert deliver(FETCH, id_="m2") == ANSWERED | {"GenerateMac": 1}


def test_a_delivery_after_the_mark_is_one_read(deliver: Callable[..., Counter[str]]) -> None:
    deliver(FETCH)

    assert deliver(FETCH) == {READ: 1}


def test_an_order(deliver: Callable[..., Counter[str]]) -> None:
    block_of_fifty_numbers = {"UpdateItem": ANSWERED[MARK] + 1}

    assert deliver(ORDER) == ANSWERED | block_of_fifty_numbers
    assert deliver(ORDER.replace("33P", "35P"), id_="m2") == ANSWERED


@pytest.mark.parametrize("text", ["hallo", "cl.2.1", "HILFE", FETCH.replace("31", "99")])
def test_a_refusal(text: str, deliver: Callable[..., Counter[str]]) -> None:
    assert deliver(text) == ANSWERED


def test_an_unregistered_sender(deliver: Callable[..., Counter[str]]) -> None:
    assert deliver(FETCH, sender=STRANGER) == ANSWERED
    assert deliver(FETCH, sender=STRANGER, id_="m2") == {READ: 1}


def test_past_the_limit(
    deliver: Callable[..., Counter[str]], dynamodb: Any, store: DynamoDbStore
) -> None:
    for n in range(30):
        deliver("HILFE", id_=f"h{n}")

    assert deliver(FETCH, id_="one too many") == {READ: 1}


def test_stopp(deliver: Callable[..., Counter[str]]) -> None:
    assert deliver("STOPP") == {"PutOptedOutNumber": 1}


def test_a_country_that_is_not_served(deliver: Callable[..., Counter[str]]) -> None:
    assert deliver(FETCH, sender="+15551234567") == {}


def test_the_sweep_reads_sixteen_empty_partitions_and_nothing_else(
    calls: list[str], store: DynamoDbStore, function: Callable[[str], Any]
) -> None:
    app = function("sweep_outbox")
    app.utc_now = lambda: utc_now() + timedelta(days=1)

    app.handler({}, Context())

    assert Counter(calls) == {"Query": 16}
