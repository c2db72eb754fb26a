"""Payment pages that may bring money: in memory, and by DynamoDB's index."""

from dataclasses import replace
from datetime import timedelta

import pytest

from freischalt.account_ports import Put, Records, Ref
from freischalt.adapters.dynamodb_open_pages import DynamoDbOpenPages
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.payment_page import LONGEST, PageState, PaymentPage
from freischalt.payment_ports import OpenPages
from tests.account_fakes import VIENNA, FakeRecords
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON
from tests.payment_fakes import FakeOpenPages
from tests.term_factories import ORDER, a_payment_page


@pytest.fixture(params=["fake", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Records:
    if request.param == "fake":
        return FakeRecords()
    return DynamoDbRecords(request.getfixturevalue("dynamodb"), TABLE, VIENNA)


@pytest.fixture
def pages(records: Records, request: pytest.FixtureRequest) -> OpenPages:
    if isinstance(records, FakeRecords):
        return FakeOpenPages(records)
    return DynamoDbOpenPages(request.getfixturevalue("dynamodb"), TABLE)


def sessions(pages: OpenPages, first: int = 0) -> list[str]:
    before = NOON + LONGEST + timedelta(hours=1)
    return [page.session for page in pages.pending(before=before, first=first)]


def test_all_of_an_order_wait_until_each_is_over(records: Records, pages: OpenPages) -> None:
    records.write(
        Put(a_payment_page(session="cs_1", version=0)),
        Put(a_payment_page(session="cs_2", state=PageState.UNDER_WAY, version=0)),
        Put(a_payment_page(session="cs_3", state=PageState.OVER, version=0)),
    )
    assert sorted(sessions(pages)) == ["cs_1", "cs_2"]

    ref = Ref(PaymentPage, (ACCOUNT, "cs_2"))
    page = records.read(ref)[ref]
    assert page
    assert page.order == ORDER
    records.write(Put(replace(page, state=PageState.OVER)))

    assert sessions(pages) == ["cs_1"]


def test_whoever_does_not_get_to_the_end_begins_elsewhere(
    records: Records, pages: OpenPages
) -> None:
    names = [f"cs_{number}" for number in range(40)]
    for name in names:
        records.write(Put(a_payment_page(session=name, version=0)))

    orders = [sessions(pages, first) for first in range(16)]

    assert all(sorted(order) == sorted(names) for order in orders)
    assert isinstance(pages, FakeOpenPages) or len({order[0] for order in orders}) > 1
