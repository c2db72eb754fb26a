"""An account's lists in DynamoDB: rows as the stream writes them, pages as clients walk them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from freischalt.account_ports import Lists, Page, Put
from freischalt.adapters import keys
from freischalt.adapters.account_events import Row
from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_list_rows import DynamoDbListRows
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.licence import CaratId
from freischalt.use_cases import licences
from freischalt_api.api import After, further, place
from tests.account_factories import an_account
from tests.account_fakes import VIENNA, an_office
from tests.conftest import TABLE
from tests.factories import ACCOUNT, CARAT_ID, NOON, OTHER_ACCOUNT, a_dongle


@pytest.fixture
def lists(dynamodb: Any) -> DynamoDbRecords:
    return DynamoDbRecords(dynamodb, TABLE, VIENNA)


@pytest.fixture
def rows(dynamodb: Any) -> DynamoDbListRows:
    return DynamoDbListRows(dynamodb, TABLE)


def walked[T](page_after: Callable[[str | None], Page[T]]) -> list[T]:
    found: list[T] = []
    after: str | None = None
    while True:
        page = page_after(after)
        found += page.things
        if page.next is None:
            return found
        after = page.next


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_licences_and_orders_are_listed_from_the_newest(
    lists: DynamoDbRecords, rows: DynamoDbListRows, limit: int
) -> None:
    for n in range(5):
        at = NOON + timedelta(hours=n)
        rows.apply(Row(keys.licence_row(ACCOUNT, at, CaratId(f"0000000{n}"))))
        rows.apply(Row(keys.order_row(ACCOUNT, at, OrderNumber(f"2026-00000{9 - n}"))))
    rows.apply(Row(keys.licence_row(OTHER_ACCOUNT, NOON, CARAT_ID)))

    dongles = walked(lambda after: lists.licences(ACCOUNT, after=after, limit=limit))
    orders = walked(lambda after: lists.orders(ACCOUNT, after=after, limit=limit))

    assert dongles == [f"0000000{n}" for n in (4, 3, 2, 1, 0)]
    assert orders == [f"2026-00000{n}" for n in (5, 6, 7, 8, 9)]
    assert len(lists.orders(ACCOUNT, after=None, limit=limit).things) == min(limit, 5)


def test_a_row_is_written_and_removed_again_and_again_with_the_same_outcome(
    lists: DynamoDbRecords, rows: DynamoDbListRows
) -> None:
    key = keys.licence_row(ACCOUNT, NOON, CARAT_ID)

    def listed() -> list[CaratId]:
        return list(lists.licences(ACCOUNT, after=None, limit=10).things)

    for _ in range(2):
        rows.apply(Row(key))
        assert listed() == [CARAT_ID]
    for _ in range(2):
        rows.apply(Row(key, gone=True))
        assert listed() == []


def name(rows: DynamoDbListRows, company: str, number: str) -> None:
    rows.apply(Row(keys.account_name(company, AccountNumber(number))))


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("mü", ["2", "1", "3"]),
        ("MUELLER", ["2", "1", "3"]),
        ("Müller G", ["1", "3"]),
        ("müller   gmbh", ["1", "3"]),
        ("Huber", ["4"]),
        ("hub#", ["4"]),
        ("Maier", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 20])
def test_accounts_are_found_by_how_their_name_begins(
    lists: DynamoDbRecords, rows: DynamoDbListRows, beginning: str, found: list[str], limit: int
) -> None:
    for number, company in {
        "1": "Müller GmbH",
        "2": "Mueller & Co",
        "3": "MÜLLER GmbH",
        "4": "Huber#AG",
        "5": "Muster",
    }.items():
        name(rows, company, number)

    numbers = walked(lambda after: lists.named(beginning, after=after, limit=limit))

    assert numbers == found


def kept_entries(dynamodb: Any, *changes: dict[str, Any]) -> list[AuditEntry]:
    """One a minute, the last one first; each written twice, as the stream may bring it."""
    fields = {"carat_id": None, "event": Event.LOCK_SET, "actor": "operator:o"}
    entries = [
        AuditEntry(**{"id": f"c{n}", "at": NOON + timedelta(minutes=n), **fields, **change})
        for n, change in enumerate(changes)
    ]
    trail = DynamoDbAuditTrail(dynamodb, TABLE)
    for entry in (*entries, *entries):
        trail.add(entry)
    return entries[::-1]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_trail_is_read_from_the_newest(
    lists: DynamoDbRecords, dynamodb: Any, limit: int
) -> None:
    mine = {"account": ACCOUNT, "details": {"lock": "l"}}
    entries = kept_entries(dynamodb, *({**mine, "id": f"cause-{9 - n}"} for n in range(4)))

    found = walked(lambda after: lists.trail(ACCOUNT, after=after, limit=limit))

    assert found == entries
    assert lists.trail(OTHER_ACCOUNT, after=None, limit=limit).things == []


def test_a_dongles_history_is_read_from_the_newest(lists: DynamoDbRecords, dynamodb: Any) -> None:
    fetched = {"carat_id": CARAT_ID, "event": Event.RETRIEVED, "account": ACCOUNT}
    entries = kept_entries(dynamodb, *({**fetched, "actor": f"sms:{n}"} for n in range(3)))

    found = walked(lambda after: lists.history(CARAT_ID, after=after, limit=2))

    assert [(entry.id, entry.actor) for entry in found] == [
        (entry.id, entry.actor) for entry in entries
    ]


def test_the_switch_has_a_trail_of_its_own(lists: DynamoDbRecords, dynamodb: Any) -> None:
    switched = {"event": Event.MAINTENANCE_SWITCHED}
    entries = kept_entries(
        dynamodb, *({**switched, "details": {"to": to}} for to in ("on", "off", "on"))
    )

    assert walked(lambda after: lists.switch_trail(after=after, limit=2)) == entries
    assert lists.trail(ACCOUNT, after=None, limit=2).things == []


def sent_back(next_: str | None) -> str | None:
    """The place as it comes from a client that sends back what it got, if it may."""
    return place(TypeAdapter(get_args(After)[0]).validate_python(further(next_)))


@pytest.mark.parametrize("company", ["Huber GmbH", "Huberé", "Huber Ω ( + / ? & = )"])
def test_a_place_in_the_names_is_one_that_a_client_can_send_back(
    lists: DynamoDbRecords, rows: DynamoDbListRows, company: str
) -> None:
    for number in ("1", "2", "3"):
        name(rows, company, number)

    def page_after(after: str | None) -> Page[AccountNumber]:
        page = lists.named("huber", after=after, limit=1)
        return replace(page, next=sent_back(page.next))

    assert walked(page_after) == ["1", "2", "3"]


def test_a_place_in_other_lists_is_one_that_a_client_can_send_back(
    lists: DynamoDbRecords, rows: DynamoDbListRows
) -> None:
    times = [NOON + timedelta(minutes=n) for n in range(3)]
    for n, at in enumerate(times):
        rows.apply(Row(keys.order_row(ACCOUNT, at, OrderNumber(f"2026-00000{n}"))))
        rows.apply(Row(keys.licence_row(ACCOUNT, at, CaratId(f"0000000{n}"))))

    def page_after(after: str | None) -> Page[Any]:
        page: Page[Any] = pages(ACCOUNT, after=after, limit=1)
        return replace(page, next=sent_back(page.next))

    pages: Any = lists.licences
    assert walked(page_after) == ["00000002", "00000001", "00000000"]
    pages = lists.orders
    assert walked(page_after) == ["2026-000002", "2026-000001", "2026-000000"]


@pytest.mark.parametrize("kind", ["fake", "dynamodb"])
def test_a_place_in_the_names_of_others_is_the_end(
    lists: DynamoDbRecords, rows: DynamoDbListRows, kind: str
) -> None:
    fake = an_office().records
    for number, company in {"1": "Huber", "2": "Huber", "3": "Maier", "4": "Maier"}.items():
        name(rows, company, number)
        fake.put(an_account(number=AccountNumber(number), company=company))
    names: Lists = fake if kind == "fake" else lists

    other = names.named("Hub", after=None, limit=1).next
    page = names.named("Mai", after=other, limit=10)

    assert other
    assert (list(page.things), page.next) == ([], None)
    assert list(names.named("Hub", after=other, limit=10).things) == ["2"]


def test_a_dongle_that_was_imported_twice_is_listed_once(
    lists: DynamoDbRecords, rows: DynamoDbListRows
) -> None:
    """An import that was given up leaves its row; the next one writes another."""
    lists.write(Put(an_account(version=0)), Put(a_dongle(version=0)))
    for at in (NOON, NOON + timedelta(hours=1)):
        rows.apply(Row(keys.licence_row(ACCOUNT, at, CARAT_ID)))
    office = replace(an_office().office, records=lists)

    page = licences.licences(ACCOUNT, office, lists, after=None, limit=10, now=NOON)

    assert [licence.carat_id for licence in page.things] == [CARAT_ID]
