"""Money that comes in, in whatever order and however often it is told."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.adapters.jinja_writer import JinjaWriter
from freischalt.domain.ids import OrderNumber, PaymentId, PlantId
from freischalt.domain.invoice import Invoice
from freischalt.domain.notice import NoticeKind
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider
from freischalt.domain.plant import Plant
from freischalt.domain.receipt import COUNTS, Receipt
from freischalt.domain.term import trial_end
from freischalt.domain.term_catalogue import VatRate
from freischalt.domain.term_order import ONE_DAY, TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.vat_standing import VatStanding, VatState
from freischalt.errors import TooManyRaces
from freischalt.use_cases.receive_payment import Received, receive_payment
from tests.account_factories import a_company, a_standing, a_user, an_account
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON
from tests.term_factories import (
    ORDER,
    PLANT,
    REVERSE_CHARGE,
    TERMS,
    TODAY,
    a_line,
    a_plant,
    a_quote,
    a_term,
    a_term_order,
)

GROSS = 5_831
SECOND = PlantId(f"{ACCOUNT}-2")
OTHER_ORDER = OrderNumber("2026-000002")


def a_receipt(id_: str = "stripe:pi_1", **changes: Any) -> Receipt:
    fields = {
        "id": PaymentId(id_),
        "provider": PaymentProvider.STRIPE,
        "reference": id_.partition(":")[2],
        "amount_cents": GROSS,
        "currency": "EUR",
        "received_at": NOON,
        "order": ORDER,
    }
    return Receipt(**{**fields, **changes})


def a_shop(order: TermOrder | None = None, *plants: Plant) -> FakeOffice:
    """An account that has ordered; its plants wait for the order."""
    order = order or a_term_order()
    made = plants or tuple(
        a_plant(id=line.plant, open_order=order.number) for line in order.quote.lines
    )
    whose = WhoseOrder(order=order.number, account=order.account, version=1)
    return an_office(an_account(users=(a_user().id,)), a_user(), order, whose, *made)


def told(fake: FakeOffice, receipt: Receipt, **later: float) -> Received:
    return receive_payment(receipt, fake.office, at=NOON + timedelta(**later))


def order_in(fake: FakeOffice) -> TermOrder:
    return fake.records.get(TermOrder, ACCOUNT, ORDER)


def test_the_whole_amount_activates_order_and_plants_at_once() -> None:
    lines = (a_line(), a_line(plant=SECOND, power_w=23_000, list_cents=9_900))
    order = a_term_order(quote=a_quote(*lines))
    fake = a_shop(order)

    received = told(fake, a_receipt(amount_cents=order.gross_cents))

    assert received.activated
    assert received.payment.mismatch is None
    assert fake.records.writes == 1
    active = order_in(fake)
    assert active.state is TermOrderState.ACTIVE
    assert active.paid_cents == order.gross_cents
    assert active.payments == (received.payment.id,)
    for plant in fake.records.all(Plant):
        assert [term.order for term in plant.terms] == [ORDER]
        assert plant.open_order is None


@pytest.mark.parametrize("by", [None, "operator:olga"])
def test_whoever_has_told_of_the_money_has_activated_the_order(by: str | None) -> None:
    fake = a_shop(a_term_order(changed_by="user:anna"))

    told(fake, a_receipt(amount_cents=1_000, recorded_by=by))
    assert order_in(fake).changed_by == "user:anna"
    told(fake, a_receipt("stripe:pi_2", amount_cents=GROSS - 1_000, recorded_by=by))

    assert order_in(fake).changed_by == (by or "provider:stripe")


def test_whose_plants_have_outgrown_the_order_is_told_so_in_one_mail() -> None:
    """The trial of one runs on, another has no right left; a third still fits."""
    third, over = PlantId(f"{ACCOUNT}-3"), TODAY - timedelta(days=100)
    lines = (a_line(), a_line(plant=SECOND), a_line(plant=third))
    order = a_term_order(quote=a_quote(*lines))
    grown = a_plant(open_order=ORDER, ordered_w=4_200, power_w=27_200)
    ended = replace(grown, id=SECOND, trial_from=over)
    fake = a_shop(order, grown, ended, a_plant(id=third, open_order=ORDER, ordered_w=4_200))

    told(fake, a_receipt(amount_cents=order.gross_cents))
    told(fake, a_receipt(amount_cents=order.gross_cents))

    assert [plant.terms[0].ended for plant in fake.records.all(Plant)] == [TODAY, TODAY, None]
    assert [plant.credit_cents for plant in fake.records.all(Plant)] == [4_900, 4_900, 0]
    (notice,) = fake.told(NoticeKind.TERM_ORDER_OUTGROWN)
    text = JinjaWriter().mail(notice, {}).text
    what = "27200 W, bestellt waren 4200 W. Guthaben: 49,00 € (netto)."
    runs_until = f"Nutzungsberechtigt bis einschließlich {trial_end(TODAY) - ONE_DAY:%d.%m.%Y}."
    assert f"Anlage {PLANT} „Dach Süd“: {what} {runs_until}\n" in text
    assert f"Anlage {SECOND} „Dach Süd“: {what} Zurzeit nicht nutzungsberechtigt.\n" in text
    assert third not in text


def test_ten_times_the_same_is_once() -> None:
    fake = a_shop()
    first = told(fake, a_receipt())
    before = dict(fake.records.things)

    again = [told(fake, a_receipt(), days=day) for day in range(10)]

    assert fake.records.things == before
    assert {(each.payment.id, each.is_news, each.activated) for each in again} == {
        (first.payment.id, False, False)
    }


ASIDE: dict[str, tuple[Any, Any, Any, Mismatch]] = {
    "nobody's order": ({}, {}, {"order": OTHER_ORDER}, Mismatch.NO_SUCH_ORDER),
    "without an order": ({}, {}, {"order": None}, Mismatch.NO_SUCH_ORDER),
    "cancelled": ({"state": TermOrderState.CANCELLED}, {}, {}, Mismatch.ORDER_NOT_OPEN),
    "lapsed": ({"state": TermOrderState.LAPSED}, {}, {}, Mismatch.ORDER_NOT_OPEN),
    "withdrawn": ({"state": TermOrderState.WITHDRAWN}, {}, {}, Mismatch.ORDER_NOT_OPEN),
    "paid before": ({"state": TermOrderState.ACTIVE}, {}, {}, Mismatch.ORDER_NOT_OPEN),
    "dollars": ({}, {}, {"currency": "USD"}, Mismatch.OTHER_CURRENCY),
    "plant deleted": ({}, {"ended_at": NOON}, {}, Mismatch.PLANT_GONE),
    "dollars for a deleted plant": (
        {},
        {"ended_at": NOON},
        {"currency": "USD"},
        Mismatch.OTHER_CURRENCY,
    ),
}


@pytest.mark.parametrize(("order", "plant", "receipt", "why"), ASIDE.values(), ids=ASIDE)
def test_what_fits_nothing_is_put_aside(
    order: dict[str, Any], plant: dict[str, Any], receipt: dict[str, Any], why: Mismatch
) -> None:
    fake = a_shop(a_term_order(**order), a_plant(open_order=ORDER, **plant))
    before = order_in(fake), fake.records.all(Plant)

    received = told(fake, a_receipt(**receipt))

    assert received.payment.mismatch is why
    assert received.payment.is_aside
    assert not received.activated
    named = () if why is Mismatch.NO_SUCH_ORDER else (received.payment.id,)
    beside = replace(before[0], put_aside=named, version=before[0].version + len(named))
    assert (order_in(fake), fake.records.all(Plant)) == (beside, before[1])
    kept = fake.records.get(Payment, "stripe:pi_1")
    assert replace(kept, version=0) == replace(received.payment, version=0)


LATE = a_term_order().pay_before


def a_lapsed_order() -> TermOrder:
    return a_term_order(state=TermOrderState.LAPSED, ended_at=a_term_order().lapses_at)


def test_money_that_came_in_time_and_is_told_of_late_brings_a_lapsed_order_back() -> None:
    order = replace(a_lapsed_order(), quote=a_quote(a_line(list_cents=5_800, credit_cents=900)))
    fake = a_shop(order, a_plant(credit_cents=1_000))

    received = told(fake, a_receipt(received_at=LATE - timedelta(milliseconds=1)), days=30)

    assert received.activated
    assert received.payment.mismatch is None
    order = order_in(fake)
    assert (order.state, order.ended_at) == (TermOrderState.ACTIVE, None)
    plant = fake.records.get(Plant, PLANT)
    assert [term.order for term in plant.terms] == [ORDER]
    assert (plant.open_order, plant.ordered_w, plant.credit_cents) == (None, None, 100)


NOT_AGAIN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "too late": ({"received_at": LATE}, {}),
    "too little": ({"amount_cents": GROSS - 1}, {}),
    "dollars": ({"currency": "USD"}, {}),
    "ordered anew": ({}, {"open_order": OTHER_ORDER}),
    "bought anew": ({}, {"terms": (a_term(order=OTHER_ORDER, after=a_line().after),)}),
    "its credit is spent": ({}, {"credit_cents": 899}),
    "deleted": ({}, {"ended_at": NOON}),
}


@pytest.mark.parametrize(("receipt", "plant"), NOT_AGAIN.values(), ids=NOT_AGAIN)
def test_else_money_for_a_lapsed_order_is_put_aside(
    receipt: dict[str, Any], plant: dict[str, Any]
) -> None:
    line = a_line(list_cents=5_800, credit_cents=900)
    order = replace(a_lapsed_order(), quote=a_quote(line))
    fake = a_shop(order, a_plant(**{"credit_cents": 900, **plant}))

    received = told(fake, a_receipt(**receipt), days=30)

    assert received.payment.mismatch is Mismatch.ORDER_NOT_OPEN
    aside = (received.payment.id,)
    assert order_in(fake) == replace(order, put_aside=aside, version=order.version + 1)


VERDICTS = [
    (a_standing(VatState.INVALID), Mismatch.VAT_REFUTED),
    (a_standing(VatState.MISMATCH), Mismatch.VAT_REFUTED),
    (a_standing(VatState.VALID), None),
    (a_standing(VatState.GIVEN_UP), None),
    (a_standing(VatState.INVALID, of="other data, since"), None),
]


@pytest.mark.parametrize(("standing", "why"), VERDICTS)
@pytest.mark.parametrize("state", [TermOrderState.OPEN, TermOrderState.LAPSED])
def test_nothing_is_sold_without_vat_for_a_vat_id_that_was_refuted_since_the_order(
    standing: VatStanding, why: Mismatch | None, state: TermOrderState
) -> None:
    order = a_term_order(quote=a_quote(vat=REVERSE_CHARGE), state=state)
    fake = a_shop(order, a_plant(open_order=ORDER if state is TermOrderState.OPEN else None))
    fake.records.put(a_company(vat=standing))

    received = told(fake, a_receipt(amount_cents=order.gross_cents))

    assert received.payment.mismatch is why
    assert received.activated is (why is None)
    assert order_in(fake).paid_cents == (0 if why else order.gross_cents)


def test_a_price_with_vat_needs_no_vat_id() -> None:
    fake = a_shop()
    fake.records.put(a_company(vat=a_standing(VatState.INVALID)))

    assert told(fake, a_receipt()).activated


@pytest.mark.parametrize("credit_cents", [0, 900])
def test_the_rate_is_that_of_the_day_of_supply_within_the_price_that_was_agreed(
    credit_cents: int,
) -> None:
    rates = (VatRate(date(2007, 1, 1), 1900), VatRate(date(2026, 12, 1), 2100))
    order = a_term_order(quote=a_quote(a_line(credit_cents=credit_cents)))
    shop = a_shop(order)
    fake = replace(shop, terms=replace(TERMS, vat_rates={**TERMS.vat_rates, "DE": rates}))

    told(fake, a_receipt(amount_cents=order.gross_cents), days=12)

    (invoice,) = fake.records.all(Invoice)
    assert (invoice.supplied_on, invoice.vat.basis_points) == (date(2026, 12, 4), 2100)
    assert 0 <= order.gross_cents - invoice.gross_cents <= 1
    assert invoice.lines[-1].text.startswith("Anpassung an den Umsatzsteuersatz")


def test_a_plant_that_is_not_there_at_all_is_gone() -> None:
    fake = a_shop()
    del fake.records.things[Plant, (PLANT,)]

    assert told(fake, a_receipt()).payment.mismatch is Mismatch.PLANT_GONE


def test_too_little_counts_and_the_rest_activates_and_settles_it() -> None:
    fake = a_shop()

    part = told(fake, a_receipt("stripe:pi_1", amount_cents=5_000))
    assert part.payment.mismatch is Mismatch.TOO_LITTLE
    assert order_in(fake).state is TermOrderState.OPEN
    assert order_in(fake).open_cents == 831

    rest = told(fake, a_receipt("stripe:pi_2", amount_cents=831), hours=1)
    assert rest.activated
    assert rest.payment.mismatch is None
    assert order_in(fake).paid_cents == GROSS
    settled = fake.records.get(Payment, "stripe:pi_1")
    assert not settled.is_aside
    assert settled.settled_by == "payment:stripe:pi_2"
    assert settled.settled_at == NOON + timedelta(hours=1)


def test_of_a_plant_that_has_grown_since_the_order_all_is_credited() -> None:
    """Its term would count from the extension, and the days since then are not charged."""
    grown = a_plant(
        open_order=ORDER,
        ordered_w=4_200,
        power_w=10_000,
        trial_from=TODAY - timedelta(days=400),
        extended_on=TODAY - timedelta(days=9),
    )
    fake = a_shop(a_term_order(), grown)

    assert told(fake, a_receipt()).activated

    plant = fake.records.get(Plant, PLANT)
    assert plant.credit_cents == plant.terms[0].net_cents == 4_900
    assert plant.terms[0].ended == TODAY


def test_too_much_activates_and_is_shown() -> None:
    fake = a_shop()

    received = told(fake, a_receipt(amount_cents=GROSS + 1))

    assert received.activated
    assert received.payment.mismatch is Mismatch.TOO_MUCH
    assert received.payment.is_aside
    assert order_in(fake).paid_cents == GROSS + 1


def test_a_race_lost_is_decided_again_on_what_is_stored_then() -> None:
    """The customer cancels between our look and our write: the money is put aside."""
    fake = a_shop()
    cancelled = replace(a_term_order(), state=TermOrderState.CANCELLED, version=2)
    fake.records.quicker.append(lambda: fake.records.put(cancelled))

    received = told(fake, a_receipt())

    assert received.payment.mismatch is Mismatch.ORDER_NOT_OPEN
    assert order_in(fake) == replace(cancelled, put_aside=(received.payment.id,), version=3)
    assert fake.pauses == [1]


def test_the_same_told_twice_at_once_is_kept_once() -> None:
    fake = a_shop()
    fake.records.quicker.append(lambda: told(fake, a_receipt()))

    late = told(fake, a_receipt())

    assert not late.is_news
    assert order_in(fake).paid_cents == GROSS


def test_two_halves_at_once_are_both_counted() -> None:
    fake = a_shop()
    fake.records.quicker.append(lambda: told(fake, a_receipt("stripe:pi_2", amount_cents=831)))

    assert told(fake, a_receipt(amount_cents=5_000)).activated

    assert order_in(fake).paid_cents == GROSS


def test_whoever_loses_every_race_has_written_nothing() -> None:
    fake = a_shop()

    def bump() -> None:
        fake.records.put(replace(order_in(fake), version=order_in(fake).version + 1))

    fake.records.quicker.extend([bump] * 6)

    with pytest.raises(TooManyRaces):
        told(fake, a_receipt())

    assert fake.records.all(Payment) == []
    assert told(fake, a_receipt()).activated


def test_a_receipt_takes_few_reads_and_one_write() -> None:
    fake = a_shop()
    fake.records.reads = 0

    told(fake, a_receipt())

    assert fake.records.reads <= 6  # activation reads whom to tell
    assert fake.records.writes == 1


AMOUNTS = st.sampled_from([1, 831, 2_915, 5_000, GROSS, GROSS + 100])
RECEIPTS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
        st.sampled_from([ORDER, ORDER, ORDER, OTHER_ORDER, None]),
    ),
    min_size=1,
    max_size=12,
)


@given(
    of_id=st.lists(AMOUNTS, min_size=5, max_size=5),
    stories=RECEIPTS,
    cancelled_after=st.none() | st.integers(0, 8),
    data=st.data(),
)
def test_nothing_is_lost_and_nothing_counts_twice(
    of_id: list[int],
    stories: list[tuple[int, str, OrderNumber | None]],
    cancelled_after: int | None,
    data: st.DataObject,
) -> None:
    """Each of five receipts has its amount; they are told at random, repeated, out of order."""
    kinds: dict[int, tuple[str, OrderNumber | None]] = {}
    for number, currency, named in stories:
        kinds.setdefault(number, (currency, named))
    receipts = {
        number: a_receipt(
            f"stripe:pi_{number}", amount_cents=of_id[number], currency=currency, order=named
        )
        for number, (currency, named) in kinds.items()
    }
    tellings = data.draw(st.permutations([number for number, _, _ in stories]))
    fake = a_shop()
    activations = 0
    for turn, number in enumerate(tellings):
        order = order_in(fake)
        if turn == cancelled_after and order.state is TermOrderState.OPEN:
            fake.records.put(
                replace(order, state=TermOrderState.CANCELLED, version=order.version + 1)
            )
        activations += told(fake, receipts[number]).activated
    before = dict(fake.records.things)
    for number in tellings:
        told(fake, receipts[number], days=1)

    order = order_in(fake)
    payments = fake.records.all(Payment)
    assert fake.records.things == before
    assert sum(each.amount_cents for each in payments) == sum(
        receipt.amount_cents for receipt in receipts.values()
    )
    counting = [each for each in payments if each.id in order.payments]
    assert order.paid_cents == sum(each.amount_cents for each in counting)
    assert all(each.mismatch in COUNTS for each in counting)
    assert all(each.is_aside for each in payments if each not in counting)
    assert activations == (order.state is TermOrderState.ACTIVE)
    terms = fake.records.get(Plant, PLANT).terms
    assert len(terms) == activations
    if order.state is TermOrderState.OPEN:
        assert order.open_cents > 0
