"""What template.yaml grants the functions, and which of it Lambda itself needs."""

from collections.abc import Iterator
from typing import Any

type Json = dict[str, Any]

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
LEAVE_FAILED_RUNS = {"sqs:SendMessage"}
OPEN_A_LINK = {"s3:GetObject"}
FILL_IN_A_FORM = {"s3:PutObject"}
KNOW_THAT_A_FILE_IS_GONE = {"s3:ListBucket"}  # without it S3 says of such a file "forbidden"
BY_TRIGGER = {
    "SQS": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
    "DynamoDB": {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    },
}


def functions(template: Json) -> list[str]:
    return [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def role(template: Json, function: str) -> str:
    """The logical id of its role."""
    properties = template["Resources"][function]["Properties"]
    logical_id: str = properties["Role"]["Fn::GetAtt"][0]
    return logical_id


def granted(template: Json, function: str) -> set[str]:
    policies = template["Resources"][role(template, function)]["Properties"]["Policies"]
    return {action for policy in policies for action in actions(policy["PolicyDocument"])}


def for_the_platform(template: Json, function: str) -> set[str]:
    """What is done in the function's name: by Lambda, as the template asks, or with its links.

    It is never done by our code: no recorder sees it, and MiniStack asks for no permission.
    """
    properties = template["Resources"][function]["Properties"]
    triggers = properties.get("Events", {}).values()
    variables = properties.get("Environment", {}).get("Variables", {})
    needed = LOGS.union(*(BY_TRIGGER.get(trigger["Type"], set()) for trigger in triggers))
    asked = [properties.get("EventInvokeConfig", {}), *(each["Properties"] for each in triggers)]
    # by our code, with the same action
    fills_queues = any(name.endswith("_QUEUE_URL") for name in variables)
    if any("OnFailure" in each.get("DestinationConfig", {}) for each in asked) and not fills_queues:
        needed |= LEAVE_FAILED_RUNS
    calls = any(trigger["Type"] == "HttpApi" for trigger in triggers)
    if "HANDOVER_BUCKET" in variables or (calls and "INVOICES_BUCKET" in variables):
        needed |= OPEN_A_LINK
    if "LISTS_BUCKET" in variables:
        needed |= FILL_IN_A_FORM if calls else KNOW_THAT_A_FILE_IS_GONE
    return needed


def actions(policy: Json) -> Iterator[str]:
    for statement in policy["Statement"]:
        yield from listed(statement["Action"])


def without(policy: Json, action: str) -> Json:
    """The policy without this action, and without a statement that then says nothing.

    >>> without({"Statement": [{"Action": ["a:B", "a:C"]}, {"Action": "a:B"}]}, "a:B")
    {'Statement': [{'Action': ['a:C']}]}
    """
    left = [
        {**statement, "Action": [each for each in listed(statement["Action"]) if each != action]}
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": [statement for statement in left if statement["Action"]]}


def anywhere(policy: Json, action: str) -> Json:
    """The policy with this action on every resource and on no condition; the others as they are.

    >>> one = {"Action": "a:B", "Resource": "that", "Condition": {"StringEquals": {"a:C": "d"}}}
    >>> anywhere({"Statement": [one, {"Action": "a:D", "Resource": "this"}]}, "a:B")["Statement"]
    [{'Action': 'a:B', 'Resource': '*'}, {'Action': 'a:D', 'Resource': 'this'}]
    """
    statements = [
        {key: value for key, value in statement.items() if key != "Condition"} | {"Resource": "*"}
        if listed(statement["Action"]) == [action]
        else statement
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": statements}


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
