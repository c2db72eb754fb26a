"""What every book of notices promises: the fake, and DynamoDB with its index `by_due`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import pytest

from freischalt.account_ports import NoticeBook, Put, Records
from freischalt.adapters import keys
from freischalt.adapters.dynamodb_notices import DynamoDbNotices
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.notice import Notice
from freischalt.use_cases.send_notices import CLAIMED_FOR
from tests.account_factories import DAY, MINUTE, a_notice
from tests.account_fakes import VIENNA, FakeNotices
from tests.conftest import TABLE
from tests.factories import NOON


class Book(Protocol):
    notices: NoticeBook
    records: Records


class InMemory:
    def __init__(self) -> None:
        fake = FakeNotices()
        self.notices: NoticeBook = fake
        self.records: Records = fake.records


class InDynamoDb:
    def __init__(self, client: Any) -> None:
        self.notices: NoticeBook = DynamoDbNotices(client, TABLE)
        self.records: Records = DynamoDbRecords(client, TABLE, VIENNA)


@pytest.fixture(params=["fake", "dynamodb"])
def book(request: pytest.FixtureRequest) -> Book:
    if request.param == "fake":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb"))


def committed(book: Book, id: str = "n1", **changes: Any) -> Notice:  # noqa: A002
    notice = a_notice(id, **changes)
    book.records.write(Put(replace(notice, version=0)))
    return notice


def pending(book: Book, before: datetime) -> set[str]:
    return {notice.id for notice in book.notices.pending(before=before)}


def claim(book: Book, notice: Notice, by: str = "a", now: datetime = NOON) -> bool:
    return book.notices.claim(notice, by=by, now=now, until=now + CLAIMED_FOR)


def test_a_committed_notice_is_pending_until_it_was_sent(book: Book) -> None:
    notice = committed(book)

    assert list(book.notices.pending(before=NOON)) == []
    assert list(book.notices.pending(before=NOON + MINUTE)) == [notice]
    book.notices.mark_sent(notice, now=NOON)
    assert list(book.notices.pending(before=NOON + DAY)) == []


def test_marking_twice_is_the_same_as_once(book: Book) -> None:
    notice = committed(book)

    book.notices.mark_sent(notice, now=NOON)
    book.notices.mark_sent(notice, now=NOON + MINUTE)

    assert pending(book, NOON + DAY) == set()


def test_all_partitions_are_asked(book: Book) -> None:
    ids = {committed(book, f"n{n}").id for n in range(40)}

    assert pending(book, NOON + MINUTE) == ids


def test_a_claimed_notice_is_one_senders_alone(book: Book) -> None:
    notice = committed(book)

    assert claim(book, notice, "a")
    assert not claim(book, notice, "b")
    assert claim(book, notice, "a", NOON + MINUTE)  # its own again


def test_a_claim_runs_out(book: Book) -> None:
    notice = committed(book)
    claim(book, notice, "a")

    assert pending(book, NOON + CLAIMED_FOR) == set()
    assert pending(book, NOON + CLAIMED_FOR + MINUTE) == {"n1"}
    assert claim(book, notice, "b", NOON + CLAIMED_FOR)
    assert not claim(book, notice, "a", NOON + CLAIMED_FOR)


def test_what_was_sent_can_be_claimed_by_nobody(book: Book) -> None:
    notice = committed(book)
    claim(book, notice, "a")
    book.notices.mark_sent(notice, now=NOON)

    assert not claim(book, notice, "a", NOON + DAY)
    assert not claim(book, notice, "b", NOON + DAY)


def test_what_was_never_committed_can_be_claimed_by_nobody(book: Book) -> None:
    assert not claim(book, a_notice())
    assert pending(book, NOON + DAY) == set()


@pytest.mark.parametrize("how", ["kind", "details"])
def test_what_this_version_cannot_read_is_told_and_holds_up_nothing(
    dynamodb: Any, how: str
) -> None:
    book = InDynamoDb(dynamodb)
    bad, good = committed(book, "bad"), committed(book, "good")
    dynamodb.update_item(
        TableName=TABLE,
        Key=keys.notice(bad.id),
        UpdateExpression="SET #field = :other" if how == "kind" else "REMOVE #field",
        ExpressionAttributeNames={"#field": how},
        **({"ExpressionAttributeValues": {":other": {"S": "?"}}} if how == "kind" else {}),
    )
    told: list[str] = []

    def read(unreadable: Callable[[str], None]) -> list[Notice]:
        notices = DynamoDbNotices(dynamodb, TABLE, unreadable)
        return list(notices.pending(before=NOON + DAY))

    assert read(told.append) == [good]
    assert told == ["NOTICE#bad"]
    with pytest.raises(ValueError, match="NOTICE#bad"):
        list(book.notices.pending(before=NOON + DAY))
