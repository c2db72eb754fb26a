"""`make security`: every gate, all at once; `python -m security code secrets` runs some of them."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from security.advisories import advisories
from security.findings import Result, Verdict
from security.gates import code, template
from security.leaks import secrets
from security.tools import ToolFailed

GATES: dict[str, Callable[[], Iterable[Result]]] = {
    "secrets": lambda: [secrets()],
    "template": lambda: [template()],
    "advisories": advisories,
    "code": lambda: [code()],
}


def main(names: Sequence[str]) -> int:
    """Run the gates that are named, or all; the exit code."""
    with ThreadPoolExecutor(len(GATES)) as threads:
        results = [result for some in threads.map(run, names or GATES) for result in some]
    for result in results:
        print(result)  # noqa: T201
    return exit_code({result.verdict for result in results})


def run(name: str) -> list[Result]:
    """The results of a gate; one whose tool fails has failed."""
    try:
        return list(GATES[name]())
    except ToolFailed as error:
        return [Result(Verdict.FAILED, f"{name}: {error}")]


def exit_code(verdicts: set[Verdict]) -> int:
    """An advisory service out of reach stops nobody, unless it is required."""
    required = os.environ.get("FREISCHALT_REQUIRE_AUDIT") == "1"
    return int(Verdict.FAILED in verdicts or (required and Verdict.NOT_CHECKED in verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
