"""One consistent read of several items."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from freischalt.adapters.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 4


def get_all(
    client: "DynamoDBClient", table: str, keys: Sequence[Key], wait: Callable[[float], None]
) -> dict[tuple[str, str], Any]:
    """Items by PK and SK. DynamoDB may leave some out under load: those are asked for again."""
    found: dict[tuple[str, str], Any] = {}
    wanted: Any = list(keys)
    for attempt in range(TRIES):
        answer = client.batch_get_item(
            RequestItems={table: {"Keys": wanted, "ConsistentRead": True}}
        )
        found |= {
            (item["PK"]["S"], item["SK"]["S"]): item for item in answer["Responses"].get(table, ())
        }
        left: Any = answer.get("UnprocessedKeys", {}).get(table)
        if not left:
            return found
        wanted = left["Keys"]
        wait(0.05 * 2**attempt)
    raise TimeoutError("DynamoDB left keys unread")
