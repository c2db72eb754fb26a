"""Each function from its event to its effects, wired as it is deployed."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import boto3
import httpx
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from pypdf import PdfReader

from freischalt.account_ports import Put
from freischalt.adapters import keys
from freischalt.adapters.aws_events import Delivery
from freischalt.adapters.billing_event_items import billing_event_item
from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.vat_items import due_item
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.billing import order_placed
from freischalt.domain.conversation import Service
from freischalt.domain.ids import AccountNumber, plant_id
from freischalt.domain.licence import CaratId
from freischalt.domain.term_order import Consent
from freischalt.domain.term_order_state import TermOrderState
from freischalt.ports import Sending
from freischalt.telemetry import FunctionFailed
from local.conversations import Conversations
from tests.account_factories import ANNA, a_due, a_user, an_account
from tests.account_fakes import VIENNA
from tests.conftest import REGION, TABLE
from tests.contract.promises import DynamoDbStore
from tests.factories import ACCOUNT, CARAT_ID, PHONE, a_dongle, a_sender
from tests.fakes import FakeBus
from tests.functional.conftest import BUCKET, INVOICES, Context
from tests.term_factories import a_plant, a_term_order, an_invoice

type Start = Callable[[str], Any]
type Read = Callable[[str], Any]

SPARE_CARAT_ID = CaratId("9ABCDEF0")


@pytest.fixture
def desk(store: DynamoDbStore) -> DynamoDbStore:
    store.put_sender(a_sender())
    store.put_dongle(a_dongle())
    return store


def answers(conversations: Conversations) -> list[str]:
    return [entry.text for entry in conversations.of(PHONE) if entry.direction == "out"]


@pytest.mark.usefixtures("desk")
def test_a_fetch_is_answered(function: Start, event: Read, conversations: Conversations) -> None:
    done = function("receive_sms").handler(event("receive_sms.fetch"), Context())

    assert done == {"batchItemFailures": []}
    (answer,) = answers(conversations)
    assert answer.startswith('OK: Ihr Freischalt-Code lautet "')


@pytest.mark.usefixtures("desk")
def test_the_same_event_ten_times_has_one_effect_and_one_answer(
    function: Start, event: Read, conversations: Conversations
) -> None:
    app = function("receive_sms")

    for _ in range(10):
        assert app.handler(event("receive_sms.order"), Context()) == {"batchItemFailures": []}

    assert len(answers(conversations)) == 1
    assert len(app.desk.messages.dongle(SPARE_CARAT_ID).recent_orders) == 1


@pytest.mark.usefixtures("desk")
def test_a_text_straight_from_sns_is_answered(
    function: Start, event: Read, conversations: Conversations
) -> None:
    assert function("receive_sms").handler(event("receive_sms.sns"), Context()) is None
    assert len(answers(conversations)) == 1


def test_a_malformed_message_fails_alone(
    function: Start, event: Read, desk: DynamoDbStore, conversations: Conversations
) -> None:
    bad, good = (record["messageId"] for record in event("receive_sms.malformed")["Records"])

    done = function("receive_sms").handler(event("receive_sms.malformed"), Context())

    assert done == {"batchItemFailures": [{"itemIdentifier": bad}]}
    assert bad != good
    assert len(desk.orders()) == 1
    assert len(answers(conversations)) == 1


def test_when_time_runs_short_nothing_is_begun(
    function: Start, event: Read, desk: DynamoDbStore, conversations: Conversations
) -> None:
    order = event("receive_sms.order")

    done = function("receive_sms").handler(order, Context(left_ms=1_000))

    assert [failed["itemIdentifier"] for failed in done["batchItemFailures"]] == [
        record["messageId"] for record in order["Records"]
    ]
    assert not desk.orders()
    assert not answers(conversations)


def test_who_is_put_off_on_the_last_delivery_is_told(
    function: Start, event: Read, desk: DynamoDbStore, conversations: Conversations
) -> None:
    order = event("receive_sms.order")
    order["Records"][0]["attributes"]["ApproximateReceiveCount"] = "5"

    function("receive_sms").handler(order, Context(left_ms=1_000))

    assert not desk.orders()
    assert answers(conversations) == ["Dieser Dienst ist momentan leider nicht erreichbar"]


def fail_next(url: str, **order: object) -> None:
    httpx.post(f"{url}/_faults", json={"operation": "SendTextMessage", **order}).raise_for_status()


def test_given_the_sms_service_fails_then_the_order_stands_and_its_answer_comes_later(
    function: Start,
    event: Read,
    desk: DynamoDbStore,
    conversations: Conversations,
    environment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUNCTION_TIMEOUT_SECONDS", "1")
    app = function("receive_sms")
    fail_next(environment, kind="internal", times=1)
    order = event("receive_sms.order")

    first = app.handler(order, Context())
    app.utc_now = lambda: datetime.now(UTC).replace(year=2027)
    second = app.handler(order, Context())

    assert len(first["batchItemFailures"]) == 1
    assert second == {"batchItemFailures": []}
    (placed,) = desk.orders().values()
    assert answers(conversations) == [
        f"OK: Bestellung {placed.number}, 5P. Code mit cl.5P.9ABCDEF012345678"
    ]


@pytest.mark.usefixtures("desk")
def test_a_throttled_send_is_tried_again_at_once(
    function: Start, event: Read, conversations: Conversations, environment: str
) -> None:
    fail_next(environment, kind="throttle", times=2)

    done = function("receive_sms").handler(event("receive_sms.fetch"), Context())

    assert done == {"batchItemFailures": []}
    assert len(answers(conversations)) == 1


def test_on_the_last_delivery_the_customer_is_told(
    function: Start, event: Read, desk: DynamoDbStore, conversations: Conversations
) -> None:
    desk.put_dongle(a_dongle(key_id="gone"))
    fetch = event("receive_sms.fetch")
    app = function("receive_sms")

    app.handler(fetch, Context())
    assert not answers(conversations)
    fetch["Records"][0]["attributes"]["ApproximateReceiveCount"] = "5"
    app.utc_now = lambda: datetime.now(UTC).replace(year=2027)
    done = app.handler(fetch, Context())

    assert len(done["batchItemFailures"]) == 1  # it goes on to the dead-letter queue
    assert answers(conversations) == ["Dieser Dienst ist momentan leider nicht erreichbar"]


def test_stopp_reaches_the_services_own_list(
    function: Start, event: Read, conversations: Conversations
) -> None:
    stop = event("receive_sms.fetch")
    body = json.loads(stop["Records"][0]["body"])
    body["Message"] = body["Message"].replace("cl.31.1234567890ABCDEF", "Stopp")
    stop["Records"][0]["body"] = json.dumps(body)

    function("receive_sms").handler(stop, Context())

    assert conversations.is_opted_out(PHONE)
    assert not answers(conversations)


@pytest.mark.usefixtures("environment")
def test_wrong_settings_stop_the_start_and_are_all_named(
    function: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME")
    monkeypatch.setenv("SERVED_COUNTRIES", "AT,XX")
    monkeypatch.setenv("REPLIES_AN_HOUR", "0")

    with pytest.raises(Exception, match=r"TABLE_NAME is missing; SERVED_COUNTRIES is no .*REPLIES"):
        function("receive_sms")


# --- orders leave


def place(app: Any, event: Read, desk: DynamoDbStore) -> Any:
    """Place the order of the event file; the stream's record of it."""
    app.handler(event("receive_sms.order"), Context())
    (number,) = desk.orders()
    item = desk.client.get_item(TableName=TABLE, Key=keys.order(number))["Item"]
    record: Any = event("deliver_outbox.placed")
    record["Records"][0]["dynamodb"] |= {
        "Keys": keys.order(number),
        "NewImage": item,
    }
    return record


