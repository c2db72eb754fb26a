"""What is wrong with a list of inverters: its file, its codes, what others have used, its cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import batched

from freischalt.account_ports import Ref
from freischalt.domain.activation import is_right
from freischalt.domain.growth import Growth
from freischalt.domain.ids import InverterSerial
from freischalt.domain.inverter_list import InverterList, ListColumn, ListProblem, ListRule
from freischalt.domain.list_rows import ListRow, read_rows
from freischalt.domain.plant import Inverter, Power, UsedActivation
from freischalt.domain.term import TERM_DAYS
from freischalt.list_ports import Sheets
from freischalt.use_cases.inverters import activation_key
from freischalt.use_cases.office import Office
from freischalt.use_cases.used_codes import void_lists

ROWS_A_READ = 50
"""With each its claim and its place on the plant: one read takes a hundred keys."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """`digest` says which file it was; its rows count only if there are no problems."""

    digest: str
    rows: tuple[ListRow, ...] = ()
    problems: tuple[ListProblem, ...] = ()


def check_file(content: bytes, sheets: Sheets, office: Office) -> CheckedFile:
    """All that can be said about a file alone. Codes are looked at when everything else is right.

    So whoever has no code learns of none whether it was used.
    """
    digest, sheet = sha256(content).hexdigest(), sheets.read(content)
    if isinstance(sheet, ListRule):
        return CheckedFile(digest, problems=(ListProblem(rule=sheet),))
    read = read_rows(sheet, types=office.sells.inverter_types)
    problems = read.problems or tuple(_wrong_codes(read.rows, office))
    return CheckedFile(digest, read.rows, problems)


def _wrong_codes(rows: Iterable[ListRow], office: Office) -> Iterator[ListProblem]:
    key = activation_key(office)
    for row in rows:
        if not is_right(key, row.serial, row.code):
            yield _about(row, ListColumn.CODE, ListRule.CODE_WRONG)


def _about(row: ListRow, column: ListColumn, rule: ListRule) -> ListProblem:
    return ListProblem(rule=rule, row=row.number, column=column)


# --- what others have used


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows of a list go: the versions of what a refused list has left there, else 0."""

    claims: Mapping[InverterSerial, int]
    inverters: Mapping[InverterSerial, int]
    problems: tuple[ListProblem, ...] = ()


def places_of(rows: Sequence[ListRow], list_: InverterList, office: Office) -> Places:
    """At most ROWS_A_READ rows: one read, and a second one only for what lists have claimed."""
    claim_refs = [Ref(UsedActivation, (row.serial,)) for row in rows]
    inverter_refs = [Ref(Inverter, (list_.plant, row.serial)) for row in rows]
    seen = office.records.read(*claim_refs, *inverter_refs)
    claims = {claim.serial: claim for ref in claim_refs if (claim := seen[ref])}
    inverters = {inverter.serial: inverter for ref in inverter_refs if (inverter := seen[ref])}
    void = void_lists([*claims.values(), *inverters.values()], office)
    problems = tuple(
        _about(row, ListColumn.CODE, ListRule.CODE_USED)
        for row in rows
        if any(
            there and there.import_id not in void
            for there in (claims.get(row.serial), inverters.get(row.serial))
        )
    )
    return Places(
        {serial: claim.version for serial, claim in claims.items()},
        {serial: inverter.version for serial, inverter in inverters.items()},
        problems,
    )


def used_codes(
    rows: Sequence[ListRow], list_: InverterList, office: Office
) -> tuple[ListProblem, ...]:
    """Of all rows, before the first is staged."""
    return tuple(
        problem
        for some in batched(rows, ROWS_A_READ, strict=False)
        for problem in places_of(some, list_, office).problems
    )


# --- what it would be


def inverter_of(row: ListRow, list_: InverterList, office: Office) -> Inverter:
    return Inverter(
        serial=row.serial,
        plant=list_.plant,
        type=row.type,
        power_w=office.sells.power_of(row.type),
        name=row.name,
        activated_at=list_.begun_at or list_.created_at,
        import_id=list_.id,
    )


def power_of(rows: Iterable[ListRow], list_: InverterList, office: Office) -> Power:
    return sum((Power.of(inverter_of(row, list_, office)) for row in rows), Power())


def growth_problem(found: Growth) -> ListProblem:
    """More power than is licensed, and nobody has agreed to it: what it would cost."""
    parameters = {
        "power_w": str(found.power_w),
        "licensed_w": str(found.licensed_w or found.ordered_w),
        "ends_on": str(found.end or found.offers[0].on),
        "credit_cents": str(found.credit_cents),
    }
    for days, offer in zip(TERM_DAYS, found.offers, strict=True):
        parameters[f"gross_cents_{days}"] = str(offer.gross_cents)
    return ListProblem(rule=ListRule.GROWTH_NOT_ACCEPTED, parameters=parameters)
