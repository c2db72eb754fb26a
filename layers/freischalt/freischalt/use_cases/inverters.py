"""Inverters are added with their activation codes, corrected, exchanged and taken off a plant.

Adding one is one read, one call of KMS and one transaction: the inverter, its used code and the
plant, whose power it raises and whose trial the first one begins. A crash leaves nothing or all.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from freischalt.account_ports import Change, Delete, Put, Ref, Seen, Unchanged
from freischalt.domain.account import Account
from freischalt.domain.activation import VERSION, is_right
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.ids import InverterSerial, PlantId, account_of
from freischalt.domain.plant import UNKNOWN, Inverter, Plant, Power, UsedActivation, with_power
from freischalt.domain.purposes import ACTIVATION
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.use_cases.growing import with_more
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.plants import not_sold, plant_changes
from freischalt.use_cases.used_codes import is_used


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterData:
    """What the owner says of an inverter; the type `unknown` is good enough for a beginning."""

    type: str = UNKNOWN
    name: str = ""
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInverter:
    """`code` is what is printed on it."""

    serial: InverterSerial
    code: str = field(repr=False)
    data: InverterData


def activation_key(office: Office) -> bytes:
    """What all codes are computed with: one call of KMS, however many codes."""
    return office.secrets.secret(ACTIVATION, VERSION)


def add_inverter(
    id_: PlantId, new: NewInverter, *, accepts_growth: bool, office: Office, request: Request
) -> Result | Refusal:
    """The first one of a plant begins its trial, once."""
    if refusal := _wrong(new, office):
        return refusal
    plant_ref, account_ref = Ref(Plant, (id_,)), Ref(Account, (account_of(id_),))
    use_ref, inverter_ref = _places(id_, new.serial)
    refs: tuple[Ref[Any], ...] = (plant_ref, account_ref, use_ref, inverter_ref)

    def once(seen: Seen) -> Decision:
        plant, account = seen[plant_ref], seen[account_ref]
        if plant is None or account is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Refusal(RefusalCode.PLANT_ENDED)
        if refusal := not_sold(account, office):
            return refusal
        if is_used(seen[use_ref], seen[inverter_ref], office=office):
            return _used()
        inverter = _made(new, seen[inverter_ref], id_, office, request)
        changes = with_more(
            plant,
            account,
            Power.of(inverter),
            accepted=accepts_growth,
            office=office,
            request=request,
        )
        if isinstance(changes, Refusal):
            return changes
        result = {"plant": id_, "serial": new.serial}
        return Decided(
            result, (*changes, Put(inverter), Put(_use(inverter, seen[use_ref], request)))
        )

    return decide(office, request, refs, once)


def change_inverter(
    id_: PlantId,
    serial: InverterSerial,
    data: InverterData,
    read: int,
    *,
    accepts_growth: bool,
    office: Office,
    request: Request,
) -> Result | Refusal:
    """Correct type, name or firmware, if it still has the version that was read.

    Another type has another nominal power; the same type keeps the one that it was counted with,
    even if the catalogue has it no more.
    """
    refs = Ref(Plant, (id_,)), Ref(Account, (account_of(id_),)), Ref(Inverter, (id_, serial))

    def once(seen: Seen) -> Decision:
        plant, account, inverter = seen[refs[0]], seen[refs[1]], seen[refs[2]]
        if plant is None or account is None or inverter is None or not inverter.counts(plant):
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Refusal(RefusalCode.PLANT_ENDED)
        if inverter.version != read:
            return Refusal(RefusalCode.CHANGED_MEANWHILE)
        if data.type != inverter.type and (refusal := _wrong_type(data, office)):
            return refusal
        changed = _with(inverter, data, office)
        result = {"plant": id_, "serial": serial}
        more = Power.of(changed) + -Power.of(inverter)
        if more == Power():
            return Decided(result, (Put(changed), Unchanged(plant)))
        changes = with_more(
            plant, account, more, accepted=accepts_growth, office=office, request=request
        )
        if isinstance(changes, Refusal):
            return changes
        return Decided(result, (*changes, Put(changed)))

    return decide(office, request, refs, once)


def exchange_inverter(
    id_: PlantId,
    serial: InverterSerial,
    new: NewInverter,
    *,
    accepts_growth: bool,
    office: Office,
    request: Request,
) -> Result | Refusal:
    """Take one off and put another one in its place, in one transaction."""
    if new.serial == serial:
        problem = FieldProblem("/serial", FieldRule.SAME_INVERTER)
        return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))
    if refusal := _wrong(new, office):
        return refusal
    plant_ref, account_ref = Ref(Plant, (id_,)), Ref(Account, (account_of(id_),))
    old_ref, use_ref = Ref(Inverter, (id_, serial)), Ref(UsedActivation, (serial,))
    new_use_ref, new_ref = _places(id_, new.serial)
    refs: tuple[Ref[Any], ...] = (plant_ref, account_ref, old_ref, use_ref, new_use_ref, new_ref)

    def once(seen: Seen) -> Decision:
        plant, account, old = seen[plant_ref], seen[account_ref], seen[old_ref]
        if plant is None or account is None or old is None or not old.counts(plant):
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Refusal(RefusalCode.PLANT_ENDED)
        if is_used(seen[new_use_ref], seen[new_ref], office=office):
            return _used()
        inverter = _made(new, seen[new_ref], id_, office, request)
        changes = with_more(
            plant,
            account,
            Power.of(inverter) + -Power.of(old),
            accepted=accepts_growth,
            office=office,
            request=request,
        )
        if isinstance(changes, Refusal):
            return changes
        there = Put(inverter), Put(_use(inverter, seen[new_use_ref], request))
        gone = (Delete(old), *_no_more_in_use(seen[use_ref], request))
        return Decided({"plant": id_, "serial": new.serial}, (*changes, *there, *gone))

    return decide(office, request, refs, once)


def remove_inverter(
    id_: PlantId, serial: InverterSerial, office: Office, request: Request
) -> Result | Refusal:
    """Its code stays used; what less power would have cost less is not paid back."""
    plant_ref, use_ref = Ref(Plant, (id_,)), Ref(UsedActivation, (serial,))
    inverter_ref = Ref(Inverter, (id_, serial))

    def once(seen: Seen) -> Decision:
        plant, inverter = seen[plant_ref], seen[inverter_ref]
        if plant is None or inverter is None or not inverter.counts(plant):
            return Refusal(RefusalCode.NOT_FOUND)
        if plant.ended_at:
            return Refusal(RefusalCode.PLANT_ENDED)
        less = with_power(plant, -Power.of(inverter), office.today(request.at))
        changes = plant_changes(plant, replace(less, changed_by=request.actor))
        gone = (Delete(inverter), *_no_more_in_use(seen[use_ref], request))
        return Decided({"plant": id_, "serial": serial}, (*changes, *gone))

    return decide(office, request, (plant_ref, inverter_ref, use_ref), once)


def free_activation(serial: InverterSerial, office: Office, request: Request) -> Result | Refusal:
    """The vendor lets a code be used once more, when its inverter is on no plant any more."""
    ref = Ref(UsedActivation, (serial,))

    def once(seen: Seen) -> Decision:
        used = seen[ref]
        if used is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if _is_in_use(used, office):
            return Refusal(RefusalCode.INVERTER_IN_USE)
        entry = AuditEntry(
            carat_id=None,
            at=request.at,
            id=f"{Event.ACTIVATION_FREED.value}-{serial}",
            event=Event.ACTIVATION_FREED,
            actor=request.actor,
            account=account_of(used.plant),
            details={"plant": used.plant, "serial": serial},
        )
        return Decided({"serial": serial}, (Delete(used), Put(entry)))

    return decide(office, request, (ref,), once)


def _is_in_use(used: UsedActivation, office: Office) -> bool:
    refs = Ref(Plant, (used.plant,)), Ref(Inverter, (used.plant, used.serial))
    seen = office.records.read(*refs)
    plant, inverter = seen[refs[0]], seen[refs[1]]
    return inverter is not None and plant is not None and plant.ended_at is None


# --- what is wrong with it


def _wrong(new: NewInverter, office: Office) -> Refusal | None:
    if refusal := _wrong_type(new.data, office):
        return refusal
    if is_right(activation_key(office), new.serial, new.code):
        return None
    problem = FieldProblem("/activationCode", FieldRule.ACTIVATION_WRONG)
    return Refusal(RefusalCode.ACTIVATION_WRONG, problems=(problem,))


def _wrong_type(data: InverterData, office: Office) -> Refusal | None:
    if data.type == UNKNOWN or data.type in office.sells.inverter_types:
        return None
    problem = FieldProblem("/type", FieldRule.INVERTER_TYPE)
    return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))


def _used() -> Refusal:
    """Told to whoever has the right code alone."""
    problem = FieldProblem("/activationCode", FieldRule.ACTIVATION_USED)
    return Refusal(RefusalCode.ACTIVATION_USED, problems=(problem,))


# --- what is stored


def _places(plant: PlantId, serial: InverterSerial) -> tuple[Ref[UsedActivation], Ref[Inverter]]:
    """Where a new inverter and its claim go; a refused list may have left something in both."""
    return Ref(UsedActivation, (serial,)), Ref(Inverter, (plant, serial))


def _made(
    new: NewInverter, void: Inverter | None, plant: PlantId, office: Office, request: Request
) -> Inverter:
    data, catalogue = new.data, office.sells
    return Inverter(
        serial=new.serial,
        plant=plant,
        type=data.type,
        power_w=catalogue.power_of(data.type),
        name=data.name,
        firmware=data.firmware,
        is_supported=catalogue.supports(data.type, data.firmware),
        activated_at=request.at,
        version=void.version if void else 0,
    )


def _with(inverter: Inverter, data: InverterData, office: Office) -> Inverter:
    same, catalogue = data.type == inverter.type, office.sells
    return replace(
        inverter,
        type=data.type,
        power_w=inverter.power_w if same else catalogue.power_of(data.type),
        name=data.name,
        firmware=data.firmware,
        is_supported=catalogue.supports(data.type, data.firmware),
    )


def _use(inverter: Inverter, void: UsedActivation | None, request: Request) -> UsedActivation:
    """In the place of what a refused list may have left."""
    return UsedActivation(
        serial=inverter.serial,
        plant=inverter.plant,
        at=request.at,
        by=request.actor,
        version=void.version if void else 0,
    )


def _no_more_in_use(used: UsedActivation | None, request: Request) -> tuple[Change, ...]:
    """The trail's entry is made of it; it stays used."""
    if used is None:
        return ()
    return (Put(replace(used, removed_at=request.at, removed_by=request.actor)),)