def listen() -> Any:
    """A queue that hears what billing would hear, and how to read it."""
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="billing")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events = boto3.client("events")
    events.put_rule(
        Name="billing", EventBusName="events", EventPattern=json.dumps({"source": ["freischalt"]})
    )
    events.put_targets(
        Rule="billing", EventBusName="events", Targets=[{"Id": "q", "Arn": arn["QueueArn"]}]
    )

    def heard() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    return heard


def test_an_order_reaches_billing_exactly_as_it_was_committed(
    function: Start, event: Read, desk: DynamoDbStore
) -> None:
    heard = listen()
    stream = place(function("receive_sms"), event, desk)

    done = function("deliver_outbox").handler(stream, Context())

    assert done is None
    (placed,) = desk.orders().values()
    (envelope,) = heard()
    assert envelope["detail-type"] == "OrderPlaced"
    assert envelope["detail"] == {
        "outbox_id": placed.outbox_id,
        "order_number": placed.number,
        "account": ACCOUNT,
        "kind": "new",
        "placed_at": placed.placed_at.isoformat(),
        "lines": [{"type": "5P", "licence_number": "9ABCDEF012345678", "net_cents": 12900}],
        "net_cents": 12900,
        "currency": "EUR",
    }
    assert not list(desk.outbox.pending(before=datetime(2030, 1, 1, tzinfo=UTC)))


