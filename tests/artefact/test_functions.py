"""Every function from the built artefact, under Amazon's own runtime client."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from freischalt.account_ports import Put, Ref
from freischalt.adapters import keys
from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.clock import utc_now
from freischalt.domain.account import Account
from freischalt.domain.address import Registrant
from freischalt.domain.audit import Event
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId
from freischalt.domain.vat import VatService
from freischalt.domain.vat_record import VatRecord
from freischalt.domain.vat_standing import VatState
from local.conversations import Conversations
from local.processes import ROOT
from tests.account_factories import ANNA, EMAIL, a_user, an_account
from tests.artefact.conftest import Stack
from tests.artefact.deployed import FUNCTIONS, Running
from tests.artefact.runtime_api import FunctionError
from tests.contract.promises import DynamoDbStore
from tests.factories import CARAT_ID, PHONE, a_dongle, a_sender
from tests.term_factories import a_plant
from tests.waiting_checks import ASKED_AT_EVATR, ASKED_AT_VIES, let_wait

pytestmark = pytest.mark.e2e

type Start = Callable[[str], Running]
type Read = Callable[[str], Any]
type Aws = Callable[[str], Any]

DONE: dict[str, list[Any]] = {"batchItemFailures": []}
ORDER_NUMBER = "2026-000123"


@pytest.fixture
def desk(store: DynamoDbStore) -> DynamoDbStore:
    store.put_sender(a_sender())
    store.put_dongle(a_dongle())
    return store


@pytest.fixture
def placed(aws: Aws, stack: Stack, event: Read) -> Any:
    """The order of the event file, as it lies in the table."""
    image = event("deliver_outbox.placed")["Records"][0]["dynamodb"]["NewImage"]
    aws("dynamodb").put_item(TableName=stack.table, Item=image)
    return image


def answers(conversations: Conversations) -> list[str]:
    return [entry.text for entry in conversations.of(PHONE) if entry.direction == "out"]


def heard(aws: Aws, stack: Stack) -> list[Any]:
    """What reached the listener; at least one event is waited for."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        received = aws("sqs").receive_message(
            QueueUrl=stack.heard, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        if messages := received.get("Messages"):
            return [json.loads(message["Body"])["detail"] for message in messages]
    return []


def is_published(aws: Aws, stack: Stack, image: Any) -> bool:
    stored = aws("dynamodb").get_item(
        TableName=stack.table, Key={"PK": image["PK"], "SK": image["SK"]}, ConsistentRead=True
    )["Item"]
    return "published_at" in stored and "due" not in stored


def test_every_function_is_here() -> None:
    assert {folder.name for folder in (ROOT / "functions").iterdir() if folder.is_dir()} == set(
        FUNCTIONS
    )


@pytest.mark.parametrize("name", ["receive_sms.fetch", "receive_sms.sns"])
@pytest.mark.usefixtures("desk")
def test_a_fetch_is_answered(
    name: str, function: Start, event: Read, conversations: Conversations
) -> None:
    receive_sms = function("receive_sms")

    done = receive_sms.invoke(event(name))
    again = receive_sms.invoke(event(name))

    assert done == again == (DONE if name == "receive_sms.fetch" else None)
    (answer,) = answers(conversations)
    assert answer.startswith('OK: Ihr Freischalt-Code lautet "')


def test_an_order_is_placed_and_what_is_malformed_fails_alone(
    function: Start, event: Read, desk: DynamoDbStore, conversations: Conversations
) -> None:
    malformed = event("receive_sms.malformed")
    bad = malformed["Records"][0]["messageId"]
    receive_sms = function("receive_sms")

    first = receive_sms.invoke(malformed)
    second = receive_sms.invoke(event("receive_sms.order"))  # the same message, delivered again

    assert first == {"batchItemFailures": [{"itemIdentifier": bad}]}
    assert second == DONE
    (number,) = desk.orders()
    assert answers(conversations) == [
        f"OK: Bestellung {number}, 5P. Code mit cl.5P.9ABCDEF012345678"
    ]


@pytest.mark.usefixtures("desk")
def test_stopp_reaches_the_services_own_list(
    function: Start, event: Read, conversations: Conversations
) -> None:
    stop = event("receive_sms.sns")
    sms = stop["Records"][0]["Sns"]
    sms["Message"] = sms["Message"].replace("cl.31.1234567890ABCDEF", "Stopp")

    assert function("receive_sms").invoke(stop) is None

    assert conversations.is_opted_out(PHONE)


def test_an_order_leaves_by_the_stream(
    function: Start, event: Read, aws: Aws, stack: Stack, placed: Any
) -> None:
    assert function("deliver_outbox").invoke(event("deliver_outbox.placed")) is None

    assert [detail["order_number"] for detail in heard(aws, stack)] == [ORDER_NUMBER]
    assert is_published(aws, stack, placed)


