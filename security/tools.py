"""Runs a tool of `.venv-security`, and believes it only if it reports what it has looked at."""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-security" / "bin"

LONGEST_REASON = 300

type Done = subprocess.CompletedProcess[str]


class ToolFailed(Exception):
    """A tool did not do its work; the message has its own last words."""


def run(tool: str, *arguments: str, folder: Path = ROOT) -> Done:
    """Run a tool to its end. Its exit code is no use: many have one for "found" and "failed"."""
    if not (TOOLS / tool).exists():
        raise ToolFailed(f"{tool} is not installed: make security does that")
    return start(str(TOOLS / tool), *arguments, folder=folder)


def start(*command: str, folder: Path) -> Done:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def reported(done: Done) -> Any:
    """What the tool reports as JSON. Raises ToolFailed if there is no report."""
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise ToolFailed(f"{Path(done.args[0]).name}: {last_words(done)}") from error


def last_words(done: Done) -> str:
    """The last line of what a tool said to people, or that there was none."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1][:LONGEST_REASON] if lines else f"exit code {done.returncode}, and no word"