def test_an_order_of_terms_reaches_billing_by_the_stream_and_what_is_left_by_the_sweep(
    function: Start, event: Read, desk: DynamoDbStore
) -> None:
    heard = listen()
    placed = [order_placed(a_term_order(number=f"2026-00000{each}")) for each in (1, 2)]
    records = DynamoDbRecords(desk.client, TABLE, VIENNA)
    records.write(*(Put(one) for one in placed))
    stream = event("deliver_outbox.placed")
    stream["Records"][0]["dynamodb"] |= {
        "Keys": keys.event(placed[0].id),
        "NewImage": billing_event_item(placed[0], version=1),
    }

    function("deliver_outbox").handler(stream, Context())
    by_stream = heard()
    function("sweep_outbox").handler(event("sweep_outbox.schedule"), Context())
    by_sweep = heard()

    told = [envelope["detail"]["outbox_id"] for envelope in (*by_stream, *by_sweep)]
    assert told == ["placed-2026-000001", "placed-2026-000002"]
    assert by_stream[0]["detail-type"] == "OrderPlaced"
    assert by_stream[0]["detail"]["gross_cents"] == 5_831


def test_given_the_bus_refuses_then_the_order_stays_pending(
    function: Start, event: Read, desk: DynamoDbStore
) -> None:
    stream = place(function("receive_sms"), event, desk)
    app = function("deliver_outbox")
    app.bus = FakeBus(refuses=set(desk.orders()))

    app.handler(stream, Context())

    assert len(list(desk.outbox.pending(before=datetime(2030, 1, 1, tzinfo=UTC)))) == 1


def test_one_record_that_cannot_be_read_holds_up_no_other(
    function: Start, event: Read, desk: DynamoDbStore
) -> None:
    heard = listen()
    stream = place(function("receive_sms"), event, desk)
    odd = event("deliver_outbox.placed")["Records"][0]
    odd["dynamodb"]["NewImage"]["kind"] = {"S": "of a later version"}
    stream["Records"].insert(0, odd)

    function("deliver_outbox").handler(stream, Context())
    function("write_audit").handler(stream, Context())

    assert [envelope["detail"]["order_number"] for envelope in heard()] == list(desk.orders())
    assert list(DynamoDbAuditTrail(desk.client, TABLE).of(SPARE_CARAT_ID))


