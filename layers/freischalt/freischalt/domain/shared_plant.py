"""A plant that another account may see, as that account finds it."""

from dataclasses import dataclass

from freischalt.domain.ids import AccountNumber, PlantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPlant:
    """One of the plants that are shared with the account `guest`: the plant decides whether it is.

    Its row comes and goes with the guest's number on the plant, in the same transaction. It never
    changes: as long as it is there, its `version` is 1.
    """

    guest: AccountNumber
    plant: PlantId
    version: int = 0
