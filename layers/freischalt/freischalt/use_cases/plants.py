"""Plants are made, changed and ended by their owners; each with its rows in the lists of others.

`plant_changes` is how a plant is written, whoever changes it: its row among the public plants and
those of its guests go with it, in the same transaction. A plant that has ended stays, for what
accounting needs; nothing changes it any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from freischalt.account_ports import Change, Delete, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, PlantId, account_of, plant_id
from freischalt.domain.plant import Plant, PlantDetails, Production
from freischalt.domain.public_plant import public_plant
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.shared_plant import SharedPlant
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide

MOST_PLANTS = 500
MOST_GUESTS = 50
PUBLIC_ID = 16
"""So many characters of what is random, in one postal code."""

LAST_NUMBER = 99_999
"""A plant's number has five digits in its key."""


def plant_changes(before: Plant | None, after: Plant) -> tuple[Change, ...]:
    """Store the plant, and the rows of others' lists that change with it."""
    return (*_with_public_row(before, after), *_rows_of_guests(before, after))


def _with_public_row(before: Plant | None, after: Plant) -> tuple[Change, ...]:
    """The plant, and its row among the public plants if that changes with it."""
    was = public_plant(before) if before and before.public_version else None
    shown = public_plant(after)
    if was == shown:
        return (Put(after),)
    if was and shown and was.id == shown.id:
        return (Put(replace(after, public_version=was.version + 1)), Put(shown))
    gone = (Delete(was),) if was else ()
    if shown is None:
        return (Put(replace(after, public_version=0)), *gone)
    return (Put(replace(after, public_version=1)), *gone, Put(replace(shown, version=0)))


def _rows_of_guests(before: Plant | None, after: Plant) -> Iterator[Change]:
    were = before.guests if before else ()
    for guest in after.guests:
        if guest not in were:
            yield Put(SharedPlant(guest=guest, plant=after.id))
    for guest in were:
        if guest not in after.guests:
            yield Delete(SharedPlant(guest=guest, plant=after.id, version=1))


def plant_gone(plant: Plant) -> tuple[Change, ...]:
    """Remove the plant and its rows, as an erasure does."""
    row = public_plant(plant) if plant.public_version else None
    to_nobody = _rows_of_guests(plant, replace(plant, guests=()))
    return (Delete(plant), *((Delete(row),) if row else ()), *to_nobody)


# --- what the owner does


def make_plant(
    number: AccountNumber, details: PlantDetails, office: Office, request: Request
) -> Result | Refusal:
    """The account's next plant. It costs nothing, and nothing begins by it."""
    ref = Ref(Account, (number,))

    def once(seen: Seen) -> Decision:
        account = seen[ref]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if refusal := not_sold(account, office):
            return refusal
        if account.plants - account.ended_plants >= MOST_PLANTS or account.plants >= LAST_NUMBER:
            return Refusal(RefusalCode.TOO_MANY_PLANTS)
        plant = Plant(
            id=plant_id(number, account.plants + 1),
            public_id=request.nonce[:PUBLIC_ID],
            details=details,
            created_at=request.at,
            changed_by=request.actor,
            revision=1,
        )
        counted = Put(replace(account, plants=account.plants + 1))
        return Decided({"plant": plant.id}, (counted, *plant_changes(None, plant)))

    return decide(office, request, (ref,), once)


def not_sold(account: Account, office: Office) -> Refusal | None:
    """To consumers outside Germany; in some countries a partner can buy for them."""
    registrant = account.registrant
    if registrant is None or registrant.may_buy_monitoring:
        return None
    partner = office.catalogue.contacts.get(f"partner_{registrant.address.country}")
    return Refusal(RefusalCode.MONITORING_NOT_SOLD, advice=partner)


