"""The built stack with every permission enforced: no function may do more or less than it does.

Seen at the SDK, inside the functions' own processes: what they call is what template.yaml grants,
but for what Lambda does in their name. And each grant is needed: a function fails without it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from freischalt.adapters import keys
from local import demo
from local.build import build
from local.stack import LocalStack, a_free_choice_of_ports
from tests.privilege.calls import Call, Record
from tests.privilege.desk import Desk, event, eventually, text_event
from tests.privilege.grants import for_the_platform, functions, granted, role

type Prepare = Callable[[Desk], dict[str, Any]]

CUSTOMER, CONFIRMER, LEAVER = "+436601234567", "+436601234568", "+436601234569"
TESTER, STRANGER = "+436771234567", "+436641112223"
FETCH = "cl.31.1234567890ABCDEF"
TOO_MUCH = "cl.33.1234567890ABCDEF"
ORDER = "Ich bestelle verbindlich 5P 9ABCDEF012345678"
OTHER_ORDER = "Ich bestelle verbindlich 5P 5566778812345678"
DEAR_ORDER = "Ich bestelle verbindlich 99P 9ABCDEF012345678"
DEAR_ORDERS_WAIT_FOR_JA = {"ConfirmAboveCents": "100000"}

BEYOND_MINISTACK = "sms-voice:"  # that service is a stand-in of ours, which knows no roles


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("privilege")
    record = Record(folder / "calls.jsonl")
    with LocalStack(
        folder,
        a_free_choice_of_ports(),
        environment=record.environment,
        enforce_permissions=True,
        keep_state=False,
    ) as stack:
        outputs = stack.deploy(build(), DEAR_ORDERS_WAIT_FOR_JA)
        demo.load(stack.endpoint, outputs)
        desk = Desk(stack, outputs["TableName"], record)
        yield desk
        desk.close()


@pytest.fixture(scope="module")
def calls(desk: Desk) -> list[Call]:
    """What the functions called on a day that has everything."""
    try:
        spend_a_day_at(desk)
    finally:  # a missing grant explains a day that went wrong
        calls = desk.new_calls()
        assert not {(call.function, call.denied) for call in calls if call.denied}
    return calls


def spend_a_day_at(desk: Desk) -> None:
    assert desk.text(CUSTOMER, FETCH).startswith("OK: Ihr Freischalt-Code")
    assert desk.text(CUSTOMER, FETCH).startswith("OK: Ihr Freischalt-Code")  # changes nothing now
    assert not desk.text(CUSTOMER, TOO_MUCH).startswith("OK")
    assert not desk.text(STRANGER, FETCH).startswith("OK")
    assert desk.text(CUSTOMER, ORDER).startswith("OK: Bestellung")
    assert desk.text(CONFIRMER, DEAR_ORDER).startswith("Bestellung bestätigen")
    assert desk.text(CONFIRMER, f"JA {desk.digits(CONFIRMER)}").startswith("OK: Bestellung")
    desk.send(LEAVER, "STOPP")
    eventually(lambda: desk.has_opted_out(LEAVER))

    eventually(lambda: len(desk.published()) == 2)
    eventually(lambda: {"retrieved", "ordered"} <= desk.trail())
    first, _ = desk.published()
    desk.leave_behind(first)
    eventually(lambda: desk.does("SweepOutbox", event("sweep_outbox.schedule")))
    assert first in desk.published()
    eventually(lambda: desk.does("ExportOrders", event("export_orders.month")))


@pytest.fixture(scope="module")
def quiet_desk(desk: Desk, calls: list[Call]) -> Desk:
    """The desk after that day, with nothing but the test to start a function."""
    desk.switch_off_triggers()
    return desk


@pytest.mark.e2e
def test_what_the_functions_call_is_what_they_are_granted(
    calls: list[Call], desk: Desk, template: dict[str, Any]
) -> None:
    for name in functions(template):
        used = {
            action for call in calls if call.function == desk.name(name) for action in call.actions
        }
        assert used == granted(template, name) - for_the_platform(template, name), name


def a_text(phone: str, text: str) -> Prepare:
    return lambda _: text_event(phone, text)


def a_confirmation(carat_id: str) -> Prepare:
    """The JA to an order that waits for it."""

    def prepare(desk: Desk) -> dict[str, Any]:
        order = text_event(TESTER, f"Ich bestelle verbindlich 99P {carat_id}90ABCDEF")
        eventually(lambda: desk.does("ReceiveSms", order))
        return text_event(TESTER, f"JA {desk.digits(TESTER)}")

    return prepare


def as_it_is(name: str) -> Prepare:
    return lambda _: event(name)


def a_sweep(desk: Desk) -> dict[str, Any]:
    """With an order that the stream did not publish."""
    desk.leave_behind(min(desk.orders()))
    return event("sweep_outbox.schedule")


def an_order(desk: Desk) -> dict[str, Any]:
    """An order that is pending, as the stream brings it."""
    number = min(desk.orders())
    desk.leave_behind(number)
    placed = event("publish_orders.placed")
    placed["Records"][0]["dynamodb"] |= {
        "Keys": keys.order(number),
        "NewImage": desk.orders()[number],
    }
    return placed


# Each grant that MiniStack enforces, and an event that the function cannot handle without it.
NEEDS: dict[tuple[str, str], Prepare] = {
    ("ReceiveSms", "dynamodb:BatchGetItem"): a_text(TESTER, "HILFE"),
    ("ReceiveSms", "dynamodb:ConditionCheckItem"): a_text(CUSTOMER, FETCH),
    ("ReceiveSms", "dynamodb:GetItem"): a_confirmation("AAAA0001"),
    ("ReceiveSms", "dynamodb:PutItem"): a_text(TESTER, OTHER_ORDER),
    ("ReceiveSms", "dynamodb:UpdateItem"): a_text(TESTER, "HILFE"),
    ("ReceiveSms", "kms:GenerateMac"): a_confirmation("AAAA0002"),
    ("PublishOrders", "events:PutEvents"): an_order,
    ("PublishOrders", "dynamodb:UpdateItem"): an_order,
    ("SweepOutbox", "dynamodb:Query"): a_sweep,
    ("SweepOutbox", "events:PutEvents"): a_sweep,
    ("SweepOutbox", "dynamodb:UpdateItem"): a_sweep,
    ("WriteAudit", "dynamodb:PutItem"): as_it_is("write_audit.changes"),
    ("ExportOrders", "dynamodb:Query"): as_it_is("export_orders.month"),
    ("ExportOrders", "s3:PutObject"): as_it_is("export_orders.month"),
}


def test_no_grant_is_unaccounted_for(template: dict[str, Any]) -> None:
    """Needed by Lambda, by a run below, or for the SMS service and then seen in use above."""
    enforced = {
        (name, action)
        for name in functions(template)
        for action in granted(template, name) - for_the_platform(template, name)
        if not action.startswith(BEYOND_MINISTACK)
    }

    assert enforced == NEEDS.keys()
    for name in functions(template):
        assert for_the_platform(template, name) <= granted(template, name)


@pytest.mark.e2e
@pytest.mark.parametrize(("function", "action"), NEEDS)
def test_a_function_fails_without_a_grant_and_only_without(
    function: str, action: str, quiet_desk: Desk, template: dict[str, Any]
) -> None:
    desk = quiet_desk
    prepared = NEEDS[function, action](desk)

    def denied() -> set[tuple[str, str]]:
        assert not desk.does(function, prepared)
        return {(call.function, call.denied) for call in desk.new_calls() if call.denied}

    desk.new_calls()
    with desk.without(role(template, function), action):
        assert eventually(denied) == {(desk.name(function), action)}

    eventually(lambda: desk.does(function, prepared))
    assert not [call for call in desk.new_calls() if call.denied]
