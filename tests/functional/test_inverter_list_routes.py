"""Lists of inverters over HTTP: the template, the form, and what came of a list."""

import io
from dataclasses import dataclass, field, replace
from zipfile import ZipFile

import openpyxl
import pytest

from freischalt.account_ports import Put
from freischalt.adapters.openpyxl_sheets import SHEET, OpenpyxlSheets
from freischalt.domain.ids import AccountNumber
from freischalt.domain.inverter_list import InverterList, ListColumn, ListProblem, ListRule
from freischalt.domain.list_rows import read_rows
from freischalt.list_ports import Upload
from freischalt_api import list_template
from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.inverter_list_routes import add_inverter_lists
from tests.account_factories import a_password, a_session, a_user
from tests.api_calls import Calls, at_noon
from tests.factories import ACCOUNT, NOON
from tests.list_factories import LIST, ListWorld, a_list_world
from tests.term_factories import LARGE, PLANT, SMALL


@dataclass
class FakeListUploads:
    """Fits `ListUploads`."""

    invited: list[tuple[str, str]] = field(default_factory=list)

    def invite(self, account: AccountNumber, list_id: str) -> Upload:
        self.invited.append((account, list_id))
        return Upload("https://lists.example", {"key": f"{account}/{list_id}", "policy": "x"})


@pytest.fixture
def world() -> ListWorld:
    """A user is signed in."""
    return a_list_world(a_user(password=a_password()), a_session(digest=""))


@pytest.fixture
def uploads() -> FakeListUploads:
    return FakeListUploads()


@pytest.fixture
def calls(world: ListWorld, uploads: FakeListUploads) -> Calls:
    api = Api(now=at_noon, gate=gate_of(world.fake.office), new_id=lambda: "fedcba9876543210")
    add_inverter_lists(api, world.fake.office, uploads)
    return Calls(api)


NEW = f"{LIST[:13]}-fedcba987654"
LISTS = f"/plants/{PLANT}/inverter-lists"


def test_a_new_list_is_answered_with_its_form(
    calls: Calls, world: ListWorld, uploads: FakeListUploads
) -> None:
    answer = calls.post(LISTS, {"acceptGrowth": True})

    assert answer.status == 201
    assert answer.body == {
        "id": NEW,
        "state": "waiting",
        "upload": {
            "url": "https://lists.example",
            "fields": {"key": f"{ACCOUNT}/{NEW}", "policy": "x"},
            "until": "2026-11-22T12:10:00Z",
            "mostBytes": 5_000_000,
        },
    }
    assert uploads.invited == [(ACCOUNT, NEW)]
    assert world.fake.records.get(InverterList, ACCOUNT, NEW).accepts_growth


def test_growth_is_not_accepted_unless_it_is_said(calls: Calls, world: ListWorld) -> None:
    assert calls.post(LISTS, {}).status == 201
    assert not world.fake.records.get(InverterList, ACCOUNT, NEW).accepts_growth


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (LISTS, {"acceptGrowth": "yes"}, 422),
        (LISTS, {"file": "x"}, 422),
        (f"/plants/{ACCOUNT}-2/inverter-lists", {}, 404),
        ("/plants/10002-1/inverter-lists", {}, 404),
        ("/plants/10001/inverter-lists", {}, 422),
    ],
)
def test_what_is_refused(
    calls: Calls, uploads: FakeListUploads, path: str, body: object, status: int
) -> None:
    assert calls.post(path, body).status == status
    assert uploads.invited == []


def test_a_machine_uploads_no_list_and_sees_what_came_of_one(
    calls: Calls, world: ListWorld, uploads: FakeListUploads
) -> None:
    """A list can end the plant's licence: that is for a person to accept."""
    answer = calls.by_machine().post(LISTS, {"acceptGrowth": True})

    assert (answer.status, answer.code) == (403, "NOT_FOR_MACHINES")
    assert uploads.invited == []
    assert len(world.fake.records.all(InverterList)) == 1
    assert calls.by_machine().get(f"{LISTS}/{LIST}").status == 200


