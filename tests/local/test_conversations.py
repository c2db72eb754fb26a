import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from local.conversations import Conversations

PHONE, OTHER = "+436601234567", "+436771234567"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_conversation_is_oldest_first_and_its_own(conversations: Conversations) -> None:
    conversations.add(PHONE, "out", "answer", NOON + timedelta(seconds=1), "m-2", "o-1")
    conversations.add(PHONE, "in", "question", NOON, "m-1", None)
    conversations.add(OTHER, "in", "other", NOON, "m-3", None)

    assert [(e.direction, e.text, e.outbox_id) for e in conversations.of(PHONE)] == [
        ("in", "question", None),
        ("out", "answer", "o-1"),
    ]


def test_another_time_zone_does_not_change_the_order(conversations: Conversations) -> None:
    conversations.add(PHONE, "in", "later", NOON, "m-2", None)
    earlier = (NOON - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=5)))
    conversations.add(PHONE, "in", "earlier", earlier, "m-1", None)

    assert [entry.text for entry in conversations.of(PHONE)] == ["earlier", "later"]


def test_a_time_without_a_zone_is_refused(conversations: Conversations) -> None:
    with pytest.raises(ValueError, match="zone"):
        conversations.add(PHONE, "in", "when?", NOON.replace(tzinfo=None), "m-1", None)


def test_texts_and_opt_outs_survive_a_restart(tmp_path: Path) -> None:
    with Conversations(tmp_path / "kept.sqlite3") as before:
        before.add(PHONE, "out", "Grüße 🔑\n", NOON, "m-1", "o-1", context={"outbox": "o-1"})
        before.opt_out(OTHER)
        expected = before.of(PHONE)

    with Conversations(tmp_path / "kept.sqlite3") as after:
        assert after.of(PHONE) == expected
        assert after.of(PHONE)[0].context == {"outbox": "o-1"}
        assert (after.is_opted_out(OTHER), after.is_opted_out(PHONE)) == (True, False)


def test_opting_out_twice_keeps_the_first_time(conversations: Conversations) -> None:
    first = conversations.opt_out(PHONE)

    assert conversations.opt_out(PHONE) == first

    conversations.opt_in(PHONE)
    assert not conversations.is_opted_out(PHONE)


def test_many_threads_may_write_at_once(conversations: Conversations) -> None:
    def add(number: int) -> None:
        conversations.add(PHONE, "in", json.dumps(number), NOON, f"m-{number}", None)
        conversations.of(PHONE)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(200)))

    assert {entry.text for entry in conversations.of(PHONE)} == {str(n) for n in range(200)}
