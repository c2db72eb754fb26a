"""What a tool found, and what of it is accepted: `accepted.toml` has a reason for each.

A finding that nobody accepted fails its gate. So does an acceptance that nothing needs any more:
the day its finding comes back, it would be accepted by nobody's decision.

>>> logs = Finding(rule="CKV_AWS_18", on="Exports", where="template.yaml:517", what="no access log")
>>> problems([logs], [Acceptance("CKV_AWS_18", ("Exports", "Backups"), "read by one person")])
['accepted.toml: CKV_AWS_18 on Backups is not found any more']
>>> problems([logs], [])
['template.yaml:517: CKV_AWS_18 no access log']
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ACCEPTED = Path(__file__).with_name("accepted.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`on` is what an acceptance names, and may be a secret; `where` and `what` are printed."""

    rule: str
    on: str
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whoever accepts a rule's finding says on what (patterns that match it whole), and why."""

    rule: str
    on: tuple[str, ...]
    reason: str


class Verdict(StrEnum):
    """What is said of a gate: nothing is called checked that was not looked at."""

    CHECKED = "checked"
    NOT_CHECKED = "not checked"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Result:
    """One line for people, and below it the problems of a gate that failed."""

    verdict: Verdict
    about: str
    problems: Sequence[str] = ()

    def __str__(self) -> str:
        return "\n    ".join((f"{self.verdict}: {self.about}", *self.problems))


def acceptances(gate: str, file: Path = ACCEPTED) -> list[Acceptance]:
    """What is accepted of a gate's findings. Raises ValueError for one without a reason."""
    found = tomllib.loads(file.read_text("utf-8")).get(gate, [])
    read = [Acceptance(one["rule"], tuple(one["on"]), one.get("reason", "")) for one in found]
    if silent := [one.rule for one in read if not one.reason.strip()]:
        raise ValueError(f"{file.name}: no reason for {', '.join(silent)}")
    return read


def problems(findings: Iterable[Finding], accepted: Iterable[Acceptance]) -> list[str]:
    """Findings that nobody accepted, and acceptances that accept nothing."""
    unused = {(one.rule, pattern) for one in accepted for pattern in one.on}
    allowed, left = frozenset(unused), []
    for finding in findings:
        covers = {
            (rule, pattern)
            for rule, pattern in allowed
            if rule == finding.rule and re.fullmatch(pattern, finding.on)
        }
        unused -= covers
        if not covers:
            left.append(f"{finding.where}: {finding.rule} {finding.what}")
    return left + [
        f"{ACCEPTED.name}: {rule} on {pattern} is not found any more"
        for rule, pattern in sorted(unused)
    ]


def judged(gate: str, about: str, findings: Sequence[Finding]) -> Result:
    """The result of a gate whose tool has looked at everything."""
    if left := problems(findings, acceptances(gate)):
        return Result(Verdict.FAILED, about, left)
    return Result(Verdict.CHECKED, f"{about}; {len(findings)} findings, each accepted for a reason")