def change_plant(
    id_: PlantId, details: PlantDetails, read: int, office: Office, request: Request
) -> Result | Refusal:
    """Replace what the owner has entered, if it still is what was read (`revision`)."""

    def changed(plant: Plant) -> Plant | Refusal:
        if plant.revision != read:
            return Refusal(RefusalCode.CHANGED_MEANWHILE)
        if plant.details == details:
            return plant
        return replace(plant, details=details, revision=plant.revision + 1)

    return _changed(id_, changed, office, request)


def end_plant(
    id_: PlantId, *, confirmed: bool, office: Office, request: Request
) -> Result | Refusal:
    """Its licence ends now, and for good; what was paid for the days left is not paid back.

    Nor is what was credited to it. Its guests see it no more. Ending it again changes nothing.
    """
    ref, account_ref = Ref(Plant, (id_,)), Ref(Account, (account_of(id_),))

    def once(seen: Seen) -> Decision:
        plant, account = seen[ref], seen[account_ref]
        if plant is None or account is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Decided({"plant": id_})
        if plant.open_order:
            return Refusal(RefusalCode.PLANT_HAS_OPEN_ORDER)
        has_worth = is_paid_for(plant, office.today(request.at)) or plant.credit_cents
        if has_worth and not confirmed:
            return Refusal(RefusalCode.ENDING_NOT_CONFIRMED)
        ended = replace(plant, ended_at=request.at, guests=(), changed_by=request.actor)
        counted = Put(replace(account, ended_plants=account.ended_plants + 1))
        return Decided({"plant": id_}, (*plant_changes(plant, ended), counted))

    return decide(office, request, (ref, account_ref), once)


def is_paid_for(plant: Plant, today: date) -> bool:
    """Whether a term runs, or is bought and will run."""
    return any(term.ended is None and term.end > today for term in plant.terms)


# --- guests, and what the plant has produced


def add_guest(
    id_: PlantId, guest: AccountNumber, office: Office, request: Request
) -> Result | Refusal:
    """Whether there is such an account is not told: who has none sees nothing."""

    def changed(plant: Plant) -> Plant | Refusal:
        if guest == plant.account:
            problem = FieldProblem("account", FieldRule.OWN_ACCOUNT)
            return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))
        if guest in plant.guests:
            return plant
        if len(plant.guests) >= MOST_GUESTS:
            return Refusal(RefusalCode.TOO_MANY_GUESTS)
        return replace(plant, guests=(*plant.guests, guest))

    return _changed(id_, changed, office, request)


def remove_guest(
    id_: PlantId, guest: AccountNumber, office: Office, request: Request
) -> Result | Refusal:
    def changed(plant: Plant) -> Plant:
        return replace(plant, guests=tuple(each for each in plant.guests if each != guest))

    return _changed(id_, changed, office, request)


def report_production(
    id_: PlantId, production: Production, office: Office, request: Request
) -> Result | Refusal:
    """What the plant's own devices have measured; an older report than the last comes too late.

    Of two of the same day the one with less in total is the older: energy is only ever added.
    """
    tomorrow = office.today(request.at).toordinal() + 1
    if production.on.toordinal() > tomorrow:  # it may be tomorrow already where the plant is
        problem = FieldProblem("/on", FieldRule.IN_THE_FUTURE)
        return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))

    def changed(plant: Plant) -> Plant:
        last = plant.production
        if last and (production.on, production.total_wh) < (last.on, last.total_wh):
            return plant
        return replace(plant, production=production)

    return _changed(id_, changed, office, request)


def _changed(
    id_: PlantId, change: Callable[[Plant], Plant | Refusal], office: Office, request: Request
) -> Result | Refusal:
    """Change the plant alone, if it has not ended; what stays the same is not written."""
    ref = Ref(Plant, (id_,))

    def once(seen: Seen) -> Decision:
        plant = seen[ref]
        if plant is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Refusal(RefusalCode.PLANT_ENDED)
        after = change(plant)
        if isinstance(after, Refusal):
            return after
        if after == plant:
            return Decided({"plant": id_})
        signed = replace(after, changed_by=request.actor)
        return Decided({"plant": id_}, plant_changes(plant, signed))

    return decide(office, request, (ref,), once)
