"""Repair orders that wait for the vendor, whosever they are: lists in pages, the oldest first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import pytest

from freischalt.account_ports import Delete, Put, Records, Ref
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_repair_desk import DynamoDbRepairDesk
from freischalt.domain.ids import AccountNumber, RepairOrderId
from freischalt.domain.repair_order import RepairOrder, RepairState
from freischalt.repair_ports import RepairDesk
from tests.account_fakes import VIENNA, FakeRepairDesk
from tests.conftest import TABLE
from tests.factories import NOON
from tests.term_factories import a_repair_order, an_offer

MINUTE = timedelta(minutes=1)
OFFERED: dict[str, Any] = {"state": RepairState.OFFERED, "offer": an_offer()}
ACCEPTED = {**OFFERED, "state": RepairState.ACCEPTED, "answered_at": NOON}
DONE = {**ACCEPTED, "state": RepairState.DONE, "done_at": NOON}


class Desk(Protocol):
    desk: RepairDesk
    records: Records


class InMemory:
    def __init__(self) -> None:
        fake = FakeRepairDesk()
        self.desk: RepairDesk = fake
        self.records: Records = fake.records


class InDynamoDb:
    def __init__(self, client: Any) -> None:
        self.desk: RepairDesk = DynamoDbRepairDesk(client, TABLE)
        self.records: Records = DynamoDbRecords(client, TABLE, VIENNA)


@pytest.fixture(params=["fake", "dynamodb"])
def kept(request: pytest.FixtureRequest) -> Desk:
    if request.param == "fake":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb"))


def request_some(
    kept: Desk, count: int, *, at_once: bool = False, accepted: bool = False
) -> list[str]:
    """So many requests of as many accounts, the newest stored first; their ids, oldest first.

    Those that are accepted were answered in the order of their ids, and requested the other way.
    """
    orders = []
    for n in range(count):
        then = NOON if at_once else NOON + n * MINUTE
        since: dict[str, Any] = {"requested_at": then}
        if accepted:
            since = {**ACCEPTED, "requested_at": NOON - n * MINUTE, "answered_at": then}
        orders.append(
            a_repair_order(
                id=RepairOrderId(f"{1_795_348_800_000 + n:013d}-{n:012x}"),
                account=AccountNumber(f"K{n}"),
                version=0,
                **since,
            )
        )
    for order in reversed(orders):
        kept.records.write(Put(order))
    return [order.id for order in orders]


def pages(kept: Desk, limit: int, state: RepairState = RepairState.REQUESTED) -> list[list[str]]:
    found: list[list[str]] = []
    after: str | None = None
    while True:
        page = kept.desk.waiting(state, after=after, limit=limit)
        found.append([order.id for order in page.things])
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("state", [RepairState.REQUESTED, RepairState.ACCEPTED])
@pytest.mark.parametrize("at_once", [False, True], ids=["apart", "in-one-millisecond"])
@pytest.mark.parametrize("limit", [1, 7, 20, 21, 50])
def test_each_is_in_one_page_the_oldest_first(
    kept: Desk, limit: int, at_once: bool, state: RepairState
) -> None:
    ids = request_some(kept, 21, at_once=at_once, accepted=state is RepairState.ACCEPTED)

    found = pages(kept, limit, state)

    assert [id_ for page in found for id_ in page] == ids
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert len(found) == -(-len(ids) // limit)


def test_nothing_waits(kept: Desk) -> None:
    assert pages(kept, 5) == pages(kept, 5, RepairState.ACCEPTED) == [[]]


LEAVES: dict[str, Callable[[RepairOrder], Any]] = {
    "offered": lambda order: Put(a_repair_order(id=order.id, account=order.account, **OFFERED)),
    "deleted": Delete,
}


@pytest.mark.parametrize("way", LEAVES)
def test_whoever_has_an_offer_or_is_gone_waits_no_more(kept: Desk, way: str) -> None:
    first, second = request_some(kept, 2)
    ref = Ref(RepairOrder, ("K0", first))
    order = kept.records.read(ref)[ref]
    assert order

    kept.records.write(LEAVES[way](order))

    assert pages(kept, 5) == [[second]]


def test_what_was_accepted_waits_in_a_list_of_its_own_until_it_is_done(kept: Desk) -> None:
    (id_,) = request_some(kept, 1, accepted=True)
    assert pages(kept, 5) == [[]]
    assert pages(kept, 5, RepairState.ACCEPTED) == [[id_]]

    done = a_repair_order(id=RepairOrderId(id_), account=AccountNumber("K0"), **DONE)
    kept.records.write(Put(done))

    assert pages(kept, 5, RepairState.ACCEPTED) == [[]]


@pytest.mark.parametrize("place", ["anything", "", "x|1795348800000-abcdef012345"])
def test_a_place_that_no_page_has_named_is_no_place(kept: Desk, place: str) -> None:
    request_some(kept, 1)

    if place:
        with pytest.raises(ValueError, match=r".+"):
            kept.desk.waiting(RepairState.REQUESTED, after=place, limit=5)
    else:
        assert len(kept.desk.waiting(RepairState.REQUESTED, after=place, limit=5).things) == 1