def test_the_sweep_publishes_what_the_stream_lost(
    function: Start, event: Read, aws: Aws, stack: Stack, placed: Any
) -> None:
    an_hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)
    aws("dynamodb").put_item(
        TableName=stack.table, Item={**placed, "due_at": {"N": str(an_hour_ago)}}
    )

    assert function("sweep_outbox").invoke(event("sweep_outbox.schedule")) is None

    assert [detail["order_number"] for detail in heard(aws, stack)] == [ORDER_NUMBER]
    assert is_published(aws, stack, placed)


def test_the_stream_becomes_the_audit_trail(
    function: Start, event: Read, aws: Aws, stack: Stack
) -> None:
    assert function("write_audit").invoke(event("write_audit.changes")) is None

    trail = DynamoDbAuditTrail(aws("dynamodb"), stack.table)
    assert [entry.event for entry in trail.of(CARAT_ID)] == [Event.RETRIEVED]
    assert {entry.event for entry in trail.of(CaratId("9ABCDEF0"))} == {
        Event.ORDERED,
        Event.GRANT_STAGED,
    }


@pytest.mark.parametrize("name", ["export_orders.month", "export_orders.schedule"])
@pytest.mark.usefixtures("placed")
def test_a_month_is_exported_as_csv(
    name: str, function: Start, event: Read, aws: Aws, stack: Stack
) -> None:
    done = function("export_orders").invoke(event(name))

    file = aws("s3").get_object(Bucket=stack.bucket, Key=done["file"])["Body"].read()
    lines = file.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("order_number;placed_at;")
    if name == "export_orders.month":
        assert done == {
            "file": "orders/2026-11.csv",
            "terms": ["orders/terms-2026-10.csv", "orders/terms-2026-11.csv"],
            "invoices": "orders/invoices-2026-11.csv",
        }
        assert [line.split(";")[0] for line in lines[1:]] == [ORDER_NUMBER]


def test_a_failed_call_tells_only_what_failed(function: Start) -> None:
    with pytest.raises(FunctionError) as failed:
        function("export_orders").invoke({"month": "2026-13"})

    assert "MalformedMessage" in str(failed.value)
    assert "2026-13" not in str(failed.value)


# --- behind the API


def test_a_token_of_nobody_opens_nothing(function: Start, event: Read) -> None:
    assert function("authorize").invoke(event("authorize.session")) == {"isAuthorized": False}


@pytest.mark.parametrize(
    ("name", "events_name", "status", "told"),
    [
        ("customer_api", "customer_api.documents", 200, "terms"),
        ("customer_api", "customer_api.register", 202, "anna.huber"),
        ("sign_in", "sign_in.session", 403, "WRONG_CREDENTIALS"),
        ("operator_api", "operator_api.maintenance", 200, "on"),
        ("term_api", "term_api.inverter_types", 200, "leastFirmware"),
    ],
)
def test_a_call_is_answered(
    name: str, events_name: str, status: int, told: str, function: Start, event: Read
) -> None:
    answer = function(name).invoke(event(events_name))

    assert answer["statusCode"] == status, answer
    assert told in answer["body"]


def test_the_page_behind_a_mailed_link_and_the_document_are_shipped(
    function: Start, event: Read
) -> None:
    asked = event("customer_api.documents")
    for path, told in (("/registrations/validation", "<!doctype html>"), ("/openapi.json", "3.1")):
        asked["rawPath"] = asked["requestContext"]["http"]["path"] = path
        answer = function("customer_api").invoke(asked)
        assert answer["statusCode"] == 200
        assert told in answer["body"]


def test_a_registrations_mail_leaves_by_the_stream(
    function: Start, event: Read, aws: Aws, stack: Stack
) -> None:
    aws("sesv2").create_email_identity(EmailIdentity="lizenzen@freischalt.example")
    assert function("customer_api").invoke(event("customer_api.register"))["statusCode"] == 202
    items = aws("dynamodb").scan(TableName=stack.table)["Items"]
    (notice,) = [item for item in items if item["SK"]["S"] == "NOTICE"]
    keys = {"PK": notice["PK"], "SK": notice["SK"]}
    record = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": notice}}

    assert function("deliver_outbox").invoke({"Records": [record]}) is None

    stored = aws("dynamodb").get_item(TableName=stack.table, Key=keys)["Item"]
    assert "sent_at" in stored
    assert "due" not in stored


def test_nothing_is_due(function: Start, event: Read) -> None:
    assert function("end_locks").invoke(event("end_locks.schedule")) is None
    assert function("lapse_orders").invoke(event("lapse_orders.schedule")) is None
    assert function("finish_erasures").invoke(event("finish_erasures.schedule")) is None


