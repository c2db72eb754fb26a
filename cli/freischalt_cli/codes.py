"""`freischalt code …`: offline, by the very file that the vendor's software embeds."""

import runpy
from pathlib import Path
from typing import Annotated

import typer

from freischalt.errors import VendorMistake
from freischalt_cli.printing import say

REFERENCE = Path(__file__).parents[2] / "reference" / "check_code.py"

code_app = typer.Typer(no_args_is_help=True, help="Unlock codes.")


class CodeWrong(VendorMistake):
    """The code is not the one for this licence number and type."""


@code_app.command("check")
def check(
    licence_number: Annotated[str, typer.Argument(help="16 hex digits.")],
    licence_type: Annotated[str, typer.Argument(metavar="TYPE", help="31, 31P or E.")],
    code: Annotated[str, typer.Argument(help="As in the answer, with or without hyphens.")],
    dongle_key: Annotated[
        str,
        typer.Option(
            help="64 hex digits, as `dongle-key export` prints them.",
            envvar="FREISCHALT_DONGLE_KEY",  # kept out of the shell's history
        ),
    ],
) -> None:
    """Check a code without AWS."""
    is_right = runpy.run_path(str(REFERENCE))["is_right"]
    try:
        right = is_right(licence_number, licence_type, code, bytes.fromhex(dongle_key))
    except ValueError:
        raise VendorMistake(
            "the licence number has 16 hex digits, the type is a quantity or E, "
            "the dongle key has 64 hex digits"
        ) from None
    if not right:
        raise CodeWrong("the code is wrong for this licence number, type and dongle key")
    say("The code is right.", "green")