def test_the_sweep_goes_on_behind_an_order_that_it_cannot_read(
    function: Start, event: Read, desk: DynamoDbStore, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = listen()
    place(function("receive_sms"), event, desk)
    (placed,) = desk.orders()
    odd = event("deliver_outbox.placed")["Records"][0]["dynamodb"]["NewImage"]
    for shard in range(16):
        due = {"due": {"S": f"OUTBOX#{shard}"}, "kind": {"S": "of a later version"}}
        number = {"PK": {"S": f"ORDER#odd{shard}"}, "due_at": {"N": "1"}}
        desk.client.put_item(TableName=TABLE, Item={**odd, **due, **number})
    sweep = function("sweep_outbox")
    sweep.utc_now = lambda: datetime.now(UTC).replace(year=2027)

    sweep.handler({}, Context())

    assert [envelope["detail"]["order_number"] for envelope in heard()] == [placed]
    assert '"Unreadable"' in capsys.readouterr().out


def test_the_sweep_finds_what_the_stream_lost(
    function: Start, event: Read, desk: DynamoDbStore
) -> None:
    heard = listen()
    place(function("receive_sms"), event, desk)
    sweep = function("sweep_outbox")

    sweep.handler(event("sweep_outbox.schedule"), Context())
    assert heard() == []  # the stream still has its chance
    sweep.utc_now = lambda: datetime.now(UTC).replace(year=2027)
    sweep.handler(event("sweep_outbox.schedule"), Context())
    sweep.handler(event("sweep_outbox.schedule"), Context())

    (envelope,) = heard()
    assert envelope["detail"]["order_number"] in desk.orders()


def test_the_stream_and_the_sweep_never_publish_the_same_order(
    function: Start, event: Read, desk: DynamoDbStore
) -> None:
    heard = listen()
    stream = place(function("receive_sms"), event, desk)
    sweep, publish = function("sweep_outbox"), function("deliver_outbox")
    sweep.utc_now = lambda: datetime.now(UTC).replace(year=2027)

    sweep.handler({}, Context())
    publish.handler(stream, Context())
    publish.handler(stream, Context())

    assert len(heard()) == 1


def test_a_month_is_exported_as_csv(function: Start, event: Read, desk: DynamoDbStore) -> None:
    receive = function("receive_sms")
    receive.utc_now = lambda: datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    place(receive, event, desk)
    (placed,) = desk.orders().values()

    done = function("export_orders").handler(event("export_orders.month"), Context())

    assert done == {
        "file": "orders/2026-11.csv",
        "terms": ("orders/terms-2026-10.csv", "orders/terms-2026-11.csv"),
        "invoices": "orders/invoices-2026-11.csv",
    }
    file = boto3.client("s3").get_object(Bucket=BUCKET, Key=done["file"])
    heading, line = file["Body"].read().decode("utf-8-sig").splitlines()
    assert heading == (
        "order_number;placed_at;account;kind;type;licence_number;net;currency;outbox_id"
    )
    assert line == (
        f"{placed.number};2026-11-30T22:00:00+00:00;10001;new;5P;9ABCDEF012345678;129,00;EUR;"
        f"{placed.outbox_id}"
    )


def test_a_month_that_is_none_is_refused(function: Start) -> None:
    with pytest.raises(FunctionFailed, match="MalformedMessage"):
        function("export_orders").handler({"month": "2026-13"}, Context())


# --- the audit trail


@pytest.mark.usefixtures("desk")
def test_the_stream_becomes_the_audit_trail(function: Start, event: Read, dynamodb: Any) -> None:
    app = function("write_audit")

    app.handler(event("write_audit.changes"), Context())
    app.handler(event("write_audit.changes"), Context())

    trail = DynamoDbAuditTrail(dynamodb, TABLE)
    (retrieved,) = trail.of(CARAT_ID)
    assert (retrieved.event, retrieved.account) == (Event.RETRIEVED, ACCOUNT)
    assert retrieved.details["licence_number"] == "1234567890ABCDEF"
    assert {entry.event for entry in trail.of(SPARE_CARAT_ID)} == {
        Event.ORDERED,
        Event.GRANT_STAGED,
    }


# --- nothing leaks


@pytest.mark.parametrize(
    "name", ["receive_sms.fetch", "receive_sms.order", "receive_sms.malformed"]
)
def test_no_log_line_holds_a_number_a_text_or_a_code(
    name: str,
    function: Start,
    event: Read,
    desk: DynamoDbStore,
    conversations: Conversations,
    environment: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk.put_service(Service())
    fail_next(environment, kind="internal", times=1)
    app = function("receive_sms")

    app.handler(event(name), Context())
    app.utc_now = lambda: datetime.now(UTC).replace(year=2027)
    app.handler(event(name), Context())

    logged = "".join(capsys.readouterr())
    assert "NotAnswered" in logged
    assert '"level":"ERROR"' in logged
    secrets = [PHONE, PHONE[1:], "cl.31", "bestelle", "1234567890ABCDEF", "9ABCDEF0"]
    secrets += [text.split('"')[1] for text in answers(conversations) if '"' in text]
    assert [secret for secret in secrets if secret in logged] == []


class TalkativeSms:
    """Fails as the SDK's own validation does: with what it was given in the message."""

    def send(self, *, to: str, text: str, outbox_id: str) -> Sending:
        raise ValueError(f"Invalid: {to} {text} {outbox_id}")

    def opt_out(self, phone: str) -> None:
        raise ValueError(phone)


@pytest.mark.usefixtures("desk")
def test_a_foreign_error_is_logged_without_its_message(
    function: Start, event: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    app = function("receive_sms")
    app.desk = replace(app.desk, sms=TalkativeSms())

    app.handler(event("receive_sms.fetch"), Context())

    logged = "".join(capsys.readouterr())
    assert "ValueError" in logged
    assert PHONE not in logged
    assert "Freischalt-Code" not in logged


class TalkativeTrail:
    def add(self, entry: AuditEntry) -> None:
        raise ValueError(PHONE, entry)


def test_a_failure_of_a_function_does_not_print_what_it_was_about(
    function: Start, event: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    app = function("write_audit")
    app.trail = TalkativeTrail()

    with pytest.raises(FunctionFailed) as failure:
        app.handler(event("write_audit.changes"), Context())

    logged = "".join(capsys.readouterr())
    assert "ValueError" in logged
    assert PHONE not in logged + str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("originationNumber", "INFO"), ("originationNumber", "0043660"), ("messageBody", "x" * 2000)],
)
@pytest.mark.usefixtures("desk")
def test_odd_senders_and_long_texts_are_no_dead_letters(
    field: str, value: str, function: Start, event: Read
) -> None:
    odd = event("receive_sms.fetch")
    body = json.loads(odd["Records"][0]["body"])
    body["Message"] = json.dumps({**json.loads(body["Message"]), field: value})
    odd["Records"][0]["body"] = json.dumps(body)

    assert function("receive_sms").handler(odd, Context()) == {"batchItemFailures": []}


@pytest.mark.usefixtures("desk")
def test_whoever_has_the_fewest_tries_left_goes_first(function: Start, event: Read) -> None:
    both = event("receive_sms.fetch")
    both["Records"] += event("receive_sms.order")["Records"]
    for place_, record in enumerate(both["Records"]):
        record["messageId"] = f"r{place_}"
    both["Records"][1]["attributes"]["ApproximateReceiveCount"] = "4"
    app = function("receive_sms")
    begun: list[str] = []
    receive = app.receive

    def note(delivery: Delivery) -> bool:
        begun.append(delivery.record_id)
        return bool(receive(delivery))

    app.receive = note
    app.handler(both, Context())

    assert begun == ["r1", "r0"]


# --- VAT IDs to be asked about

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def made_due(dynamodb: Any, *numbers: str, at: datetime = LONG_AGO) -> Any:
    """They are in the table; the stream's event about them."""
    items = [due_item(a_due(account=AccountNumber(number), at=at), version=1) for number in numbers]
    for item in items:
        dynamodb.put_item(TableName=TABLE, Item=item)
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {
                    "Keys": {name: item[name] for name in ("PK", "SK")},
                    "NewImage": item,
                    "ApproximateCreationDateTime": at.timestamp(),
                },
            }
            for item in items
        ]
    }


