"""What the tool writes: results to standard output, mistakes and progress to standard error."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 200  # where nobody looks at a screen, lines are not folded
PROBLEMS_SHOWN = 50


def console(*, error: bool = False) -> Console:
    """Made anew each time, since a test gives us other streams."""
    stream = sys.stderr if error else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False)


def say(text: str, style: str = "") -> None:
    console().print(Text(text, style), soft_wrap=True)


def complain(text: str) -> None:
    """One red line for each problem."""
    problems = text.splitlines()
    shown = problems[:PROBLEMS_SHOWN]
    if more := len(problems) - len(shown):
        shown.append(f"… and {more} more")
    for problem in shown:
        console(error=True).print(Text(problem, "bold red"), soft_wrap=True)


def tabulate(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    table = Table(*columns, title=Text(title) if title else None, title_justify="left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console().print(table)
