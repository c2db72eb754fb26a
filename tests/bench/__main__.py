"""`make bench`: what a text costs, as counts and as ratios. Fails if an instruction budget does.

`--quick` leaves the CPU rounds out; `--write` puts the results into docs/performance.md.
"""

import argparse
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from samtranslator.yaml_helper import yaml_parse

from local.processes import ROOT
from tests.artefact.deployed import Artefact
from tests.bench import report
from tests.bench.report import Budget, Table
from tests.bench.sms_calls import Cost, costs
from tests.bench.starts import Start, starts
from tests.bench.warm import warm_ratio

DOCUMENT = ROOT / "docs" / "performance.md"
WIDTH = 140
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="no CPU rounds")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    with _artefact() as artefact:
        console.print("Counting calls ...")
        counted = costs(template)
        console.print("Starting functions ...")
        started = starts(artefact, template, quick=options.quick)
        console.print("Answering texts ...")
        warm = warm_ratio(artefact, template)
        layer = artefact.zipped_layer
    budgets = [*_budgets(counted, started, warm), _layer(layer)]
    tables = [
        report.of_calls(counted),
        report.of_starts(started),
        report.of_budgets(budgets),
    ]
    for table in tables:
        table.print(console)
    if options.write:
        _write(tables)
    return int(any(budget.is_missed and budget.gates for budget in budgets))


@contextmanager
def _artefact() -> Iterator[Artefact]:
    with tempfile.TemporaryDirectory() as folder:
        yield Artefact.copied_to(Path(folder))


def _budgets(
    counted: Sequence[Cost], started: Sequence[Start], warm: float | None
) -> Iterator[Budget]:
    (first,) = (cost for cost in counted if cost.use_case == "first fetch")
    yield Budget("first fetch, DynamoDB calls", first.on_the_table, 3, 3)
    yield Budget("first fetch, write units", first.write_units, 10, 9)
    yield Budget("first fetch, read units", first.read_units, 5, 3)
    for start in started:
        name = f"cold start of {start.function}"
        yield Budget(f"{name}, instructions", start.instructions, 1.00, 0.80, gates=True)
        if start.cpu is not None:
            yield Budget(f"{name}, CPU time", start.cpu, 1.00, 0.80)
    yield Budget("warm text, instructions", warm, 1.10, 1.05, gates=True)
    yield Budget("modules compiled at a start", max(start.compiled for start in started), 0, 0)


def _layer(size: int) -> Budget:
    return Budget("layer, zipped, MB", size / 1_000_000, 15, 8)


def _write(tables: Sequence[Table]) -> None:
    cpus = os.cpu_count()
    valgrind = "valgrind's cachegrind" if shutil.which("valgrind") else "no valgrind"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    about = (
        f"`python -m tests.bench --write`, {datetime.now(UTC).date()}: a machine with {cpus} "
        f"{platform.machine()} CPUs, {platform.system()}, {python}, {valgrind}."
    )
    results = "\n".join([about, "", *(table.markdown() for table in tables)])
    text = DOCUMENT.read_text("utf-8")
    block = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    DOCUMENT.write_text(block.sub(lambda _: f"{BEGIN}\n{results}\n{END}", text), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
