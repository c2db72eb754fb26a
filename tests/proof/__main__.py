"""`make faults`: every use case, every call, every fault; exits with 1 if a promise is broken.

The functions run in a process of ours and, built and deployed, in MiniStack. `--quick` leaves out
MiniStack and the faults that strike until the message is a dead letter. `--only TEXT` plays the
cells whose name has that text in it; `--where` the one place or the other.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from rich.console import Console

from tests.bench.report import Table
from tests.proof.campaign import Campaign, Unproven
from tests.proof.entries import UseCase
from tests.proof.faults import FAULTS, Cell
from tests.proof.stage import Stage, deployed, in_process
from tests.proof.use_cases import USE_CASES

WIDTH = 200
PASS, DOES_NOT_APPLY = "pass", "·"

type Open = Callable[[Path], AbstractContextManager[Stage]]


@dataclass
class Results:
    """What came of each cell; `leaks` are secrets that were found in the logs."""

    where: str
    promises: dict[Cell, list[str]] = field(default_factory=dict)
    leaks: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    @property
    def are_good(self) -> bool:
        return not (any(self.promises.values()) or self.leaks or self.failures)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="in one process, each fault once")
    parser.add_argument("--only", default="", help="the cells whose name has this text in it")
    parser.add_argument(
        "--where", choices=("process", "deployed"), help="one of the two places alone"
    )
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    start = time.monotonic()
    console.print(f"{len(USE_CASES)} use cases; two stages each ...")
    places: dict[str, Open] = {}
    if options.where != "deployed":
        places["in process"] = in_process
    if options.where == "deployed" or not (options.quick or options.where):
        places["deployed in MiniStack"] = deployed
    good = True
    for where, opened in places.items():
        results = play(where, opened, only=options.only, dead=not options.quick)
        table(results).print(console)
        tell(results, console)
        good = good and results.are_good
    console.print(f"{time.monotonic() - start:.0f} s")
    return 0 if good else 1


def play(where: str, opened: Open, *, only: str, dead: bool, stages: int = 2) -> Results:
    """Play all use cases on so many stages at once: each has a local AWS of its own."""
    results = Results(where)
    waiting: Queue[UseCase] = Queue()
    for use_case in USE_CASES:
        if use_case.with_faults and only.partition(" /")[0] in use_case.name:
            waiting.put(use_case)
    with ThreadPoolExecutor(stages) as threads:
        work = [
            threads.submit(_perform, opened, waiting, results, only=only, dead=dead)
            for _ in range(stages)
        ]
        for one in work:
            one.result()
    return results


def _perform(
    opened: Open, waiting: "Queue[UseCase]", results: Results, *, only: str, dead: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as stage:
        campaign = Campaign(stage.world, stage.workers, stage.director)
        played = 0
        while True:
            try:
                use_case = waiting.get_nowait()
            except Empty:
                break
            played += 1
            _play(use_case, campaign, results, only=only, dead=dead)
            Console(stderr=True).log(f"{use_case.name}: done")
        log = stage.log()
        if played and not log:
            results.failures.append("nothing was logged")
        results.leaks |= {secret for secret in campaign.secrets if secret in log}


def _play(
    use_case: UseCase, campaign: Campaign, results: Results, *, only: str, dead: bool
) -> None:
    try:
        cells = campaign.cells(use_case)
    except Unproven as error:
        results.failures.append(str(error))
        return
    for cell in cells:
        if only in cell.name:
            results.promises[cell] = campaign.all_promises(cell, dead=dead)


def table(results: Results) -> Table:
    """A row for each call of each use case, a column for each fault."""
    order = {use_case.name: place for place, use_case in enumerate(USE_CASES)}
    rows: dict[tuple[int, int], list[str]] = {}
    for cell, promises in results.promises.items():
        place = (order[cell.use_case.name], cell.spot.place)
        empty = [cell.use_case.name, str(cell.spot), *[DOES_NOT_APPLY] * len(FAULTS)]
        row = rows.setdefault(place, empty)
        row[2 + FAULTS.index(cell.fault)] = promises[0] if promises else PASS
    columns = ("use case", "call", *FAULTS)
    return Table(f"Faults, {results.where}", columns, [rows[place] for place in sorted(rows)])


def tell(results: Results, console: Console) -> None:
    wrong = {cell: promises for cell, promises in results.promises.items() if promises}
    for cell, promises in wrong.items():
        console.print(f"BROKEN  {cell.name}: {'; '.join(promises)}", markup=False)
    for failure in results.failures:
        console.print(f"FAILED  {failure}", markup=False)
    if results.leaks:
        console.print(f"LEAKED  {len(results.leaks)} secrets are in the logs")
    console.print(
        f"{results.where}: {len(results.promises)} cells, {len(wrong)} with a broken promise, "
        f"{len(results.leaks)} secrets in the logs"
    )


if __name__ == "__main__":
    sys.exit(main())
