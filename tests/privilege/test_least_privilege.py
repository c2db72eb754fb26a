"""The built stack with every permission enforced: no function may do more or less than it does.

Seen at the SDK, inside the functions' own processes: what they call is what template.yaml grants,
but for what Lambda does in their name. And each grant is needed: a function fails without it.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from local import demo
from local.build import build
from local.stack import LocalStack, a_free_choice_of_ports
from tests.privilege.calls import Call, Record
from tests.privilege.day import spend_a_day_at
from tests.privilege.desk import Desk, eventually
from tests.privilege.grants import for_the_platform, functions, granted, listed, role
from tests.privilege.needs import NEEDS

DEAR_ORDERS_WAIT_FOR_JA = {"ConfirmAboveCents": "100000"}

BEYOND_MINISTACK = "sms-voice:"  # that service is a stand-in of ours, which knows no roles

# MiniStack asks for this one, but on no resource, and tells no condition who the sender is: what
# is right on AWS would never fit. Here it gets every resource; the template is looked at instead.
ON_NO_RESOURCE = "ses:SendEmail"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, template: dict[str, Any]) -> Iterator[Desk]:
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
        desk = Desk(stack, outputs, record)
        for name in functions(template):
            if ON_NO_RESOURCE in granted(template, name):
                desk.allow_anywhere(role(template, name), ON_NO_RESOURCE)
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


def test_mails_leave_from_the_vendors_address_alone(template: dict[str, Any]) -> None:
    """What MiniStack cannot enforce."""
    sending = [
        statement
        for name in functions(template)
        for policy in template["Resources"][role(template, name)]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if ON_NO_RESOURCE in listed(statement["Action"])
    ]

    assert sending
    for statement in sending:
        assert listed(statement["Action"]) == [ON_NO_RESOURCE]
        assert statement["Resource"]["Fn::Sub"].endswith(":identity/${MailIdentity}")
        assert statement["Condition"] == {
            "StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}
        }


@pytest.mark.e2e
@pytest.mark.parametrize(("function", "action"), NEEDS)
def test_a_function_fails_without_a_grant_and_only_without(
    function: str, action: str, quiet_desk: Desk, template: dict[str, Any]
) -> None:
    desk = quiet_desk
    asked = NEEDS[function, action](desk)

    def done() -> bool:
        asked.before()
        return desk.does(function, asked.event) and asked.is_done()

    def denied() -> set[tuple[str, str]]:
        assert not done()
        return {(call.function, call.denied) for call in desk.new_calls() if call.denied}

    desk.new_calls()
    with desk.without(role(template, function), action):
        assert eventually(denied) == {(desk.name(function), action)}

    eventually(done)
    assert not [call for call in desk.new_calls() if call.denied]
