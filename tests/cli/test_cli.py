"""Every command, as the vendor types it, against a stack in MiniStack."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from starlette.applications import Starlette
from typer.testing import CliRunner

from freischalt.account_ports import Delete, Put
from freischalt.adapters.dynamodb_messages import DynamoDbMessages
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.items import order_item
from freischalt.domain.audit import Event
from freischalt.domain.ids import KeyId
from freischalt.domain.licence import LicenceNumber, Points
from freischalt.domain.order import Order, OrderKind
from freischalt.domain.plant import UsedActivation
from freischalt.domain.unlock_code import unlock_code
from freischalt_cli import codes as codes_command
from freischalt_cli.main import app
from freischalt_cli.stack import Stack
from local.clock import clock_in
from local.clock_routes import clock_routes
from local.ministack import MiniStack
from tests.cli.conftest import Terminal, deploy
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON, NUMBER, PHONE, a_policy
from tests.local.live import serving
from tests.term_factories import PLANT, SERIAL, a_plant, an_inverter

ROWS = "account,carat_id,points,e,user_information\n10001,0000000a,31,yes,\n10002,0000000B,5,no,\n"
TEXT = json.dumps({"Message": "cl.31.1234567890ABCDEF", "from": PHONE})


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    terminal("account", "create", "10001", "--company", "Müller [GmbH]")
    terminal("account", "create", "10002", "--company", "Huber", "--confirm-orders")
    return terminal


# --- accounts and phones


def test_an_account_is_created_and_shown(desk: Terminal) -> None:
    shown = desk("account", "show", "10002")

    assert "Huber" in shown
    assert "wait for JA" in shown
    assert "Müller [GmbH]" in desk("account", "show", "10001")


def test_an_account_is_created_once(desk: Terminal) -> None:
    assert "there is an account 10001 already" in desk.refuses(
        "account", "create", "10001", "--company", "Other"
    )
    assert "Müller" in desk("account", "show", "10001")


def test_a_phone_is_registered(desk: Terminal) -> None:
    register = ("phone", "register", PHONE, "--account")

    assert desk(*register, "10002") == f"{PHONE} is registered to account 10002.\n"
    assert desk(*register, "10002") == f"{PHONE} is already registered to account 10002.\n"
    assert desk.refuses(*register, "10001") == f"{PHONE} is registered to account 10002"
    assert desk.refuses(*register, "10003") == "there is no account 10003"

    assert PHONE in desk("account", "show", "10002")
    assert "no longer" in desk("phone", "release", PHONE)
    assert "nothing has changed" in desk("phone", "release", PHONE)
    assert PHONE not in desk("account", "show", "10002")


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("phone", "register", "06601234567", "--account", "10001"), "E.164"),
        (("phone", "register", "+4366012345678901", "--account", "10001"), "E.164"),
        (("account", "create", "1 1", "--company", "x"), "letters, digits and hyphens"),
        (("account", "create", "1", "--company", " "), "printable"),
        (("release", "make", "1234567", "--account", "1", "--e"), "8 hex digits"),
        (("release", "make", "12345678", "--account", "1"), "--points, --e or both"),
        (("release", "make", "12345678", "--account", "1", "--points", "1000000"), "999999"),
        (
            ("release", "make", "12345678", "--account", "1", "--e", "--user-information", "x"),
            "8 hex digits",
        ),
        (("import", "nowhere.csv"), "nowhere.csv"),
        (("dead-letters", "show", "--max", "0"), "--max"),
        (("maintenance", "perhaps"), "perhaps"),
    ],
)
def test_what_breaks_a_rule_is_refused_at_once(
    terminal: Terminal, arguments: tuple[str, ...], rule: str
) -> None:
    said = terminal(*arguments, exit_code=2, environ={"TERMINAL_WIDTH": "200"})

    assert rule in said
    assert terminal.items() == {}


# --- releases, keys, the trail


def test_a_release_is_made_shown_and_on_the_trail(desk: Terminal) -> None:
    make = ("release", "make", "1234567a", "--account", "10001")

    assert desk(*make, "--points", "31").endswith("nothing → 31P\n")
    assert desk(*make, "--points", "5", "--e").endswith("31P → 31P and E\n")
    assert desk(*make, "--points", "7", "--user-information", "90abcdef").endswith(
        "31P and E → 31P and E bound to 90ABCDEF\n"
    )

    assert re.search(r"10001 +│ 31 +│ yes +│ 90ABCDEF", desk("release", "show", "1234567A"))
    trail = desk("audit", "1234567A")
    assert trail.count("granted") == 3
    assert "vendor:" in trail
    assert trail.index("points=31") < trail.index("points=5") < trail.index("points=7")
    assert desk.refuses("release", "make", "1234567a", "--account", "10009", "--e") == (
        "there is no account 10009"
    )


def test_a_dongle_of_which_nothing_is_known(desk: Terminal) -> None:
    assert desk.refuses("release", "show", "12345678") == (
        "nothing was ever released or exported for 12345678"
    )
    assert "0 entries" in desk("audit", "12345678")


def test_an_exported_key_checks_the_codes_that_customers_get(desk: Terminal) -> None:
    said = desk("dongle-key", "export", "12345678")
    key = re.fullmatch(r"master key  1\ndongle key  ([0-9A-F]{64})\n", said)
    assert key
    code = Stack("freischalt", local=False).codes().unlock_code(NUMBER, Points(31), KeyId("1"))

    check = ("code", "check", str(NUMBER), "31P")
    assert desk(*check, code, "--dongle-key", key[1]) == "The code is right.\n"
    assert desk(*check, code, environ={"FREISCHALT_DONGLE_KEY": key[1]}) == "The code is right.\n"
    assert "is wrong" in desk.refuses(*check, "0000-0000-0000-0000", "--dongle-key", key[1])
    assert "key_exported" in desk("audit", "12345678")
    assert key[1].lower() not in str(desk.items()).lower()


def test_a_key_is_audited_before_it_is_shown(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        "freischalt_cli.dongles.say", lambda text: seen.append((text, desk("audit", "12345678")))
    )

    desk("dongle-key", "export", "12345678")

    assert len(seen) == 2
    assert all("key_exported" in trail for _, trail in seen)


def test_a_code_is_checked_without_aws(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "_client", None)
    key = bytes(32)
    number = LicenceNumber.of("FFFFFFFF00000001")
    check = ("code", "check", str(number), "5", unlock_code(key, number, Points(5)))

    assert "right" in terminal(*check, "--dongle-key", key.hex())
    assert "64 hex digits" in terminal.refuses(*check, "--dongle-key", "no hex")
    assert "64 hex digits" in terminal.refuses(*check, "--dongle-key", "00")
    assert codes_command.REFERENCE.is_file()


# --- files of releases


def test_releases_are_imported(desk: Terminal) -> None:
    file = desk.file(ROWS)

    said = desk("import", file)

    assert re.fullmatch(r"Import [0-9a-f]{16} is published: 2 releases count from now on.\n", said)
    assert desk.waited == [10]  # as long as a worker may run, by the stack's own parameter
    assert re.search(r"10001 +│ 31 +│ yes +│ not bound yet", desk("release", "show", "0000000A"))
    assert "published before" in desk("import", file)
    assert desk.waited == [10]


def test_an_interrupted_import_goes_on_or_is_discarded(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = desk.file(ROWS)
    publish = "freischalt.adapters.dynamodb_imports.DynamoDbImports.publish"
    with monkeypatch.context() as patched:
        patched.setattr(publish, _no_connection)
        assert "Could not connect" in desk.stops("import", file)
    before = desk("release", "show", "0000000A")

    assert "10001" not in before
    assert "has more for this dongle, but is not published" in before
    assert "nothing of it is left" in desk("import", file, "--discard")
    assert "not published" not in desk("release", "show", "0000000A")
    assert "nothing has changed" in desk("import", file, "--discard")
    assert "is published" in desk("import", file)
    assert "counts for good" in desk.stops("import", file, "--discard")
    assert "10001" in desk("release", "show", "0000000A")


def _no_connection(*_: Any, **__: Any) -> None:
    raise EndpointConnectionError(endpoint_url="https://dynamodb")


def test_bad_rows_are_told_and_nothing_is_written(desk: Terminal) -> None:
    before = desk.items()
    bad = desk.file("account,carat_id,points,e\n10001,123,5,no\n10001,12345678,x,no\n")
    unknown = desk.file(ROWS + "10003,0000000C,1,no,\n", "unknown.csv")

    assert desk("import", bad, exit_code=1).splitlines() == [
        "line 2, column carat_id: a Carat-ID has 8 hex digits, not all zero",
        "line 3, column points: points are a whole number from 0 to 999999",
    ]
    assert desk.refuses("import", unknown) == "line 4, column account: there is no account 10003"
    assert desk.items() == before


def test_a_thousand_problems_are_not_all_told(desk: Terminal) -> None:
    rows = "".join(f"10001,{n:08X},x,no\n" for n in range(1, 1001))

    said = desk("import", desk.file("account,carat_id,points,e\n" + rows), exit_code=1).splitlines()

    assert len(said) == 51
    assert said[-1] == "… and 950 more"


# --- dead letters


def test_dead_letters_go_back_as_they_were(desk: Terminal) -> None:
    dead, queue = desk.output("DeadLetterQueueUrl"), desk.output("InboundSmsQueueUrl")
    attributes: Any = {
        "trace": {"DataType": "String", "StringValue": "t1"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    sent = {
        desk.sqs.send_message(
            QueueUrl=dead, MessageBody=f"{TEXT} {n}", MessageAttributes=attributes
        )["MessageId"]
        for n in range(12)
    }

    shown = desk("dead-letters", "show")
    assert "12 dead letters" in shown
    assert all(id_ in shown for id_ in sent)
    assert "1 dead letters are back" in desk("dead-letters", "redrive", "--max", "1")
    redriven = desk("dead-letters", "redrive")

    assert "11 dead letters are back in the queue." in redriven
    assert "0 dead letters" in desk("dead-letters", "show")
    assert "0 dead letters are back" in desk("dead-letters", "redrive")
    back: list[Any] = []
    while len(back) < 12:
        back += desk.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )["Messages"]
    assert {message["Body"] for message in back} == {f"{TEXT} {n}" for n in range(12)}
    for message in back:
        assert message["MessageAttributes"] == attributes
    for said in (shown, redriven):
        assert PHONE not in said
        assert "cl.31" not in said


def test_a_dead_letter_that_could_not_be_sent_stays(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = desk.output("DeadLetterQueueUrl")
    desk.sqs.send_message(QueueUrl=dead, MessageBody=TEXT)
    send = "freischalt.adapters.sqs_dead_letters.SqsDeadLetters.send_back"
    monkeypatch.setattr(send, _no_connection)

    assert "Could not connect" in desk.refuses("dead-letters", "redrive")

    counts = desk.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"


# --- operation


def test_activation_codes_are_printed_and_always_the_same(desk: Terminal) -> None:
    first = desk("inverter", "activation-code", "sn-0001", "SN-0002")
    again = desk("inverter", "activation-code", "SN-0002", "SN-0001")

    codes = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", first)
    assert len(set(codes)) == 2
    assert re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", again) == codes[::-1]
    assert "SN-0001" in first


def test_a_used_code_is_freed_once_its_inverter_is_on_no_plant(desk: Terminal) -> None:
    records = DynamoDbRecords(desk.dynamodb, TABLE, UTC)
    used = UsedActivation(serial=SERIAL, plant=PLANT, at=NOON)
    inverter = an_inverter(version=0)
    records.write(Put(a_plant(version=0)), Put(inverter), Put(used))

    in_use = desk.refuses("inverter", "free", SERIAL)
    records.write(Delete(replace(inverter, version=1)))
    freed = desk("inverter", "free", SERIAL)
    again = desk.refuses("inverter", "free", SERIAL)

    assert "still belongs to a plant" in in_use
    assert "can be used once more" in freed
    assert "is not used" in again
    (entry,) = records.trail(ACCOUNT, after=None, limit=10).things
    assert (entry.event, entry.actor[:7]) == (Event.ACTIVATION_FREED, "vendor:")


def test_maintenance(desk: Terminal) -> None:
    assert desk("maintenance", "status") == "Maintenance is off.\n"
    assert desk("maintenance", "on") == "Maintenance is on.\n"
    assert desk("maintenance", "on") == "Maintenance is already on.\n"
    messages = DynamoDbMessages(desk.dynamodb, TABLE, a_policy().time_zone)
    assert messages.read(phone=PHONE, message_id="m", carat_id=None).service.maintenance
    assert desk("maintenance", "status") == "Maintenance is on.\n"
    assert desk("maintenance", "off") == "Maintenance is off.\n"
    assert desk("maintenance", "status") == "Maintenance is off.\n"


def test_a_month_of_orders(desk: Terminal) -> None:
    order = Order(
        number="2026-000123",  # type: ignore[arg-type]
        outbox_id="o1",
        account=ACCOUNT,
        kind=OrderKind.NEW,
        type=Points(5),
        licence_number=NUMBER,
        net_cents=12_905,
        currency="EUR",
        placed_at=NOON,
        message_id="m1",
    )
    december = replace(
        order,
        number="2026-000124",  # type: ignore[arg-type]
        placed_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    for each in (order, december):
        item = order_item(each, a_policy().time_zone)
        desk.dynamodb.put_item(TableName=TABLE, Item=item)
    output = desk.folder / "orders.csv"

    desk("orders", "export", "2026-11", "--output", str(output))

    lines = output.read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "2026-000123" in lines[1]
    assert ";129,05;EUR;" in lines[1]
    assert "YYYY-MM" in desk.refuses("orders", "export", "2026-13", "--output", str(output))
    assert "No such file" in desk.refuses(
        "orders", "export", "2026-11", "--output", str(desk.folder / "no" / "file.csv")
    )


# --- the stack


@pytest.mark.parametrize(
    ("options", "environ", "name"),
    [
        ((), {}, "freischalt"),
        ((), {"FREISCHALT_STACK": "desk2"}, "desk2"),
        (("--stack", "desk3"), {"FREISCHALT_STACK": "desk2"}, "desk3"),
        (("--local",), {"FREISCHALT_STACK": "desk2"}, "freischalt-local"),
        (("--local", "--stack", "desk3"), {}, "desk3"),
    ],
)
def test_which_stack(
    terminal: Terminal,
    ministack: MiniStack,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    environ: dict[str, str],
    name: str,
) -> None:
    asked = []

    def output(stack: Stack, _: str) -> str:
        asked.append((stack.name, stack._client("dynamodb").meta.endpoint_url))
        return TABLE

    monkeypatch.setattr(Stack, "output", output)

    CliRunner(env=environ).invoke(app, [*options, "maintenance", "status"])

    endpoint = "http://127.0.0.1:4566" if "--local" in options else ministack.endpoint
    assert asked == [(name, endpoint)]


def test_another_stack_is_found_by_its_name(terminal: Terminal) -> None:
    deploy("desk2")

    assert terminal("--stack", "desk2", "maintenance", "status") == "Maintenance is off.\n"


def test_a_stack_that_is_not_there(terminal: Terminal) -> None:
    said = terminal.refuses("--stack", "nowhere", "maintenance", "status")

    assert said.startswith("there is no stack nowhere in eu-central-1")


def test_a_stack_that_is_not_ours(terminal: Terminal) -> None:
    body = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    boto3.client("cloudformation").create_stack(StackName="theirs", TemplateBody=body)

    assert terminal.refuses("--stack", "theirs", "maintenance", "status") == (
        "stack theirs has no output TableName: is it Freischalt's?"
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AWS_DEFAULT_REGION": None}, "You must specify a region."),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    ],
)
def test_aws_is_not_configured(
    terminal: Terminal, environ: dict[str, str | None], said: str
) -> None:
    assert terminal.refuses("maintenance", "status", environ=environ) == said


def test_no_credentials(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda _: None)

    assert terminal.refuses("maintenance", "status") == "Unable to locate credentials"


def test_what_aws_refuses_is_told(terminal: Terminal) -> None:
    terminal.dynamodb.delete_table(TableName=TABLE)

    assert terminal.refuses("maintenance", "on").startswith(
        "AWS refuses UpdateItem: ResourceNotFoundException: "
    )


def test_a_local_stack_that_is_not_running(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("freischalt_cli.stack.LOCAL_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr("freischalt_cli.main.LOCAL_ENDPOINT", "http://127.0.0.1:1")

    said = terminal.refuses("--local", "maintenance", "status")

    assert said.endswith("(is `make run` running?)")


def test_the_local_clock_is_the_tools_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = clock_in(tmp_path)
    clock.move(timedelta(days=41))
    with serving(Starlette(routes=clock_routes(clock))) as [url]:
        monkeypatch.setattr("freischalt_cli.stack.LOCAL_CLOCK", f"{url}/clock")
        moved = Stack("freischalt-local", local=True).now() - datetime.now(UTC)
        elsewhere = Stack("freischalt", local=False).now() - datetime.now(UTC)
    alone = Stack("freischalt-local", local=True).now() - datetime.now(UTC)

    assert round(moved / timedelta(days=1), 2) == 41
    assert round(elsewhere / timedelta(days=1), 2) == round(alone / timedelta(days=1), 2) == 0


def test_every_command_has_help(terminal: Terminal) -> None:
    commands = (
        "account create|account show|phone register|phone release|release make|release show|audit|"
        "dongle-key export|code check|import|dead-letters show|dead-letters redrive|maintenance|"
        "orders export"
    )

    for command in commands.split("|"):
        assert "Usage: " in terminal(*command.split(), "--help")
