"""Whether an app or a data service may show a plant now, and until when that is known.

>>> begun = date(2026, 11, 22)
>>> shown = Subject(plant=PlantId("10001-1"), rights=Rights(trial_from=begun), guests=())
>>> found = entitlement(shown, begun)
>>> found.allowed, found.state.value, str(found.until), found.renewable, str(found.next_change)
(True, 'trial', '2027-01-02', False, '2026-11-23')
>>> entitlement(shown, date(2027, 1, 2)).allowed
False
"""

from dataclasses import dataclass
from datetime import date

from freischalt.domain.ids import AccountNumber, PlantId, account_of
from freischalt.domain.locks import Held, held
from freischalt.domain.term import SHOWN, Rights, TermState, is_renewable, next_change, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A plant, as far as its entitlement depends on it; `rights` has its owner's locks, too."""

    plant: PlantId
    rights: Rights
    guests: tuple[AccountNumber, ...]

    def is_open_to(self, account: AccountNumber) -> bool:
        """To its owner and its guests; for all others there is no such plant."""
        return account == account_of(self.plant) or account in self.guests


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """`until` is the first day without the right, whether a lock holds or not.

    `held` is what all locks together say. `state` is None while nothing has ever begun, and
    `next_change` the next day on which any of this may be otherwise, if nobody changes anything.
    """

    plant: PlantId
    state: TermState | None
    until: date | None
    renewable: bool
    held: Held | None
    next_change: date | None

    @property
    def allowed(self) -> bool:
        return self.state in SHOWN


def entitlement(subject: Subject, today: date) -> Entitlement:
    rights = subject.rights
    if rights.ended:
        return Entitlement(
            plant=subject.plant,
            state=TermState.ENDED,
            until=None,
            renewable=False,
            held=None,
            next_change=None,
        )
    return Entitlement(
        plant=subject.plant,
        state=state(rights, today),
        until=rights.end(today),
        renewable=is_renewable(rights, today),
        held=held(rights.locks, today, spares_this=True),
        next_change=next_change(rights, today),
    )
