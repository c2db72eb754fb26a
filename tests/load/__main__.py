"""`make load`: texts a second until it is too many; and the same calls at a table of any size.

Fails if an answer is wrong, or if the size of the table is seen in what an act costs. Never for a
time: those say more about the machine, and about MiniStack, than about AWS.
"""

import argparse
import os
import platform
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from rich.console import Console

from local.processes import ROOT
from tests.bench.document import write_between
from tests.bench.report import Budget, Table, of_budgets
from tests.load import report
from tests.load.large_table import Counted, source
from tests.load.run import Load, Plan, run

DOCUMENT = ROOT / "docs" / "performance.md"
WIDTH = 160
FAULTS_SHOWN = 10
RATES, SECONDS, LICENCES = (5.0, 10.0, 20.0, 40.0), 15.0, (1_000, 1_000_000)
QUICK_RATES, QUICK_SECONDS, QUICK_LICENCES = (5.0, 10.0), 5.0, (1_000, 20_000)


def main() -> int:
    # in order, or MiniStack would go on alone, and save a million licences
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    tables: list[Table] = []
    is_right = True
    if options.only != "table":
        load = run(Plan(options.rates, options.seconds, evenly=options.evenly), console.print)
        tables += [report.of_steps(load), report.of_cpu(load), report.of_memory(load)]
        is_right = not load.faults
        _print_faults(load, console)
    if options.only != "load":
        small, large = _count(options.licences, console)
        budgets = report.budgets(small, large)
        tables += _of_sizes(small, large, budgets)
        is_right &= not any(budget.is_missed for budget in budgets)
    for table in tables:
        table.print(console)
    if options.write:
        results = [_about(), "", *(table.markdown() for table in tables)]
        write_between(DOCUMENT, "make load", "\n".join(results))
    return int(not is_right)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--rates", type=_numbers, help="texts/s, as in 5,10,20,40")
    parser.add_argument("--seconds", type=float, help="for which each rate is offered")
    parser.add_argument("--evenly", action="store_true", help="evenly spaced, not by chance")
    parser.add_argument("--licences", type=_sizes, help="two sizes, as in 1000,1000000")
    parser.add_argument("--only", choices=("load", "table"), help="one of the two parts")
    parser.add_argument("--quick", action="store_true", help="two low rates and a smaller table")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write wants both parts")
    options.rates = options.rates or (QUICK_RATES if options.quick else RATES)
    options.seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    options.licences = options.licences or (QUICK_LICENCES if options.quick else LICENCES)
    return options


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _sizes(text: str) -> tuple[int, int]:
    small, large = map(int, text.split(","))
    return small, large


def _count(licences: Sequence[int], console: Console) -> list[Counted]:
    counted = []
    with source() as made:
        for size in licences:
            console.print(f"Loading {size:,} licences ...")
            with made.table(size) as table:
                counted.append(table.count())
    return counted


def _of_sizes(small: Counted, large: Counted, budgets: Sequence[Budget]) -> list[Table]:
    return [
        report.of_footprints(small, large),
        report.of_loading([small, large]),
        of_budgets(budgets),
    ]


def _print_faults(load: Load, console: Console) -> None:
    console.print(f"{load.checked} texts, {len(load.faults)} of them not answered as they should.")
    for id_, fault in list(load.faults.items())[:FAULTS_SHOWN]:
        console.print(f"  {id_}: {fault}", markup=False)


def _about() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"`python -m tests.load --write`, {datetime.now(UTC).date()}: a machine with "
        f"{os.cpu_count()} {platform.machine()} CPUs, {platform.system()}, {python}, "
        f"MiniStack {version('ministack')}."
    )


if __name__ == "__main__":
    sys.exit(main())
