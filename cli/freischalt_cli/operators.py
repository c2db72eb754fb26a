"""`freischalt operator …`: who may sign in to the operator API."""

from typing import Annotated

import typer

from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.adapters.totp import totp_of
from freischalt.domain import user
from freischalt.use_cases import operators
from freischalt_cli.arguments import read_by, stack
from freischalt_cli.printing import say, tabulate

operator_app = typer.Typer(no_args_is_help=True, help="The vendor's own people.")

Name = Annotated[str, typer.Argument(help="The user name.", **read_by(user.user_name, "NAME"))]


@operator_app.command("add")
def add(
    context: typer.Context,
    name: Name,
    email: Annotated[
        str, typer.Option(help="For mails.", **read_by(user.email_address, "ADDRESS"))
    ],
) -> None:
    """Make an operator; password and second factor are shown this once."""
    desk = stack(context)
    made = operators.make_operator(name, email, desk.office(), Argon2Hasher(), desk.request())
    tabulate(
        ("Operator", name),
        [
            ("Password", f"{made.password} (to be changed when first used)"),
            ("Second factor", _for_the_app(made.second_factor, name)),
        ],
    )


@operator_app.command("second-factor")
def second_factor(context: typer.Context, name: Name) -> None:
    """Show what the authenticator app is given, and the six digits of this moment."""
    desk = stack(context)
    secret = operators.second_factor(name, desk.office())
    digits = totp_of(secret).at(desk.now())
    tabulate(
        ("Operator", name),
        [("Second factor", _for_the_app(secret, name)), ("Digits now", digits)],
    )


@operator_app.command("remove")
def remove(context: typer.Context, name: Name) -> None:
    """Take an operator away; all sessions end at once."""
    desk = stack(context)
    operators.remove_operator(name, desk.office(), desk.request())
    say(f"{name} is no operator any more.")


def _for_the_app(secret: bytes, name: str) -> str:
    return totp_of(secret).provisioning_uri(name=name, issuer_name="Freischalt")