@pytest.mark.parametrize(("name", "status"), [("subject", 200), ("public", 200)])
def test_a_plant_may_be_shown(
    name: str,
    status: int,
    records: DynamoDbRecords,
    function: Start,
    event: Read,
) -> None:
    records.write(Put(an_account(version=0)))
    records.write(Put(a_plant(trial_from=utc_now().date(), version=0)))

    answer = function("entitlements").invoke(event(f"entitlements.{name}"))

    assert answer["statusCode"] == status, answer


def test_an_end_is_handed_out_and_told_once(
    records: DynamoDbRecords, function: Start, event: Read, aws: Aws, stack: Stack
) -> None:
    records.write(Put(an_account(users=(ANNA,), version=0)), Put(a_user(version=0)))
    long_ago = utc_now().date() - timedelta(days=90)
    records.write(Put(a_plant(trial_from=long_ago, version=0)))
    tell_terms = function("tell_terms")

    assert tell_terms.invoke(event("tell_terms.schedule")) is None
    (message,) = aws("sqs").receive_message(QueueUrl=stack.terms)["Messages"]
    portion = event("tell_terms.portion")
    portion["Records"][0]["body"] = message["Body"]
    assert tell_terms.invoke(portion) == tell_terms.invoke(portion) == DONE  # delivered twice

    items = aws("dynamodb").scan(TableName=stack.table)["Items"]
    assert [item["kind"]["S"] for item in items if item["SK"]["S"] == "NOTICE"] == ["trial_ended"]
    assert EMAIL not in tell_terms.log


# --- VAT IDs

THEIRS = [(VatService.VIES, ASKED_AT_VIES), (VatService.EVATR, ASKED_AT_EVATR)]


@pytest.fixture
def records(aws: Aws, stack: Stack) -> DynamoDbRecords:
    return DynamoDbRecords(aws("dynamodb"), stack.table, UTC)


def put_company(
    records: DynamoDbRecords, registrant: Registrant, service: VatService
) -> AccountNumber:
    """A company whose VAT ID is to be asked about now."""
    number = AccountNumber(f"K{uuid4().hex[:12]}")
    company = Account(
        number=number, company=registrant.name, created_at=utc_now(), registrant=registrant
    )
    records.write(Put(company))
    let_wait(records, number, service, utc_now())
    return number


def handed_out(aws: Aws, stack: Stack) -> dict[VatService, list[Any]]:
    """The messages in both queues, as they are."""
    queues = {VatService.VIES: stack.vies, VatService.EVATR: stack.evatr}
    return {
        service: [
            json.loads(message["Body"])
            for message in aws("sqs").receive_message(QueueUrl=url).get("Messages", ())
        ]
        for service, url in queues.items()
    }


@pytest.mark.parametrize(("service", "registrant"), THEIRS)
def test_a_vat_id_is_handed_out_by_the_stream(
    service: VatService,
    registrant: Registrant,
    records: DynamoDbRecords,
    function: Start,
    aws: Aws,
    stack: Stack,
) -> None:
    number = put_company(records, registrant, service)
    key = keys.vat_due(number)
    item = aws("dynamodb").get_item(TableName=stack.table, Key=key)["Item"]
    record = {"eventName": "INSERT", "dynamodb": {"Keys": key, "NewImage": item}}

    assert function("deliver_outbox").invoke({"Records": [record]}) is None

    nothing: dict[VatService, list[Any]] = {each: [] for each in VatService}
    assert handed_out(aws, stack) == nothing | {service: [{"account": number}]}


def test_what_is_due_is_handed_out_once(
    records: DynamoDbRecords, function: Start, event: Read, aws: Aws, stack: Stack
) -> None:
    accounts = {service: put_company(records, asked, service) for service, asked in THEIRS}
    schedule_vat = function("schedule_vat")

    for _ in range(2):
        assert schedule_vat.invoke(event("schedule_vat.schedule")) is None

    assert handed_out(aws, stack) == {
        service: [{"account": number}] for service, number in accounts.items()
    }


@pytest.mark.parametrize(("service", "registrant"), THEIRS)
def test_a_registry_is_asked_and_its_answer_kept(
    service: VatService,
    registrant: Registrant,
    records: DynamoDbRecords,
    function: Start,
    event: Read,
) -> None:
    number = put_company(records, registrant, service)
    question = event("check_vat.question")
    question["Records"][0]["body"] = json.dumps({"account": number})
    check_vat = function("check_vat")

    assert check_vat.invoke(question) == check_vat.invoke(question) == DONE  # delivered twice

    account = records.read(ref := Ref(Account, (number,)))[ref]
    (record,) = records.page(VatRecord, number, after=None, limit=9).things
    assert account
    assert account.vat
    assert account.vat.state is record.state is VatState.VALID
    assert record.exchange
    assert record.exchange.http_status == 200
    assert registrant.name not in check_vat.log


def test_a_question_about_nobody_is_done(function: Start, event: Read) -> None:
    assert function("check_vat").invoke(event("check_vat.question")) == DONE