def test_a_repeated_request_gets_the_same_list(calls: Calls, world: ListWorld) -> None:
    first = calls.post(LISTS, {}, Idempotency_Key="k1")
    again = calls.post(LISTS, {}, Idempotency_Key="k1")

    assert first.body["id"] == again.body["id"]
    assert calls.post(LISTS, {"acceptGrowth": True}, Idempotency_Key="k1").status == 409
    assert len(world.fake.records.all(InverterList)) == 2


def test_what_came_of_a_list(calls: Calls, world: ListWorld) -> None:
    wrong = ListProblem(rule=ListRule.CODE_WRONG, row=7, column=ListColumn.CODE)
    world.fake.records.write(Put(world.stored().refused((wrong,) * 201, NOON)))

    german = calls.get(f"{LISTS}/{LIST}")
    english = replace(calls, headers={"accept-language": "en"}).get(f"{LISTS}/{LIST}")

    assert german.status == 200
    assert german.body["state"] == "refused"
    assert german.body["moreProblems"] == 1
    assert german.body["problems"][0] == {
        "row": 7,
        "column": "code",
        "rule": "CODE_WRONG",
        "detail": "Zeile 7, Spalte Aktivierungscode: Der Code passt nicht zu dieser Seriennummer.",
    }
    assert english.body["problems"][0]["detail"] == (
        "Row 7, column Activation code: The code does not fit this serial number."
    )


def test_a_list_is_not_shown_to_another_account(calls: Calls) -> None:
    assert calls.get(f"{LISTS}/{LIST}").status == 200
    assert calls.of("10002").get(f"{LISTS}/{LIST}").status == 404
    assert calls.get(f"{LISTS}/{NEW}").status == 404


# --- the template


def test_the_template_is_downloaded_as_a_file(calls: Calls) -> None:
    answer = calls.download("/inverter-list-template")

    assert answer.status == 200
    assert answer.headers["content-type"] == list_template.CONTENT_TYPE
    assert answer.headers["content-disposition"] == (
        'attachment; filename="wechselrichterliste.xlsx"'
    )
    assert ZipFile(io.BytesIO(answer.body)).testzip() is None


def test_the_template_is_what_the_import_reads() -> None:
    book = openpyxl.load_workbook(io.BytesIO(list_template.list_template([SMALL, LARGE])))
    sheet = book[SHEET]

    assert [cell.value for cell in sheet[1]] == [
        "Seriennummer / Serial number",
        "Aktivierungscode / Activation code",
        "Typ / Type",
        "Name",
    ]
    assert [row[0].value for row in book["Typen"].iter_rows()] == [SMALL, LARGE]
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.type, choice.formula1) == ("list", "Typen!$A$1:$A$2")
    assert str(choice.sqref) == "C2:C10001"
    columns = sheet.column_dimensions["A"]
    assert (columns.min, columns.max, columns.number_format) == (1, 4, "@")

    sheet.append(["007-1", "ABCD", SMALL, "WR 1"])
    saved = io.BytesIO()
    book.save(saved)
    rows = OpenpyxlSheets().read(saved.getvalue())
    assert not isinstance(rows, ListRule)
    (row,) = read_rows(rows, types=[SMALL, LARGE]).rows
    assert (row.number, row.serial, row.code, row.type, row.name) == (
        2,
        "007-1",
        "ABCD",
        SMALL,
        "WR 1",
    )


def test_names_of_types_are_written_as_xml() -> None:
    book = openpyxl.load_workbook(io.BytesIO(list_template.list_template(["A<1> & B"])))

    assert book["Typen"]["A1"].value == "A<1> & B"


def test_an_empty_template_has_no_rows() -> None:
    rows = OpenpyxlSheets().read(list_template.list_template([SMALL]))

    assert not isinstance(rows, ListRule)
    assert [each.rule for each in read_rows(rows, types=[SMALL]).problems] == [ListRule.NO_ROWS]
    assert list_template.list_template([]) == list_template.list_template([])
