"""`freischalt dead-letters …`, `freischalt maintenance …`, `freischalt orders …`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from freischalt.use_cases import vendor
from freischalt.use_cases.export_orders import export_month, month_asked_for
from freischalt_cli.arguments import stack
from freischalt_cli.printing import say, tabulate

letters_app = typer.Typer(no_args_is_help=True, help="Texts that could not be handled.")
orders_app = typer.Typer(no_args_is_help=True, help="Orders for bookkeeping.")

AtMost = Annotated[int, typer.Option("--max", min=1, help="No more than so many.")]


@letters_app.command("show")
def show(context: typer.Context, at_most: AtMost = 100) -> None:
    """List dead letters by their ids, and leave them where they are."""
    letters = vendor.look_at(stack(context).dead_letters(), at_most=at_most)
    tabulate(
        ("Message", "Sent (UTC)", "Received"),
        [
            (letter.id, f"{letter.sent_at:%Y-%m-%d %H:%M:%S}", f"{letter.receives} times")
            for letter in letters
        ],
        title=f"{len(letters)} dead letters",
    )


@letters_app.command("redrive")
def redrive(context: typer.Context, at_most: AtMost = 1_000_000) -> None:
    """Give dead letters back to the queue; each is answered properly, once."""
    done = 0
    for redriven in vendor.redrive(stack(context).dead_letters(), at_most=at_most):
        say(f"{redriven.before} → {redriven.after}")
        done += 1
    say(f"{done} dead letters are back in the queue.")


class Switch(StrEnum):
    ON = "on"
    OFF = "off"
    STATUS = "status"


def maintenance(context: typer.Context, switch: Switch) -> None:
    """Answer every text with "momentan leider nicht erreichbar", or stop doing so."""
    desk = stack(context).desk()
    if switch is not Switch.STATUS:
        act = stack(context).act()
        changed = desk.switch_maintenance(on=switch is Switch.ON, by=act.actor, at=act.at)
        say(f"Maintenance is {'' if changed else 'already '}{switch.value}.")
    else:
        say(f"Maintenance is {'on' if desk.service().maintenance else 'off'}.")


class _OneFile:
    """Fits the port `Exports`: whatever the name, it is this file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, content: bytes) -> None:  # noqa: ARG002 - the port's name for it
        self._path.write_bytes(content)


@orders_app.command("export")
def export(
    context: typer.Context,
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="Such as 2026-11.")],
    output: Annotated[Path, typer.Option(dir_okay=False, writable=True, help="The CSV file.")],
) -> None:
    """Write a month of orders as CSV, as the monthly export does."""
    year, number = month_asked_for(month, stack(context).now().date())
    export_month(year, number, book=stack(context).orders(), exports=_OneFile(output))
    say(f"The orders of {month} are in {output}.")
