"""Excel files of inverters, and an office where they are uploaded."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import openpyxl

from freischalt.account_ports import Ref
from freischalt.adapters.openpyxl_sheets import OpenpyxlSheets
from freischalt.domain.activation import VERSION, activation_code, inverter_serial
from freischalt.domain.ids import AccountNumber
from freischalt.domain.inverter_list import (
    InverterList,
    ListColumn,
    ListProblem,
    ListRule,
    ListState,
)
from freischalt.domain.plant import Power
from freischalt.domain.purposes import ACTIVATION
from freischalt.use_cases.import_inverters import ListDesk, import_list
from freischalt.use_cases.office import Office
from tests.account_factories import ANNA, a_user, an_account
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON
from tests.term_factories import PLANT, SMALL, TERMS, a_plant

HEADER = (
    "Seriennummer / Serial number",
    "Aktivierungscode / Activation code",
    "Typ / Type",
    "Name",
)
LIST = f"{int(NOON.timestamp() * 1000):013d}-abcdef012345"


def a_list(**changes: Any) -> InverterList:
    fields = {"id": LIST, "plant": PLANT, "by": "user:anna", "created_at": NOON, "version": 1}
    return InverterList(**{**fields, **changes})


FULL_LIST = a_list(
    accepts_growth=True,
    state=ListState.REFUSED,
    begun_at=NOON,
    ended_at=NOON,
    digest="0f" * 32,
    rows=98,
    staged=49,
    power=Power(inverters=49, unknown=2, unsupported=1, watts=205_800),
    on_plant=True,
    problems=(
        ListProblem(rule=ListRule.CODE_USED, row=7, column=ListColumn.CODE),
        ListProblem(rule=ListRule.TOO_MANY_ROWS, parameters={"most": "10000"}),
    ),
    more_problems=3,
)


def excel(*rows: Sequence[object], header: Sequence[object] = HEADER) -> bytes:
    """A workbook with these rows below the header."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Wechselrichter")
    for row in (header, *rows):
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def code_of(serial: str, office: Office) -> str:
    key = office.secrets.secret(ACTIVATION, VERSION)
    return activation_code(key, inverter_serial(serial))


def good_rows(serials: Iterable[str], office: Office, type_: str = SMALL) -> list[tuple[str, ...]]:
    return [(serial, code_of(serial, office), type_, f"WR {serial}") for serial in serials]


def serials(count: int, prefix: str = "SN") -> list[str]:
    return [f"{prefix}-{number:05d}" for number in range(1, count + 1)]


@dataclass
class FakeListFiles:
    """Fits `ListFiles`."""

    files: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def read(self, account: AccountNumber, list_id: str) -> bytes | None:
        return self.files.get((account, list_id))

    def leave(self, content: bytes, list_id: str = LIST) -> None:
        self.files[ACCOUNT, list_id] = content


@dataclass
class ListWorld:
    """An office with a plant of no inverters, and a list that waits for its file."""

    fake: FakeOffice
    files: FakeListFiles = field(default_factory=FakeListFiles)
    now: datetime = NOON

    @property
    def desk(self) -> ListDesk:
        return ListDesk(
            office=self.fake.office,
            files=self.files,
            sheets=OpenpyxlSheets,
        )

    def upload(self, *rows: Sequence[object], list_id: str = LIST, **more: Any) -> InverterList:
        self.files.leave(excel(*rows, **more), list_id)
        return self.run(list_id)

    def run(self, list_id: str = LIST) -> InverterList:
        list_ = import_list(ACCOUNT, list_id, self.desk, now=self.now)
        assert list_
        return list_

    def stored(self, list_id: str = LIST) -> InverterList:
        ref = Ref(InverterList, (ACCOUNT, list_id))
        list_ = self.fake.records.read(ref)[ref]
        assert list_
        return list_

    def later(self, **more: int) -> None:
        self.now += timedelta(**more)


def a_list_world(*things: Any, list_: InverterList | None = None) -> ListWorld:
    plant = a_plant(inverters=0, power_w=0, trial_from=None)
    given = {type(thing) for thing in things}
    defaults = [
        thing
        for thing in (plant, an_account(users=(ANNA,)), a_user(), list_ or a_list())
        if type(thing) not in given
    ]
    return ListWorld(an_office(*defaults, *things, terms=TERMS))
