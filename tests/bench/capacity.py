"""What a DynamoDB call is billed for, by the size rule: emulators do not count it right.

A write costs 1 unit for each KB begun, in a transaction 2 (a condition check counts as a write of
the item), and 1 for each KB in every index whose entry it makes, changes or removes. A strongly
consistent read costs 1 unit for each 4 KB begun, of every item asked for, also of a missing one;
an eventually consistent read half of that.

Two things AWS does not document are taken as: a transaction does not double what an index costs,
and an update is charged by the size that the item has afterwards.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

type Item = Mapping[str, Mapping[str, Any]]
type Lookup = Callable[[str, Item], Item | None]
"""The stored item with this key in this table, after the call."""

READ_UNIT = 4096
WRITE_UNIT = 1024
INDEXES = {"by_month": ("month", "placed_at"), "by_due": ("due", "due_at")}
"""The keys of the table's indexes, which hold whole items."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the SDK: what was asked for, and what came back (also if it was an error)."""

    service: str
    operation: str
    params: Mapping[str, Any]
    response: Mapping[str, Any]


@dataclass(slots=True)
class Recorder:
    """The calls so far, in their order."""

    calls: list[Call] = field(default_factory=list)

    def take(self) -> list[Call]:
        """The calls since the last time this was asked."""
        taken, self.calls = self.calls, []
        return taken

    def before(self, *, params: Any, context: dict[str, Any], **_: Any) -> None:
        context["recorded_params"] = params

    def after(self, *, parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        service = model.service_model.service_name
        params = context.get("recorded_params", {})
        self.calls.append(Call(service, model.name, params, parsed))


@contextmanager
def record(client: Any) -> Iterator[Recorder]:
    """Record the calls of a client; or of all clients that a session makes from now on."""
    events = client.meta.events if hasattr(client, "meta") else client
    recorder = Recorder()
    hooks = {"before-parameter-build": recorder.before, "after-call": recorder.after}
    for event, hook in hooks.items():
        events.register(event, hook, unique_id=f"recorder-{id(recorder)}-{event}")
    try:
        yield recorder
    finally:
        for event in hooks:
            events.unregister(event, unique_id=f"recorder-{id(recorder)}-{event}")


def lookup(client: Any) -> Lookup:
    """Look items up with a client, which should not be one that is recorded."""

    def stored(table: str, key: Item) -> Item | None:
        answer = client.get_item(TableName=table, Key=key, ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    return stored


# --- sizes


def size(item: Item) -> int:
    """The size of an item in bytes: names and values.

    >>> size({"PK": {"S": "PHONE#+43"}, "n": {"N": "1795348800250"}, "e": {"BOOL": True}})
    21
    >>> size({"releases": {"M": {"10001": {"M": {"points": {"N": "31"}}}}}})
    29
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(wire: Mapping[str, Any]) -> int:
    ((kind, value),) = wire.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return _number_size(value)
        case "B":
            return len(value)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + len(value) + size(value)
        case "L":
            return 3 + len(value) + sum(_value_size(each) for each in value)
    raise LookupError(f"no size is known for {kind}")


def _number_size(text: str) -> int:
    """A byte for two digits, without zeros at either end, and one or, if negative, two more.

    >>> _number_size("0"), _number_size("31"), _number_size("-1500"), _number_size("12.5")
    (1, 2, 3, 3)
    """
    digits = text.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")


# --- units


def units(call: Call, stored: Lookup) -> tuple[float, float]:
    """Read and write units of one call; of another service's, none.

    >>> key = {"PK": {"S": "PHONE#1"}, "SK": {"S": "PHONE"}}
    >>> asked = {"RequestItems": {"desk": {"Keys": [key, key], "ConsistentRead": True}}}
    >>> units(Call("dynamodb", "BatchGetItem", asked, {"Responses": {"desk": [key]}}), None)
    (2, 0)
    >>> some = {"Keys": [key], "ProjectionExpression": "SK", "ConsistentRead": True}
    >>> shown = Call("dynamodb", "BatchGetItem", {"RequestItems": {"desk": some}}, {})
    >>> units(shown, lambda table, key: key | {"text": {"S": "x" * 5_000}})
    (2, 0)
    >>> long = key | {"text": {"S": "x" * 1100}}
    >>> put = {"Put": {"TableName": "desk", "Item": long}}
    >>> update = {"Update": {"TableName": "desk", "Key": key, "UpdateExpression": "SET a = :a"}}
    >>> both = Call("dynamodb", "TransactWriteItems", {"TransactItems": [put, update]}, {})
    >>> units(both, lambda table, key: key)
    (0, 6)
    >>> gone = {"Delete": {"TableName": "desk", "Key": key}}
    >>> checked = {"ConditionCheck": {"TableName": "desk", "Key": key}}
    >>> both = Call("dynamodb", "TransactWriteItems", {"TransactItems": [gone, checked]}, {})
    >>> units(both, lambda table, key: key | {"due": {"S": "VAT#3"}, "due_at": {"N": "1"}})
    (0, 5)
    >>> due = key | {"due": {"S": "OUTBOX#3"}, "due_at": {"N": "1"}}
    >>> units(Call("dynamodb", "PutItem", {"TableName": "desk", "Item": due}, {}), None)
    (0, 2)
    """
    if call.service != "dynamodb":
        return 0, 0
    params, response = call.params, call.response
    match call.operation:
        case "GetItem":
            return _read(params, response.get("Item")), 0
        case "BatchGetItem":
            return _batch_read(params, response, stored), 0
        case "Query":
            read = sum(size(item) for item in response.get("Items", ()))
            return _read(params, read), 0
        case "PutItem" | "UpdateItem":
            return 0, _write(params, stored, times=1)
        case "TransactWriteItems":
            writes = [one for each in params["TransactItems"] for one in each.items()]
            return 0, sum(
                _write(write, stored, times=2, only_checks=kind == "ConditionCheck")
                for kind, write in writes
            )
    raise LookupError(f"no units are known for {call.operation}")


def _read(params: Mapping[str, Any], found: Item | int | None) -> float:
    """`found` is an item or the size of several; nothing at all is charged like a small item."""
    if "ProjectionExpression" in params:
        raise LookupError("a projection is charged for the whole item, which is not here")
    bytes_read = found if isinstance(found, int) else size(found or {})
    whole = max(1, math.ceil(bytes_read / READ_UNIT))
    return whole if params.get("ConsistentRead") else whole / 2


def _batch_read(params: Mapping[str, Any], response: Mapping[str, Any], stored: Lookup) -> float:
    """A projection shows a part of each item, and is charged for all of it."""
    total: float = 0
    for table, asked in params["RequestItems"].items():
        if "ProjectionExpression" in asked:
            whole = {name: asked[name] for name in asked if name != "ProjectionExpression"}
            total += sum(_read(whole, stored(table, key)) for key in asked["Keys"])
            continue
        found = response.get("Responses", {}).get(table, [])
        missing = len(asked["Keys"]) - len(found)
        total += sum(_read(asked, item) for item in found) + missing * _read(asked, None)
    return total


def _write(
    write: Mapping[str, Any], stored: Lookup, *, times: int, only_checks: bool = False
) -> int:
    """Of whatever kind. One that was refused is charged as if it had been made.

    What a delete took away is charged by what `stored` still knows of it.
    """
    item = write["Item"] if "Item" in write else stored(write["TableName"], write["Key"])
    kilobytes = max(1, math.ceil(size(item or {}) / WRITE_UNIT))
    return kilobytes * (times + (0 if only_checks else _index_entries(write, item or {})))


def _index_entries(write: Mapping[str, Any], item: Item) -> int:
    """How many indexes hold the item afterwards, or held it before what the write removed."""
    _, _, removed = write.get("UpdateExpression", "").partition("REMOVE")
    gone = set(re.findall(r"\w+", removed))
    return sum(item.keys() >= set(keys) or bool(gone & set(keys)) for keys in INDEXES.values())
