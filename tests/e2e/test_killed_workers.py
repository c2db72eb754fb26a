import json
import os
import random
import signal
import time
from collections import Counter, defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import pytest

from local.stack import STACK
from tests.e2e.running import Running, Sent, all_at_once, note, wait_until

pytestmark = pytest.mark.e2e

SEED = 20261122
ACCOUNT = "30001"
PHONES = tuple(f"+4366030001{last:02d}" for last in range(10))
ORDERS = 100
WAVE, BETWEEN_WAVES = 10, 0.8  # orders at once, and seconds
WORKERS = 3  # at once: each new one takes its time
BETWEEN_KILLS = 0.3  # seconds
LONGEST_KILLING = 20  # seconds; it ends before if all is done
FEWEST_KILLS = {"ReceiveSms": 5, "DeliverOutbox": 1}
IN_THE_MIDDLE = 0.9  # of the kills; the others hit a worker that may still be starting
CLAIMS_HAVE_RUN_OUT = timedelta(minutes=6)
ONE_AND_ONLY = 0.25  # how often DeliverOutbox' worker is killed, too: it shall get some work done
SORRY = "Dieser Dienst ist momentan leider nicht erreichbar"


@dataclass
class Killer:
    """Kills workers of one MiniStack: those whose command line names its folder."""

    folder: Path
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)

    def kill_one(self, function: str) -> None:
        """Kill one of the function's workers, mostly in the middle of its work."""
        mark = str(self.folder / "tmp" / f"ministack-lambda-{STACK}-{function}-")
        workers = [pid for pid in processes() if mark in command_line(pid)]
        if self.chance.random() < IN_THE_MIDDLE:
            workers = [pid for pid in workers if has_called_anybody(pid)]
        if not workers:
            return
        pid = self.chance.choice(workers)
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                if mark in command_line(pid):  # its id was not given to another process meanwhile
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    self.kills[function] += 1
            finally:
                os.close(handle)


def processes() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def command_line(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def has_called_anybody(pid: int) -> bool:
    """A worker that is still starting has no connection."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return any(
            str(file.readlink()).startswith("socket:") for file in Path(f"/proc/{pid}/fd").iterdir()
        )
    return False


@dataclass(frozen=True)
class Ordered:
    """What came of 100 orders: each order's text, what was sent, what billing got."""

    words: dict[str, str]
    sent: dict[str, list[Sent]]
    orders: dict[str, dict[str, Any]]
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def ordered(desk: Running) -> Ordered:
    """100 orders of ten phones, with workers killed in the middle of them."""
    note(f"seed {SEED}")
    desk.create_account(ACCOUNT, PHONES)
    billing = subscribe_billing(desk)
    killer = Killer(desk.stack.folder, random.Random(SEED))  # noqa: S311 - no secrets

    with desk.at_most(WORKERS, "ReceiveSms"), ThreadPoolExecutor(1) as customers:
        texting = customers.submit(text_all, desk)
        kill_again_and_again(killer, desk, texting)
        words = texting.result()
        redriven = drain(desk, words)
        swept = publish_the_rest(desk)

    note(f"killed {dict(killer.kills)}, redriven {redriven}, swept {swept}")
    return Ordered(
        words=words,
        sent=sent_about(desk, words),
        orders=orders_of(desk),
        events=collect(desk, billing),
    )


def text_all(desk: Running) -> dict[str, str]:
    """Order for 100 dongles, in waves; the texts by their message ids."""
    texts = [
        (
            PHONES[place % len(PHONES)],
            f"Ich bestelle verbindlich {1 + 2 * (place % 50)}P E2E3{place:04d}90ABCDEF",
        )
        for place in range(ORDERS)
    ]
    words: dict[str, str] = {}

    def order(text: tuple[str, str]) -> None:
        words[desk.text(*text)] = text[1]

    for wave in batched(texts, WAVE, strict=True):
        all_at_once(order, wave)
        time.sleep(BETWEEN_WAVES)
    return words


def kill_again_and_again(killer: Killer, desk: Running, texting: Future[dict[str, str]]) -> None:
    """Until every order is answered, though not for ever."""
    fewest, start = Counter(FEWEST_KILLS), time.monotonic()
    while not killer.kills >= fewest or time.monotonic() - start < LONGEST_KILLING:
        assert time.monotonic() - start < 3 * LONGEST_KILLING, f"killed only {killer.kills}"
        if (
            texting.done()
            and killer.kills >= fewest
            and len(sent_about(desk, texting.result())) == ORDERS
        ):
            return
        killer.kill_one("ReceiveSms")
        if not killer.kills["DeliverOutbox"] or killer.chance.random() < ONE_AND_ONLY:
            killer.kill_one("DeliverOutbox")
        time.sleep(BETWEEN_KILLS)


def drain(desk: Running, words: dict[str, str]) -> int:
    """Wait until nothing waits any more, and give dead letters back; how many there were."""
    redriven = 0

    def all_done() -> bool:
        nonlocal redriven
        if desk.waiting():
            return False
        if dead := desk.waiting("DeadLetterQueueUrl"):
            desk.tool("dead-letters", "redrive")
            redriven += dead
            return False
        return sent_about(desk, words).keys() == words.keys()

    wait_until(all_done, "every order is answered", seconds=120)
    return redriven


def publish_the_rest(desk: Running) -> int:
    """Let the stream bring all it can, then sweep up what killed workers hold; how many orders."""

    def only_claims_are_left() -> bool:
        orders = orders_of(desk).values()
        return all(order.get("due_at") != order["placed_at"] for order in orders)

    wait_until(only_claims_are_left, "the stream has brought every order", seconds=60)
    time.sleep(2)  # for whoever has claimed one just now
    held = sum("due" in order for order in orders_of(desk).values())
    desk.sweep_outbox(in_time=CLAIMS_HAVE_RUN_OUT)
    return held


def sent_about(desk: Running, words: dict[str, str]) -> dict[str, list[Sent]]:
    sent = defaultdict(list)
    for one in desk.sent():
        if one.outbox_id.partition("/")[0] in words:
            sent[one.outbox_id.partition("/")[0]].append(one)
    return dict(sent)


def orders_of(desk: Running) -> dict[str, dict[str, Any]]:
    return {
        number: order
        for number, order in desk.items("ORDER").items()
        if order["account"] == ACCOUNT
    }


def subscribe_billing(desk: Running) -> str:
    """A queue with all that is placed on the bus from now on, as the vendor's billing has one."""
    url = desk.sqs.create_queue(QueueName="billing")["QueueUrl"]
    arn = desk.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    bus = desk.outputs["EventBusName"]
    pattern = {"source": ["freischalt"], "detail-type": ["OrderPlaced"]}
    desk.events.put_rule(Name="billing", EventBusName=bus, EventPattern=json.dumps(pattern))
    desk.events.put_targets(
        Rule="billing", EventBusName=bus, Targets=[{"Id": "billing", "Arn": arn["QueueArn"]}]
    )
    return url


def collect(desk: Running, queue: str) -> list[dict[str, Any]]:
    """The details of this account's events in billing's queue."""
    details = []
    while messages := desk.sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=3
    ).get("Messages"):
        for message in messages:
            details.append(json.loads(message["Body"])["detail"])
            desk.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [detail for detail in details if detail["account"] == ACCOUNT]


