"""The command `freischalt`: global options, all commands, and mistakes told in one red line."""

import os
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from typer.core import TyperGroup

from freischalt.errors import FreischaltError
from freischalt_cli.accounts import account_app, phone_app
from freischalt_cli.codes import code_app
from freischalt_cli.dongles import audit, key_app, release_app
from freischalt_cli.imports import import_
from freischalt_cli.inverters import inverter_app
from freischalt_cli.operation import letters_app, maintenance, orders_app
from freischalt_cli.operators import operator_app
from freischalt_cli.printing import complain
from freischalt_cli.stack import LOCAL_ENDPOINT, Stack

STACK = "freischalt"
LOCAL_STACK = "freischalt-local"


class ToldInOneLine(TyperGroup):
    """What can be expected to go wrong is told without a traceback; the exit code is 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FreischaltError as error:
            problem = str(error) or type(error).__doc__ or type(error).__name__
        except ClientError as error:
            told = error.response["Error"]
            problem = f"AWS refuses {error.operation_name}: {told['Code']}: {told['Message']}"
        except (
            BotoCoreError,
            OSError,
        ) as error:  # no credentials, no region, no connection, no disk
            problem = str(error)
            if isinstance(error, EndpointConnectionError) and LOCAL_ENDPOINT in problem:
                problem += " (is `make run` running?)"
        complain(problem)
        raise typer.Exit(1)


app = typer.Typer(
    cls=ToldInOneLine, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(account_app, name="account")
app.add_typer(phone_app, name="phone")
app.add_typer(release_app, name="release")
app.command("audit")(audit)
app.add_typer(key_app, name="dongle-key")
app.add_typer(code_app, name="code")
app.command("import")(import_)
app.add_typer(letters_app, name="dead-letters")
app.command("maintenance")(maintenance)
app.add_typer(inverter_app, name="inverter")
app.add_typer(operator_app, name="operator")
app.add_typer(orders_app, name="orders")


@app.callback()
def choose_stack(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option(help=f"The stack's name; else FREISCHALT_STACK; else {STACK}."),
    ] = None,
    *,
    local: Annotated[
        bool, typer.Option("--local", help=f"The stack of `make run`: {LOCAL_STACK}.")
    ] = False,
) -> None:
    """The licence desk, for its vendor. AWS is reached as by the AWS CLI (profile, region, …)."""
    elsewhere = LOCAL_STACK if local else os.environ.get("FREISCHALT_STACK") or STACK
    context.obj = Stack(stack or elsewhere, local=local)
