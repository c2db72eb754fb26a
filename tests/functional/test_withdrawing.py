"""The withdrawal button: what is confirmed to everybody, and what comes of it for whom."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.account_ports import Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_withdrawals import DynamoDbWithdrawals
from freischalt.adapters.jinja_writer import JinjaWriter
from freischalt.domain.billing_event import BillingEvent, BillingKind
from freischalt.domain.ids import OrderNumber, declared_by
from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.domain.notice import NoticeKind
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_news import RefundNews
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.setback import Setback, SetbackState
from freischalt.domain.term import TermState, state
from freischalt.domain.term_order import (
    Consent,
    TermOrder,
    WhoseOrder,
    Withdrawal,
    WithdrawalOutcome,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.deciding_withdrawals import (
    Acceptance,
    accept_withdrawal,
    settle_withdrawal,
)
from freischalt.use_cases.receive_payment import receive_payment
from freischalt.use_cases.refunds import note_refund
from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.term_routes import add_routes
from tests.account_factories import EMAIL, a_company, a_request, a_user
from tests.account_fakes import VIENNA, FakeOffice, an_office
from tests.api_calls import Calls
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON
from tests.functional.test_receive_payment import a_receipt
from tests.term_factories import (
    CONSUMER,
    ORDER,
    PLANT,
    TODAY,
    a_correction,
    a_line,
    a_payment,
    a_plant,
    a_quote,
    a_setback,
    a_term,
    a_term_order,
    an_invoice,
)

DAY = timedelta(days=1)
ONCE = {"Idempotency-Key": "once"}
BODY = {"name": "Anna Huber", "orderNumber": ORDER, "email": EMAIL}
PAID = a_term_order(
    buyer=CONSUMER,
    state=TermOrderState.ACTIVE,
    paid_cents=4_760,
    quote=a_quote(a_line(credit_cents=900)),
    activated_at=NOON,
    confirmed_at=NOON,
    invoice=ORDER,
)
TERM = a_term(after=TODAY + 40 * DAY)
HAS_IT = a_plant(terms=(TERM,), credit_cents=100)
INVOICE = an_invoice(buyer=CONSUMER, number="R2026-000001")


def office(*things: Any) -> FakeOffice:
    account = a_company(registrant=CONSUMER, vat=None)
    fake = an_office(account, a_user(), *things)
    for order in fake.records.all(TermOrder):
        fake.records.put(whose(order))
    return fake


def whose(order: TermOrder) -> Any:
    return WhoseOrder(order=order.number, account=order.account, version=1)


def press(fake: FakeOffice, later: timedelta = DAY, **changes: str) -> Withdrawal:
    api = Api(now=lambda: NOON + later, gate=gate_of(fake.office))
    add_routes(api, fake.office, fake.numbers)
    answer = Calls(api).post("/withdrawals", BODY | changes)
    assert answer.status == 202
    assert "eingegangen" in answer.body["text"]
    return fake.records.all(Withdrawal)[-1]


def test_the_page_has_the_words_of_the_law() -> None:
    fake = office()
    api = Api(now=lambda: NOON, gate=gate_of(fake.office))
    add_routes(api, fake.office, fake.numbers)

    form = Calls(api).get("/withdrawals").body

    assert (form["withdraw"], form["confirm"]) == ("Vertrag widerrufen", "Widerruf bestätigen")


def test_a_consumer_withdraws_and_everything_is_undone() -> None:
    fake = office(PAID, HAS_IT, INVOICE)

    kept = press(fake)

    assert (kept.outcome, kept.refund_cents, kept.account, declared_by(kept.id)) == (
        WithdrawalOutcome.WITHDRAWN,
        4_760,
        ACCOUNT,
        ACCOUNT,
    )
    assert fake.records.get(TermOrder, ACCOUNT, ORDER).state is TermOrderState.WITHDRAWN
    plant = fake.records.get(Plant, PLANT)
    assert plant.terms[0].ended == TODAY + DAY
    assert plant.credit_cents == 100 + 900  # what the order had used, and nothing of its own term
    assert state(plant.rights(), TODAY + 50 * DAY) is TermState.EXPIRED
    (event,) = fake.records.all(BillingEvent)
    assert (event.kind, event.detail["reason"]) == (BillingKind.ORDER_ENDED, "withdrawn")
    (note,) = [one for one in fake.records.all(Invoice) if one.kind is InvoiceKind.CREDIT_NOTE]
    assert (note.of, note.gross_cents) == (INVOICE.id, INVOICE.gross_cents)


def test_a_name_is_known_however_it_is_written() -> None:
    fake = office(PAID, HAS_IT, INVOICE)

    assert press(fake, name="huber,  ANNA").outcome is WithdrawalOutcome.WITHDRAWN


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        ([a_payment(amount_cents=4_760)], 4_760),
        ([a_payment(amount_cents=4_760, refunded_cents=4_760)], 0),
        ([a_payment(amount_cents=4_760, refunded_cents=60)], 4_700),
        ([a_payment(amount_cents=10_000, mismatch=Mismatch.TOO_MUCH)], 4_760),
        ([a_payment(amount_cents=10_000, refunded_cents=5_240, settled_at=NOON)], 4_760),
        ([a_payment(amount_cents=10_000, refunded_cents=5_300, settled_at=NOON)], 4_700),
        ([a_payment(amount_cents=4_000), a_payment(id="stripe:cs_2", amount_cents=760)], 4_760),
    ],
    ids=["all", "given back", "part of it", "too much", "the rest of it", "and more", "two parts"],
)
def test_nothing_is_given_back_twice(paid: list[Payment], left: int) -> None:
    """What is too much lies with the payments that were put aside, until it is given back."""
    came = sum(payment.amount_cents for payment in paid)
    order = replace(PAID, paid_cents=came, payments=tuple(payment.id for payment in paid))

    assert press(office(order, HAS_IT, INVOICE, *paid)).refund_cents == left


@pytest.mark.parametrize(("later", "left"), [(0, 4_760), (100, 4_660)])
def test_what_went_back_before_the_rest_came_is_taken_off_once(later: int, left: int) -> None:
    order = a_term_order(buyer=CONSUMER, quote=a_quote(a_line(credit_cents=900)))
    fake = office(order, a_plant(open_order=ORDER))
    for number, cents in enumerate((1_000, 4_160)):
        receipt = a_receipt(f"stripe:pi_{number}", amount_cents=cents)
        receive_payment(receipt, fake.office, at=NOON)
        if number == 0:
            note_refund(RefundNews(receipt.id, 400), fake.office, at=NOON)
    if later:
        note_refund(RefundNews(receipt.id, later), fake.office, at=NOON)

    kept = press(fake)

    assert (kept.outcome, kept.refund_cents) == (WithdrawalOutcome.WITHDRAWN, left)


@pytest.mark.parametrize(
    ("setbacks", "left"),
    [
        ([a_setback(state=SetbackState.LOST)], 0),
        ([a_setback(amount_cents=760)], 4_000),
        ([a_setback(amount_cents=760, settled_at=NOON)], 4_000),
        ([a_setback(amount_cents=60), a_setback("du_2", amount_cents=700)], 4_000),
        ([a_setback(state=SetbackState.INQUIRY)], 4_760),
        ([a_setback(state=SetbackState.OVER)], 4_760),
        ([a_setback(state=SetbackState.REFUND_FAILED)], 4_760),
    ],
    ids=["lost", "a part", "seen to", "two", "asked", "won", "refund failed"],
)
def test_what_the_bank_has_taken_is_not_given_back(setbacks: list[Setback], left: int) -> None:
    paid = a_payment(amount_cents=4_760, setbacks=tuple(setbacks))
    order = replace(PAID, payments=(paid.id,))

    kept = press(office(order, HAS_IT, INVOICE, paid))

    assert (kept.outcome, kept.refund_cents) == (WithdrawalOutcome.WITHDRAWN, left)


@pytest.mark.parametrize(("paid", "back"), [(0, 4_760), (5_950, 4_760 + 5_950)])
def test_what_was_charged_later_is_taken_back_too(paid: int, back: int) -> None:
    correction = a_correction(paid_cents=paid)
    order = replace(PAID, corrections=(correction,))
    later = an_invoice(id=correction.invoice, kind=InvoiceKind.CORRECTION, of=INVOICE.id)
    fake = office(order, HAS_IT, INVOICE, later)

    assert press(fake).refund_cents == back

    notes = [one.of for one in fake.records.all(Invoice) if one.kind is InvoiceKind.CREDIT_NOTE]
    assert notes == [INVOICE.id, later.id]


def test_a_refund_at_the_same_time_counts() -> None:
    payment = a_payment(amount_cents=4_760)
    fake = office(replace(PAID, payments=(payment.id,)), HAS_IT, INVOICE, payment)
    news = RefundNews(payment.id, 4_760)
    fake.records.quicker.append(lambda: note_refund(news, fake.office, at=NOON))

    assert press(fake).refund_cents == 0


def test_the_confirmation_has_content_day_and_time_in_both_clocks() -> None:
    fake = office(PAID, HAS_IT, INVOICE)

    press(fake)

    (notice,) = fake.told(NoticeKind.WITHDRAWAL_RECEIVED)
    text = JinjaWriter().mail(notice, {}).text
    assert notice.to == EMAIL
    for told in ("Anna Huber", ORDER, "23.11.2026 13:00:00 CET", "2026-11-23 12:00:00 UTC"):
        assert told in text


def test_an_order_that_nobody_has_paid_is_withdrawn_without_a_credit_note() -> None:
    placed = a_term_order(buyer=CONSUMER, quote=a_quote(a_line(credit_cents=900)))
    fake = office(placed, a_plant(open_order=ORDER, credit_cents=100))

    assert press(fake).outcome is WithdrawalOutcome.WITHDRAWN

    plant = fake.records.get(Plant, PLANT)
    assert (plant.open_order, plant.credit_cents) == (None, 100 + 900)
    assert fake.records.all(Invoice) == []


OUTGROWN = replace(TERM, ended=TODAY)
"""Its whole value of 4,900 cents was credited."""

LATER = OrderNumber("2026-000002")


@pytest.mark.parametrize(
    ("order", "plant", "later", "entered", "outcome"),
    [
        (PAID, HAS_IT, DAY, {"orderNumber": "2026-999999"}, WithdrawalOutcome.NO_SUCH_ORDER),
        (PAID, HAS_IT, DAY, {"orderNumber": "Rechnung?"}, WithdrawalOutcome.NO_SUCH_ORDER),
        (PAID, HAS_IT, DAY, {"email": "b@example.org"}, WithdrawalOutcome.OTHER_PERSON),
        (PAID, HAS_IT, DAY, {"name": "Max Fremd"}, WithdrawalOutcome.OTHER_PERSON),
        (a_term_order(), HAS_IT, DAY, {}, WithdrawalOutcome.NO_CONSUMER),
        (replace(PAID, state=TermOrderState.LAPSED), HAS_IT, DAY, {}, WithdrawalOutcome.NOT_ACTIVE),
        (PAID, HAS_IT, 16 * DAY, {}, WithdrawalOutcome.TOO_LATE),
        (
            replace(PAID, consent=Consent(documents={}, immediate_start=True)),
            HAS_IT,
            DAY,
            {},
            WithdrawalOutcome.RIGHT_LAPSED,
        ),
        (PAID, a_plant(terms=(OUTGROWN,)), DAY, {}, WithdrawalOutcome.CREDIT_USED),
    ],
)
def test_what_is_not_plain_waits_for_an_operator_and_changes_nothing(
    order: TermOrder,
    plant: Plant,
    later: timedelta,
    entered: dict[str, str],
    outcome: WithdrawalOutcome,
) -> None:
    fake = office(order, plant, INVOICE)

    kept = press(fake, later, **entered)

    assert (kept.outcome, kept.refund_cents) == (outcome, 0)
    assert fake.records.get(TermOrder, ACCOUNT, ORDER) == order
    assert fake.records.get(Plant, PLANT) == plant
    assert fake.records.all(Invoice) == [INVOICE]
    assert len(fake.told(NoticeKind.WITHDRAWAL_RECEIVED)) == 1


def test_the_last_day_is_in_time_even_if_the_fourteenth_is_a_sunday() -> None:
    fake = office(PAID, HAS_IT, INVOICE)

    assert press(fake, 15 * DAY).outcome is WithdrawalOutcome.WITHDRAWN  # a Monday


def test_a_holiday_is_no_last_day() -> None:
    """Confirmed on the 11th, the fourteenth day is Christmas, a Friday: Monday is in time."""
    since = NOON.replace(month=12, day=11)
    fake = office(replace(PAID, confirmed_at=since), HAS_IT, INVOICE)

    assert press(fake, since.replace(day=28) - NOON).outcome is WithdrawalOutcome.WITHDRAWN


def test_a_term_that_was_outgrown_gives_its_credit_back_first() -> None:
    fake = office(PAID, a_plant(terms=(OUTGROWN,), credit_cents=4_900), INVOICE)

    assert press(fake).outcome is WithdrawalOutcome.WITHDRAWN

    assert fake.records.get(Plant, PLANT).credit_cents == 900


def test_credit_that_an_open_order_has_taken_is_not_paid_out_as_well() -> None:
    """A plant outgrew what was paid; its owner ordered for the credit, and then withdraws."""
    bigger = a_line(list_cents=9_900, credit_cents=4_900)
    later = a_term_order(number=LATER, buyer=CONSUMER, quote=a_quote(bigger))
    fake = office(PAID, later, a_plant(terms=(OUTGROWN,), open_order=LATER), INVOICE)

    assert press(fake).outcome is WithdrawalOutcome.CREDIT_USED
    assert press(fake, orderNumber=LATER).outcome is WithdrawalOutcome.WITHDRAWN
    assert press(fake).outcome is WithdrawalOutcome.WITHDRAWN

    assert fake.records.get(Plant, PLANT).credit_cents == 900  # what the first order had used


def test_the_button_pressed_twice_is_two_declarations_and_one_refund() -> None:
    fake = office(PAID, HAS_IT, INVOICE)
    press(fake)

    again = press(fake, 2 * DAY)

    assert (again.outcome, again.refund_cents) == (WithdrawalOutcome.NOT_ACTIVE, 0)


def test_pressing_it_once_and_hearing_twice_tells_the_same_time() -> None:
    fake = office(PAID, HAS_IT, INVOICE)
    moments = iter((DAY, DAY + timedelta(microseconds=1_700), 2 * DAY))
    api = Api(now=lambda: NOON + next(moments), gate=gate_of(fake.office))
    add_routes(api, fake.office, fake.numbers)

    told = [Calls(api).post("/withdrawals", BODY, **ONCE).body for _ in range(3)]

    assert told == [told[0]] * 3
    assert len(fake.records.all(Withdrawal)) == 1


def test_an_open_order_ends_even_if_a_part_is_paid_which_lies_aside() -> None:
    part = a_payment(amount_cents=1_000, mismatch=Mismatch.TOO_LITTLE)
    order = a_term_order(buyer=CONSUMER, paid_cents=1_000, payments=(part.id,))
    fake = office(order, a_plant(open_order=ORDER), part)

    kept = press(fake)

    assert (kept.outcome, kept.refund_cents) == (WithdrawalOutcome.WITHDRAWN, 0)
    assert fake.records.get(Payment, part.id).is_aside


def accept(fake: FakeOffice, declared: Withdrawal, **asked: Any) -> Any:
    acceptance = Acceptance(**{"order": ORDER, **asked})
    request = a_request("accept", at=NOON + 2 * DAY, actor="operator:1")
    return accept_withdrawal(declared.id, acceptance, fake.office, request)


AT_ONCE = replace(PAID, consent=Consent(documents={}, immediate_start=True))


@pytest.mark.parametrize(
    ("order", "entered"),
    [
        (PAID, {"email": "other@example.org"}),
        (PAID, {"orderNumber": "2026-1"}),
        (AT_ONCE, {}),
    ],
    ids=["from another address", "of a mistyped number", "although it began at once"],
)
def test_an_operator_lets_a_declaration_take_effect(
    order: TermOrder, entered: dict[str, str]
) -> None:
    fake = office(order, HAS_IT, INVOICE)
    declared = press(fake, DAY, **entered)

    assert accept(fake, declared) == {"withdrawal": declared.id}

    kept = fake.records.get(Withdrawal, declared.id)
    assert (kept.outcome, kept.refund_cents) == (WithdrawalOutcome.WITHDRAWN, 4_760)
    assert kept.settled_at is None  # it is still to be paid back
    assert fake.records.get(TermOrder, ACCOUNT, ORDER).state is TermOrderState.WITHDRAWN
    assert fake.records.get(Plant, PLANT).terms[0].ended == TODAY + 2 * DAY
    notes = [one for one in fake.records.all(Invoice) if one.kind is InvoiceKind.CREDIT_NOTE]
    assert [note.of for note in notes] == [INVOICE.id]


def test_the_value_of_days_that_were_used_is_withheld() -> None:
    fake = office(AT_ONCE, HAS_IT, INVOICE)

    accept(fake, press(fake), withheld_cents=100)

    (kept,) = fake.records.all(Withdrawal)
    assert kept.refund_cents == 4_760 - 119
    (note,) = (one for one in fake.records.all(Invoice) if one.kind is InvoiceKind.CREDIT_NOTE)
    assert note.net_cents == INVOICE.net_cents - 100


@pytest.mark.parametrize(
    ("order", "plant", "asked", "code"),
    [
        (AT_ONCE, HAS_IT, {"order": "2026-999999"}, RefusalCode.NOT_FOUND),
        (AT_ONCE, HAS_IT, {"withheld_cents": 4_001}, RefusalCode.WITHDRAWAL_DOES_NOT_FIT),
        (
            replace(AT_ONCE, state=TermOrderState.CANCELLED),
            HAS_IT,
            {},
            RefusalCode.WITHDRAWAL_DOES_NOT_FIT,
        ),
        (AT_ONCE, a_plant(terms=(OUTGROWN,)), {}, RefusalCode.WITHDRAWAL_DOES_NOT_FIT),
    ],
    ids=["no such order", "more than it costs", "it is over", "its credit is used"],
)
def test_what_cannot_take_effect_changes_nothing(
    order: TermOrder, plant: Plant, asked: dict[str, Any], code: RefusalCode
) -> None:
    fake = office(order, plant, INVOICE)
    declared = press(fake)

    refused = accept(fake, declared, **asked)

    assert isinstance(refused, Refusal)
    assert refused.code is code
    assert fake.records.get(TermOrder, ACCOUNT, ORDER) == order
    assert fake.records.all(Withdrawal) == [declared]


def test_an_operator_settles_each_once(dynamodb: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    kept = Withdrawal(id="w1", order=ORDER, name="Anna Huber", email=EMAIL, at=NOON)
    records.write(Put(kept))
    open_ones = DynamoDbWithdrawals(dynamodb, TABLE)
    desk = replace(an_office().office, records=records)

    assert list(open_ones.unsettled(now=NOON)) == [replace(kept, version=1)]
    settle_withdrawal("w1", "erstattet", desk, a_request("a"))
    again = settle_withdrawal("w1", "noch einmal", desk, a_request("b"))

    assert list(open_ones.unsettled(now=NOON + DAY)) == []
    assert isinstance(again, Refusal)
