"""Terms, their money, invoices and lists: each function from the built artefact."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import httpx
import pytest

from freischalt.account_ports import Put, Ref
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.adapters.s3_list_files import file_name
from freischalt.catalogue_file import read_catalogue
from freischalt.clock import utc_now
from freischalt.domain.activation import VERSION, activation_code
from freischalt.domain.ids import InverterSerial, OrderNumber, PaymentId
from freischalt.domain.inverter_list import InverterList, ListState
from freischalt.domain.invoice import Invoice
from freischalt.domain.payment import Payment
from freischalt.domain.plant import Plant
from freischalt.domain.purposes import ACTIVATION
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from local.processes import ROOT
from local.stripe_secrets import STRIPE_KEY, STRIPE_WEBHOOK_SECRET
from local.stripe_wire import signature
from tests.account_factories import ANNA, EMAIL, a_password, a_session, a_user, an_account
from tests.artefact.conftest import Stack
from tests.artefact.deployed import Running
from tests.factories import ACCOUNT
from tests.list_factories import excel
from tests.term_factories import ORDER, PLANT, SMALL, a_plant, a_term_order, an_invoice

pytestmark = pytest.mark.e2e

type Start = Callable[[str], Running]
type Read = Callable[[str], Any]
type Aws = Callable[[str], Any]

DONE: dict[str, list[Any]] = {"batchItemFailures": []}
LIST = "1795348800000-abcdef012345"  # of events/import_inverters.uploaded.json
PAID = PaymentId("stripe:pi_0123456789abcdef01234567")
SERIAL = InverterSerial("SN-0815")
CATALOGUE = read_catalogue((ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8"))
ACCEPTED = {kind: document.version for kind, document in CATALOGUE.documents.items()}


@pytest.fixture
def records(aws: Aws, stack: Stack) -> DynamoDbRecords:
    """Anna is signed in, and has a plant."""
    made, now = DynamoDbRecords(aws("dynamodb"), stack.table, UTC), utc_now()
    made.write(
        Put(an_account(users=(ANNA,), version=0)),
        Put(a_user(password=a_password(), accepted=ACCEPTED, version=0)),
        Put(a_session(created_at=now, used_at=now, version=0)),
        Put(a_plant(version=0)),
    )
    return made


@pytest.fixture
def ordered(records: DynamoDbRecords) -> DynamoDbRecords:
    """She has just ordered a term for it."""
    plant = read(records, Plant, PLANT)
    records.write(
        Put(a_term_order(placed_at=utc_now(), version=0)),
        Put(WhoseOrder(order=ORDER, account=ACCOUNT)),
        Put(a_plant(open_order=ORDER, version=plant.version)),
    )
    return records


def read[T](records: DynamoDbRecords, kind: type[T], *id_: str) -> T:
    ref = Ref(kind, id_)
    thing = records.read(ref)[ref]
    assert thing is not None
    return thing


def by_anna(event: Any) -> Any:
    told = event["requestContext"]["authorizer"]["lambda"]
    told |= {"user": ANNA, "actor": f"user:{ANNA}", "account": ACCOUNT, "session": "d1"}
    return event


def says_nothing_of(log: str) -> None:
    for secret in (EMAIL, STRIPE_KEY, STRIPE_WEBHOOK_SECRET):
        assert secret not in log


def test_the_form_of_a_list_is_signed_and_its_file_imported(
    function: Start, event: Read, aws: Aws, stack: Stack, records: DynamoDbRecords
) -> None:
    asked, path = by_anna(event("term_api.inverter_types")), f"/plants/{PLANT}/inverter-lists"
    asked["requestContext"]["http"] |= {"method": "POST", "path": path}
    asked |= {"rawPath": path, "body": "{}"}
    answer = function("term_api").invoke(asked)
    assert answer["statusCode"] == 201, answer
    told = json.loads(answer["body"])
    code = activation_code(
        KmsSecretMaker(aws("kms"), stack.key).secret(ACTIVATION, VERSION), SERIAL
    )
    files: Any = {name: (None, value) for name, value in told["upload"]["fields"].items()}
    files["file"] = ("liste.xlsx", excel((SERIAL, code, SMALL, "Dach")))
    assert httpx.post(told["upload"]["url"], files=files).is_success
    uploaded = event("import_inverters.uploaded")
    (record,) = uploaded["Records"]
    record["body"] = record["body"].replace(
        f"lists/10001/{LIST}.xlsx", file_name(ACCOUNT, told["id"])
    )
    import_inverters = function("import_inverters")

    assert import_inverters.invoke(uploaded) == import_inverters.invoke(uploaded) == DONE

    assert read(records, InverterList, ACCOUNT, told["id"]).state is ListState.PUBLISHED
    before = a_plant()
    assert read(records, Plant, PLANT).inverters == before.inverters + 1
    assert import_inverters.invoke(event("import_inverters.schedule")) == {}
    assert code not in import_inverters.log
    says_nothing_of(import_inverters.log)


def test_a_page_is_asked_of_stripe_and_its_event_activates(
    function: Start, event: Read, ordered: DynamoDbRecords
) -> None:
    payment_page, webhook = function("payment_page"), function("stripe_webhook")
    page = payment_page.invoke(by_anna(event("payment_page.order")))
    assert page["statusCode"] == 200, page
    assert json.loads(page["body"])["url"].startswith("https://pay.example/c/pay/cs_test_")
    paid = event("stripe_webhook.paid")
    assert webhook.invoke(paid)["statusCode"] == 400  # signed long ago
    signed = signature(paid["body"].encode(), STRIPE_WEBHOOK_SECRET)
    paid["headers"]["stripe-signature"] = signed

    assert webhook.invoke(paid)["statusCode"] == webhook.invoke(paid)["statusCode"] == 200

    assert read(ordered, TermOrder, ACCOUNT, ORDER).state is TermOrderState.ACTIVE
    assert read(ordered, Payment, PAID).mismatch is None
    assert signed not in webhook.log
    says_nothing_of(payment_page.log + webhook.log)


def test_lost_money_is_found_and_what_nobody_pays_lapses(
    function: Start, event: Read, ordered: DynamoDbRecords, payments: str
) -> None:
    page = function("payment_page").invoke(by_anna(event("payment_page.order")))
    _, _, session = json.loads(page["body"])["url"].rpartition("/")
    httpx.post(f"{payments}/_pages/{session}", json={"choice": "card"}).raise_for_status()
    unpaid = OrderNumber("2026-000002")
    long_ago = utc_now() - timedelta(days=30)
    ordered.write(Put(a_term_order(number=unpaid, placed_at=long_ago, outbox_id="o2", version=0)))
    watch_payments, lapse_orders = function("watch_payments"), function("lapse_orders")

    assert watch_payments.invoke(event("watch_payments.schedule")) is None
    assert lapse_orders.invoke(event("lapse_orders.schedule")) is None

    assert read(ordered, TermOrder, ACCOUNT, ORDER).state is TermOrderState.ACTIVE
    assert read(ordered, TermOrder, ACCOUNT, unpaid).state is TermOrderState.LAPSED
    says_nothing_of(watch_payments.log + lapse_orders.log)


def test_a_wanted_invoice_is_written_once(
    function: Start, event: Read, ordered: DynamoDbRecords, aws: Aws, stack: Stack
) -> None:
    ordered.write(Put(an_invoice(version=0)))
    write_invoices = function("write_invoices")

    for _ in range(2):
        assert write_invoices.invoke(event("write_invoices.schedule")) is None

    filed = read(ordered, Invoice, ACCOUNT, ORDER)
    assert filed.filed_at, write_invoices.log
    (stored,) = aws("s3").list_objects_v2(Bucket=stack.bucket)["Contents"]
    pdf = aws("s3").get_object(Bucket=stack.bucket, Key=stored["Key"])["Body"].read()
    assert pdf.startswith(b"%PDF-")
    assert b"factur-x.xml" in pdf
    says_nothing_of(write_invoices.log)
