"""Has a locked package a known vulnerability? pip-audit asks OSV about each.

pip-audit says "No known vulnerabilities found" even if it could look nothing up, and a service
may answer "none" to everything. So it is first asked about a release whose vulnerability is known:
whoever does not know that one is not believed about the others.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from security.findings import Finding, Result, Verdict, judged
from security.tools import ROOT, Done, ToolFailed, last_words, reported, run

LOCKS = (
    "layers/freischalt/requirements.txt",
    "layers/freischalt_api/requirements.txt",
    "layers/freischalt_lists/requirements.txt",
    "requirements/dev.txt",
)
SERVICE = os.environ.get("FREISCHALT_OSV_URL", "https://api.osv.dev/v1/query")
SECONDS = 10  # for each question

VULNERABLE = "jinja2==2.10"  # CVE-2019-10906
NO_ANSWER = re.compile(  # the last: an answer in JSON that is none of OSV's
    r"requests\.exceptions\.|ServiceError|Could not connect|could not be audited|KeyError: 'vulns'"
)


class NoAnswer(Exception):
    """The service could not be asked, or is not worth asking; the message says why."""


def advisories() -> Iterator[Result]:
    """A result for each lock, by its name also in `accepted.toml`."""
    try:
        knows_its_trade(SERVICE)
    except NoAnswer as silence:
        yield from (Result(Verdict.NOT_CHECKED, f"{lock} ({silence})") for lock in LOCKS)
        return
    for lock in LOCKS:
        try:
            found = vulnerabilities(ROOT / lock, SERVICE)
        except NoAnswer as silence:
            yield Result(Verdict.NOT_CHECKED, f"{lock} ({silence})")
        else:
            yield judged(lock, f"{lock}, by pip-audit", found)


def knows_its_trade(service: str, seconds: int = SECONDS) -> None:
    """Raises NoAnswer if the service does not know what everybody knows."""
    with TemporaryDirectory() as folder:
        known = Path(folder) / "vulnerable.txt"
        known.write_text(f"{VULNERABLE}\n")
        if not vulnerabilities(known, service, seconds):
            raise NoAnswer(f"{service}: does not know the vulnerability of {VULNERABLE}")


def vulnerabilities(lock: Path, service: str, seconds: int = SECONDS) -> list[Finding]:
    """All that is known of the lock's packages. Raises NoAnswer if one could not be looked up."""
    done = asked(lock, service, seconds)
    try:
        dependencies = reported(done)["dependencies"]
    except ToolFailed:
        if NO_ANSWER.search(done.stderr):
            raise NoAnswer(f"{service}: {why(done)}") from None
        raise
    if not dependencies:
        raise ToolFailed(f"{lock.name} names no package")
    return [
        Finding(
            rule=known["id"],
            on=one["name"],
            where=f"{one['name']} {one['version']}",
            what=f"fixed in {', '.join(known['fix_versions']) or 'no release'}",
        )
        for one in dependencies
        for known in one["vulns"]
    ]


def asked(lock: Path, service: str, seconds: int) -> Done:
    return run(
        *("pip-audit", "--requirement", str(lock), "--disable-pip", "--no-deps", "--strict"),
        *("--vulnerability-service", "osv", "--osv-url", service, "--timeout", str(seconds)),
        *("--progress-spinner", "off", "--format", "json"),
    )


def why(done: Done) -> str:
    """The innermost reason of an error that libraries have wrapped into each other."""
    return last_words(done).rpartition(": ")[2].partition('")')[0]
