"""An order of terms, as its customer sees it."""

from dataclasses import replace

import pytest

from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt_api.term_order_views import term_order_out
from tests.term_factories import ORDER, SELLER, a_term_order


def test_an_open_order_says_how_the_rest_can_be_transferred() -> None:
    part = a_term_order(paid_cents=1_000)

    out = term_order_out(part, SELLER, Language.GERMAN).model_dump(by_alias=True)

    assert (out["paidCents"], out["openCents"]) == (1_000, 4_831)
    assert out["bankTransfer"] == {
        "recipient": SELLER.name,
        "iban": SELLER.iban,
        "bic": SELLER.bic,
        "reference": ORDER,
        "amountCents": 4_831,
        "currency": "EUR",
    }


@pytest.mark.parametrize("state", sorted(set(TermOrderState) - {TermOrderState.OPEN}))
def test_nobody_is_asked_to_pay_what_is_not_open(state: TermOrderState) -> None:
    out = term_order_out(a_term_order(state=state), SELLER, Language.GERMAN)

    assert (out.open_cents, out.bank_transfer) == (0, None)


def test_a_vendor_without_an_account_gets_no_transfers() -> None:
    nowhere = replace(SELLER, iban="")

    assert term_order_out(a_term_order(), nowhere, Language.GERMAN).bank_transfer is None
