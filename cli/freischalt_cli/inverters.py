"""`freischalt inverter …`: the activation codes that are printed on inverters."""

import typer

from freischalt.domain.activation import activation_code
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.errors import VendorMistake
from freischalt.use_cases.inverters import activation_key, free_activation
from freischalt_cli.arguments import Serial, Serials, stack
from freischalt_cli.printing import say, tabulate

inverter_app = typer.Typer(no_args_is_help=True, help="Inverters and their activation codes.")


class CodeNotFreed(VendorMistake):
    """The code is not used, or its inverter still belongs to a plant."""


WHY_NOT = {
    RefusalCode.NOT_FOUND: "the activation code of {serial} is not used",
    RefusalCode.INVERTER_IN_USE: "{serial} still belongs to a plant: its owner takes it off first",
}


@inverter_app.command("activation-code")
def code(context: typer.Context, serials: Serials) -> None:
    """Print the codes of these serial numbers: always the same ones."""
    key = activation_key(stack(context).office())
    tabulate(
        ("Serial number", "Activation code"),
        [(serial, activation_code(key, serial)) for serial in serials],
    )


@inverter_app.command("free")
def free(context: typer.Context, serial: Serial) -> None:
    """Let a code be used once more; the account that had it reads of it in its trail."""
    desk = stack(context)
    result = free_activation(serial, desk.office(), desk.request())
    if isinstance(result, Refusal):
        raise CodeNotFreed(WHY_NOT[result.code].format(serial=serial))
    say(f"The activation code of {serial} can be used once more.")
