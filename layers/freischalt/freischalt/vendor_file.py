"""A vendor's YAML file, checked when the layer is built: a mistake names line, field and rule."""

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from freischalt.errors import BrokenCatalogue


class Strict(BaseModel):
    """A shape with no other fields than its own."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def read_vendor_file[T: Strict](shape: type[T], text: str, name: str) -> T:
    """Raises BrokenCatalogue that names line, field and rule."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_doubles(tree, name)
        return shape.model_validate(yaml.safe_load(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BrokenCatalogue(f"{name}, line {line}: {error.problem}") from None
    except ValidationError as error:
        raise BrokenCatalogue(
            "\n".join(
                f"{name}, line {_line(tree, problem['loc'])}: "
                f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"
                for problem in error.errors()
            )
        ) from None


def _refuse_doubles(node: Any, name: str) -> None:
    """YAML lets the last of two equal keys win in silence: with prices that is a trap."""
    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            _refuse_doubles(part, name)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise BrokenCatalogue(f"{name}, line {line}: {key.value}: stands twice")
        seen.add(key.value)
        _refuse_doubles(value, name)


def _line(node: Any, path: Sequence[int | str]) -> int:
    """The line of the field at `path`, or of the deepest part of it that exists."""
    line: int = node.start_mark.line + 1 if node else 1
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = [(key, value) for key, value in pairs if key.value == str(step)]
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line + 1
    return line
