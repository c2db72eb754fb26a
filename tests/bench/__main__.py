"""`make bench`: what a text costs, as counts and as ratios, beside peers; and the monthly bill.

Fails if an instruction budget does. `--quick` leaves out the CPU rounds and the peers; `--write`
puts the results into docs/performance.md.
"""

import argparse
import os
import platform
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
from tests.artefact.deployed import FUNCTIONS, Artefact
from tests.bench import entitlements, report
from tests.bench.bill import bills
from tests.bench.document import write_between
from tests.bench.licence_server import activations
from tests.bench.report import Budget, Table
from tests.bench.starts import Start, starts
from tests.bench.texts import Texts, texts
from tests.bench.usual_stack import Peer, peers, zipped
from tests.bench.warm import FEW, warm_texts
from tests.bench.warm_use_cases import warm_use_cases
from tests.proof.costs import Cost, counted_and_recorded

DOCUMENT = ROOT / "docs" / "performance.md"
WIDTH = 140


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="no CPU rounds, no peers")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    console.print("Counting calls ...")
    counted, recordings = zip(*counted_and_recorded(), strict=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _built(quick=options.quick) as (artefact, stacks),
        texts(artefact, template, stacks) as by,
    ):
        console.print("Starting functions ...")
        started = starts(artefact, template, by, stacks, quick=options.quick)
        console.print("Answering texts ...")
        warm = warm_texts(by, stacks, quick=options.quick)
        chosen = () if options.quick else recordings
        warm_all = warm_use_cases(chosen, artefact, template, Path(folder))
        sizes = list(_sizes(artefact, stacks, by))
        server = None if options.quick else activations(by)
        layer = artefact.zipped_layer
        console.print("Asking for entitlements ...")
        shown = entitlements.ratio_of_built(artefact, template)
    budgets = [*_budgets(counted, started, warm[1].ratio), _layer(layer), _entitlement(shown)]
    tables = [
        report.of_calls(counted),
        report.of_starts(started),
        report.of_warm(warm),
        *([report.of_warm_use_cases(warm_all)] if warm_all else []),
        report.of_sizes(sizes),
        *([report.of_activations(server)] if server else []),
        report.of_bills(bills(counted, template)),
        report.of_budgets(budgets),
    ]
    for table in tables:
        table.print(console)
    if options.write:
        _write(tables)
    return int(any(budget.is_missed and budget.gates for budget in budgets))


@contextmanager
def _built(*, quick: bool) -> Iterator[tuple[Artefact, list[Peer]]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stacks = [] if quick else peers(folder / "peers")
        yield Artefact.copied_to(folder), stacks


def _sizes(artefact: Artefact, stacks: Sequence[Peer], by: Texts) -> Iterator[tuple[str, int, int]]:
    ours = zipped(artefact.layer, artefact.code("receive_sms"))
    yield "receive_sms", ours, by.product(FEW).peak_memory()
    for stack in stacks:
        yield stack.name, stack.zipped, by.peer(stack, FEW).peak_memory()


BEHIND_THE_API = {
    *("customer_api", "entitlements", "operator_api", "payment_page", "sign_in", "term_api"),
}


def _budgets(
    counted: Sequence[Cost], started: Sequence[Start], warm: float | None
) -> Iterator[Budget]:
    (first,) = (cost for cost in counted if cost.use_case == "first fetch")
    yield Budget("first fetch, DynamoDB calls", first.on_the_table, 3, 3)
    yield Budget("first fetch, write units", first.write_units, 10, 9)
    yield Budget("first fetch, read units", first.read_units, 5, 3)
    ours = [start for start in started if start.function in FUNCTIONS]
    for start in ours:
        name = f"cold start of {start.function}"
        budget, aim = (1.60, 1.25) if start.function in BEHIND_THE_API else (1.00, 0.80)
        yield Budget(f"{name}, instructions", start.instructions, budget, aim, gates=True)
        if start.cpu is not None:
            yield Budget(f"{name}, CPU time", start.cpu, budget, aim)
    yield Budget("warm text, instructions", warm, 1.10, 1.05, gates=True)
    yield Budget("modules compiled at a start", max(start.compiled for start in ours), 0, 0)


def _layer(size: int) -> Budget:
    return Budget("layer, zipped, MB", size / 1_000_000, 15, 8)


def _entitlement(ratio: float | None) -> Budget:
    """Against a bare `get_item` handler behind the same router."""
    return Budget("entitlement, instructions", ratio, entitlements.BUDGET, 1.10, gates=True)


def _write(tables: Sequence[Table]) -> None:
    cpus = os.cpu_count()
    valgrind = "valgrind's cachegrind" if shutil.which("valgrind") else "no valgrind"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    about = (
        f"`python -m tests.bench --write`, {datetime.now(UTC).date()}: a machine with {cpus} "
        f"{platform.machine()} CPUs, {platform.system()}, {python}, {valgrind}."
    )
    results = "\n".join([about, "", *(table.markdown() for table in tables)])
    write_between(DOCUMENT, "make bench", results)


if __name__ == "__main__":
    sys.exit(main())
