"""Plants are made, changed and ended, with their rows among the public plants: terms.md, 1."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.domain.account import Account
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber, PlantId
from freischalt.domain.plant import Plant, PlantDetails, Production
from freischalt.domain.public_plant import PublicPlant, public_plant
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.shared_plant import SharedPlant
from freischalt.errors import TooManyRaces
from freischalt.use_cases.plants import (
    MOST_GUESTS,
    MOST_PLANTS,
    add_guest,
    change_plant,
    end_plant,
    make_plant,
    plant_changes,
    plant_gone,
    remove_guest,
    report_production,
)
from tests.account_factories import COMPANY, a_request, an_account, repeatable
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.term_factories import ORDER, PLANT, TERMS, TODAY, a_plant, a_term, details

OTHER_TOWN = replace(details().site, postal_code="10115", city="Berlin")
CONTACTS = {"partner_GR": "Partner Hellas", "partner_CH": "Partner Schweiz"}


def a_person(country: str) -> Registrant:
    return Registrant(CustomerKind.PERSON, "Anna", Address("Weg 1", "10115", "Ort", country))


def office(*things: Any, **account: Any) -> FakeOffice:
    fake = an_office(an_account(**{"registrant": COMPANY, **account}), *things, terms=TERMS)
    fake.catalogue = replace(fake.catalogue, contacts=CONTACTS)
    return fake


def plant_in(fake: FakeOffice, id_: str = PLANT) -> Plant:
    return fake.records.get(Plant, id_)


def rows(fake: FakeOffice) -> list[PublicPlant]:
    return fake.records.all(PublicPlant)


def put_with_row(fake: FakeOffice, plant: Plant) -> Plant:
    fake.records.write(*plant_changes(None, replace(plant, version=0)))
    return plant_in(fake, plant.id)


# --- they are made


def test_plants_are_numbered_within_their_account() -> None:
    fake = office()

    results = [make_plant(ACCOUNT, details(), fake.office, a_request(f"r{n}")) for n in range(2)]

    assert results == [{"plant": f"{ACCOUNT}-1"}, {"plant": f"{ACCOUNT}-2"}]
    made = plant_in(fake, f"{ACCOUNT}-2")
    assert (made.trial_from, made.power_w, made.revision) == (None, 0, 1)
    assert fake.records.get(Account, ACCOUNT).plants == 2


def test_a_repeated_request_makes_no_second_one() -> None:
    fake = office()

    results = [make_plant(ACCOUNT, details(), fake.office, repeatable()) for _ in range(2)]

    assert results[0] == results[1]
    assert len(fake.records.all(Plant)) == 1


def test_two_at_once_get_two_numbers() -> None:
    fake = office()
    fake.records.quicker = [
        lambda: make_plant(ACCOUNT, details(), fake.office, a_request("quicker"))
    ]

    result = make_plant(ACCOUNT, details(), fake.office, a_request())

    assert result == {"plant": f"{ACCOUNT}-2"}


@pytest.mark.parametrize(
    ("registrant", "refused", "advice"),
    [
        pytest.param(a_person("DE"), False, None, id="a consumer in Germany"),
        pytest.param(a_person("AT"), True, None, id="a consumer elsewhere"),
        pytest.param(a_person("GR"), True, "Partner Hellas", id="in Greece a partner helps"),
        pytest.param(a_person("CH"), True, "Partner Schweiz", id="in Switzerland, too"),
        pytest.param(COMPANY, False, None, id="a company anywhere"),
        pytest.param(None, False, None, id="an account that the vendor made"),
    ],
)
def test_for_whom(registrant: Registrant | None, refused: bool, advice: str | None) -> None:
    fake = office(registrant=registrant)

    result = make_plant(ACCOUNT, details(), fake.office, a_request())

    no = Refusal(RefusalCode.MONITORING_NOT_SOLD, advice=advice)
    assert result == (no if refused else {"plant": f"{ACCOUNT}-1"})


@pytest.mark.parametrize(
    ("made", "ended", "refused"),
    [(MOST_PLANTS, 0, True), (MOST_PLANTS, 1, False), (99_999, 99_999, True)],
)
def test_how_many(made: int, ended: int, refused: bool) -> None:
    fake = office(plants=made, ended_plants=ended)

    result = make_plant(ACCOUNT, details(), fake.office, a_request())

    assert (result == Refusal(RefusalCode.TOO_MANY_PLANTS)) is refused


def test_none_for_an_account_that_is_erased() -> None:
    fake = office(erased=True)

    result = make_plant(ACCOUNT, details(), fake.office, a_request())

    assert result == Refusal(RefusalCode.NO_ACCOUNT)


# --- and their rows among the public ones

PUBLIC = details(is_public=True, generator_power_w=5_000)


def test_a_row_comes_goes_and_moves_with_the_plant() -> None:
    fake = office()
    seen = []

    def change(to: PlantDetails, read: int) -> None:
        change_plant(PLANT, to, read, fake.office, a_request(f"r{read}"))
        seen.append([(row.country, row.postal_code, row.city) for row in rows(fake)])

    make_plant(ACCOUNT, details(), fake.office, a_request())
    change(PUBLIC, 1)
    change(replace(PUBLIC, site=replace(PUBLIC.site, city="Neuhausen")), 2)
    change(replace(PUBLIC, site=OTHER_TOWN), 3)
    change(replace(PUBLIC, site=OTHER_TOWN, is_public=False), 4)
    change(PUBLIC, 5)
    end_plant(PLANT, confirmed=False, office=fake.office, request=a_request("end"))

    assert seen == [
        [("DE", "72555", "Metzingen")],
        [("DE", "72555", "Neuhausen")],
        [("DE", "10115", "Berlin")],
        [],
        [("DE", "72555", "Metzingen")],
    ]
    assert rows(fake) == []


def test_what_a_row_shows_and_what_decides_whether_it_is_shown() -> None:
    term = a_term(after=date(2027, 1, 1))
    over = a_term(after=date(2025, 1, 1), ended=TODAY)
    fake = office()

    put_with_row(fake, a_plant(details=PUBLIC, terms=(over, term)))
    report = Production(on=TODAY, day_wh=5_000, total_wh=90_000)
    report_production(PLANT, report, fake.office, a_request())

    (row,) = rows(fake)
    assert row == PublicPlant(
        plant=PLANT,
        public_id=plant_in(fake).public_id,
        country="DE",
        postal_code="72555",
        city="Metzingen",
        ac_power_w=4_200,
        generator_power_w=5_000,
        production=report,
        spans=((TODAY, date(2027, 1, 2)), (term.after, term.end)),
        version=2,
    )


def test_a_change_that_no_row_shows_writes_none() -> None:
    fake = office()
    plant = put_with_row(fake, a_plant(details=PUBLIC))

    changes = plant_changes(plant, replace(plant, credit_cents=17))

    assert len(changes) == 1


def test_what_is_erased_takes_its_row_along() -> None:
    fake = office()
    plant = put_with_row(fake, a_plant(details=PUBLIC))

    fake.records.write(*plant_gone(plant))

    assert (rows(fake), fake.records.all(Plant)) == ([], [])


# --- they are changed


def test_who_has_read_an_older_revision_changes_nothing() -> None:
    fake = office(a_plant(revision=2))

    result = change_plant(PLANT, PUBLIC, 1, fake.office, a_request())

    assert result == Refusal(RefusalCode.CHANGED_MEANWHILE)


def test_a_report_does_not_stand_in_the_way_of_a_change() -> None:
    fake = office(a_plant(revision=1))
    report = Production(on=TODAY, day_wh=1, total_wh=1)
    report_production(PLANT, report, fake.office, a_request("report"))

    result = change_plant(PLANT, PUBLIC, 1, fake.office, a_request("change", actor="user:anna"))

    changed = plant_in(fake)
    assert result == {"plant": PLANT}
    assert (changed.production, changed.revision, changed.changed_by) == (report, 2, "user:anna")


def test_what_stays_the_same_is_not_written() -> None:
    fake = office(a_plant(revision=1))

    change_plant(PLANT, details(), 1, fake.office, a_request())

    assert fake.records.writes == 0


def test_an_older_days_report_comes_too_late_and_tomorrows_is_another_time_zones() -> None:
    fake = office(a_plant())

    for day in (TODAY, date(2026, 11, 23), date(2026, 11, 20)):
        report = Production(on=day, day_wh=day.day, total_wh=100)
        report_production(PLANT, report, fake.office, a_request())
    far = Production(on=date(2026, 11, 24), day_wh=1, total_wh=1)
    refused = report_production(PLANT, far, fake.office, a_request())

    kept = plant_in(fake).production
    assert kept
    assert kept.on == date(2026, 11, 23)
    problem = FieldProblem("/on", FieldRule.IN_THE_FUTURE)
    assert refused == Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))


@pytest.mark.parametrize(
    ("day", "total_wh", "counts"),
    [
        pytest.param(TODAY, 1_300, False, id="overtaken by a later one of the day"),
        pytest.param(TODAY, 1_500, True, id="the same energy, corrected for the day"),
        pytest.param(TODAY, 1_600, True, id="later the same day"),
        pytest.param(date(2026, 11, 23), 100, True, id="another day, after an exchange"),
    ],
)
def test_a_report_that_was_overtaken_is_ignored(day: date, total_wh: int, counts: bool) -> None:
    last = Production(on=TODAY, day_wh=500, total_wh=1_500)
    fake = office(a_plant(production=last))
    report = Production(on=day, day_wh=100, total_wh=total_wh)

    report_production(PLANT, report, fake.office, a_request())

    assert plant_in(fake).production == (report if counts else last)


SHARED = SharedPlant(guest=OTHER_ACCOUNT, plant=PLANT, version=1)


def test_guests_come_once_and_go() -> None:
    fake = office(a_plant())

    for _ in range(2):
        add_guest(PLANT, OTHER_ACCOUNT, fake.office, a_request())
    assert plant_in(fake).guests == (OTHER_ACCOUNT,)
    assert fake.records.all(SharedPlant) == [SHARED]
    for _ in range(2):
        remove_guest(PLANT, OTHER_ACCOUNT, fake.office, a_request())
    assert plant_in(fake).guests == ()
    assert fake.records.all(SharedPlant) == []


@pytest.mark.parametrize("how", ["ended", "erased"])
def test_a_plant_that_goes_is_shared_with_nobody(how: str) -> None:
    guests = tuple(AccountNumber(f"g{n}") for n in range(MOST_GUESTS))
    fake = office(plants=1)
    put_with_row(fake, a_plant(details=PUBLIC, guests=guests))
    assert len(fake.records.all(SharedPlant)) == MOST_GUESTS

    if how == "ended":
        end_plant(PLANT, confirmed=False, office=fake.office, request=repeatable())
        assert plant_in(fake).guests == ()
    else:
        fake.records.write(*plant_gone(plant_in(fake)))

    assert fake.records.all(SharedPlant) == []


def test_no_guest_too_many_and_not_oneself() -> None:
    guests = tuple(AccountNumber(f"g{n}") for n in range(MOST_GUESTS))
    fake = office(a_plant(guests=guests))

    one_more = add_guest(PLANT, OTHER_ACCOUNT, fake.office, a_request())
    oneself = add_guest(PLANT, ACCOUNT, fake.office, a_request())

    assert one_more == Refusal(RefusalCode.TOO_MANY_GUESTS)
    problem = FieldProblem("account", FieldRule.OWN_ACCOUNT)
    assert oneself == Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))


# --- they end


@pytest.mark.parametrize(
    ("plant", "confirmed", "expected"),
    [
        pytest.param(a_plant(), False, None, id="in its trial"),
        pytest.param(
            a_plant(terms=(a_term(),)), False, RefusalCode.ENDING_NOT_CONFIRMED, id="a paid one"
        ),
        pytest.param(a_plant(terms=(a_term(),)), True, None, id="a paid one, confirmed"),
        pytest.param(
            a_plant(credit_cents=1), False, RefusalCode.ENDING_NOT_CONFIRMED, id="with credit"
        ),
        pytest.param(
            a_plant(terms=(a_term(after=date(2025, 11, 20)),)), False, None, id="a term is over"
        ),
        pytest.param(a_plant(terms=(a_term(ended=TODAY),)), False, None, id="its term has ended"),
        pytest.param(
            a_plant(open_order=ORDER), True, RefusalCode.PLANT_HAS_OPEN_ORDER, id="with an order"
        ),
    ],
)
def test_which_plant_ends(plant: Plant, confirmed: bool, expected: RefusalCode | None) -> None:
    fake = office(plant, plants=1)

    result = end_plant(PLANT, confirmed=confirmed, office=fake.office, request=a_request())

    assert result == (Refusal(expected) if expected else {"plant": PLANT})
    assert (plant_in(fake).ended_at == NOON) is (expected is None)
    assert fake.records.get(Account, ACCOUNT).ended_plants == (expected is None)


def test_it_ends_once_and_keeps_what_accounting_needs() -> None:
    terms = (a_term(),)
    fake = office(a_plant(terms=terms, credit_cents=7), plants=1)

    for _ in range(2):
        end_plant(PLANT, confirmed=True, office=fake.office, request=a_request())

    assert (plant_in(fake).terms, plant_in(fake).credit_cents) == (terms, 7)
    assert fake.records.writes == 1


def test_nothing_changes_a_plant_that_has_ended() -> None:
    fake = office(a_plant(ended_at=NOON))
    ended = Refusal(RefusalCode.PLANT_ENDED)
    report = Production(on=TODAY, day_wh=1, total_wh=1)

    assert change_plant(PLANT, PUBLIC, 0, fake.office, a_request()) == ended
    assert add_guest(PLANT, OTHER_ACCOUNT, fake.office, a_request()) == ended
    assert report_production(PLANT, report, fake.office, a_request()) == ended


def test_what_is_not_there_is_not_found() -> None:
    fake, nowhere = office(), PlantId(f"{ACCOUNT}-7")
    unknown = Refusal(RefusalCode.NOT_FOUND)

    assert change_plant(nowhere, PUBLIC, 1, fake.office, a_request()) == unknown
    assert end_plant(nowhere, confirmed=True, office=fake.office, request=a_request()) == unknown


def test_whoever_loses_each_race_changes_nothing() -> None:
    fake = office(a_plant(revision=1))
    guest = AccountNumber("g")

    def quicker() -> None:
        plant = plant_in(fake)
        fake.records.put(replace(plant, version=plant.version + 1))

    fake.records.quicker = [quicker] * 6

    with pytest.raises(TooManyRaces):
        add_guest(PLANT, guest, fake.office, a_request())
    assert plant_in(fake).guests == ()


# --- whatever happens to it, its row is what it shows

STEPS = st.lists(
    st.builds(
        details,
        is_public=st.booleans(),
        site=st.sampled_from([details().site, OTHER_TOWN, replace(OTHER_TOWN, city="Mitte")]),
        generator_power_w=st.sampled_from([None, 5_000]),
    ),
    max_size=8,
)


@given(STEPS, st.booleans())
def test_there_is_one_row_at_most_and_it_shows_the_plant(
    steps: list[PlantDetails], ends: bool
) -> None:
    fake = office()
    make_plant(ACCOUNT, details(), fake.office, a_request())
    for step in steps:
        change_plant(PLANT, step, plant_in(fake).revision, fake.office, a_request())
    if ends:
        end_plant(PLANT, confirmed=False, office=fake.office, request=a_request())

    shown = public_plant(plant_in(fake))

    assert rows(fake) == ([shown] if shown else [])
