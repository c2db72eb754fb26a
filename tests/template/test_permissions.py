"""What each function may do: exactly this. A reviewer looks here first when the table changes."""

from typing import Any

import pytest

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
ALLOWED: dict[str, set[str]] = {
    "ReceiveSms": {
        *LOGS,
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "kms:GenerateMac",
        "sms-voice:SendTextMessage",
        "sms-voice:PutOptedOutNumber",
    },
    "PublishOrders": {
        *LOGS,
        *STREAM,
        "sqs:SendMessage",
        "events:PutEvents",
        "dynamodb:UpdateItem",
    },
    "SweepOutbox": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:Query",
        "events:PutEvents",
        "dynamodb:UpdateItem",
    },
    "WriteAudit": {*LOGS, *STREAM, "sqs:SendMessage", "dynamodb:PutItem"},
    "ExportOrders": {*LOGS, "sqs:SendMessage", "dynamodb:Query", "s3:PutObject"},
}


def functions(template: dict[str, Any]) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def statements(template: dict[str, Any], name: str) -> list[dict[str, Any]]:
    role = template["Resources"][f"{name}Role"]["Properties"]
    return [
        statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_table_has_every_function(template: dict[str, Any]) -> None:
    assert functions(template).keys() == ALLOWED.keys()


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_may_do_exactly_this(name: str, template: dict[str, Any]) -> None:
    granted = [
        action
        for statement in statements(template, name)
        for action in as_list(statement["Action"])
    ]

    assert {statement["Effect"] for statement in statements(template, name)} == {"Allow"}
    assert sorted(granted) == sorted(ALLOWED[name])


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_touches_named_resources_only(name: str, template: dict[str, Any]) -> None:
    for statement in statements(template, name):
        for resource in as_list(statement["Resource"]):
            assert isinstance(resource, dict), statement["Sid"]  # an ARN of ours, never "*"
            arn = resource.get("Fn::Sub", "")
            assert not arn.startswith("*")
            assert arn.count("*") == (1 if arn.endswith("/orders/*") else 0)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_has_its_own_role_and_no_managed_policy(
    name: str, template: dict[str, Any]
) -> None:
    assert functions(template)[name]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert "Policies" not in functions(template)[name]
    assert "ManagedPolicyArns" not in template["Resources"][f"{name}Role"]["Properties"]


def test_the_master_key_is_for_receive_sms_alone(template: dict[str, Any]) -> None:
    who = [name for name in ALLOWED if "kms:GenerateMac" in ALLOWED[name]]

    assert who == ["ReceiveSms"]
    (makes_codes,) = [s for s in statements(template, "ReceiveSms") if s["Sid"] == "MakeCodes"]
    assert len(makes_codes["Resource"]) == 3
