"""A month's orders of terms, as the vendor's bookkeeping gets them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from freischalt.domain.address import Address
from freischalt.domain.ids import OrderNumber
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.export_term_orders import export_term_orders
from tests.factories import NOON
from tests.fakes import FakeExports
from tests.term_factories import CONSUMER, REVERSE_CHARGE, a_line, a_quote, a_term_order

HEADING = (
    "order_number;placed_at;account;kind;state;since;plants;net;vat_rule;vat_country;vat_rate;vat;"
    "gross;paid;currency;outbox_id"
)
DAY = timedelta(days=1)
NEXT = NOON + DAY
FORMULA = '=HYPERLINK("https://evil.example";"!")'


class FakeBook:
    """Fits `TermOrderBook`: each order is in the month of its quote."""

    def __init__(self, *orders: TermOrder) -> None:
        self._months: dict[tuple[int, int], list[TermOrder]] = defaultdict(list)
        for order in orders:
            self._months[order.quote.on.year, order.quote.on.month].append(order)

    def of_month(self, year: int, month: int) -> Iterable[TermOrder]:
        return self._months[year, month]


def exported(*orders: TermOrder, month: tuple[int, int] = (2026, 11)) -> dict[str, list[str]]:
    exports = FakeExports()
    names = export_term_orders(*month, book=FakeBook(*orders), exports=exports)
    assert set(names) == exports.files.keys()
    return {name: file.decode("utf-8-sig").splitlines() for name, file in exports.files.items()}


def line_of(order: TermOrder) -> dict[str, str]:
    heading, line = exported(order)["orders/terms-2026-11.csv"]
    return dict(zip(heading.split(";"), line.split(";"), strict=True))


def test_a_month_has_its_orders_by_time_with_what_billing_reconciles_them_by() -> None:
    paid = a_term_order(state=TermOrderState.ACTIVE, paid_cents=5_831, activated_at=NEXT)
    abroad = a_term_order(
        number=OrderNumber("2026-000002"),
        placed_at=NEXT,
        quote=a_quote(a_line(credit_cents=900), a_line(), vat=REVERSE_CHARGE),
        outbox_id="o2",
    )

    files = exported(abroad, paid)

    assert files["orders/terms-2026-11.csv"] == [
        HEADING,
        (
            "2026-000001;2026-11-22T12:00:00+00:00;10001;term;active;2026-11-23T12:00:00+00:00;1;"
            "49,00;domestic;DE;19,00;9,31;58,31;58,31;EUR;o1"
        ),
        (
            "2026-000002;2026-11-23T12:00:00+00:00;10001;term;open;2026-11-23T12:00:00+00:00;2;"
            "89,00;reverse_charge;AT;0,00;0,00;89,00;0,00;EUR;o2"
        ),
    ]


@pytest.mark.parametrize(
    "state", [TermOrderState.CANCELLED, TermOrderState.LAPSED, TermOrderState.WITHDRAWN]
)
def test_an_order_that_is_over_says_how_and_since_when(state: TermOrderState) -> None:
    placed = a_term_order()
    line = line_of(
        replace(placed, state=state, activated_at=placed.placed_at + DAY, ended_at=placed.lapses_at)
    )

    assert (line["state"], line["since"]) == (state.value, placed.lapses_at.isoformat())


def test_the_month_before_is_written_anew_since_its_orders_may_have_been_open_then() -> None:
    december = a_quote(on=date(2026, 12, 31))
    january = a_quote(on=date(2027, 1, 1))
    files = exported(
        a_term_order(number=OrderNumber("2026-000001")),
        a_term_order(number=OrderNumber("2026-000002"), quote=december),
        a_term_order(number=OrderNumber("2027-000001"), quote=january),
        month=(2027, 1),
    )

    numbers = {name: [line.partition(";")[0] for line in file[1:]] for name, file in files.items()}
    assert numbers == {
        "orders/terms-2026-12.csv": ["2026-000002"],
        "orders/terms-2027-01.csv": ["2027-000001"],
    }


def test_nothing_that_a_customer_can_write_gets_into_a_spreadsheet() -> None:
    order = a_term_order(
        quote=a_quote(a_line(name=FORMULA)),
        buyer=replace(CONSUMER, name=FORMULA, address=Address(FORMULA, "10115", "Berlin", "DE")),
    )

    cells = line_of(order).values()

    assert all(cell[0].isalnum() for cell in cells)
