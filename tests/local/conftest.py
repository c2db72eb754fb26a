from collections.abc import Iterator
from pathlib import Path

import pytest

from local.conversations import Conversations


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    with Conversations(tmp_path / "conversations.sqlite3") as kept:
        yield kept
