"""Only what was looked up is called checked. A stand-in answers as OSV does."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from security import advisories as gate
from security.advisories import LOCKS, NoAnswer, advisories, knows_its_trade, vulnerabilities
from security.findings import Verdict
from security.tools import ROOT, ToolFailed
from tests.local.live import serving

pytestmark = pytest.mark.usefixtures("tools")

type Answers = Mapping[tuple[str, str], Response]
type Serve = Callable[[Answers], str]

CLEAN: dict[str, Any] = {}
JINJA2_2_10 = {
    "vulns": [
        {
            "id": "GHSA-462w-v97r-4m45",
            "summary": "Jinja2 sandbox escape via string formatting",
            "aliases": ["CVE-2019-10906", "PYSEC-2019-217"],
            "modified": "2024-09-24T21:01:31.310917Z",
            "published": "2019-04-10T14:30:24Z",
            "affected": [
                {
                    "package": {
                        "name": "jinja2",
                        "ecosystem": "PyPI",
                        "purl": "pkg:pypi/jinja2",
                    },
                    "ranges": [
                        {
                            "type": "ECOSYSTEM",
                            "events": [{"introduced": "0"}, {"fixed": "2.10.1"}],
                        }
                    ],
                }
            ],
            "schema_version": "1.7.3",
        }
    ]
}
KNOWN: Answers = {("jinja2", "2.10"): JSONResponse(JINJA2_2_10)}


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serve these answers about releases; everything else is clean."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ExitStack() as stack:

        def serve(answers: Answers) -> str:
            async def query(request: Request) -> Response:
                asked = await request.json()
                release = (asked["package"]["name"], asked["version"])
                return answers.get(release, JSONResponse(CLEAN))

            app = Starlette(routes=[Route("/v1/query", query, methods=["POST"])])
            (url,) = stack.enter_context(serving(app))
            return f"{url}/v1/query"

        yield serve


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """One release that has a vulnerability and one that has none."""
    file = tmp_path / "requirements.txt"
    some_hash = f"--hash=sha256:{'0' * 64}"
    file.write_text(f"jinja2==2.10 \\\n    {some_hash}\nsix==1.17.0 \\\n    {some_hash}\n")
    return file


def test_a_vulnerability_is_found_and_the_clean_release_is_not_blamed(
    lock: Path, osv: Serve
) -> None:
    (found,) = vulnerabilities(lock, osv(KNOWN))

    assert (found.rule, found.on) == ("PYSEC-2019-217", "jinja2")
    assert (found.where, found.what) == ("jinja2 2.10", "fixed in 2.10.1")


def test_a_lookup_that_fails_half_way_is_no_answer(lock: Path, osv: Serve) -> None:
    service = osv({("six", "1.17.0"): Response(status_code=500)})

    with pytest.raises(NoAnswer, match="ServiceError"):
        vulnerabilities(lock, service)


@pytest.mark.parametrize("content", ["jinja2\n", ""])
def test_a_lock_that_cannot_be_read_is_no_matter_of_the_network(
    content: str, lock: Path, osv: Serve
) -> None:
    lock.write_text(content)

    with pytest.raises(ToolFailed):
        vulnerabilities(lock, osv(KNOWN))


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        pytest.param({}, "does not know the vulnerability", id="knows-nothing"),
        pytest.param({("jinja2", "2.10"): HTMLResponse("<p>Log in")}, "line 1", id="a-portal"),
        pytest.param({("jinja2", "2.10"): JSONResponse({"no": 1})}, "vulns", id="not-osv"),
    ],
)
def test_who_does_not_know_what_everybody_knows_is_not_believed(
    answers: Answers, why: str, osv: Serve
) -> None:
    with pytest.raises(NoAnswer, match=why):
        knows_its_trade(osv(answers))


def test_a_tool_that_is_broken_is_no_matter_of_the_network(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = CompletedProcess(["pip-audit"], 1, "", "Traceback\nImportError: no module")
    monkeypatch.setattr(gate, "run", lambda *_: broken)

    with pytest.raises(ToolFailed, match="pip-audit: ImportError"):
        vulnerabilities(lock, "http://127.0.0.1")


def test_a_service_that_is_silent_is_not_waited_for() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NoAnswer, match="timed out"),
    ):
        knows_its_trade(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=1)


def test_without_a_service_no_lock_is_called_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(gate, "SERVICE", f"http://127.0.0.1:{port}")

    results = list(advisories())

    assert [str(result).partition(" (")[0] for result in results] == [
        f"not checked: {lock}" for lock in LOCKS
    ]


def test_our_own_locks_can_be_looked_up(osv: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "SERVICE", osv(KNOWN))

    results = list(advisories())

    assert [result.verdict for result in results] == [Verdict.CHECKED] * len(LOCKS)


def test_a_vulnerability_in_what_is_shipped_fails(
    osv: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = (ROOT / LOCKS[0]).read_text("utf-8").partition("\nurllib3==")[2].split()[0]
    of_urllib3 = str(JINJA2_2_10).replace("jinja2", "urllib3").replace("'", '"')
    answer = Response(of_urllib3, media_type="application/json")
    monkeypatch.setattr(gate, "SERVICE", osv({**KNOWN, ("urllib3", shipped): answer}))
    monkeypatch.setattr(gate, "LOCKS", LOCKS[:1])

    (result,) = advisories()

    assert result.verdict == Verdict.FAILED
    assert result.problems == [f"urllib3 {shipped}: PYSEC-2019-217 fixed in 2.10.1"]
