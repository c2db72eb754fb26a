"""The methods of our dataclasses, compiled when the layer is built instead of at each start.

`dataclass` writes the methods of a class as source and has them compiled whenever its module is
imported; no bytecode file keeps that. For the small classes of our domain it is a fifth of a cold
start. The build notes each source and its code (`compile_dataclasses.py`); here the code is given
back for the same source. Any other source is compiled as ever, so a patch release of Python that
writes other methods costs time and nothing else.
"""

import dataclasses
import marshal
from collections.abc import Mapping
from hashlib import sha256
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from typing import Any

COMPILED = Path(__file__).with_name("dataclasses.bin")

type Codes = Mapping[bytes, bytes]
"""SHA-256 of a source → its code, marshalled."""


def pack(codes: Mapping[str, CodeType]) -> bytes:
    """A file of these, for this very interpreter's bytecode."""
    packed = {key_of(source): marshal.dumps(code) for source, code in codes.items()}
    return MAGIC_NUMBER + marshal.dumps(packed)


def use_compiled(file: Path = COMPILED) -> None:
    """Give `dataclass` the codes in `file`; without one, as in development, nothing changes."""
    if not file.exists():
        return
    content = file.read_bytes()
    if not content.startswith(MAGIC_NUMBER):
        return
    codes: Codes = marshal.loads(content[len(MAGIC_NUMBER) :])  # noqa: S302 - as good as a .pyc

    def execute(source: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        code = codes.get(key_of(source))
        exec(marshal.loads(code) if code else source, names, made)  # noqa: S102, S302 - dataclass's own

    vars(dataclasses)["exec"] = execute


def key_of(source: str) -> bytes:
    return sha256(source.encode()).digest()
