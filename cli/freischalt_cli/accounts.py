"""`freischalt account …` and `freischalt phone …`."""

from typing import Annotated

import typer

from freischalt.clock import pause
from freischalt.domain import account
from freischalt.use_cases import vendor
from freischalt_cli.arguments import Account, OfAccount, Phone, read_by, stack
from freischalt_cli.printing import say, tabulate

account_app = typer.Typer(no_args_is_help=True, help="Customers.")
phone_app = typer.Typer(no_args_is_help=True, help="Phones that may fetch and order.")


@account_app.command("create")
def create(
    context: typer.Context,
    number: Account,
    company: Annotated[
        str, typer.Option(help="The company's name.", **read_by(account.company_name, "NAME"))
    ],
    *,
    confirm_orders: Annotated[
        bool, typer.Option("--confirm-orders", help="Each order waits for JA and four digits.")
    ] = False,
) -> None:
    """Create an account."""
    here = stack(context)
    here.desk().add_account(
        account.Account(
            number=number, company=company, confirms_orders=confirm_orders, created_at=here.now()
        )
    )
    say(f"Account {number} is created.")


@account_app.command("show")
def show(context: typer.Context, number: Account) -> None:
    """Show an account, its phones and its settings."""
    found = vendor.known_account(number, desk=stack(context).desk())
    until = [f"until {lock.until}" if lock.until else "until revoked" for lock in found.locks]
    tabulate(
        ("Account", found.number),
        [
            ("Company", found.company),
            ("Created", found.created_at.date()),
            ("Orders", "wait for JA" if found.confirms_orders else "take effect at once"),
            ("Locked", ", ".join(until) or "no"),
            ("Phones", "\n".join(found.phones) or "none"),
        ],
    )


@phone_app.command("register")
def register(context: typer.Context, phone: Phone, account: OfAccount) -> None:
    """Let a phone fetch and order for an account."""
    changed = vendor.register_phone(phone, account, desk=stack(context).desk(), pause=pause)
    already = "" if changed else " already"
    say(f"{phone} is{already} registered to account {account}.")


@phone_app.command("release")
def release(context: typer.Context, phone: Phone) -> None:
    """Take a phone off its account."""
    here = stack(context)
    before = vendor.release_phone(phone, desk=here.desk(), pause=pause, now=here.now())
    if before:
        say(f"{phone} is no longer registered to account {before}.")
    else:
        say(f"{phone} is not registered; nothing has changed.")
