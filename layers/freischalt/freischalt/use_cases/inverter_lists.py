"""A customer asks to upload a list of inverters, and looks at what came of it."""

from dataclasses import dataclass, replace

from freischalt.account_ports import Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, PlantId, account_of
from freischalt.domain.inverter_list import MOST_AT_ONCE, InverterList
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.list_ports import ListUploads, Upload
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide, found
from freischalt.use_cases.plants import not_sold


@dataclass(frozen=True, slots=True, kw_only=True)
class NewList:
    """Whoever `accepts_growth` knows that the terms end if it is more power than is licensed."""

    account: AccountNumber
    plant: PlantId
    accepts_growth: bool = False


def ask_for_upload(new: NewList, office: Office, request: Request) -> Result | Refusal:
    """A list that waits for its file: `list` is its id.

    The account is written with it: of two at once, one counts the other.
    """
    refs = Ref(Plant, (new.plant,)), Ref(Account, (new.account,))
    list_ = InverterList(
        id=request.sortable_id,
        plant=new.plant,
        by=request.actor,
        created_at=request.at,
        accepts_growth=new.accepts_growth,
    )

    def once(seen: Seen) -> Decision:
        plant, account = seen[refs[0]], seen[refs[1]]
        if plant is None or account is None or plant.account != new.account:
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Refusal(RefusalCode.PLANT_ENDED)
        if refusal := not_sold(account, office):
            return refusal
        before = found(office, [Ref(InverterList, (new.account, id_)) for id_ in account.lists])
        still_open = tuple(each.id for each in before if each.is_open)
        if len(still_open) >= MOST_AT_ONCE:
            return Refusal(RefusalCode.TOO_MANY_LISTS)
        counted = replace(account, lists=(*still_open, list_.id))
        return Decided({"list": list_.id}, (Put(list_), Put(counted)))

    return decide(office, request, refs, once)


def invitation(list_: InverterList, uploads: ListUploads) -> Upload:
    """Where its file is to be posted."""
    return uploads.invite(list_.account, list_.id)


def known_list(
    account: AccountNumber, plant: PlantId, list_id: str, office: Office
) -> InverterList | Refusal:
    """One list of this plant of the account's own."""
    ref = Ref(InverterList, (account, list_id))
    list_ = office.records.read(ref)[ref] if account_of(plant) == account else None
    if list_ is None or list_.plant != plant:
        return Refusal(RefusalCode.NOT_FOUND)
    return list_
