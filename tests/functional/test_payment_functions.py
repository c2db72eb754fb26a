"""Payments from a signed event to an active order, wired as it is deployed."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from freischalt.account_ports import Put, Ref
from freischalt.adapters.dynamodb_payments import DynamoDbAsidePayments
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.stripe_signature import TOLERANCE_SECONDS
from freischalt.catalogue_file import read_catalogue
from freischalt.domain.ids import OrderNumber, PaymentId, PlantId
from freischalt.domain.notice import Notice
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_page import PageState, PaymentPage
from freischalt.domain.plant import Plant
from freischalt.domain.setback import SetbackState
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.telemetry import FunctionFailed
from local.stripe_secrets import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, WEBHOOK_SECRET_NAME
from local.stripe_service import app as stripe_service
from local.stripe_wire import signature
from tests.account_factories import ANNA, a_password, a_session, a_user, an_account
from tests.account_fakes import VIENNA
from tests.conftest import ROOT, TABLE
from tests.factories import ACCOUNT
from tests.functional.conftest import Context
from tests.local.live import serving
from tests.term_factories import (
    ORDER,
    PLANT,
    a_line,
    a_payment,
    a_payment_page,
    a_plant,
    a_quote,
    a_term_order,
)

type Start = Callable[[str], Any]
type Read = Callable[[str], Any]

PAID = PaymentId("stripe:pi_0123456789abcdef01234567")
SESSION = "cs_test_0123456789abcdef01234567"
CATALOGUE = read_catalogue((ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8"))
ACCEPTED = {kind: document.version for kind, document in CATALOGUE.documents.items()}
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def records(dynamodb: Any) -> DynamoDbRecords:
    """An account that has ordered today."""
    made = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    made.write(
        Put(an_account(users=(ANNA,), version=0)),
        Put(a_user(password=a_password(), accepted=ACCEPTED, version=0)),
        Put(replace(a_session(), created_at=NOW, used_at=NOW, version=0)),
        Put(a_term_order(placed_at=NOW, version=0)),
        Put(WhoseOrder(order=ORDER, account=ACCOUNT)),
        Put(a_plant(open_order=ORDER, version=0)),
    )
    return made


def read[T](records: DynamoDbRecords, kind: type[T], *id_: str) -> T:
    ref = Ref(kind, id_)
    thing = records.read(ref)[ref]
    assert thing is not None
    return thing


def page_in(records: DynamoDbRecords) -> PaymentPage:
    """The last one of the order."""
    session = read(records, TermOrder, ACCOUNT, ORDER).page
    assert session
    return read(records, PaymentPage, ACCOUNT, session)


def signed(event: Any, *, secret: str = STRIPE_WEBHOOK_SECRET, at: int | None = None) -> Any:
    """The event as Stripe would sign it now."""
    event["headers"]["stripe-signature"] = signature(event["body"].encode(), secret, at)
    return event


def about(event: Any, **changes: Any) -> Any:
    """The same event with another session."""
    body = json.loads(event["body"])
    body["data"]["object"] |= changes
    event["body"] = json.dumps(body)
    return event


@pytest.mark.usefixtures("records")
def test_paid_is_active_however_often_it_is_told(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    webhook = function("stripe_webhook")
    names = ["paid", "paid", "under_way", "paid_later", "failed", "expired", "other", "paid"]

    answers = [
        webhook.handler(signed(event(f"stripe_webhook.{name}")), Context()) for name in names
    ]

    assert {answer["statusCode"] for answer in answers} == {200}
    order = read(records, TermOrder, ACCOUNT, ORDER)
    assert order.state is TermOrderState.ACTIVE
    assert order.payments == (PAID,)
    assert order.paid_cents == 5_831
    assert [term.order for term in read(records, Plant, PLANT).terms] == [ORDER]
    payment = read(records, Payment, PAID)
    assert payment.mismatch is None
    assert payment.received_at == datetime.fromtimestamp(1_795_341_600, UTC)


def test_a_body_in_base64_is_signed_as_it_was_sent(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    paid = signed(event("stripe_webhook.paid"))
    paid |= {"body": b64encode(paid["body"].encode()).decode(), "isBase64Encoded": True}

    assert function("stripe_webhook").handler(paid, Context())["statusCode"] == 200

    assert read(records, Payment, PAID)


def no_header(paid: Any) -> Any:
    del paid["headers"]["stripe-signature"]
    return paid


def changed(paid: Any) -> Any:
    return about(signed(paid), amount_total=1)


def broken_base64(paid: Any) -> Any:
    return signed(paid) | {"body": "%", "isBase64Encoded": True}


FORGED: dict[str, tuple[Callable[[Any], Any], int]] = {
    "by another": (lambda paid: signed(paid, secret="whsec_other"), 400),
    "too old": (
        lambda paid: signed(paid, at=int(NOW.timestamp()) - TOLERANCE_SECONDS - 60),
        400,
    ),
    "as it was recorded": (lambda paid: paid, 400),
    "without a signature": (no_header, 400),
    "changed on its way": (changed, 400),
    "no base64": (broken_base64, 400),
    "nothing": (lambda paid: paid | {"body": None}, 400),
    "too large": (lambda paid: signed(paid | {"body": " " * 262_145}), 413),
}


def test_what_stripe_has_not_signed_does_nothing(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    webhook = function("stripe_webhook")

    answers = {
        name: webhook.handler(forge(event("stripe_webhook.paid")), Context())["statusCode"]
        for name, (forge, _) in FORGED.items()
    }

    assert answers == {name: status for name, (_, status) in FORGED.items()}
    assert read(records, TermOrder, ACCOUNT, ORDER).state is TermOrderState.OPEN


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("break_it", ["body", "table", "secret"])
def test_a_failure_of_ours_is_5xx_so_that_it_is_told_again(
    break_it: str, function: Start, event: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = event("stripe_webhook.paid")
    if break_it == "body":
        paid["body"] = "{}"
    if break_it == "table":
        monkeypatch.setenv("TABLE_NAME", "nowhere")
    if break_it == "secret":
        boto3.client("ssm").delete_parameter(Name=WEBHOOK_SECRET_NAME)

    answer = function("stripe_webhook").handler(signed(paid), Context())

    assert answer["statusCode"] == 500


def test_a_refund_before_its_payment_is_told_again_later(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    webhook = function("stripe_webhook")
    refunded = signed(event("stripe_webhook.refunded"))

    assert webhook.handler(refunded, Context())["statusCode"] == 503
    unknown = about(event("stripe_webhook.paid"), metadata={"order": "2026-999999"})
    assert webhook.handler(signed(unknown), Context())["statusCode"] == 200
    assert read(records, Payment, PAID).is_aside
    assert webhook.handler(refunded, Context())["statusCode"] == 200

    payment = read(records, Payment, PAID)
    assert payment.refunded_cents == 5_831
    assert not payment.is_aside


def test_a_refund_of_other_business_at_stripe_is_nothing_to_us(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    foreign = about(event("stripe_webhook.refunded"), metadata={}, payment_intent="pi_foreign")

    answer = function("stripe_webhook").handler(signed(foreign), Context())

    assert answer["statusCode"] == 200
    ref = Ref(Payment, ("stripe:pi_foreign",))
    assert records.read(ref)[ref] is None


@pytest.mark.parametrize(
    ("name", "state", "mail"),
    [
        ("disputed", SetbackState.DISPUTED, "payment_disputed-du_{}-disputed-1795428000"),
        (
            "refund_failed",
            SetbackState.REFUND_FAILED,
            "refund_failed-re_{}-refund_failed-1795428000",
        ),
    ],
)
def test_what_goes_against_money_is_kept_with_it_however_often_it_is_told(
    name: str,
    state: SetbackState,
    mail: str,
    function: Start,
    event: Read,
    records: DynamoDbRecords,
    dynamodb: Any,
) -> None:
    webhook, aside = function("stripe_webhook"), DynamoDbAsidePayments(dynamodb, TABLE)
    told = signed(event(f"stripe_webhook.{name}"))

    assert webhook.handler(told, Context())["statusCode"] == 503  # before its money
    webhook.handler(signed(event("stripe_webhook.paid")), Context())
    assert aside.page(after=None, limit=5).things == []
    answers = [webhook.handler(told, Context())["statusCode"] for _ in range(2)]

    assert answers == [200, 200]
    (payment,) = aside.page(after=None, limit=5).things
    (setback,) = payment.setbacks
    assert (payment.id, payment.order, setback.state) == (PAID, ORDER, state)
    assert setback.at == datetime.fromtimestamp(1_795_428_000, UTC)
    sent = read(records, Notice, mail.format(PAID.rpartition("_")[2]))
    assert sent.to == "rechnung@example.com"
    assert read(records, TermOrder, ACCOUNT, ORDER).state is TermOrderState.ACTIVE


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"payment_intent": None}, 200), ({"currency": None}, 500)],
)
def test_a_dispute_that_is_none_of_ours_or_that_we_cannot_read(
    changes: dict[str, Any], status: int, function: Start, event: Read, records: DynamoDbRecords
) -> None:
    webhook = function("stripe_webhook")
    webhook.handler(signed(event("stripe_webhook.paid")), Context())

    told = signed(about(event("stripe_webhook.disputed"), **changes))

    assert webhook.handler(told, Context())["statusCode"] == status
    assert read(records, Payment, PAID).setbacks == ()


def test_a_dispute_of_a_status_that_is_new_at_stripe_is_kept(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    webhook = function("stripe_webhook")
    webhook.handler(signed(event("stripe_webhook.paid")), Context())

    told = signed(about(event("stripe_webhook.disputed"), status="of_a_later_version"))

    assert webhook.handler(told, Context())["statusCode"] == 200
    (setback,) = read(records, Payment, PAID).setbacks
    assert setback.state is SetbackState.DISPUTED
    assert setback.reason.endswith("(of_a_later_version)")


def test_money_that_is_not_ours_to_place_is_put_aside(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    webhook = function("stripe_webhook")
    for number, metadata in enumerate(({}, None, {"order": "'; DROP TABLE"}, {"order": ""})):
        paid = about(event("stripe_webhook.paid"), metadata=metadata, payment_intent=f"pi_{number}")

        assert webhook.handler(signed(paid), Context())["statusCode"] == 200

        payment = read(records, Payment, f"stripe:pi_{number}")
        assert payment.mismatch is Mismatch.NO_SUCH_ORDER


def test_the_log_has_ids_alone(
    function: Start, event: Read, records: DynamoDbRecords, capsys: pytest.CaptureFixture[str]
) -> None:
    webhook = function("stripe_webhook")
    person = {"name": "Erika Beispiel", "email": "erika@example.org"}
    for name in ("paid", "failed", "refunded", "other", "disputed", "refund_failed"):
        told = about(event(f"stripe_webhook.{name}"), customer_details=person)
        webhook.handler(signed(told), Context())
    broken = event("stripe_webhook.paid")
    broken["body"] = json.dumps({"type": "checkout.session.completed", "data": person})
    webhook.handler(signed(broken), Context())

    log = capsys.readouterr().out
    assert PAID in log
    assert ORDER in log
    for secret in ("Erika", "erika@", STRIPE_WEBHOOK_SECRET, "whsec", "v1=", SESSION):
        assert secret not in log


# --- the page


def a_page() -> PaymentPage:
    return a_payment_page(session=SESSION, expires_at=NOW + timedelta(hours=20), version=0)


def asked(event: Read, **changes: str) -> Any:
    page = event("payment_page.order")
    told = page["requestContext"]["authorizer"]["lambda"]
    told |= {"user": ANNA, "actor": f"user:{ANNA}", "account": ACCOUNT, **changes}
    return page


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch, environment: str) -> Any:
    """The stand-in; its events reach nobody."""
    made = stripe_service(
        "http://127.0.0.1:9",
        key=STRIPE_KEY,
        secret=STRIPE_WEBHOOK_SECRET,
        page=lambda id_: f"https://pay.example/c/pay/{id_}",
    )
    with serving(made) as (url,):
        monkeypatch.setenv("STRIPE_URL", url)
        yield url


@pytest.mark.usefixtures("stripe")
def test_the_same_page_until_it_is_over(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    page = function("payment_page")

    answers = [page.handler(asked(event), Context()) for _ in range(2)]

    assert [answer["statusCode"] for answer in answers] == [200, 200]
    urls = {json.loads(answer["body"])["url"] for answer in answers}
    kept = page_in(records)
    assert urls == {kept.url}
    assert kept.url.startswith("https://pay.example/c/pay/cs_test_")
    records.write(Put(replace(kept, state=PageState.OVER)))
    again = page.handler(asked(event), Context())
    assert json.loads(again["body"])["url"] not in urls
    assert page_in(records).attempt == 2


@pytest.mark.usefixtures("stripe")
def test_the_millionth_order_of_a_year_is_paid_like_all_others(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    number, plant = OrderNumber("2026-1000000"), PlantId(f"{ACCOUNT}-2")
    line = a_line(plant=plant)
    order = a_term_order(number=number, quote=a_quote(line), placed_at=NOW, version=0)
    records.write(
        Put(order),
        Put(WhoseOrder(order=number, account=ACCOUNT)),
        Put(a_plant(id=plant, open_order=number, version=0)),
    )
    asks = json.loads(json.dumps(asked(event)).replace(ORDER, number))
    paid = about(event("stripe_webhook.paid"), metadata={"order": number})

    assert function("payment_page").handler(asks, Context())["statusCode"] == 200
    assert function("stripe_webhook").handler(signed(paid), Context())["statusCode"] == 200

    assert read(records, TermOrder, ACCOUNT, number).state is TermOrderState.ACTIVE


NO_PAGE: list[tuple[dict[str, Any], str]] = [
    ({}, "PAYMENT_PAGE_UNAVAILABLE"),  # nobody listens at STRIPE_URL
    ({"state": TermOrderState.CANCELLED}, "ORDER_NOT_TO_BE_PAID"),
    ({"state": TermOrderState.ACTIVE}, "ORDER_NOT_TO_BE_PAID"),
    ({"pay_before": NOW}, "ORDER_NOT_TO_BE_PAID"),
]


def test_no_page(function: Start, event: Read, records: DynamoDbRecords) -> None:
    page = function("payment_page")
    open_order = read(records, TermOrder, ACCOUNT, ORDER)
    for changes, code in NO_PAGE:
        version = read(records, TermOrder, ACCOUNT, ORDER).version
        records.write(Put(replace(open_order, **changes, version=version)))

        answer = page.handler(asked(event), Context())

        assert answer["statusCode"] == (503 if code == "PAYMENT_PAGE_UNAVAILABLE" else 409)
        assert json.loads(answer["body"])["code"] == code


def test_while_money_is_under_way_nobody_is_led_to_pay_again(
    function: Start, event: Read, records: DynamoDbRecords
) -> None:
    records.write(Put(a_page()))
    webhook, page = function("stripe_webhook"), function("payment_page")

    webhook.handler(signed(event("stripe_webhook.under_way")), Context())
    answer = page.handler(asked(event), Context())
    assert json.loads(answer["body"])["code"] == "PAYMENT_UNDER_WAY"

    webhook.handler(signed(event("stripe_webhook.failed")), Context())
    webhook.handler(signed(event("stripe_webhook.under_way")), Context())  # late
    assert read(records, PaymentPage, ACCOUNT, SESSION).state is PageState.OVER


@pytest.mark.usefixtures("records")
def test_anothers_order_is_not_found_and_a_machine_pays_nothing(
    function: Start, event: Read
) -> None:
    page = function("payment_page")

    other = page.handler(asked(event, account="10002"), Context())
    machine = page.handler(asked(event, user="", actor="key:1"), Context())

    assert other["statusCode"] == 404
    assert json.loads(machine["body"])["code"] == "NOT_FOR_MACHINES"


# --- the watch


@pytest.mark.usefixtures("records")
def test_money_whose_event_never_came_is_found(
    function: Start, event: Read, records: DynamoDbRecords, stripe: str
) -> None:
    import httpx  # noqa: PLC0415 - the stand-in is asked as a browser would

    function("payment_page").handler(asked(event), Context())
    httpx.post(f"{stripe}/_orders", json={"manner": "never"})
    session = page_in(records).session
    httpx.post(f"{stripe}/_pages/{session}", json={"choice": "card"})
    watch = function("watch_payments")

    for _ in range(2):
        watch.handler(event("watch_payments.schedule"), Context(left_ms=60_000))

    assert read(records, TermOrder, ACCOUNT, ORDER).state is TermOrderState.ACTIVE
    assert page_in(records).state is PageState.OVER


def test_stripe_being_down_is_told_and_holds_up_no_payment_that_waits(
    function: Start,
    event: Read,
    records: DynamoDbRecords,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = NOW - timedelta(days=14)
    aside = a_payment(id=PAID, mismatch=Mismatch.TOO_MUCH, recorded_at=old, version=0)
    records.write(Put(a_page()), Put(aside))
    watch = function("watch_payments")

    for _ in range(2):
        watch.handler(event("watch_payments.schedule"), Context(left_ms=60_000))

    log = capsys.readouterr().out
    assert "ProviderFailed" in log
    assert '"PaymentsOverdue":[1.0]' in log.replace(" ", "")
    assert read(records, Payment, PAID).told_at
    assert (
        read(records, Notice, f"payment_overdue-{PAID.replace(':', '-')}").to
        == "rechnung@example.com"
    )


def test_without_time_stripe_is_not_asked_but_the_vendor_is_told(
    function: Start, event: Read, records: DynamoDbRecords, capsys: pytest.CaptureFixture[str]
) -> None:
    old = NOW - timedelta(days=14)
    aside = a_payment(id=PAID, mismatch=Mismatch.TOO_MUCH, recorded_at=old, version=0)
    records.write(Put(a_page()), Put(aside))

    watch = function("watch_payments")
    watch.handler(event("watch_payments.schedule"), Context(left_ms=29_000))

    assert read(records, Payment, PAID).told_at
    assert "ProviderFailed" not in capsys.readouterr().out


def test_a_watch_that_cannot_read_the_table_fails(
    function: Start, event: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = function("watch_payments")
    monkeypatch.setattr(watch.aside, "_table", "nowhere")

    with pytest.raises(FunctionFailed):
        watch.handler(event("watch_payments.schedule"), Context(left_ms=60_000))


# --- what operators see


def test_money_put_aside_is_listed_page_by_page(dynamodb: Any, records: DynamoDbRecords) -> None:
    ids = {PaymentId(f"stripe:pi_{number}") for number in range(40)}
    for turn, id_ in enumerate(ids):  # moto loses what has the same sort key as a page's last
        at = NOW + timedelta(seconds=turn)
        why = {"mismatch": Mismatch.ORDER_NOT_OPEN, "recorded_at": at}
        records.write(Put(a_payment(id=id_, version=0, **why)))
    settled = a_payment(id=PAID, mismatch=Mismatch.TOO_MUCH, settled_at=NOW, version=0)
    records.write(Put(settled))
    aside = DynamoDbAsidePayments(dynamodb, TABLE)

    for limit in (1, 7, 40, 50):
        found: list[str] = []
        after = None
        for _ in range(41):
            page = aside.page(after=after, limit=limit)
            found += [payment.id for payment in page.things]
            assert len(page.things) <= limit
            after = page.next
            if after is None:
                break
        assert sorted(found) == sorted(ids)


@pytest.mark.parametrize("after", ["", "x", "1#2", "99#1#stripe:pi_1", "1#x#stripe:pi_1", "²#1#a"])
def test_a_place_that_no_page_has_named(dynamodb: Any, after: str) -> None:
    with pytest.raises(ValueError, match=r"place|unpack|invalid"):
        DynamoDbAsidePayments(dynamodb, TABLE).page(after=after, limit=5)
