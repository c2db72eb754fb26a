"""Methods of dataclasses come from the build where their source is the same."""

import dataclasses
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

import pytest

from freischalt.compiled_dataclasses import pack, use_compiled


@pytest.fixture(autouse=True)
def dataclass_as_it_was() -> Iterator[None]:
    yield
    vars(dataclasses).pop("exec", None)


def a_class(name: str = "year") -> type:
    return dataclasses.make_dataclass("Term", [(name, int)], frozen=True)


def noted() -> dict[str, CodeType]:
    """What `dataclass` has compiled for the class, with another result: each year is one later."""
    codes: dict[str, CodeType] = {}

    def note(source: str, names: dict[str, object], made: dict[str, object]) -> None:
        codes[source] = compile(source.replace("year)", "year + 1)"), "<noted>", "exec")
        exec(source, names, made)  # noqa: S102 - as dataclass does

    vars(dataclasses)["exec"] = note
    a_class()
    vars(dataclasses).pop("exec")
    assert codes
    return codes


def test_the_same_source_is_not_compiled_again(tmp_path: Path) -> None:
    file = tmp_path / "codes"
    file.write_bytes(pack(noted()))

    use_compiled(file)

    assert vars(a_class()(2026)) == {"year": 2027}


def test_another_source_is_compiled_as_ever(tmp_path: Path) -> None:
    file = tmp_path / "codes"
    file.write_bytes(pack(noted()))

    use_compiled(file)

    assert vars(a_class("month")(11)) == {"month": 11}


def test_codes_of_another_python_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "codes"
    file.write_bytes(b"\0" + pack(noted())[1:])
    assert not file.read_bytes().startswith(MAGIC_NUMBER)

    use_compiled(file)

    assert vars(a_class()(2026)) == {"year": 2026}


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    use_compiled(tmp_path / "none")

    assert "exec" not in vars(dataclasses)
