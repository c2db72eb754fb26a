import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from local.clock import VARIABLE, Clock, clock_in
from local.clock_routes import clock_routes
from local.ministack import FUNCTION_START
from tests.conftest import ROOT
from tests.local.live import serving

LATE = timedelta(seconds=30)  # a busy machine between two looks at a clock
TELL = """
import sys
from freischalt.clock import utc_now
for _ in sys.stdin:
    print(utc_now().isoformat(), flush=True)
"""


@pytest.fixture
def client(clock: Clock) -> Iterator[httpx.Client]:
    with (
        serving(Starlette(routes=clock_routes(clock))) as [url],
        httpx.Client(base_url=url) as client,
    ):
        yield client


class Process:
    """A Python process that tells the product's time when asked."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ahead(self) -> timedelta:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return datetime.fromisoformat(self._process.stdout.readline().strip()) - datetime.now(UTC)


def process(clock: Clock, **environment: str) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(FUNCTION_START), str(ROOT / "layers/freischalt")])
    return subprocess.Popen(
        [sys.executable, "-c", TELL],
        env={"PYTHONPATH": path, VARIABLE: str(clock.file), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def about(expected: timedelta, seen: timedelta) -> bool:
    return abs(seen - expected) < LATE


def test_it_shows_the_real_time_until_it_is_moved(client: httpx.Client) -> None:
    shown = client.get("/clock").json()

    assert shown["aheadSeconds"] == 0
    assert about(timedelta(), datetime.fromisoformat(shown["now"]) - datetime.now(UTC))


def test_moves_add_up_and_are_there_after_a_restart(client: httpx.Client, clock: Clock) -> None:
    client.post("/clock", json={"days": 41})
    moved = client.post("/clock", json={"days": 1, "hours": 2})

    expected = timedelta(days=42, hours=2)
    assert moved.status_code == 200
    assert moved.json()["aheadSeconds"] == expected.total_seconds()
    assert about(expected, datetime.fromisoformat(moved.json()["now"]) - datetime.now(UTC))
    assert clock_in(clock.file.parent).ahead() == expected


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        pytest.param("{", [("body", "json")], id="not-json"),
        pytest.param({}, [("body", "forward")], id="nothing"),
        pytest.param({"days": 0, "hours": 0}, [("body", "forward")], id="nowhere"),
        pytest.param({"days": -1}, [("days", "range")], id="back"),
        pytest.param({"days": 2, "hours": -1}, [("hours", "range")], id="partly-back"),
        pytest.param({"days": 10**30}, [("days", "range")], id="more-than-a-date-holds"),
        pytest.param({"days": 3661}, [("body", "too_far")], id="too-far"),
        pytest.param({"days": 3659, "hours": 25}, [("body", "too_far")], id="too-far-together"),
        pytest.param({"days": 1.5}, [("days", "integer")], id="part-of-a-day"),
        pytest.param({"days": True}, [("days", "integer")], id="bool"),
        pytest.param({"days": "1"}, [("days", "integer")], id="text"),
        pytest.param({"weeks": 1}, [("weeks", "unknown")], id="weeks"),
    ],
)
def test_it_goes_forward_only_and_not_for_ever(
    client: httpx.Client, clock: Clock, body: Any, errors: list[tuple[str, str]]
) -> None:
    client.post("/clock", json={"hours": 1})

    sent = {"content": body} if isinstance(body, str) else {"json": body}
    refused = client.post("/clock", **sent)

    assert refused.status_code == 400
    assert [(one["field"], one["rule"]) for one in refused.json()["errors"]] == errors
    assert clock.ahead() == timedelta(hours=1)


def test_a_warm_function_follows_at_once(client: httpx.Client, clock: Clock) -> None:
    with process(clock, AWS_LAMBDA_FUNCTION_NAME="one") as running:
        function = Process(running)
        before = function.ahead()
        client.post("/clock", json={"days": 41})
        after = function.ahead()

    assert about(timedelta(), before)
    assert about(timedelta(days=41), after)


def test_what_is_no_function_keeps_the_real_time(clock: Clock) -> None:
    clock.move(timedelta(days=41))

    with process(clock) as running:
        assert about(timedelta(), Process(running).ahead())


def test_a_function_elsewhere_knows_of_no_clock(tmp_path: Path) -> None:
    """The hook is where the local stack starts functions, and nowhere in what is deployed."""
    shipped = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]

    assert VARIABLE not in "".join(path.read_text("utf-8") for path in shipped)
    assert VARIABLE not in (ROOT / "template.yaml").read_text("utf-8")
