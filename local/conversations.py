"""What was texted, and who opted out: kept in SQLite, so that it survives a restart.

`in` is from a phone to the service, `out` the service's answer. One connection behind a lock
serves both servers and every thread; a statement takes well under a millisecond, so the event
loop may wait for it.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Self

Direction = Literal["in", "out"]

SCHEMA = """
    CREATE TABLE IF NOT EXISTS texts (
        id INTEGER PRIMARY KEY, phone TEXT NOT NULL, direction TEXT NOT NULL, text TEXT NOT NULL,
        at TEXT NOT NULL, message_id TEXT NOT NULL, outbox_id TEXT, context TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS texts_of_a_phone ON texts (phone, at, id);
    CREATE TABLE IF NOT EXISTS opt_outs (phone TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
"""
ENTRY = "SELECT phone, direction, text, at, message_id, outbox_id, context FROM texts"


@dataclass(frozen=True, slots=True)
class Entry:
    """One text. `at` is aware, in UTC; `outbox_id` and `context` are set on answers only."""

    phone: str
    direction: Direction
    text: str
    at: datetime
    message_id: str
    outbox_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


class Conversations:
    """Every text and opt-out of the local stack. Phones are E.164, with the plus sign."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, autocommit=True)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # survives kill -9, not a power cut
        self._db.execute("PRAGMA busy_timeout = 5000")
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def add(  # noqa: PLR0917, a text has this many parts
        self,
        phone: str,
        direction: Direction,
        text: str,
        at: datetime,
        message_id: str,
        outbox_id: str | None = None,
        *,
        context: Mapping[str, str] | None = None,
    ) -> None:
        """Keep one text. `at` must be aware; ValueError otherwise."""
        kept = json.dumps(dict(context or {}))
        self._run(
            "INSERT INTO texts (phone, direction, text, at, message_id, outbox_id, context) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(phone, direction, text, _stored(at), message_id, outbox_id, kept),
        )

    def of(self, phone: str) -> list[Entry]:
        """Give a phone's conversation, oldest first."""
        return [_entry(row) for row in self._run(f"{ENTRY} WHERE phone = ? ORDER BY at, id", phone)]

    def sent(self) -> list[Entry]:
        """Give every answer to every phone, oldest first."""
        return [_entry(row) for row in self._run(f"{ENTRY} WHERE direction = 'out' ORDER BY id")]

    def last_answer(self, phone: str) -> Entry | None:
        rows = self._run(
            f"{ENTRY} WHERE phone = ? AND direction = 'out' ORDER BY at DESC, id DESC LIMIT 1",
            phone,
        )
        return _entry(rows[0]) if rows else None

    def opt_out(self, phone: str) -> datetime:
        """Put a phone on the list, and say since when it is there: the first time counts."""
        self._run("INSERT OR IGNORE INTO opt_outs VALUES (?, ?)", phone, _stored(datetime.now(UTC)))
        return self.opted_out()[phone]

    def opt_in(self, phone: str) -> None:
        self._run("DELETE FROM opt_outs WHERE phone = ?", phone)

    def is_opted_out(self, phone: str) -> bool:
        return bool(self._run("SELECT 1 FROM opt_outs WHERE phone = ?", phone))

    def forget(self) -> None:
        """Forget every text and every opt-out."""
        self._run("DELETE FROM texts")
        self._run("DELETE FROM opt_outs")

    def opted_out(self) -> dict[str, datetime]:
        """Give every phone on the list and since when, ordered by number."""
        rows = self._run("SELECT phone, at FROM opt_outs ORDER BY phone")
        return {phone: datetime.fromisoformat(at) for phone, at in rows}

    def _run(self, statement: str, *values: str | None) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()


def _stored(at: datetime) -> str:
    """UTC with a fixed number of digits, so that the order of the texts is the order in time."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be ordered")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _entry(row: tuple[Any, ...]) -> Entry:
    phone, direction, text, at, message_id, outbox_id, context = row
    when = datetime.fromisoformat(at)
    return Entry(phone, direction, text, when, message_id, outbox_id, json.loads(context))
