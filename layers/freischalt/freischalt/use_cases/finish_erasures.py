"""Erasures that a crash has cut off go on by themselves, where they ended.

An account says that it is being erased from the transaction that decides it to the one that parts
with its users, which is the last. In between nothing is told to anybody, and everything can be
done again: by this, and by the request that began it, even at once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from freischalt.domain.ids import AccountNumber
from freischalt.domain.request import Request
from freischalt.erasure_ports import UnfinishedErasures
from freischalt.use_cases.erasing import finish
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import Office

REQUEST_HAS_HAD_ITS_CHANCE = timedelta(minutes=2)


def finish_erasures(
    unfinished: UnfinishedErasures,
    office: Office,
    *,
    now: datetime,
    failed: Callable[[AccountNumber, Exception], None] = nobody_is_told,
) -> list[AccountNumber]:
    """Whose erasure is finished; `failed` is told of one that could not be finished now."""
    finished = []
    for number in unfinished.begun(before=now - REQUEST_HAS_HAD_ITS_CHANCE):
        try:
            finish(number, office, Request.by_schedule(f"erase-{number}", now))
        except Exception as error:  # noqa: BLE001 - it stays due and holds up no other
            failed(number, error)
            continue
        finished.append(number)
    return finished
