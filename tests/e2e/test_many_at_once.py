import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import pytest

from freischalt.adapters.items import SLOT
from freischalt.catalogue_file import read_catalogue
from freischalt.domain.dongle import Grant
from freischalt.domain.licence import Points, licence_type
from local.inbound_sms import InboundSms
from reference.check_code import is_right
from tests.conftest import ROOT
from tests.e2e.running import Running, Sent, all_at_once, note, wait_until

pytestmark = pytest.mark.e2e

SEED = 20261122
PHONES = {
    account: tuple(f"+43660{account}{last}" for last in range(5)) for account in ("20001", "20002")
}
FETCHES, ORDERS = 120, 80
TEXTS_A_PHONE = 20  # of the 30 that are answered within an hour
FETCHED_DONGLES = tuple(f"E2E1000{n}" for n in range(6))
FETCHED_TYPES = ("1", "5P", "31", "E")
RELEASED = 31


class Wish(NamedTuple):
    """What is texted for: a type for a licence number."""

    type: str
    number: str

    @property
    def carat_id(self) -> str:
        return self.number[:8]


@dataclass(frozen=True)
class Text:
    """One message and what it is about."""

    sms: InboundSms
    account: str
    wish: Wish
    is_order: bool

    @property
    def id(self) -> str:
        return self.sms.inbound_message_id


@pytest.fixture(scope="module")
def texts(desk: Running) -> list[Text]:
    """200 texts of ten phones on two accounts; each was delivered twice, all in random order.

    Five phones share the dongles that their account fetches for, and two of them order for each
    dongle. Both accounts fetch for the same dongles, and order for ten in common.
    """
    note(f"seed {SEED}")
    chance = random.Random(SEED)  # noqa: S311 - no secrets
    for account, phones in PHONES.items():
        desk.create_account(account, phones)
        for carat_id in FETCHED_DONGLES:
            desk.release(carat_id, account, Grant(RELEASED, e_protocol=True))
    texts = [text for account in PHONES for text in texts_of(account, chance)]
    deliveries = [text.sms for text in texts] * 2
    chance.shuffle(deliveries)

    all_at_once(desk.publish, deliveries)

    wait_until(lambda: len(answered(desk, texts)) == len(texts), "200 answers", seconds=120)
    wait_until(lambda: desk.waiting() == 0, "the queue is empty", seconds=60)
    return texts


def texts_of(account: str, chance: random.Random) -> list[Text]:
    fetches = [
        Wish(type_, carat_id + information_of(account))
        for carat_id in FETCHED_DONGLES
        for type_ in FETCHED_TYPES
    ]
    fetches += [*fetches, *chance.sample(fetches, 12)]
    chance.shuffle(fetches)
    orders = [
        Wish(type_, carat_id + information_of(account))
        for carat_id in ordered_dongles(account)
        for type_ in (f"{chance.randrange(1, 100, 2)}P", "E")
    ]
    fetching = [(wish, f"cl.{wish.type}.{wish.number}", False) for wish in fetches]
    ordering = [
        (wish, f"Ich bestelle verbindlich {wish.type} {wish.number}", True) for wish in orders
    ]
    phones = PHONES[account]
    return [
        Text(InboundSms(phones[place % len(phones)], words, an_id(chance)), account, wish, is_order)
        for wishes in (fetching, ordering)
        for place, (wish, words, is_order) in enumerate(wishes)
    ]


def an_id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def ordered_dongles(account: str) -> list[str]:
    """Ten that the other account orders for, too, and ten that it does not."""
    return [f"E2E2000{n}" for n in range(10)] + [f"E2{account}{n}" for n in range(10)]


def information_of(account: str) -> str:
    return f"ABC{account}"


def answered(desk: Running, texts: Iterable[Text]) -> dict[str, list[Sent]]:
    """All that was sent about each message that was answered."""
    found: dict[str, list[Sent]] = {}
    ids = {text.id for text in texts}
    for sent in desk.sent():
        message_id = sent.outbox_id.partition("/")[0]
        if message_id in ids:
            found.setdefault(message_id, []).append(sent)
    return found


def test_what_was_texted_is_what_this_is_about(texts: list[Text]) -> None:
    by_phone = Counter(text.sms.origination_number for text in texts)

    assert (len(texts), len({text.id for text in texts})) == (200, 200)
    assert (len(by_phone), set(by_phone.values())) == (10, {TEXTS_A_PHONE})
    assert sum(text.is_order for text in texts) == ORDERS
    assert len({(text.account, text.wish) for text in texts if text.is_order}) == ORDERS
    assert len({(text.account, text.wish) for text in texts if not text.is_order}) < FETCHES / 2


