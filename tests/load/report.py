"""The load run and the large table as tables."""

import os
from collections.abc import Sequence

from tests.bench.report import Budget, Table, number
from tests.load.footprint import Footprint
from tests.load.large_table import DUE, SWEEP, Counted
from tests.load.machine import Part, Usage
from tests.load.run import Load
from tests.load.step import Step

MB = 1_000_000
UNUSED = Usage()


def of_steps(load: Load) -> Table:
    columns = (
        "offered, texts/s",
        "published late, ms",
        "served, texts/s",
        "p50, ms",
        "p95, ms",
        "p99, ms",
        "oldest, s",
        "waiting at the end",
        "wrong or missing",
        "function errors",
        "dead letters",
    )
    rows = [
        [
            _rate(step),
            f"{step.published_late * 1000:.0f}",
            f"{step.served:.1f}",
            *(f"{step.waited(percent) * 1000:.0f}" for percent in (50, 95, 99)),
            f"{step.oldest:.2f}",
            str(step.waiting),
            str(len(step.due.keys() & load.faults.keys())),
            str(step.errors),
            str(step.dead_letters),
        ]
        for step in load.steps
    ]
    return Table("Texts offered and served", columns, rows)


def of_memory(load: Load) -> Table:
    columns = (
        "offered, texts/s",
        "MiniStack",
        "receive_sms: workers",
        "the largest",
        "all",
        "other functions: workers",
        "the largest",
        "all",
        "SMS stand-in",
    )
    rows = [
        [
            _rate(step),
            _mb(_used(step, Part.MINISTACK).largest),
            *_workers(_used(step, Part.RECEIVE_SMS)),
            *_workers(_used(step, Part.OTHER_FUNCTIONS)),
            _mb(_used(step, Part.STAND_IN).largest),
        ]
        for step in load.steps
    ]
    return Table("Memory at the most, MB resident", columns, rows)


def of_cpu(load: Load) -> Table:
    columns = ("offered, texts/s", *Part, "together", "of the machine", "others on the machine")
    rows = []
    for step in load.steps:
        cpu = [_used(step, part).cpu for part in Part]
        ours, whole = sum(cpu), step.watched * (os.cpu_count() or 1)
        rows.append(
            [
                _rate(step),
                *(f"{seconds / len(step.due) * 1000:.0f}" for seconds in (*cpu, ours)),
                _percent(ours / whole),
                _percent((step.machine_cpu - ours) / whole),
            ]
        )
    return Table("Where the time goes: CPU, ms a text", columns, rows)


def of_loading(tables: Sequence[Counted]) -> Table:
    columns = ("licences", "items", "seconds", "MiniStack, MB")
    rows = [
        [f"{each.licences:,}", f"{each.items:,}", f"{each.seconds:.0f}", _mb(each.resident)]
        for each in tables
    ]
    return Table("A large table: loading it", columns, rows)


def of_footprints(small: Counted, large: Counted) -> Table:
    columns = (
        f"with {small.licences:,} licences",
        "calls",
        "items read",
        "write units",
        "read units",
        f"with {large.licences:,}",
    )
    rows = [
        [name, *_cells(footprint), _compared(footprint, large.footprints[name])]
        for name, footprint in small.footprints.items()
    ]
    return Table("A large table: calls, items and request units", columns, rows)


def budgets(small: Counted, large: Counted) -> list[Budget]:
    few, many = small.footprints[SWEEP].items, large.footprints[SWEEP].items
    sizes = f"{large.licences:,} licences against {small.licences:,}"
    return [
        Budget(f"acts that differ, {sizes}", len(differences(small, large)), 0, 0),
        Budget(f"items read by a sweep, {sizes}", many / few, 1.02, 1.00),
        Budget("items read by a sweep, against those that are due", many / DUE, 1.10, 1.00),
    ]


def differences(small: Counted, large: Counted) -> list[str]:
    return [name for name, one in small.footprints.items() if one != large.footprints[name]]


def _cells(footprint: Footprint) -> list[str]:
    return [
        str(sum(footprint.calls.values())),
        str(footprint.items),
        number(footprint.write_units),
        number(footprint.read_units),
    ]


def _compared(small: Footprint, large: Footprint) -> str:
    """What is not the same is named: the calls, too, of which there may be as many."""
    calls = ", ".join(f"{n} {call}" for call, n in large.calls.items())
    return "the same" if small == large else "; ".join([*_cells(large), calls])


def _used(step: Step, part: Part) -> Usage:
    return step.used.get(part, UNUSED)


def _workers(used: Usage) -> list[str]:
    return [str(used.processes), _mb(used.largest), _mb(used.all)]


def _rate(step: Step) -> str:
    return f"{step.rate:g}"


def _mb(size: int) -> str:
    return f"{size / MB:,.0f}"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
