"""Arguments that several commands take, read by the domain's own rules."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from freischalt.domain.account import account_number, phone_number
from freischalt.domain.activation import inverter_serial
from freischalt.domain.release_file import carat_id
from freischalt_cli.stack import Stack

if TYPE_CHECKING:
    from freischalt.domain.ids import AccountNumber, InverterSerial
    from freischalt.domain.licence import CaratId
else:
    # what they are when it runs, and what the help shall say
    AccountNumber = CaratId = InverterSerial = str


def read_by[T](parse: Callable[[str], T], metavar: str) -> dict[str, Any]:
    """Let typer read a value with `parse` and say its rule when it is broken."""

    def parser(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return {"parser": parser, "metavar": metavar}


Account = Annotated[
    AccountNumber,
    typer.Argument(help="The account's number.", **read_by(account_number, "NUMBER")),
]
OfAccount = Annotated[
    AccountNumber,
    typer.Option("--account", help="The account's number.", **read_by(account_number, "NUMBER")),
]
Phone = Annotated[
    str,
    typer.Argument(help="In E.164: +436601234567.", **read_by(phone_number, "PHONE")),
]
Dongle = Annotated[
    CaratId,
    typer.Argument(help="The dongle's id: 8 hex digits.", **read_by(carat_id, "CARAT_ID")),
]
Serials = Annotated[
    list[InverterSerial],
    typer.Argument(help="As on the inverters.", **read_by(inverter_serial, "SERIAL...")),
]
Serial = Annotated[
    InverterSerial,
    typer.Argument(help="As on the inverter.", **read_by(inverter_serial, "SERIAL")),
]


def stack(context: typer.Context) -> Stack:
    found = context.find_object(Stack)
    if found is None:  # the callback of `app` has put it there
        raise AssertionError("no stack was chosen")
    return found
