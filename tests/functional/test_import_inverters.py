"""Lists of inverters become inverters: all rows or none, whatever the file, whoever is at it."""

from dataclasses import replace
from datetime import date, timedelta
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freischalt.account_ports import Put
from freischalt.domain.ids import AccountNumber, InverterSerial, PlantId
from freischalt.domain.inverter_list import (
    ABANDONED_AFTER,
    EXPIRES_AFTER,
    MOST_AT_ONCE,
    MOST_ROWS,
    PROBLEMS_KEPT,
    InverterList,
    ListProblem,
    ListRule,
    ListState,
)
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import UNKNOWN, Inverter, Plant, UsedActivation
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.errors import TooManyRaces
from freischalt.use_cases import import_inverters
from freischalt.use_cases.import_inverters import end_due_lists, import_list
from freischalt.use_cases.inverter_lists import NewList, ask_for_upload, known_list
from freischalt.use_cases.inverters import (
    InverterData,
    NewInverter,
    add_inverter,
    exchange_inverter,
)
from freischalt.use_cases.list_checks import ROWS_A_READ
from freischalt.use_cases.used_codes import is_used
from tests.account_factories import a_request, repeatable
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.list_factories import (
    HEADER,
    LIST,
    ListWorld,
    a_list,
    a_list_world,
    code_of,
    excel,
    good_rows,
    serials,
)
from tests.term_factories import (
    LARGE,
    ORDER,
    PLANT,
    SERIAL,
    SMALL,
    TODAY,
    a_plant,
    a_term,
    an_inverter,
    details,
)

CHUNK = 3
OTHER_LIST = LIST[:-1] + "6"


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_inverters, "ROWS_A_CHUNK", CHUNK)


@pytest.fixture
def world() -> ListWorld:
    return a_list_world()


def plant_of(world: ListWorld) -> Plant:
    return world.fake.records.get(Plant, PLANT)


def counting(world: ListWorld) -> set[str]:
    """Serials of the plant's inverters, as readers see them."""
    plant = plant_of(world)
    return {each.serial for each in world.fake.records.all(Inverter) if each.counts(plant)}


def used(world: ListWorld) -> set[str]:
    claims = world.fake.records.all(UsedActivation)
    return {claim.serial for claim in claims if is_used(claim, office=world.fake.office)}


def rules(list_: InverterList) -> list[tuple[int | None, str | None, str]]:
    return [
        (each.row, each.column and each.column.value, each.rule.value) for each in list_.problems
    ]


# --- the good way


def test_a_list_becomes_inverters(world: ListWorld) -> None:
    rows = good_rows(serials(7), world.fake.office)

    ended = world.upload(*rows)

    plant = plant_of(world)
    assert (ended.state, ended.rows, ended.power.watts) == (ListState.PUBLISHED, 7, 7 * 4_200)
    assert counting(world) == used(world) == set(serials(7))
    assert (plant.inverters, plant.power_w, plant.imports) == (7, 7 * 4_200, ())
    assert plant.trial_from == TODAY
    assert plant.changed_by == "user:anna"
    (told,) = world.fake.told(NoticeKind.LIST_PUBLISHED)
    assert told.details["rows"] == "7"
    inverter = world.fake.records.get(Inverter, PLANT, "SN-00001")
    assert (inverter.name, inverter.type, inverter.import_id) == ("WR SN-00001", SMALL, LIST)


def test_a_type_that_is_not_known_yet_counts_as_much_as_any(world: ListWorld) -> None:
    office = world.fake.office
    rows = [(serial, code_of(serial, office), type_) for serial, type_ in
            zip(serials(3), (None, "unknown", LARGE.lower()), strict=True)]  # fmt: skip

    world.upload(*rows)

    plant = plant_of(world)
    assert (plant.power_w, plant.unknown_inverters) == (20_000 + 20_000 + 23_000, 2)
    types = [each.type for each in world.fake.records.all(Inverter)]
    assert types == [UNKNOWN, UNKNOWN, LARGE]


