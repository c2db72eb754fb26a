"""Which activation codes are used: those with a claim, but for what a refused list has left behind.

A list is refused for good, in one write on its own item, and publishes only from the state
`checking`. So whoever reads a claim and then finds its list refused may take the claim's place, on
the one condition that the claim is as it was read: nothing that the list has staged will ever
count. As long as a list is checked, its claims hold. A list that is not there was published.
"""

from collections.abc import Iterable

from freischalt.account_ports import Ref
from freischalt.domain.ids import account_of
from freischalt.domain.inverter_list import InverterList
from freischalt.domain.plant import Inverter, UsedActivation
from freischalt.use_cases.office import Office, found


def void_lists(staged: Iterable[UsedActivation | Inverter], office: Office) -> frozenset[str]:
    """The lists among those that these came with which are refused."""
    ids = {(account_of(each.plant), each.import_id) for each in staged if each.import_id}
    if not ids:
        return frozenset()
    lists = found(office, [Ref(InverterList, id_) for id_ in sorted(ids)])
    return frozenset(list_.id for list_ in lists if list_.is_void)


def is_used(*places: UsedActivation | Inverter | None, office: Office) -> bool:
    """Whether a code cannot be used any more, by what is where its claim and inverter go."""
    there = [each for each in places if each is not None]
    void = void_lists(there, office)
    return any(each.import_id not in void for each in there)
