"""A file of releases becomes releases: all of it or, to readers, nothing.

The rows are staged beside the releases under the import's id, chunk by chunk, each chunk once;
readers leave out what is staged under an unpublished id; one write publishes the id. Whoever runs
the same file again goes on where it was interrupted: every step looks at the stored progress.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from freischalt.domain.ids import KeyId
from freischalt.domain.release_file import ImportProgress, ImportState, ReleaseFile
from freischalt.errors import ImportRefused, LostRace, TooManyRaces
from freischalt.ports import Pause
from freischalt.vendor_ports import Imports

RACES = 5

type Tell = Callable[[int], None]
"""Hears how many chunks are staged."""

type Settle = Callable[[], None]
"""Waits as long as a worker may run: one that has read the switch before this import began, but
not yet the dongle, would take what is staged meanwhile for published."""


class Ending(StrEnum):
    PUBLISHED = "published"
    PUBLISHED_BEFORE = "published before"
    DISCARDED = "discarded"
    NOTHING_TO_DISCARD = "nothing to discard"


def check_accounts(file: ReleaseFile, *, imports: Imports) -> None:
    """Raises ImportRefused with line and column of each account that does not exist."""
    unknown = imports.unknown({row.account for row in file.rows})
    problems = {
        row.line: f"line {row.line}, column account: there is no account {row.account}"
        for row in file.rows
        if row.account in unknown
    }
    if problems:
        raise ImportRefused([problems[line] for line in sorted(problems)])


def import_releases(
    file: ReleaseFile,
    *,
    imports: Imports,
    key_id: KeyId,
    now: datetime,
    pause: Pause,
    settle: Settle,
    tell: Tell,
) -> Ending:
    """Stage and publish a checked file. Raises ImportRefused, TooManyRaces."""
    import_id, chunks = file.id, file.chunks()
    ending, settled = Ending.PUBLISHED_BEFORE, False

    def step(progress: ImportProgress | None) -> bool:
        nonlocal ending, settled
        if progress is None:
            imports.begin(import_id, rows=len(file.rows), chunks=len(chunks), now=now)
            return False
        tell(progress.next_chunk)
        if progress.state is ImportState.PUBLISHED:
            return True
        if progress.state is ImportState.DISCARDING:
            raise ImportRefused([f"import {import_id} is being discarded: end that, then import"])
        ending = Ending.PUBLISHED
        if progress.next_chunk == len(chunks):
            imports.publish(import_id, chunks=len(chunks), now=now)
            return False
        if progress.next_chunk == 0 and not settled:
            settle()
            settled = True
        chunk = progress.next_chunk
        imports.stage(import_id, chunk, chunks[chunk], key_id=key_id)
        return False

    _repeat(step, lambda: imports.progress(import_id), pause)
    return ending


def discard_import(file: ReleaseFile, *, imports: Imports, pause: Pause, tell: Tell) -> Ending:
    """Take everything back that was staged and is not published. Raises ImportRefused."""
    import_id, chunks = file.id, file.chunks()
    ending = Ending.NOTHING_TO_DISCARD

    def step(progress: ImportProgress | None) -> bool:
        nonlocal ending
        if progress is None:
            return True
        if progress.state is ImportState.PUBLISHED:
            raise ImportRefused([f"import {import_id} is published: it counts for good"])
        ending = Ending.DISCARDED
        tell(progress.next_chunk)
        if progress.state is ImportState.WRITING:
            imports.give_up(import_id)
        elif progress.next_chunk:
            last = progress.next_chunk - 1
            imports.unstage(import_id, last, chunks[last].keys())
        else:
            imports.forget(import_id)
        return False

    _repeat(step, lambda: imports.progress(import_id), pause)
    return ending


def _repeat(
    step: Callable[[ImportProgress | None], bool],
    look: Callable[[], ImportProgress | None],
    pause: Pause,
) -> None:
    """Step until done. A race lost to whoever brings the import forward does not count."""
    seen, lost = look(), 0
    while lost < RACES:
        try:
            if step(seen):
                return
        except LostRace:
            pause(lost)
            lost += 1
        before, seen = seen, look()
        if seen != before:
            lost = 0
    raise TooManyRaces("others keep changing the same dongles; run the same file again to go on")