def test_a_list_that_is_run_again_changes_nothing(world: ListWorld) -> None:
    world.upload(*good_rows(serials(7), world.fake.office))
    before = dict(world.fake.records.things)

    world.later(days=3)
    world.run()
    world.upload(*good_rows(serials(2, "XX"), world.fake.office))  # the same form, another file

    assert world.fake.records.things == before


def test_the_public_row_changes_with_the_plant() -> None:
    public = a_plant(inverters=0, power_w=0, trial_from=None, details=details(is_public=True))
    world = a_list_world(public)

    world.upload(*good_rows(serials(2), world.fake.office))

    (row,) = [each for (kind, _), each in world.fake.records.things.items()
              if kind.__name__ == "PublicPlant"]  # fmt: skip
    assert row.ac_power_w == 8_400


def test_nothing_counts_before_the_last_write(world: ListWorld) -> None:
    seen = []
    write = world.fake.records.write

    def look_and_write(*changes: Any) -> None:
        seen.append((counting(world), plant_of(world).power_w, plant_of(world).imports))
        write(*changes)

    world.fake.records.write = look_and_write  # type: ignore[method-assign]
    world.upload(*good_rows(serials(7), world.fake.office))

    assert [each[:2] for each in seen] == [(set(), 0)] * 5  # begin, three chunks, publish
    assert [each[2] for each in seen] == [(), (LIST,), (LIST,), (LIST,), (LIST,)]
    assert counting(world) == set(serials(7))


# --- what is refused


def test_every_problem_is_named_by_row_and_column_and_nothing_is_written(world: ListWorld) -> None:
    office = world.fake.office
    good, *_ = good_rows(["SN-00001"], office)
    rows = [
        good,
        ("SN-00002", "0000-0000-0000", SMALL),
        (),
        ("SN-00001", code_of("SN-00001", office)),
        ("SN?", code_of("SN-00004", office), "AE 9"),
        (1234567.25, None, SMALL),
    ]

    ended = world.upload(*rows)

    assert ended.state is ListState.REFUSED
    assert rules(ended) == [
        (5, "serial", "TWICE"),
        (6, "serial", "MALFORMED"),
        (6, "type", "TYPE_UNKNOWN"),
        (7, "serial", "NOT_TEXT"),
        (7, "code", "MISSING"),
    ]
    assert not world.fake.records.all(Inverter)
    assert not world.fake.records.all(UsedActivation)
    assert plant_of(world) == a_plant(inverters=0, power_w=0, trial_from=None)
    (told,) = world.fake.told(NoticeKind.LIST_REFUSED)
    assert told.details["problems"] == "5"


def test_codes_are_looked_at_when_all_else_is_right(world: ListWorld) -> None:
    world.fake.records.put(UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, version=1))
    office = world.fake.office

    wrong = world.upload((SERIAL, code_of("SN-00009", office)))
    world.fake.records.put(a_list(id=OTHER_LIST))
    right = world.upload((SERIAL, code_of(SERIAL, office)), list_id=OTHER_LIST)

    assert rules(wrong) == [(2, "code", "CODE_WRONG")]  # and not that it was used
    assert rules(right) == [(2, "code", "CODE_USED")]


def test_an_inverter_whose_code_was_freed_is_not_there_twice(world: ListWorld) -> None:
    world.fake.records.put(an_inverter())

    ended = world.upload(*good_rows([SERIAL], world.fake.office))

    assert rules(ended) == [(2, "code", "CODE_USED")]


def test_of_very_many_problems_the_first_are_kept(world: ListWorld) -> None:
    ended = world.upload(*[(serial, "0000-0000-0000") for serial in serials(250)])

    assert len(ended.problems) == PROBLEMS_KEPT
    assert ended.more_problems == 50
    assert world.fake.told(NoticeKind.LIST_REFUSED)[0].details["problems"] == "250"


