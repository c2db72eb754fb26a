"""`freischalt release …`, `freischalt audit`, `freischalt dongle-key …`: one dongle at a time."""

from typing import Annotated

import typer

from freischalt.clock import pause
from freischalt.domain.dongle import Grant, Release
from freischalt.domain.licence import UserInformation
from freischalt.domain.release_file import MOST_POINTS, user_information
from freischalt.use_cases import vendor
from freischalt_cli.arguments import Dongle, OfAccount, read_by, stack
from freischalt_cli.printing import say, tabulate

release_app = typer.Typer(no_args_is_help=True, help="What may be fetched for a dongle.")
key_app = typer.Typer(no_args_is_help=True, help="Keys that are burnt into dongles.")


@release_app.command("make")
def make(
    context: typer.Context,
    carat_id: Dongle,
    account: OfAccount,
    points: Annotated[
        int, typer.Option(min=0, max=MOST_POINTS, help="At least so many points.")
    ] = 0,
    *,
    e: Annotated[bool, typer.Option("--e", help="The E protocol.")] = False,
    information: Annotated[
        UserInformation | None,
        typer.Option(
            "--user-information",
            help="Bind it; other information than the bound one starts the release anew.",
            **read_by(user_information, "8 HEX DIGITS"),
        ),
    ] = None,
) -> None:
    """Release points, the E protocol or both: at least that much counts from now on."""
    if not points and not e:
        raise typer.BadParameter("release --points, --e or both")
    granting = vendor.make_release(
        carat_id,
        account,
        Grant(points, e, information),
        act=stack(context).act(),
        desk=stack(context).desk(),
        codes=stack(context).codes(),
        pause=pause,
    )
    before = _in_words(granting.before) if granting.before else "nothing"
    say(f"{carat_id}, account {account}: {before} → {_in_words(granting.after)}")


def _in_words(release: Release) -> str:
    what = [f"{release.points}P"] if release.points else []
    what += ["E"] if release.e_protocol else []
    bound = f" bound to {release.user_information}" if release.user_information else ""
    return (" and ".join(what) or "nothing") + bound


@release_app.command("show")
def show(context: typer.Context, carat_id: Dongle) -> None:
    """Show what counts now, for each account."""
    overview = vendor.show_release(carat_id, desk=stack(context).desk(), pause=pause)
    dongle = overview.dongle
    tabulate(
        ("Account", "Points", "E", "User information", "Locks"),
        [
            (
                account,
                release.points,
                "yes" if release.e_protocol else "no",
                release.user_information or "not bound yet",
                ", ".join(str(lock.until or "until revoked") for lock in release.locks) or "none",
            )
            for account, release in sorted(dongle.releases.items())
        ],
        title=f"Carat-ID {carat_id}, master key {dongle.key_id or 'not fixed yet'}",
    )
    for import_id in overview.waiting:
        say(f"Import {import_id} has more for this dongle, but is not published.", "yellow")


def audit(context: typer.Context, carat_id: Dongle) -> None:
    """Show what happened to a dongle, oldest first. Times are UTC."""
    entries = list(stack(context).trail().of(carat_id))
    tabulate(
        ("At", "Event", "Account", "By", "Details"),
        [
            (
                f"{entry.at:%Y-%m-%d %H:%M:%S}",
                entry.event.value,
                entry.account or "",
                entry.actor,
                ", ".join(f"{name}={value}" for name, value in sorted(entry.details.items())),
            )
            for entry in entries
        ],
        title=f"Carat-ID {carat_id}: {len(entries)} entries",
    )


@key_app.command("export")
def export(context: typer.Context, carat_id: Dongle) -> None:
    """Print a dongle's key for production. That is on the audit trail before it is shown."""
    exported = vendor.export_dongle_key(
        carat_id,
        act=stack(context).act(),
        desk=stack(context).desk(),
        codes=stack(context).codes(),
        pause=pause,
    )
    say(f"master key  {exported.key_id}")
    say(f"dongle key  {exported.dongle_key.hex().upper()}")