def test_each_message_was_answered_once_and_to_its_sender(desk: Running, texts: list[Text]) -> None:
    sent = answered(desk, texts)

    assert sent.keys() == {text.id for text in texts}
    for text in texts:
        assert [(one.phone, one.outbox_id) for one in sent[text.id]] == [
            (text.sms.origination_number, text.id)
        ]
    assert desk.waiting("DeadLetterQueueUrl") == 0


def test_each_fetch_got_the_right_code_so_that_none_differs(
    desk: Running, texts: list[Text]
) -> None:
    keys = {carat_id: desk.dongle_key(carat_id) for carat_id in FETCHED_DONGLES}
    sent = answered(desk, texts)

    fetches = [text for text in texts if not text.is_order]
    for text in fetches:
        (answer,) = sent[text.id]
        start, code, end = answer.text.split('"')
        assert (start, end) == ("OK: Ihr Freischalt-Code lautet ", "")
        assert is_right(text.wish.number, text.wish.type, code, keys[text.wish.carat_id])
    assert len(fetches) == FETCHES


def test_each_order_is_there_once_and_confirmed_with_its_number(
    desk: Running, texts: list[Text]
) -> None:
    orders = {
        number: order for number, order in desk.items("ORDER").items() if order["account"] in PHONES
    }
    catalogue = read_catalogue(
        (ROOT / "layers" / "freischalt" / "catalogue.yaml").read_text("utf-8")
    )
    by_message = {order["message_id"]: (number, order) for number, order in orders.items()}
    sent = answered(desk, texts)

    assert len(orders) == len({order["outbox_id"] for order in orders.values()}) == ORDERS
    assert by_message.keys() == {text.id for text in texts if text.is_order}
    for text in texts:
        if text.is_order:
            number, order = by_message[text.id]
            (answer,) = sent[text.id]
            assert answer.text == (
                f"OK: Bestellung {number}, {text.wish.type}. "
                f"Code mit cl.{text.wish.type}.{text.wish.number}"
            )
            assert (order["account"], order["type"], order["licence_number"]) == (
                text.account,
                text.wish.type,
                text.wish.number,
            )
            asked = licence_type(text.wish.type)
            assert asked
            assert order["net_cents"] == catalogue.price(asked)


def test_each_dongle_holds_exactly_what_was_ordered_and_fetched(
    desk: Running, texts: list[Text]
) -> None:
    dongles = desk.items("DONGLE")

    for carat_id in FETCHED_DONGLES:
        assert dongles[carat_id]["releases"] == {
            account: {
                "points": RELEASED,
                "e": True,
                "info": information_of(account),
                "fetched": RELEASED,
                "fetched_e": True,
            }
            for account in PHONES
        }
        # two grants, and of each account the first fetch of E and up to three of more points
        assert 2 + 2 * 2 <= dongles[carat_id]["version"] <= 2 + 2 * 4
    ordered: dict[str, dict[str, dict[str, object]]] = {}
    for text in texts:
        if text.is_order:
            release = ordered.setdefault(text.wish.carat_id, {}).setdefault(
                text.account, {"points": 0}
            )
            asked = licence_type(text.wish.type)
            release |= {"points": asked.quantity} if isinstance(asked, Points) else {"e": True}
    for carat_id, releases in ordered.items():
        orders = 2 * len(releases)
        assert dongles[carat_id]["releases"] == releases
        assert dongles[carat_id]["version"] == orders
        numbers = {recent["number"] for recent in dongles[carat_id]["recent_orders"]}
        assert len(numbers) == len(dongles[carat_id]["recent_orders"]) == orders
    assert len(ordered) == 30


def test_each_message_is_marked_and_has_cost_one_reply(desk: Running, texts: list[Text]) -> None:
    messages, phones = desk.items("MESSAGE"), desk.items("PHONE")

    for text in texts:
        record = messages[text.id]
        assert record["account"] == text.account
        assert record["answer"]["code"] == ("ORDERED" if text.is_order else "CODE")
        assert "answered_at" in record
        assert "apologised_at" not in record
    for phone in (phone for numbers in PHONES.values() for phone in numbers):
        assert sum(name.startswith(SLOT) for name in phones[phone]) == TEXTS_A_PHONE


def test_each_effect_is_on_the_audit_trail_once_and_each_order_has_left(
    desk: Running, texts: list[Text]
) -> None:
    expected = {
        "retrieved": FETCHES,
        "ordered": ORDERS,
        "granted": 2 * len(FETCHED_DONGLES),
        "phone_registered": sum(map(len, PHONES.values())),
    }
    wait_until(
        lambda: desk.audit_events(PHONES.keys()).total() >= sum(expected.values()),
        "the audit trail is written",
    )
    orders = wait_until(lambda: published(desk), "the orders are published")

    assert desk.audit_events(PHONES.keys()) == expected
    assert len(orders) == ORDERS


def published(desk: Running) -> list[dict[str, object]]:
    orders = [order for order in desk.items("ORDER").values() if order["account"] in PHONES]
    return orders if all("due" not in order for order in orders) else []