@pytest.mark.parametrize(
    "plant", [None, a_plant(ended_at=NOON)], ids=["no plant", "a plant that has ended"]
)
def test_a_plant_that_is_no_more(world: ListWorld, plant: Plant | None) -> None:
    del world.fake.records.things[Plant, (PLANT,)]
    if plant:
        world.fake.records.put(plant)

    assert rules(world.upload(*good_rows(serials(2), world.fake.office))) == [
        (None, None, "PLANT_ENDED")
    ]


def test_a_file_that_is_gone(world: ListWorld) -> None:
    assert rules(world.run()) == [(None, None, "FILE_GONE")]


def test_there_is_no_such_list(world: ListWorld) -> None:
    assert import_list(ACCOUNT, "1795348800000-000000000000", world.desk, now=NOON) is None


# --- growth

LICENSED = a_plant(inverters=1, power_w=4_200, terms=(a_term(after=TODAY - timedelta(days=10)),))


def test_more_power_than_is_licensed_is_refused_with_its_cost() -> None:
    world = a_list_world(LICENSED)

    ended = world.upload(*good_rows(serials(2), world.fake.office))

    (problem,) = ended.problems
    assert problem == ListProblem(
        rule=ListRule.GROWTH_NOT_ACCEPTED,
        parameters={
            "power_w": "12600",
            "licensed_w": "4200",
            "ends_on": "2027-01-02",  # the trial runs on
            "credit_cents": str(4_900 * 355 // 365),
            "gross_cents_365": str(round((9_900 - 4_900 * 355 // 365) * 1.19)),
            "gross_cents_730": str(round((17_900 - 4_900 * 355 // 365) * 1.19)),
        },
    )
    assert plant_of(world) == LICENSED


def test_more_power_than_is_ordered_is_refused_with_its_cost() -> None:
    world = a_list_world(a_plant(open_order=ORDER, ordered_w=4_200))

    (problem,) = world.upload(*good_rows(serials(2), world.fake.office)).problems

    assert problem.rule is ListRule.GROWTH_NOT_ACCEPTED
    assert problem.parameters["licensed_w"] == "4200"


def test_growth_that_was_accepted_ends_the_terms() -> None:
    world = a_list_world(LICENSED, list_=a_list(accepts_growth=True))

    ended = world.upload(*good_rows(serials(2), world.fake.office))

    plant = plant_of(world)
    assert ended.state is ListState.PUBLISHED
    assert (plant.power_w, plant.extended_on, plant.terms[0].ended) == (12_600, TODAY, TODAY)
    assert plant.credit_cents == 4_900 * 355 // 365
    assert world.fake.told(NoticeKind.PLANT_OUTGROWN)


def test_a_term_that_is_bought_while_rows_are_staged_is_not_ended_unasked(
    world: ListWorld,
) -> None:
    def buy() -> None:
        bought = replace(plant_of(world), terms=(a_term(power_w=4_200),))
        world.fake.records.write(Put(bought))

    world.fake.records.quicker = [lambda: None, lambda: None, buy]

    ended = world.upload(*good_rows(serials(7), world.fake.office))

    assert [each.rule for each in ended.problems] == [ListRule.GROWTH_NOT_ACCEPTED]
    assert plant_of(world).terms[0].ended is None
    assert (counting(world), used(world)) == (set(), set())
    assert not world.fake.records.all(Inverter)
    assert not world.fake.records.all(UsedActivation)
    assert plant_of(world).imports == ()


# --- others at work


def test_a_code_that_others_use_meanwhile_takes_everything_back(world: ListWorld) -> None:
    def use() -> None:
        claim = UsedActivation(serial=InverterSerial("SN-00005"), plant=PLANT, at=NOON)
        world.fake.records.write(Put(claim))

    world.fake.records.quicker = [lambda: None, lambda: None, use]

    ended = world.upload(*good_rows(serials(7), world.fake.office))

    assert rules(ended) == [(6, "code", "CODE_USED")]
    assert used(world) == {"SN-00005"}
    assert not world.fake.records.all(Inverter)
    assert (plant_of(world).imports, plant_of(world).power_w) == ((), 0)
    assert not ended.on_plant


class Stop(BaseException):
    """As if the function had ended here."""


def stop() -> None:
    raise Stop


def stopped_at(write: int, world: ListWorld, *rows: Any, list_id: str = LIST) -> None:
    world.fake.records.quicker = [*(lambda: None,) * write, stop]
    with pytest.raises(Stop):
        world.upload(*rows, list_id=list_id)


def test_what_a_refused_list_has_left_is_free_before_it_is_cleared(world: ListWorld) -> None:
    rows = good_rows(serials(7), world.fake.office)
    stopped_at(3, world, *rows)
    assert used(world) == set(serials(6))  # while it is checked, its claims hold
    refused = world.stored().refused((ListProblem(rule=ListRule.ABANDONED),), NOON)
    world.fake.records.write(Put(refused))
    assert used(world) == set()

    world.fake.records.put(a_list(id=OTHER_LIST))
    other = world.upload(*rows, list_id=OTHER_LIST)
    cleared = world.run()

    assert other.state is ListState.PUBLISHED
    assert counting(world) == used(world) == set(serials(7))
    assert {each.import_id for each in world.fake.records.all(Inverter)} == {OTHER_LIST}
    assert {each.import_id for each in world.fake.records.all(UsedActivation)} == {OTHER_LIST}
    assert (cleared.on_plant, plant_of(world).imports) == (False, ())
    assert plant_of(world).power_w == 7 * 4_200


def test_one_inverter_is_added_in_place_of_a_refused_lists_claim(world: ListWorld) -> None:
    other = PlantId(f"{ACCOUNT}-2")
    world.fake.records.put(a_plant(id=other, inverters=0, power_w=0))
    stopped_at(3, world, *good_rows(serials(7), world.fake.office))
    office, serial = world.fake.office, InverterSerial("SN-00001")
    new = NewInverter(serial=serial, code=code_of(serial, office), data=InverterData())

    def add(id_: str) -> object:
        return add_inverter(other, new, accepts_growth=False, office=office, request=a_request(id_))

    held = add("r1")
    problems = (ListProblem(rule=ListRule.ABANDONED),)
    world.fake.records.write(Put(world.stored().refused(problems, NOON)))
    free = add("r2")
    world.run()  # takes away what the list has staged, and nothing else

    assert isinstance(held, Refusal)
    assert held.code is RefusalCode.ACTIVATION_USED
    assert free == {"plant": other, "serial": serial}
    (claim,) = world.fake.records.all(UsedActivation)
    assert (claim.plant, claim.import_id) == (other, None)
    assert [each.plant for each in world.fake.records.all(Inverter)] == [other]


def test_inverters_come_in_place_of_what_a_refused_list_has_left_on_their_plant(
    world: ListWorld,
) -> None:
    stopped_at(3, world, *good_rows(serials(7), world.fake.office))
    office, (first, second) = world.fake.office, map(InverterSerial, serials(2))
    problems = (ListProblem(rule=ListRule.ABANDONED),)
    world.fake.records.write(Put(world.stored().refused(problems, NOON)))

    def new(serial: InverterSerial) -> NewInverter:
        return NewInverter(serial=serial, code=code_of(serial, office), data=InverterData())

    asked: Any = {"accepts_growth": False, "office": office, "request": a_request()}
    assert add_inverter(PLANT, new(first), **asked) == {"plant": PLANT, "serial": first}
    assert exchange_inverter(PLANT, first, new(second), **asked) == {
        "plant": PLANT,
        "serial": second,
    }
    world.run()  # takes away what the list has staged, and nothing else

    (inverter,) = world.fake.records.all(Inverter)
    assert (inverter.serial, inverter.import_id) == (second, None)
    claims = {claim.serial: claim.import_id for claim in world.fake.records.all(UsedActivation)}
    assert claims == {first: None, second: None}
    assert plant_of(world).inverters == 1


def test_two_lists_with_the_same_serials_do_not_both_count(world: ListWorld) -> None:
    rows = good_rows(serials(7), world.fake.office)
    stopped_at(2, world, *rows)  # three rows are staged
    world.fake.records.put(a_list(id=OTHER_LIST))

    other = world.upload(*rows, list_id=OTHER_LIST)
    first = world.run()

    assert [row for row, *_ in rules(other)] == [2, 3, 4]
    assert first.state is ListState.PUBLISHED
    assert counting(world) == set(serials(7))


def test_lists_for_one_plant_at_a_time_add_up(world: ListWorld) -> None:
    stopped_at(2, world, *good_rows(serials(7), world.fake.office))
    world.fake.records.put(a_list(id=OTHER_LIST))

    world.upload(*good_rows(serials(4, "XX"), world.fake.office), list_id=OTHER_LIST)
    assert counting(world) == set(serials(4, "XX"))
    world.run()

    assert counting(world) == {*serials(7), *serials(4, "XX")}
    assert (plant_of(world).inverters, plant_of(world).power_w) == (11, 11 * 4_200)


def test_another_file_in_the_place_of_the_one_that_is_checked(world: ListWorld) -> None:
    stopped_at(2, world, *good_rows(serials(7), world.fake.office))

    ended = world.upload(*good_rows(serials(4, "XX"), world.fake.office))

    assert rules(ended) == [(None, None, "FILE_REPLACED")]
    assert (counting(world), used(world)) == (set(), set())
    assert not world.fake.records.all(Inverter)
    assert plant_of(world).imports == ()


def test_a_type_that_is_no_more_keeps_a_list_from_going_on(world: ListWorld) -> None:
    stopped_at(2, world, *good_rows(serials(7), world.fake.office))
    assert world.fake.terms
    world.fake.terms = replace(world.fake.terms, inverter_types={})

    ended = world.run()

    assert {each.rule for each in ended.problems} == {ListRule.TYPE_UNKNOWN}
    assert not world.fake.records.all(Inverter)


def test_whoever_loses_every_race_goes_on_later(world: ListWorld) -> None:
    def touch() -> None:
        world.fake.records.put(replace(plant_of(world), version=plant_of(world).version + 1))

    world.fake.records.quicker = [touch] * 6

    with pytest.raises(TooManyRaces):
        world.upload(*good_rows(serials(7), world.fake.office))

    assert world.run().state is ListState.PUBLISHED


# --- killed anywhere


@pytest.mark.parametrize("write", range(5))
def test_a_killed_run_goes_on_where_it_was(world: ListWorld, write: int) -> None:
    stopped_at(write, world, *good_rows(serials(7), world.fake.office))
    assert counting(world) == set()

    assert world.run().state is ListState.PUBLISHED

    assert counting(world) == used(world) == set(serials(7))
    assert {each.version for each in world.fake.records.all(Inverter)} == {1}
    assert len(world.fake.told(NoticeKind.LIST_PUBLISHED)) == 1


@pytest.mark.parametrize("write", range(5))  # the refusal, three chunks, the end
def test_a_killed_clearing_goes_on_where_it_was(world: ListWorld, write: int) -> None:
    stopped_at(4, world, *good_rows(serials(7), world.fake.office))
    world.later(days=2)
    world.fake.records.quicker = [*(lambda: None,) * write, stop]

    with pytest.raises(Stop):
        end_due_lists(FakeDueLists(world), world.desk, now=world.now)
    end_due_lists(FakeDueLists(world), world.desk, now=world.now)

    assert world.stored().state is ListState.REFUSED
    assert not world.stored().on_plant
    assert not world.fake.records.all(Inverter)
    assert not world.fake.records.all(UsedActivation)
    assert plant_of(world).imports == ()
    assert len(world.fake.told(NoticeKind.LIST_REFUSED)) == 1


# --- as many rows as there can be

LATENCY = {"reads": 0.03, "writes": 0.15}
"""Seconds of a consistent read, and of a transaction of a hundred writes, at their slowest."""


def test_ten_thousand_rows_in_good_time(
    world: ListWorld, template: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    chunks = -(-MOST_ROWS // import_inverters.ROWS_A_CHUNK)
    world.files.leave(excel(*good_rows(serials(MOST_ROWS), world.fake.office)))
    records, asked, begun = world.fake.records, world.fake.secrets.calls, process_time()

    assert world.run().state is ListState.PUBLISHED

    took = process_time() - begun
    timeout = template["Resources"]["ImportInverters"]["Properties"]["Timeout"]
    assert plant_of(world).inverters == MOST_ROWS
    assert records.writes == 1 + chunks + 1
    assert records.reads <= -(-MOST_ROWS // ROWS_A_READ) + 2 * chunks + 10
    assert world.fake.secrets.calls == asked + 1
    waits = records.reads * LATENCY["reads"] + records.writes * LATENCY["writes"]
    assert took + waits < timeout / 2


def test_one_row_more_is_too_many(world: ListWorld) -> None:
    ended = world.upload(*[("SN",)] * (MOST_ROWS + 1))

    assert rules(ended) == [(None, None, "TOO_MANY_ROWS")]


# --- lists that nobody brings to their end


class FakeDueLists:
    """Fits `DueLists`."""

    def __init__(self, world: ListWorld) -> None:
        self._world = world

    def due(self, *, now: Any) -> list[InverterList]:
        lists = self._world.fake.records.all(InverterList)
        return [each for each in lists if each.due_at and each.due_at <= now]


def test_a_form_that_nobody_used_expires(world: ListWorld) -> None:
    world.now = NOON + EXPIRES_AFTER - timedelta(seconds=1)
    assert end_due_lists(FakeDueLists(world), world.desk, now=world.now) == []

    world.now = NOON + EXPIRES_AFTER
    assert end_due_lists(FakeDueLists(world), world.desk, now=world.now) == [LIST]

    assert world.stored().state is ListState.EXPIRED
    late = world.upload(*good_rows(serials(2), world.fake.office))
    assert late.state is ListState.EXPIRED
    assert not counting(world)


def test_a_list_that_no_message_brings_again_is_given_up(world: ListWorld) -> None:
    stopped_at(3, world, *good_rows(serials(7), world.fake.office))
    world.now = NOON + ABANDONED_AFTER

    assert end_due_lists(FakeDueLists(world), world.desk, now=world.now) == [LIST]

    assert [each.rule for each in world.stored().problems] == [ListRule.ABANDONED]
    assert world.stored().due_at is None
    assert not world.fake.records.all(UsedActivation)


def test_one_that_cannot_be_ended_holds_up_no_other(world: ListWorld) -> None:
    world.fake.records.put(a_list(id=OTHER_LIST))
    world.now = NOON + EXPIRES_AFTER
    failed: list[str] = []

    def fail() -> None:
        raise TimeoutError

    world.fake.records.quicker = [fail]
    ended = end_due_lists(
        FakeDueLists(world), world.desk, now=world.now, failed=lambda id_, _: failed.append(id_)
    )

    assert (failed, ended) == ([LIST], [OTHER_LIST])


# --- whatever the file


CELLS = st.one_of(
    st.none(),
    st.sampled_from(["SN-00001", "SN-00002", "right", "wrong", SMALL, "unknown", ""]),
    st.text(max_size=6),
    st.integers(-10, 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1999, 1, 1), date(2030, 1, 1)),
)
ROWS = st.lists(st.lists(CELLS, max_size=5), max_size=5)
HEADERS = st.one_of(
    st.just(list(HEADER)), st.lists(st.sampled_from([*HEADER, None, 5]), max_size=5)
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(good=st.integers(0, 5), rows=ROWS, header=HEADERS)
def test_whatever_the_file_all_of_its_rows_count_or_none(
    good: int, rows: list[list[object]], header: list[object]
) -> None:
    world = a_list_world()
    legible = [
        [_without_control(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    ]
    before = plant_of(world)

    ended = world.upload(
        *good_rows(serials(good, "OK"), world.fake.office),
        *legible,
        header=header or [HEADER[0], HEADER[1]],
    )

    not_blank = [
        row for row in legible if any(str(cell or "").strip() or cell == 0 for cell in row)
    ]
    if ended.state is ListState.PUBLISHED:
        assert len(counting(world)) == ended.rows == good + len(not_blank)
        assert plant_of(world).inverters == ended.rows
    else:
        assert ended.state is ListState.REFUSED
        assert ended.problems
        assert counting(world) == used(world) == set()
        assert replace(plant_of(world), version=1) == before


def _says_something(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip())


def _without_control(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


# --- asking, and looking


def test_whoever_asks_again_with_the_same_key_gets_the_same_list(world: ListWorld) -> None:
    new, office = NewList(account=ACCOUNT, plant=PLANT, accepts_growth=True), world.fake.office

    first = ask_for_upload(new, office, repeatable(nonce="1234567890abcdef"))
    again = ask_for_upload(new, office, repeatable(nonce="0000000000000000"))

    assert first == again == {"list": f"{LIST[:13]}-1234567890ab"}
    assert world.stored(f"{LIST[:13]}-1234567890ab").accepts_growth


def test_an_account_has_five_lists_at_once_on_all_of_its_plants(world: ListWorld) -> None:
    other = PlantId(f"{ACCOUNT}-2")
    world.fake.records.put(a_plant(id=other))

    def ask(plant: PlantId, nonce: int) -> object:
        request = a_request(nonce=f"{nonce:012d}")
        return ask_for_upload(NewList(account=ACCOUNT, plant=plant), world.fake.office, request)

    for nonce in range(MOST_AT_ONCE):
        assert not isinstance(ask((PLANT, other)[nonce % 2], nonce), Refusal)
    assert ask(PLANT, 6) == ask(other, 6) == Refusal(RefusalCode.TOO_MANY_LISTS)

    world.upload(*good_rows(serials(1), world.fake.office), list_id=f"{LIST[:13]}-{0:012d}")
    assert ask(PLANT, 7) == {"list": f"{LIST[:13]}-{7:012d}"}
    assert ask(PLANT, 8) == Refusal(RefusalCode.TOO_MANY_LISTS)


def test_of_two_lists_asked_for_at_once_the_second_counts_the_first(world: ListWorld) -> None:
    def ask(nonce: int) -> object:
        request = a_request(nonce=f"{nonce:012d}")
        return ask_for_upload(NewList(account=ACCOUNT, plant=PLANT), world.fake.office, request)

    for nonce in range(MOST_AT_ONCE - 1):
        ask(nonce)
    world.fake.records.quicker = [lambda: ask(6)]

    assert ask(7) == Refusal(RefusalCode.TOO_MANY_LISTS)


@pytest.mark.parametrize(
    ("account", "plant"),
    [(OTHER_ACCOUNT, a_plant()), (ACCOUNT, a_plant(ended_at=NOON))],
    ids=["another's plant", "a plant that has ended"],
)
def test_no_list_for(account: AccountNumber, plant: Plant) -> None:
    world = a_list_world(plant)

    refused = ask_for_upload(
        NewList(account=account, plant=PLANT), world.fake.office, a_request("r1")
    )

    assert isinstance(refused, Refusal)
    assert len(world.fake.records.all(InverterList)) == 1


def test_a_list_is_shown_to_its_account_with_its_plant_alone(world: ListWorld) -> None:
    office = world.fake.office

    assert known_list(ACCOUNT, PLANT, LIST, office) == world.stored()
    for account, plant, list_id in (
        (OTHER_ACCOUNT, PLANT, LIST),
        (ACCOUNT, PlantId(f"{ACCOUNT}-2"), LIST),
        (ACCOUNT, PLANT, OTHER_LIST),
    ):
        assert known_list(account, plant, list_id, office) == Refusal(RefusalCode.NOT_FOUND)
