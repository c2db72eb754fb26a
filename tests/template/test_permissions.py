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
SENDING = {"s3:GetObject", "ses:SendEmail", "sms-voice:SendTextMessage", "kms:GenerateMac"}
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
    "DeliverOutbox": {
        *LOGS,
        *STREAM,
        "sqs:SendMessage",
        "events:PutEvents",
        "dynamodb:UpdateItem",
        *SENDING,
    },
    "SweepOutbox": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:Query",
        "events:PutEvents",
        "dynamodb:UpdateItem",
        *SENDING,
    },
    "WriteAudit": {
        *LOGS,
        *STREAM,
        "sqs:SendMessage",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
    },
    "AuthorizeCustomers": {*LOGS, "dynamodb:BatchGetItem", "dynamodb:PutItem"},
    "AuthorizeOperators": {*LOGS, "dynamodb:BatchGetItem", "dynamodb:PutItem"},
    "SignIn": {
        *LOGS,
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "kms:GenerateMac",
    },
    "CustomerApi": {
        *LOGS,
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "kms:GenerateMac",
        "s3:GetObject",
        "s3:PutObject",
    },
    "ImportInverters": {
        *LOGS,
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "s3:GetObject",
        "s3:ListBucket",
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "kms:GenerateMac",
    },
    "TermApi": {
        *LOGS,
        "s3:PutObject",
        "s3:GetObject",
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "kms:GenerateMac",
    },
    "OperatorApi": {
        *LOGS,
        "s3:GetObject",
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    },
    "Entitlements": {*LOGS, "dynamodb:BatchGetItem", "dynamodb:Query"},
    "PaymentPage": {*LOGS, "dynamodb:BatchGetItem", "dynamodb:PutItem", "ssm:GetParameter"},
    "StripeWebhook": {*LOGS, "dynamodb:BatchGetItem", "dynamodb:PutItem", "ssm:GetParameter"},
    "WatchPayments": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "ssm:GetParameter",
    },
    "LapseOrders": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    },
    "FinishErasures": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    },
    "EndLocks": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    },
    "TellTerms": {
        *LOGS,
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    },
    "WriteInvoices": {
        *LOGS,
        "sqs:SendMessage",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "s3:PutObject",
    },
    "ExportOrders": {*LOGS, "sqs:SendMessage", "dynamodb:Query", "s3:PutObject"},
    "ScheduleVat": {*LOGS, "sqs:SendMessage", "dynamodb:Query", "dynamodb:UpdateItem"},
    "CheckVat": {
        *LOGS,
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    },
}

QUESTIONS = {"ViesQueue", "EvatrQueue"}
MAY_FILL = {
    "DeliverOutbox": {"FailedRuns", *QUESTIONS},
    "SweepOutbox": {"FailedRuns"},
    "WriteAudit": {"FailedRuns"},
    "ExportOrders": {"FailedRuns"},
    "EndLocks": {"FailedRuns"},
    "LapseOrders": {"FailedRuns"},
    "FinishErasures": {"FailedRuns"},
    "WriteInvoices": {"FailedRuns"},
    "ScheduleVat": {"FailedRuns", *QUESTIONS},
    "WatchPayments": {"FailedRuns"},
    "TellTerms": {"FailedRuns", "TermQueue"},
    "ImportInverters": {"FailedRuns"},
}
MAY_EMPTY = {
    "ReceiveSms": {"InboundSmsQueue"},
    "CheckVat": QUESTIONS,
    "TellTerms": {"TermQueue"},
    "ImportInverters": {"ListsQueue"},
}
WHOLE_FOLDERS = ("/orders/*", "/accounts/*", "/lists/*", "${Invoices.Arn}/*")


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
    assert set(granted) == ALLOWED[name]
    twice = {action for action in granted if granted.count(action) > 1}
    assert twice <= {"sqs:SendMessage", "dynamodb:Query"}


@pytest.mark.parametrize(
    ("action", "allowed"), [("sqs:SendMessage", MAY_FILL), ("sqs:DeleteMessage", MAY_EMPTY)]
)
def test_who_fills_and_who_empties_which_queue(
    action: str, allowed: dict[str, set[str]], template: dict[str, Any]
) -> None:
    for name in functions(template):
        queues = {
            resource["Fn::GetAtt"][0]
            for statement in statements(template, name)
            if action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }
        assert queues == allowed.get(name, set()), name


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_touches_named_resources_only(name: str, template: dict[str, Any]) -> None:
    for statement in statements(template, name):
        for resource in as_list(statement["Resource"]):
            assert isinstance(resource, dict), statement["Sid"]  # an ARN of ours, never "*"
            arn = resource.get("Fn::Sub", "")
            assert not arn.startswith("*")
            assert arn.count("*") == (1 if arn.endswith(WHOLE_FOLDERS) else 0)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_has_its_own_role_and_no_managed_policy(
    name: str, template: dict[str, Any]
) -> None:
    assert functions(template)[name]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert "Policies" not in functions(template)[name]
    assert "ManagedPolicyArns" not in template["Resources"][f"{name}Role"]["Properties"]


def keys_of(template: dict[str, Any], name: str) -> str:
    return str([s["Resource"] for s in statements(template, name) if "kms:" in str(s["Action"])])


def test_master_keys_are_for_those_alone_who_hand_out_codes(template: dict[str, Any]) -> None:
    who = {name for name in ALLOWED if "MasterKey" in keys_of(template, name)}

    assert who == {"ReceiveSms", "CustomerApi"}
    (makes_codes,) = [s for s in statements(template, "ReceiveSms") if s["Sid"] == "MakeCodes"]
    assert len(makes_codes["Resource"]) == 3


def test_whoever_sees_passwords_makes_no_codes_and_whoever_makes_texts_makes_no_links(
    template: dict[str, Any],
) -> None:
    who = {name for name in ALLOWED if "SecretKey" in keys_of(template, name)}

    assert who == {
        *("SignIn", "CustomerApi", "TermApi", "DeliverOutbox", "SweepOutbox"),
        "ImportInverters",
    }


def test_each_secret_of_stripe_is_for_those_alone_who_need_it(template: dict[str, Any]) -> None:
    reads = {
        name: [
            statement["Resource"]
            for statement in statements(template, name)
            if statement["Action"] == "ssm:GetParameter"
        ]
        for name in ALLOWED
    }

    assert {name: found for name, found in reads.items() if found} == {
        "PaymentPage": [{"Ref": "StripeKeyArn"}],
        "WatchPayments": [{"Ref": "StripeKeyArn"}],
        "StripeWebhook": [{"Ref": "StripeWebhookSecretArn"}],
    }
