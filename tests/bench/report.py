"""The results as tables: for the terminal (rich), and the same in Markdown for the documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable

from tests.bench.bill import Bill
from tests.bench.licence_server import CLIENTS, Activations
from tests.bench.starts import Start
from tests.bench.warm import Warm
from tests.bench.warm_use_cases import WarmUseCase
from tests.proof.costs import Cost

NOT_MEASURED = "not measured"
NONE = "-"
MEGA = 1_000_000
CENT = 0.01
TEXTS = {"AWS calls", "verdict"}


@dataclass(frozen=True)
class Table:
    """A heading, the names of the columns, and the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def is_text(self, column: str) -> bool:
        return column == self.columns[0] or column in TEXTS

    def print(self, console: Console) -> None:
        table = RichTable(title=self.title, title_justify="left")
        for column in self.columns:
            table.add_column(column, justify="left" if self.is_text(column) else "right")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        rule = ["---" if self.is_text(column) else "---:" for column in self.columns]
        lines = [self.columns, rule, *self.rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"### {self.title}\n\n{table}\n"


@dataclass(frozen=True)
class Budget:
    """A measured value that must not be above a limit, and should not be above the aim."""

    what: str
    measured: float | None
    limit: float
    aim: float
    gates: bool = False  # an instruction count, which repeats to a digit

    @property
    def is_missed(self) -> bool:
        return self.measured is not None and self.measured > self.limit

    def row(self) -> list[str]:
        return [
            self.what,
            number(self.measured),
            number(self.limit),
            number(self.aim),
            self.verdict,
        ]

    @property
    def verdict(self) -> str:
        """Whether it is met, and by how much.

        >>> Budget("cold start", 0.85, 1.00, 0.80).verdict
        'met, 0.15 below; aim missed by 0.05'
        >>> Budget("cold start", 1.02, 1.00, 0.80).verdict
        'missed by 0.02'
        """
        if self.measured is None:
            return NOT_MEASURED
        if self.is_missed:
            return f"missed by {number(self.measured - self.limit)}"
        met = f"met, {number(self.limit - self.measured)} below"
        if self.measured > self.aim:
            return f"{met}; aim missed by {number(self.measured - self.aim)}"
        return met


def number(value: float | None) -> str:
    """Whole numbers as they are, others with two digits, or three if there is nothing in two.

    >>> number(9), number(3.0), number(0.8237), number(0.0021), number(None)
    ('9', '3', '0.82', '0.002', 'not measured')
    """
    if value is None:
        return NOT_MEASURED
    if value == int(value):
        return str(int(value))
    return f"{value:.2f}" if round(value, 2) else f"{value:.3f}"


def of_calls(costs: Sequence[Cost]) -> Table:
    rows = [
        [
            cost.use_case,
            ", ".join(call if n == 1 else f"{n} {call}" for call, n in cost.calls.items()),
            str(cost.on_the_table),
            number(cost.write_units),
            number(cost.read_units),
        ]
        for cost in costs
    ]
    columns = ("use case", "AWS calls", "DynamoDB calls", "write units", "read units")
    return Table("AWS calls and request units", columns, rows)


def of_starts(starts: Sequence[Start]) -> Table:
    rows = [
        [
            start.function,
            number(start.instructions),
            number(start.cpu),
            number(start.first_text) if start.answers_texts else NONE,
            number(start.first_text_cpu) if start.answers_texts else NONE,
            str(start.compiled),
        ]
        for start in starts
    ]
    columns = (
        "function",
        "instructions",
        "CPU time",
        "with first text, instructions",
        "with first text, CPU time",
        "compiled from source",
    )
    return Table('Cold start, floor 1.00: `import boto3; boto3.client("dynamodb")`', columns, rows)


def of_warm(warm: Sequence[Warm]) -> Table:
    rows = [
        [
            each.name,
            str(each.calls),
            number(each.instructions and each.instructions / MEGA),
            number(each.ratio),
            number(1 if each is warm[0] else each.cpu),
        ]
        for each in warm
    ]
    columns = ("one warm text", "calls", "instructions, million", "instructions", "CPU time")
    return Table("Warm text, floor 1.00: the calls of receive_sms alone", columns, rows)


def of_warm_use_cases(warm: Sequence[WarmUseCase]) -> Table:
    rows = [
        [
            each.name,
            str(each.calls),
            number(each.instructions and each.instructions / MEGA),
            number(each.ratio),
        ]
        for each in warm
    ]
    columns = ("use case", "calls", "instructions, million", "ratio")
    return Table("Warm, floor 1.00: the same calls alone", columns, rows)


def of_sizes(sizes: Sequence[tuple[str, int, int]]) -> Table:
    """Names, bytes that are uploaded, and the peak memory of a process after ten texts."""
    rows = [
        [name, number(package / MEGA), number(memory / MEGA)] for name, package, memory in sizes
    ]
    return Table("Package and memory", ("function", "zipped, MB", "peak memory, MB"), rows)


def of_activations(peer: Activations) -> Table:
    rows = [
        ["activations a second, one client", number(peer.a_second), NONE],
        [f"activations a second, {CLIENTS} clients", number(peer.a_second_by_many), NONE],
        ["CPU for one, ms", number(peer.cpu_first * 1000), number(peer.cpu_text * 1000)],
        ["CPU for the same again, ms", number(peer.cpu_again * 1000), NONE],
        ["CPU for one, ratio", number(peer.ratio), "1"],
        ["peak memory, MB", number(peer.memory / MEGA), number(peer.memory_text / MEGA)],
    ]
    columns = ("one process", f"Sealium {peer.version}: activation", "receive_sms: text")
    return Table("A licence server", columns, rows)


def of_bills(bills: Sequence[Bill]) -> Table:
    """What costs less than a cent for the largest vendor is in the sums alone."""
    small, *_, large = bills
    prices = large.prices.prices
    rows = [
        [
            price.what,
            f"{price.usd:g}" + (f" / {price.per:,.0f}" if price.per > 1 else ""),
            str(price.date) if price.sure else "assumed",
            *(cell for bill in bills for cell in _amount(bill, name)),
        ]
        for name, price in prices.items()
        if large.usd(name) >= CENT
    ]
    sums: dict[str, Callable[[Bill], float]] = {
        "all but SMS": lambda bill: bill.without_sms,
        "all but SMS, less what is free": lambda bill: bill.less_free,
        "SMS": lambda bill: bill.sms,
    }
    rows += [
        [name, "", "", *(cell for bill in bills for cell in ("", f"{total(bill):,.2f}"))]
        for name, total in sums.items()
    ]
    one_more = (large.without_sms - small.without_sms) / (large.texts - small.texts)
    rows.append(
        [
            "a million texts more, but SMS",
            "",
            "",
            *[""] * (2 * len(bills) - 1),
            f"{one_more * MEGA:.2f}",
        ]
    )
    columns = ["a month", "list price, USD", "of"]
    for bill in bills:
        columns += [f"{bill.customers:,} customers", f"{bill.customers:,}: USD"]
    return Table(f"What a vendor pays AWS in {large.prices.region}", columns, rows)


def _amount(bill: Bill, name: str) -> tuple[str, str]:
    quantity = bill.quantities.get(name, 0)
    whole = quantity == int(quantity) or quantity > 1000
    return f"{quantity:,.0f}" if whole else f"{quantity:.2f}", f"{bill.usd(name):,.2f}"


def of_budgets(budgets: Sequence[Budget]) -> Table:
    columns = ("what", "measured", "budget", "aim", "verdict")
    return Table("Budgets", columns, [budget.row() for budget in budgets])
