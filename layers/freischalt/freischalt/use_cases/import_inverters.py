"""An uploaded list of inverters is checked, staged and published: all rows or, to readers, none.

    waiting → its file is checked → staged, 49 rows a transaction → published by one transaction

Each step is one transaction that holds on to the list's version, and looks at what is stored: so
whoever is killed after any line and runs again goes on where it was, and two at a time do each
step once. What a crash leaves behind: before the file is found good nothing; then rows that do not
count, because the plant names the list as unpublished, until the queue brings the message again.
What no queue brings again is given up by the schedule after a day, and taken away.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

from freischalt.account_ports import Change, Delete, Page, Put, Ref
from freischalt.domain.account import Account
from freischalt.domain.growth import Growth
from freischalt.domain.ids import AccountNumber
from freischalt.domain.inverter_list import InverterList, ListProblem, ListRule, ListState
from freischalt.domain.list_rows import ListRow
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Inverter, Plant, Power, UsedActivation
from freischalt.domain.refusal import Refusal
from freischalt.domain.request import Request
from freischalt.errors import LostRace, TooManyRaces
from freischalt.list_ports import DueLists, ListFiles, Sheets
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.growing import with_more
from freischalt.use_cases.list_checks import (
    CheckedFile,
    Places,
    check_file,
    growth_problem,
    inverter_of,
    places_of,
    power_of,
    used_codes,
)
from freischalt.use_cases.office import RACES, Office, all_of, found
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.telling import Telling, to_each_user

ROWS_A_CHUNK = 49
"""Each with its claim, and the list itself: one transaction takes a hundred writes."""

INVERTERS_A_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDesk:
    """What importing needs."""

    office: Office
    files: ListFiles
    sheets: Callable[[], Sheets]  # made when the first file is there


def import_list(
    account: AccountNumber, list_id: str, desk: ListDesk, *, now: datetime
) -> InverterList | None:
    """Bring a list to its end. None: there is no such list. Raises TooManyRaces.

    A race that was lost to whoever brings the list forward does not count.
    """
    ref = Ref(InverterList, (account, list_id))
    run, lost = _Run(desk, now), 0
    seen = desk.office.records.read(ref)[ref]
    while seen is not None:
        try:
            if not run.step(seen):
                return seen
        except LostRace:
            lost += 1
            if lost == RACES:
                raise TooManyRaces from None
            desk.office.pause(lost)
        before, seen = seen, desk.office.records.read(ref)[ref]
        if seen != before:
            lost = 0
    return None


def end_due_lists(
    due: DueLists,
    desk: ListDesk,
    *,
    now: datetime,
    failed: Callable[[str, Exception], None] = nobody_is_told,
) -> list[str]:
    """Whatever should have come to its end by now: nothing was uploaded, or its message is lost."""
    ended = []
    for list_ in due.due(now=now):
        try:
            if list_.state is ListState.WAITING:
                desk.office.records.write(Put(list_.expired(now)))
            elif list_.state is ListState.CHECKING:
                _refuse(list_, (ListProblem(rule=ListRule.ABANDONED),), desk.office, now)
            import_list(list_.account, list_.id, desk, now=now)  # what it has staged is taken away
        except Exception as error:  # noqa: BLE001 - it stays due and holds up no other
            failed(list_.id, error)
        else:
            ended.append(list_.id)
    return ended


class _Run:
    """One run of the function, which reads the file once."""

    def __init__(self, desk: ListDesk, now: datetime) -> None:
        self._desk = desk
        self._office = desk.office
        self._now = now
        self._file: CheckedFile | None = None

    def step(self, list_: InverterList) -> bool:
        """Make the next step; False: there is none. Raises LostRace."""
        match list_.state:
            case ListState.WAITING:
                self._begin(list_)
            case ListState.CHECKING if list_.staged < list_.rows:
                self._stage(list_)
            case ListState.CHECKING:
                _publish(list_, self._office, self._now)
            case ListState.REFUSED if list_.on_plant:
                _clear(list_, self._office)
            case _:
                return False
        return True

    def _checked(self, list_: InverterList) -> CheckedFile | None:
        if self._file is None:
            content = self._desk.files.read(list_.account, list_.id)
            if content is not None:
                self._file = check_file(content, self._desk.sheets(), self._office)
        return self._file

    def _begin(self, list_: InverterList) -> None:
        file = self._checked(list_)
        plant, account = _plant_and_account(list_, self._office)
        problems = self._problems(list_, file, plant, account)
        if problems or file is None or plant is None:
            _refuse(list_, problems, self._office, self._now)
            return
        begun = list_.begun(file.digest, len(file.rows), self._now)
        named = replace(plant, imports=(*plant.imports, list_.id))
        self._office.records.write(Put(begun), *plant_changes(plant, named))

    def _problems(
        self,
        list_: InverterList,
        file: CheckedFile | None,
        plant: Plant | None,
        account: Account | None,
    ) -> tuple[ListProblem, ...]:
        office = self._office
        if file is None:
            return (ListProblem(rule=ListRule.FILE_GONE),)
        if plant is None or account is None or plant.ended_at:
            return (ListProblem(rule=ListRule.PLANT_ENDED),)
        if problems := file.problems or used_codes(file.rows, list_, office):
            return problems
        power = power_of(file.rows, list_, office)
        grown = _grown(plant, account, power, list_, office=office, now=self._now)
        return (grown,) if isinstance(grown, ListProblem) else ()

    def _stage(self, list_: InverterList) -> None:
        file = self._checked(list_)
        problems = _not_the_same(file, list_)
        if problems or file is None:
            _refuse(list_, problems, self._office, self._now)
            return
        chunk = file.rows[list_.staged : list_.staged + ROWS_A_CHUNK]
        places = places_of(chunk, list_, self._office)
        if places.problems:
            _refuse(list_, places.problems, self._office, self._now)
            return
        staged = list_.with_staged(len(chunk), power_of(chunk, list_, self._office))
        self._office.records.write(Put(staged), *_staged(chunk, list_, places, self._office))


def _not_the_same(file: CheckedFile | None, list_: InverterList) -> tuple[ListProblem, ...]:
    """What keeps a list from going on with the file that it was begun with."""
    if file is None:
        return (ListProblem(rule=ListRule.FILE_GONE),)
    if file.digest != list_.digest:
        return (ListProblem(rule=ListRule.FILE_REPLACED),)
    if len(file.rows) != list_.rows:  # the vendor has changed the rules, or the types, meanwhile
        return file.problems or (ListProblem(rule=ListRule.ABANDONED),)
    return file.problems


def _staged(
    rows: Sequence[ListRow], list_: InverterList, places: Places, office: Office
) -> Iterator[Change]:
    """The inverters and their claims, in place of what refused lists have left there."""
    for row in rows:
        inverter = inverter_of(row, list_, office)
        claim = UsedActivation(
            serial=row.serial,
            plant=list_.plant,
            at=inverter.activated_at,
            by=list_.by,
            import_id=list_.id,
            version=places.claims.get(row.serial, 0),
        )
        yield Put(replace(inverter, version=places.inverters.get(row.serial, 0)))
        yield Put(claim)


def _plant_and_account(list_: InverterList, office: Office) -> tuple[Plant | None, Account | None]:
    refs = Ref(Plant, (list_.plant,)), Ref(Account, (list_.account,))
    seen = office.records.read(*refs)
    return seen[refs[0]], seen[refs[1]]


def _publish(list_: InverterList, office: Office, now: datetime) -> None:
    """The one write by which all rows count: the plant no longer names the list, and has its power.

    Its first inverters begin the trial; more power than was licensed ends the terms.
    """
    plant, account = _plant_and_account(list_, office)
    if plant is None or account is None or plant.ended_at:
        _refuse(list_, (ListProblem(rule=ListRule.PLANT_ENDED),), office, now)
        return
    changes = _grown(_without(plant, list_), account, list_.power, list_, office=office, now=now)
    if isinstance(changes, ListProblem):
        _refuse(list_, (changes,), office, now)
        return
    published = list_.published(now)
    told = _mails(NoticeKind.LIST_PUBLISHED, published, account, office, now)
    office.records.write(Put(published), *changes, *told)


def _grown(
    plant: Plant,
    account: Account,
    power: Power,
    list_: InverterList,
    *,
    office: Office,
    now: datetime,
) -> tuple[Change, ...] | ListProblem:
    """The plant with that power, or what it costs if that has not been accepted."""
    request = Request(
        id=list_.id,
        nonce=list_.id,
        fingerprint="",
        repeatable=False,
        actor=list_.by,
        at=now,
    )
    accepted = list_.accepts_growth
    changes = with_more(plant, account, power, accepted=accepted, office=office, request=request)
    if isinstance(changes, Refusal):
        if not isinstance(changes.about, Growth):
            raise TypeError(changes.code)
        return growth_problem(changes.about)
    return changes


def _without(plant: Plant, list_: InverterList) -> Plant:
    return replace(plant, imports=tuple(id_ for id_ in plant.imports if id_ != list_.id))


def _refuse(
    list_: InverterList, problems: tuple[ListProblem, ...], office: Office, now: datetime
) -> None:
    """For good: from this write on, nothing that it has staged will ever count."""
    refused, (_, account) = list_.refused(problems, now), _plant_and_account(list_, office)
    told = _mails(NoticeKind.LIST_REFUSED, refused, account, office, now) if account else ()
    office.records.write(Put(refused), *told)


def _clear(list_: InverterList, office: Office) -> None:
    """Take away what a refused list has staged, then its id from the plant."""

    def page(after: str | None) -> Page[Inverter]:
        return office.records.inverters(list_.plant, after=after, limit=INVERTERS_A_PAGE)

    mine = (each for each in all_of(page) if each.import_id == list_.id)
    for some in batched(mine, ROWS_A_CHUNK, strict=False):
        refs = [Ref(UsedActivation, (each.serial,)) for each in some]
        claims = [claim for claim in found(office, refs) if claim.import_id == list_.id]
        office.records.write(*(Delete(each) for each in (*some, *claims)))
    plant, _ = _plant_and_account(list_, office)
    named = plant_changes(plant, _without(plant, list_)) if plant else ()
    office.records.write(Put(list_.cleared()), *named)


def _mails(
    kind: NoticeKind, list_: InverterList, account: Account, office: Office, now: datetime
) -> tuple[Change, ...]:
    problems = len(list_.problems) + list_.more_problems
    details = {"plant": list_.plant, "rows": str(list_.rows), "problems": str(problems)}
    telling = Telling(kind=kind, cause=list_.id, at=now, details=details)
    return to_each_user(account, telling, office)
