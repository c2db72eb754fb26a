"""Power that was under-reported is charged later, once, by the difference."""

from typing import Any

import pytest

from freischalt.domain.ids import InvoiceId
from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt_api.api import Api
from freischalt_api.term_operator_routes import add_operator_term_routes
from tests.account_factories import a_company
from tests.account_fakes import FakeOffice, an_office
from tests.api_calls import Calls, at_noon
from tests.factories import ACCOUNT, OTHER_ACCOUNT
from tests.term_factories import ORDER, PLANT, a_plant, a_term, a_term_order, an_invoice

ACTIVE = a_term_order(state=TermOrderState.ACTIVE, invoice=ORDER, changed_by="operator:o")
THINGS = (a_company(), ACTIVE, a_plant(terms=(a_term(),)), an_invoice())
PATH = f"/operator/accounts/{ACCOUNT}/term-orders/{ORDER}/reinvoice"


class NoWithdrawals:
    def unsettled(self, *, now: object) -> list[Any]:
        return []


def desk(*things: Any) -> tuple[FakeOffice, Calls]:
    fake = an_office(*(things or THINGS))
    api = Api(now=at_noon)
    add_operator_term_routes(api, fake.office, NoWithdrawals())
    return fake, Calls(api)


def body(power: int = 12_000, plant: str = PLANT) -> dict[str, Any]:
    return {"plant": plant, "powerW": power, "reason": "Typenschild geprüft"}


def corrections(fake: FakeOffice) -> list[Invoice]:
    return [one for one in fake.records.all(Invoice) if one.kind is InvoiceKind.CORRECTION]


def test_the_difference_is_charged_and_a_second_time_only_what_is_more() -> None:
    fake, calls = desk()

    assert calls.post(PATH, body(12_000)).status == 202
    assert calls.post(PATH, body(29_000)).code == "NOTHING_TO_CHARGE"
    assert calls.post(PATH, body(40_000)).status == 202

    assert [one.net_cents for one in corrections(fake)] == [9_900 - 4_900, 29_900 - 9_900]
    assert {(one.paid, one.of) for one in corrections(fake)} == {(False, InvoiceId(ORDER))}
    assert fake.records.get(TermOrder, ACCOUNT, ORDER).corrected_w == {PLANT: 40_000}


@pytest.mark.parametrize(
    ("things", "path", "asked", "code"),
    [
        (THINGS, PATH, body(10_000), "NOTHING_TO_CHARGE"),
        (THINGS, PATH, body(plant=f"{ACCOUNT}-2"), "NOT_FOUND"),
        (THINGS, PATH, body(plant=f"{OTHER_ACCOUNT}-1"), "NOT_FOUND"),
        (THINGS, PATH.replace("000001", "000002"), body(), "NOT_FOUND"),
        ((*THINGS, a_term_order()), PATH, body(), "NOTHING_TO_CHARGE"),
    ],
)
def test_where_there_is_nothing_to_charge(
    things: tuple[Any, ...], path: str, asked: dict[str, Any], code: str
) -> None:
    fake, calls = desk(*things)

    assert calls.post(path, asked).code == code
    assert corrections(fake) == []


def test_the_same_request_again_charges_once() -> None:
    fake, calls = desk()

    first = calls.post(PATH, body(), Idempotency_Key="k1")
    again = calls.post(PATH, body(), Idempotency_Key="k1")

    assert first.body == again.body
    assert len(corrections(fake)) == 1


def test_an_operator_sees_an_accounts_orders() -> None:
    _, calls = desk()

    told = calls.get(f"/operator/accounts/{ACCOUNT}/term-orders").body["orders"]

    assert [(one["orderNumber"], one["state"]) for one in told] == [(ORDER, "active")]
