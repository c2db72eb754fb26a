"""`freischalt import`: a CSV file of releases, all of it or nothing."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from freischalt.clock import pause
from freischalt.domain.release_file import ReleaseFile, read_releases
from freischalt.use_cases.import_releases import (
    Ending,
    Tell,
    check_accounts,
    discard_import,
    import_releases,
)
from freischalt_cli.arguments import stack
from freischalt_cli.printing import console, say

TEXTS = {
    Ending.PUBLISHED: "Import {id} is published: {rows} releases count from now on.",
    Ending.PUBLISHED_BEFORE: "Import {id} was published before; nothing has changed.",
    Ending.DISCARDED: "Import {id} is discarded: nothing of it is left.",
    Ending.NOTHING_TO_DISCARD: "There is no import {id}; nothing has changed.",
}


def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="RELEASES.CSV",
            help="With the columns account, carat_id, points, e (yes or no), user_information.",
        ),
    ],
    *,
    discard: Annotated[
        bool,
        typer.Option("--discard", help="Take back what an unpublished import of it has written."),
    ] = False,
) -> None:
    """Import releases. All rows are checked first; an interrupted import goes on where it was.

    Nothing counts until all of it does.
    """
    releases = read_releases(file.read_bytes())
    imports = stack(context).imports()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(error=True),
    )
    if discard:
        with progress:
            tell = _bar(progress, releases, "dongles still to clear")
            ending = discard_import(releases, imports=imports, pause=pause, tell=tell)
    else:
        check_accounts(releases, imports=imports)
        key_id = stack(context).codes().key_for_new_dongles()
        with progress:
            ending = import_releases(
                releases,
                imports=imports,
                key_id=key_id,
                now=stack(context).now(),
                pause=pause,
                settle=stack(context).settle,
                tell=_bar(progress, releases, "rows written"),
            )
    say(TEXTS[ending].format(id=releases.id, rows=len(releases.rows)))


def _bar(progress: Progress, releases: ReleaseFile, description: str) -> Tell:
    """A bar that counts rows, told in chunks."""
    rows = [sum(map(len, chunk.values())) for chunk in releases.chunks()]
    task = progress.add_task(description, total=len(releases.rows))
    return lambda chunks: progress.update(task, completed=sum(rows[:chunks]))
