"""Compiles what `dataclass` writes for our classes; see `freischalt.compiled_dataclasses`.

Run by the layer's Makefile, never shipped: python3.13 compile_dataclasses.py SITE_PACKAGES
"""

import builtins
import dataclasses
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from freischalt.compiled_dataclasses import COMPILED, pack

PACKAGE = "freischalt"
ROUTER = "aws_lambda_powertools.event_handler"  # has some, too, and every API imports it


def main(site: Path) -> None:
    codes: dict[str, CodeType] = {}

    def note(source: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        codes[source] = compile(source, "<dataclass>", "exec")
        builtins.exec(codes[source], names, made)  # noqa: S102 - as dataclass does

    vars(dataclasses)["exec"] = note
    for module in (ROUTER, *modules(site)):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as missing:
            # an adapter of a library that another layer has
            if (missing.name or PACKAGE).partition(".")[0] == PACKAGE:
                raise
    (site / PACKAGE / COMPILED.name).write_bytes(pack(codes))


def modules(site: Path) -> Iterator[str]:
    for path in sorted((site / PACKAGE).rglob("*.py")):
        yield ".".join(path.relative_to(site).with_suffix("").parts).removesuffix(".__init__")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
