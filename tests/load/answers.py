"""Every text that left, from the SMS stand-in's own record: looking there takes nobody's time."""

import sqlite3
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self


class Answer(NamedTuple):
    """A text that left, and when (seconds since 1970)."""

    at: float
    phone: str
    text: str


class Answers:
    """By the id of the message that was answered, in the order in which they left."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the local stack's."""
        path = folder / "conversations.sqlite3"
        self._record = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._seen = 0
        self.to: defaultdict[str, list[Answer]] = defaultdict(list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._record.close()

    def look(self) -> None:
        """Read what has left since the last look."""
        rows = self._record.execute(
            "SELECT id, at, phone, text, outbox_id FROM texts "
            "WHERE direction = 'out' AND id > ? ORDER BY id",
            [self._seen],
        )
        for self._seen, at, phone, text, outbox_id in rows:
            message_id, _, _ = outbox_id.partition("/")
            left = datetime.fromisoformat(at).timestamp()
            self.to[message_id].append(Answer(left, phone, text))
