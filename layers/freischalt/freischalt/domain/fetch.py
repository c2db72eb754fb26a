"""May this release be fetched? Rows 8 to 12 of the table of answers, the lock before row 9."""

from dataclasses import dataclass
from datetime import date

from freischalt.domain.answer import AnswerCode
from freischalt.domain.dongle import Release
from freischalt.domain.licence import LicenceNumber, LicenceType, Points
from freischalt.domain.locks import Lock, held


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes; `release` is bound to the user information from now on."""

    release: Release


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and why; a lock says until when (None: until revoked)."""

    code: AnswerCode
    locked_until: date | None = None


def decide_fetch(
    release: Release | None,
    asked: LicenceType,
    number: LicenceNumber,
    *,
    account_locks: tuple[Lock, ...],
    today: date,
) -> Granted | Refused:
    """Decide whether the code for `asked` is handed out. The first rule that applies wins."""
    if release is None:
        return Refused(AnswerCode.NOT_RELEASED)
    paid_up = release.was_fetched(asked, number.user_information)
    if hold := held(account_locks + release.locks, today, spares_this=paid_up):
        return Refused(AnswerCode.LOCKED, hold.until)
    same_user = release.matches(number.user_information)
    if isinstance(asked, Points):
        if not same_user:
            return Refused(AnswerCode.USER_INFORMATION_CHANGED)
        if asked.quantity > release.points:
            return Refused(AnswerCode.POINTS_NOT_RELEASED)
    elif not release.e_protocol:
        return Refused(AnswerCode.E_NOT_RELEASED)
    elif not same_user:
        return Refused(AnswerCode.USER_INFORMATION_MISMATCH)
    return Granted(release.fetched(asked, number.user_information))
