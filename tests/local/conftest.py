from collections.abc import Iterator
from pathlib import Path

import pytest

from local.clock import Clock, clock_in
from local.conversations import Conversations


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    with Conversations(tmp_path / "conversations.sqlite3") as kept:
        yield kept


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return clock_in(tmp_path)
