"""One consistent read of several items."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from freischalt.adapters.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 4


def get_all(
    client: "DynamoDBClient",
    table: str,
    keys: Sequence[Key],
    wait: Callable[[float], None],
    *,
    names: Sequence[str] = (),
) -> dict[tuple[str, str], Any]:
    """Items by PK and SK, whole or with these attributes alone.

    DynamoDB may leave some out under load: those are asked for again.
    """
    options = _of_each(names)
    found: dict[tuple[str, str], Any] = {}
    wanted: Any = list(keys)
    for attempt in range(TRIES):
        asked: Any = {"Keys": wanted, "ConsistentRead": True, **options}
        answer = client.batch_get_item(RequestItems={table: asked})
        found |= {
            (item["PK"]["S"], item["SK"]["S"]): item for item in answer["Responses"].get(table, ())
        }
        left: Any = answer.get("UnprocessedKeys", {}).get(table)
        if not left:
            return found
        wanted = left["Keys"]
        wait(0.05 * 2**attempt)
    raise TimeoutError("DynamoDB left keys unread")


def _of_each(names: Sequence[str]) -> Any:
    """As many of our names are words of DynamoDB's own, each goes by another one.

    >>> _of_each(["locks"])["ProjectionExpression"]
    'PK, SK, #0'
    """
    if not names:
        return {}
    others = {f"#{number}": name for number, name in enumerate(names)}
    return {
        "ProjectionExpression": ", ".join(("PK", "SK", *others)),
        "ExpressionAttributeNames": others,
    }
