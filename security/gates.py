"""The template by checkov, and the code by bandit.

Both can be told "not here" within what they look at (`checkov: skip`, `nosec`): not by us. What is
accepted stands in `accepted.toml`. Both exit with 0 if they could not read a file: not for us.
"""

from collections.abc import Sequence
from pathlib import Path

from security.findings import Finding, Result, judged
from security.tools import ROOT, ToolFailed, last_words, reported, run

CODE = ("cli", "functions", "layers", "local", "reference", "security")


def template() -> Result:
    found = template_findings(ROOT / "template.yaml")
    return judged("template", "template.yaml, by checkov", found)


def template_findings(file: Path) -> list[Finding]:
    """Checks that failed, and checks that the template itself wants to skip."""
    done = run(
        *("checkov", "--file", str(file), "--framework", "cloudformation", "--skip-download"),
        *("--compact", "--output", "json"),
    )
    report = reported(done)
    summary = report.get("summary", report)
    if summary["parsing_errors"] or not summary["resource_count"]:
        raise ToolFailed(f"checkov could not read {file.name}: {last_words(done)}")
    return [
        Finding(
            rule=check["check_id"],
            on=check["resource"].rpartition(".")[2],
            where=f"{file.name}:{check['file_line_range'][0]} {check['resource']}",
            what=check["check_name"],
        )
        for checks in ("failed_checks", "skipped_checks")
        for check in report["results"][checks]
    ]


def code() -> Result:
    """All code but tests."""
    found = code_findings(ROOT, CODE)
    return judged("code", f"{', '.join(f'{folder}/' for folder in CODE)}, by bandit", found)


def code_findings(root: Path, folders: Sequence[str]) -> list[Finding]:
    report = reported(
        run(
            *("bandit", "--recursive", *folders, "--ignore-nosec", "--quiet", "--format", "json"),
            folder=root,
        )
    )
    if report["errors"] or not report["metrics"]["_totals"]["loc"]:
        raise ToolFailed(f"bandit could not read everything: {report['errors']}")
    return [
        Finding(
            rule=result["test_id"],
            on=result["filename"],
            where=f"{result['filename']}:{result['line_number']}",
            what=result["issue_text"],
        )
        for result in report["results"]
    ]