def test_each_order_is_there_once(ordered: Ordered) -> None:
    by_message = Counter(order["message_id"] for order in ordered.orders.values())

    assert len(ordered.words) == ORDERS
    assert by_message == dict.fromkeys(ordered.words, 1)
    for order in ordered.orders.values():
        words = f"Ich bestelle verbindlich {order['type']} {order['licence_number']}"
        assert words == ordered.words[order["message_id"]]


def test_each_order_is_answered_and_only_ever_with_the_same_text(ordered: Ordered) -> None:
    repeats = 0
    for number, order in ordered.orders.items():
        type_, licence_number, message_id = (
            order[name] for name in ("type", "licence_number", "message_id")
        )
        confirmation = f"OK: Bestellung {number}, {type_}. Code mit cl.{type_}.{licence_number}"
        sent = Counter((one.text, one.outbox_id) for one in ordered.sent[message_id])

        apologies = sent.pop((SORRY, f"{message_id}/14"), 0)
        assert sent.keys() == {(confirmation, message_id)}
        assert apologies <= 1
        assert len({one.phone for one in ordered.sent[message_id]}) == 1
        repeats += sent.total() - 1
    note(f"{repeats} texts were sent again")


def test_billing_got_each_order_under_one_id_of_its_own(ordered: Ordered) -> None:
    by_id = {event["outbox_id"]: event for event in ordered.events}

    assert len(by_id) == ORDERS
    assert not any("due" in order for order in ordered.orders.values())
    assert by_id.keys() == {order["outbox_id"] for order in ordered.orders.values()}
    assert all(event == by_id[event["outbox_id"]] for event in ordered.events)
    for order in ordered.orders.values():
        event = by_id[order["outbox_id"]]
        assert ordered.orders[event["order_number"]] == order
        assert event["lines"] == [
            {
                "type": order["type"],
                "licence_number": order["licence_number"],
                "net_cents": order["net_cents"],
            }
        ]
    note(f"{len(ordered.events) - ORDERS} events came again")


def test_each_dongle_was_changed_once_and_each_phone_has_paid_ten_replies(
    desk: Running, ordered: Ordered
) -> None:
    dongles, phones, messages = (desk.items(noun) for noun in ("DONGLE", "PHONE", "MESSAGE"))

    for number, order in ordered.orders.items():
        dongle = dongles[order["licence_number"][:8]]
        points = int(order["type"].removesuffix("P"))
        assert dongle["releases"] == {ACCOUNT: {"points": points}}
        assert dongle["version"] == 1
        assert [recent["number"] for recent in dongle["recent_orders"]] == [number]
        assert "answered_at" in messages[order["message_id"]]
    apologised = sum("apologised_at" in messages[message_id] for message_id in ordered.words)
    slots = [name for phone in PHONES for name in phones[phone] if name.startswith("reply_")]
    assert len(slots) == ORDERS + apologised
