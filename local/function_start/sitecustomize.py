"""Sets the clock of a function by that of the local stack (`local/clock.py`).

Python imports a `sitecustomize` on the PYTHONPATH at its start, and so does each function worker of
MiniStack. The file is read whenever the function asks for the time: a warm worker follows at once.
Anywhere but in a function, and without FREISCHALT_CLOCK, it does nothing.
"""

import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

CLOCK = "freischalt.clock"


def set_clock(clock: Any, file: Path) -> None:
    real = clock.utc_now

    def utc_now() -> datetime:
        now: datetime = real()
        try:
            return now + timedelta(seconds=int(file.read_text("ascii")))
        except FileNotFoundError:
            return now

    clock.utc_now = utc_now


class SetWhenImported(MetaPathFinder):
    def __init__(self, file: Path) -> None:
        self._file = file

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == CLOCK else None
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_set(module: ModuleType) -> None:
            load(module)
            set_clock(module, self._file)

        spec.loader.exec_module = load_and_set  # type: ignore[method-assign]
        return spec


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ and "FREISCHALT_CLOCK" in os.environ:
    sys.meta_path.insert(0, SetWhenImported(Path(os.environ["FREISCHALT_CLOCK"])))