def queued() -> list[str]:
    """The accounts in eVatR's queue."""
    url = os.environ["EVATR_QUEUE_URL"]
    got = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return sorted(json.loads(message["Body"])["account"] for message in got.get("Messages", []))


def test_the_stream_hands_out_a_vat_check_at_once_and_the_schedule_not_again(
    function: Start, dynamodb: Any
) -> None:
    committed = made_due(dynamodb, "10001")
    stream, schedule = function("deliver_outbox"), function("schedule_vat")

    stream.handler(committed, Context())
    schedule.handler({}, Context())

    assert queued() == ["10001"]


def test_the_schedule_hands_out_what_the_stream_has_lost_behind_what_it_cannot_read(
    function: Start, dynamodb: Any
) -> None:
    made_due(dynamodb, "10001", "10002")
    made_due(dynamodb, "10003", at=datetime(2999, 1, 1, tzinfo=UTC))
    dynamodb.update_item(
        TableName=TABLE,
        Key=keys.vat_due(AccountNumber("10001")),
        UpdateExpression="SET service = :other",
        ExpressionAttributeValues={":other": {"S": "hmrc"}},
    )

    function("schedule_vat").handler({}, Context())

    assert queued() == ["10002"]


def test_given_the_queue_is_gone_then_the_stream_goes_on(
    function: Start,
    dynamodb: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=os.environ["EVATR_QUEUE_URL"])
    committed = made_due(dynamodb, "10001")

    function("deliver_outbox").handler(committed, Context())
    function("schedule_vat").handler({}, Context())

    told = capsys.readouterr().out
    assert told.count("not handed out") == 1  # the claim keeps it from the schedule for an hour
    assert "VatChecksFailed" in told


