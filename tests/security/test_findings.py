"""When a gate fails, and what it says."""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from security import __main__ as gates
from security.advisories import LOCKS
from security.findings import (
    ACCEPTED,
    Acceptance,
    Finding,
    Result,
    Verdict,
    acceptances,
    judged,
    problems,
)
from security.tools import ToolFailed

OPEN_BUCKET = Finding(rule="CKV_1", on="Exports", where="template.yaml:7", what="open to all")


def accept(on: str, rule: str = "CKV_1") -> Acceptance:
    return Acceptance(rule, (on,), "a reason")


@pytest.mark.parametrize(
    ("accepted", "left"),
    [
        pytest.param([accept("Exports")], 0, id="accepted"),
        pytest.param([accept("Exp.*")], 0, id="accepted-by-pattern"),
        pytest.param([], 1, id="nobody-accepted-it"),
        pytest.param([accept("Export")], 2, id="a-part-of-the-name-is-not-the-name"),
        pytest.param([accept("Exports", "CKV_2")], 2, id="another-rule"),
        pytest.param([accept("Exports"), accept("Gone")], 1, id="one-acceptance-too-many"),
    ],
)
def test_what_nobody_accepted_and_what_nothing_needs(accepted: list[Acceptance], left: int) -> None:
    assert len(problems([OPEN_BUCKET], accepted)) == left


def test_an_acceptance_without_a_reason_is_none(tmp_path: Path) -> None:
    file = tmp_path / "accepted.toml"
    file.write_text('[[code]]\nrule = "B101"\non = [".*"]\nreason = " "\n')

    with pytest.raises(ValueError, match="no reason for B101"):
        acceptances("code", file)


def test_every_acceptance_belongs_to_a_gate() -> None:
    accepted = tomllib.loads(ACCEPTED.read_text("utf-8"))

    assert accepted.keys() <= {*gates.GATES, *LOCKS}


def test_a_gate_that_fails_names_the_place() -> None:
    result = judged("of which nothing is accepted", "template.yaml", [OPEN_BUCKET])

    assert result.verdict == Verdict.FAILED
    assert str(result) == "FAILED: template.yaml\n    template.yaml:7: CKV_1 open to all"


def gate(verdict: Verdict) -> Callable[[], Iterable[Result]]:
    return lambda: [Result(verdict, "something")]


@pytest.mark.parametrize(
    ("verdict", "required", "expected"),
    [
        (Verdict.CHECKED, "1", 0),
        (Verdict.NOT_CHECKED, "", 0),
        (Verdict.NOT_CHECKED, "1", 1),
        (Verdict.FAILED, "", 1),
    ],
)
def test_the_exit_code(
    verdict: Verdict,
    required: str,
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FREISCHALT_REQUIRE_AUDIT", required)
    monkeypatch.setattr(gates, "GATES", {"good": gate(Verdict.CHECKED), "this": gate(verdict)})

    assert gates.main([]) == expected
    assert capsys.readouterr().out == f"checked: something\n{verdict}: something\n"


def test_a_tool_that_does_not_work_fails_its_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterable[Result]:
        raise ToolFailed("no report")

    monkeypatch.setattr(gates, "GATES", {"code": broken})

    (result,) = gates.run("code")
    assert str(result) == "FAILED: code: no report"
