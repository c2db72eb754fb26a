"""All-or-nothing writes. The SDK never retries a cancelled transaction: whoever calls decides anew.

A reason that asks for another try, in DynamoDB's words: a condition that no longer holds, another
transaction on the same item, or too much at once. Anything else is a mistake of ours and passes
through.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from freischalt.adapters.attribute_values import to_wire
from freischalt.errors import LostRace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TRY_AGAIN = {
    "None",
    "ConditionalCheckFailed",
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}


def write_all(
    client: "DynamoDBClient",
    writes: Sequence["TransactWriteItemTypeDef"],
    *,
    done_already: Callable[[dict[str, Any]], bool] = lambda _: False,
) -> None:
    """Make every write or none. Raises LostRace if it may work on fresh data.

    `done_already` is asked about the stored item of a write whose condition failed (and that asked
    for the old item): True says that this very transaction was made before its reply got lost.
    """
    try:
        client.transact_write_items(TransactItems=writes)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        reasons: Any = error.response.get("CancellationReasons", ())
        if any(done_already(reason["Item"]) for reason in reasons if "Item" in reason):
            return
        if reasons and all(reason.get("Code", "None") in TRY_AGAIN for reason in reasons):
            raise LostRace from error
        raise


def as_read(table: str, version: int) -> Any:
    """For a write of a thing with a version: it is as it was read, or (0) not there at all."""
    if not version:
        return {"TableName": table, "ConditionExpression": "attribute_not_exists(PK)"}
    return {
        "TableName": table,
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": to_wire(version)},
    }


def if_it_holds(write: Callable[..., Any], **request: Any) -> bool:
    """Make one conditional write; whether its condition held."""
    try:
        write(**request)
    except ClientError as error:
        if not is_refused_condition(error):
            raise
        return False
    return True


def is_refused_condition(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