def test_a_wanted_invoice_is_written_and_mailed_with_its_pdf(
    function: Start, event: Read, store: DynamoDbStore, dynamodb: Any
) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    order = a_term_order(
        state=TermOrderState.ACTIVE, version=0, consent=Consent(documents={"terms": "2026-11"})
    )
    user = a_user(version=0)
    records.write(Put(an_account(version=0, users=(user.id,))), Put(user), Put(order))
    records.write(Put(an_invoice(version=0)))

    function("write_invoices").handler(event("write_invoices.schedule"), Context(left_ms=60_000))
    app = function("deliver_outbox")
    items = dynamodb.scan(TableName=TABLE)["Items"]
    (notice,) = (item for item in items if item["SK"]["S"] == "NOTICE")
    record = {
        "eventName": "INSERT",
        "dynamodb": {"Keys": {"PK": notice["PK"], "SK": notice["SK"]}, "NewImage": notice},
    }
    app.handler({"Records": [record]}, Context())

    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    (stored,) = boto3.client("s3").list_objects_v2(Bucket=INVOICES)["Contents"]
    pdf = boto3.client("s3").get_object(Bucket=INVOICES, Key=stored["Key"])["Body"].read()
    reader = PdfReader(BytesIO(pdf))
    assert "Auftragsbestätigung" in sent.subject
    assert stored["Key"] == f"{datetime.now(VIENNA).year}/R{datetime.now(VIENNA).year}-000001.pdf"
    assert list(reader.attachments) == ["factur-x.xml"]
    assert "Huber GmbH" in reader.pages[0].extract_text()


def test_when_time_runs_short_invoices_wait(
    function: Start, event: Read, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    long_wanted = an_invoice(version=0, wanted_at=datetime(2026, 1, 1, tzinfo=UTC))
    DynamoDbRecords(dynamodb, TABLE, VIENNA).write(Put(long_wanted))

    function("write_invoices").handler(event("write_invoices.schedule"), Context(left_ms=14_000))

    assert not boto3.client("s3").list_objects_v2(Bucket=INVOICES).get("Contents")
    assert '"InvoicesLate":[1.0]' in capsys.readouterr().out


# --- ends that are to be told

LONG_OVER = date(2020, 1, 1)


def made_a_due_plant(dynamodb: Any, *runnings: int) -> None:
    """Plants of Anna's account whose trial ended long ago, and nobody has told her."""
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    records.write(Put(an_account(users=(ANNA,), version=0)), Put(a_user(version=0)))
    for running in runnings:
        id_ = plant_id(AccountNumber("10001"), running)
        records.write(Put(a_plant(id=id_, trial_from=LONG_OVER, version=0)))


def term_messages() -> list[Any]:
    """As Lambda's poller takes them from the queue."""
    sqs, url = boto3.client("sqs"), os.environ["TERM_QUEUE_URL"]
    taken = []
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        taken.append({"messageId": message["MessageId"], "body": message["Body"]})
    return taken


def notices_kept() -> list[str]:
    items = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    return sorted(item["PK"]["S"] for item in items if item["SK"]["S"] == "NOTICE")


def test_what_is_due_is_handed_out_and_told_once(
    function: Start, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made_a_due_plant(dynamodb, 1, 2)
    tell_terms = function("tell_terms")

    assert tell_terms.handler({}, Context()) is None
    (message,) = term_messages()
    for _ in range(2):  # delivered twice
        done = tell_terms.handler({"Records": [message]}, Context(left_ms=300_000))
        assert done == {"batchItemFailures": []}
    tell_terms.handler({}, Context())

    assert term_messages() == []
    assert notices_kept() == [
        f"NOTICE#trial_ended-10001-{running}-2020-02-11-0-{ANNA}" for running in (1, 2)
    ]
    assert "anna" not in capsys.readouterr().out


def test_one_that_cannot_be_read_is_counted_and_holds_up_no_other(
    function: Start, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made_a_due_plant(dynamodb, 1, 2)
    key = keys.plant(plant_id(AccountNumber("10001"), 1))
    dynamodb.update_item(TableName=TABLE, Key=key, UpdateExpression="REMOVE details")
    tell_terms = function("tell_terms")

    tell_terms.handler({}, Context())
    done = tell_terms.handler({"Records": term_messages()}, Context(left_ms=300_000))

    assert done == {"batchItemFailures": []}
    assert len(notices_kept()) == 1
    told = capsys.readouterr().out
    assert "not readable" in told
    assert "TermsFailed" in told


def test_a_message_that_is_none_comes_again(function: Start, event: Read) -> None:
    portion = event("tell_terms.portion")
    portion["Records"][0]["body"] = "{}"
    (record,) = portion["Records"]

    done = function("tell_terms").handler(portion, Context(left_ms=300_000))

    assert done == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
