"""Checks a request as the service would: against the model that botocore ships.

botocore's own validator knows required, unknown and mistyped members and minimum lengths; what the
model says besides (maximum, pattern, enum) only the service checks, so we do. How the service words
its messages is not documented: only `Reason` and the names in `Fields` are meant to be read.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from local.sms_errors import invalid


@cache
def service_model() -> ServiceModel:
    described = Loader().load_service_model("pinpoint-sms-voice-v2", "service-2")
    return ServiceModel(described, "pinpoint-sms-voice-v2")


def validate(operation: str, request: dict[str, Any]) -> None:
    """Raise ValidationException, naming every member that is wrong. A null counts as absent."""
    shape = service_model().operation_model(operation).input_shape
    assert shape is not None  # noqa: S101, every operation of this service has one
    members = shape.members
    given = {name: value for name, value in request.items() if value is not None}

    fields = {name: "is required" for name in shape.required_members if name not in given}
    reason = "MISSING_PARAMETER" if fields else "FIELD_VALIDATION_FAILED"
    fields |= {name: "is not a parameter" for name in given if name not in members}
    for name in given.keys() & members.keys():
        if wrong := _wrong(given[name], members[name]):
            fields[name] = wrong
    if fields:
        raise invalid(reason, f"{len(fields)} validation error(s): {', '.join(fields)}", fields)


def _wrong(value: Any, shape: Shape) -> str:
    report = ParamValidator().validate(value, shape)
    if report.has_errors():
        return str(report.generate_report())
    return "; ".join(_breaches(value, shape))


def _breaches(value: Any, shape: Shape) -> Iterator[str]:
    yield from _out_of_range(value, shape)
    match shape:
        case StringShape():
            yield from _out_of_form(value, shape)
        case ListShape():
            for item in value:
                yield from _breaches(item, shape.member)
        case MapShape():
            for key, item in value.items():
                yield from _breaches(key, shape.key)
                yield from _breaches(item, shape.value)
        case StructureShape():
            for name, item in value.items():
                yield from _breaches(item, shape.members[name])


def _out_of_range(value: Any, shape: Shape) -> Iterator[str]:
    limits = shape.metadata
    if not {"min", "max"} & limits.keys():
        return
    size = value if shape.type_name == "integer" else len(value)
    if size > limits.get("max", size):
        yield f"must not exceed {limits['max']}"
    if size < limits.get("min", size):
        yield f"must not be below {limits['min']}"


def _out_of_form(value: str, shape: StringShape) -> Iterator[str]:
    # the patterns are Java's, where \s and \d are ASCII
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.ASCII):
        yield f"must match {pattern}"
    if shape.enum and value not in shape.enum:
        yield f"must be one of {', '.join(shape.enum)}"
