"""The results as tables: for the terminal (rich), and the same in Markdown for the documents."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as RichTable

from tests.bench.sms_calls import Cost
from tests.bench.starts import Start

NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Table:
    """A heading, the names of the columns, and the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def is_text(self, column: str) -> bool:
        return column in {self.columns[0], "AWS calls", "verdict"}

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
    columns = ("text", "AWS calls", "DynamoDB calls", "write units", "read units")
    return Table("A text: AWS calls and request units", columns, rows)


def of_starts(starts: Sequence[Start]) -> Table:
    rows = [
        [start.function, number(start.instructions), number(start.cpu), str(start.compiled)]
        for start in starts
    ]
    columns = ("function", "instructions", "CPU time", "compiled from source")
    return Table('Cold start, floor 1.00: `import boto3; boto3.client("dynamodb")`', columns, rows)


def of_budgets(budgets: Sequence[Budget]) -> Table:
    columns = ("what", "measured", "budget", "aim", "verdict")
    return Table("Budgets", columns, [budget.row() for budget in budgets])
