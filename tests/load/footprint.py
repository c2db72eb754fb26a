"""What was done: the AWS calls, the items that DynamoDB looked at for them, its request units."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tests.bench.capacity import Call

type Key = Mapping[str, Any]


@dataclass(frozen=True)
class Footprint:
    """Two are equal if everything in them is."""

    calls: Mapping[str, int]
    on_the_table: int
    items: int
    write_units: float
    read_units: float

    @classmethod
    def of(cls, calls: Sequence[Call], write_units: float, read_units: float) -> Self:
        by_operation = Counter(call.operation for call in calls)
        on_the_table = sum(call.service == "dynamodb" for call in calls)
        items = sum(map(items_read, calls))
        return cls(by_operation, on_the_table, items, write_units, read_units)


def items_read(call: Call) -> int:
    """Items that DynamoDB looked at, also those that it then left out or did not find.

    >>> items_read(Call("dynamodb", "Query", {}, {"Items": [], "Count": 0, "ScannedCount": 20}))
    20
    >>> keys = [{"PK": {"S": "SERVICE"}}, {"PK": {"S": "PHONE#1"}}]
    >>> items_read(Call("dynamodb", "BatchGetItem", {"RequestItems": {"desk": {"Keys": keys}}}, {}))
    2
    """
    match call.operation:
        case "Query" | "Scan":
            return int(call.response["ScannedCount"])
        case "GetItem":
            return 1
        case "BatchGetItem":
            return sum(len(asked["Keys"]) for asked in call.params["RequestItems"].values())
    return 0


def keys_written(calls: Sequence[Call]) -> Iterator[Key]:
    for call in calls:
        match call.operation:
            case "PutItem" | "UpdateItem":
                yield _key(call.params)
            case "TransactWriteItems":
                for write in call.params["TransactItems"]:
                    yield from map(_key, write.values())


def _key(write: Mapping[str, Any]) -> Key:
    key: Key = write["Key"] if "Key" in write else write["Item"]
    return {name: key[name] for name in ("PK", "SK")}
