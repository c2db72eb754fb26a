"""Plain values as DynamoDB writes them on the wire, and back.

>>> to_item({"points": 5, "e": True, "tags": ["a"], "none": None})
{'points': {'N': '5'}, 'e': {'BOOL': True}, 'tags': {'L': [{'S': 'a'}]}}
>>> from_item(to_item({"releases": {"10001": {"points": 5}}}))
{'releases': {'10001': {'points': 5}}}
"""

from collections.abc import Mapping
from typing import Any

type Wire = dict[str, dict[str, Any]]


def to_wire(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case Mapping():
            return {"M": to_item(value)}
        case list() | tuple():
            return {"L": [to_wire(each) for each in value]}
    raise TypeError(f"no attribute value for {type(value).__name__}")


def to_item(values: Mapping[str, object]) -> Wire:
    """What is None is not stored."""
    return {name: to_wire(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _from_wire(value) for name, value in item.items()}


def _from_wire(wire: Mapping[str, Any]) -> Any:
    ((kind, value),) = wire.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return from_item(value)
        case "L":
            return [_from_wire(each) for each in value]
        case _:
            return value
