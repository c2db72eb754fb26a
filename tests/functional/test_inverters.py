"""Inverters come with their codes, are corrected, exchanged and go; a plant grows: terms.md, 1."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.adapters.jinja_writer import JinjaWriter
from freischalt.domain.activation import activation_code
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.growth import Growth
from freischalt.domain.ids import InverterSerial, OrderNumber, PlantId
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import UNKNOWN, Inverter, Plant, UsedActivation
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.term import may_use, trial_end
from freischalt.domain.vat_charge import VatRule
from freischalt.use_cases.inverters import (
    InverterData,
    NewInverter,
    activation_key,
    add_inverter,
    change_inverter,
    exchange_inverter,
    free_activation,
    remove_inverter,
)
from tests.account_factories import a_company, a_request, a_user, repeatable
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON
from tests.functional.test_plants import a_person
from tests.term_factories import (
    LARGE,
    ORDER,
    PLANT,
    SERIAL,
    SMALL,
    TERMS,
    TODAY,
    a_plant,
    a_term,
    an_inverter,
)

OTHER = InverterSerial("SN-0002")
EMPTY = a_plant(inverters=0, power_w=0, trial_from=None)
PAID = a_plant(
    trial_from=TODAY - timedelta(days=140),
    terms=(a_term(after=TODAY - timedelta(days=100), power_w=10_000),),
)
"""It has 4,200 W of the 10,000 W that it may, and 265 of 365 days left, worth 35.57 €."""

BY = {"actor": "user:anna"}


def office(*things: Any, **account: Any) -> FakeOffice:
    return an_office(a_company(**account), a_user(), *things, terms=TERMS)


def code_of(fake: FakeOffice, serial: InverterSerial) -> str:
    return activation_code(activation_key(fake.office), serial)


def added(
    fake: FakeOffice, serial: InverterSerial = SERIAL, type_: str = SMALL, **changes: Any
) -> Any:
    fields = {"accepts": False, "code": None, "firmware": None, **changes}
    new = NewInverter(
        serial=serial,
        code=fields["code"] or code_of(fake, serial),
        data=InverterData(type=type_, name="WR", firmware=fields["firmware"]),
    )
    request = fields.get("request") or a_request(**BY)
    return add_inverter(
        PLANT, new, accepts_growth=fields["accepts"], office=fake.office, request=request
    )


def corrected(fake: FakeOffice, type_: str, *, read: int = 1, accepts: bool = False) -> Any:
    return change_inverter(
        PLANT,
        SERIAL,
        InverterData(type=type_),
        read,
        accepts_growth=accepts,
        office=fake.office,
        request=a_request(**BY),
    )


def exchanged(fake: FakeOffice, to: InverterSerial = OTHER, type_: str = SMALL) -> Any:
    new = NewInverter(serial=to, code=code_of(fake, to), data=InverterData(type=type_))
    return exchange_inverter(
        PLANT, SERIAL, new, accepts_growth=False, office=fake.office, request=a_request(**BY)
    )


def removed(fake: FakeOffice) -> Any:
    return remove_inverter(PLANT, SERIAL, fake.office, a_request(**BY))


def plant_in(fake: FakeOffice) -> Plant:
    return fake.records.get(Plant, PLANT)


def power(fake: FakeOffice) -> tuple[int, int, int, int]:
    plant = plant_in(fake)
    counted = plant.inverters, plant.unknown_inverters, plant.unsupported_inverters
    return (*counted, plant.power_w)


# --- one is added


def test_the_first_one_begins_the_trial() -> None:
    fake = office(EMPTY)

    result = added(fake)

    assert result == {"plant": PLANT, "serial": SERIAL}
    assert (power(fake), plant_in(fake).trial_from) == ((1, 0, 0, 4_200), TODAY)
    inverter = fake.records.get(Inverter, PLANT, SERIAL)
    assert inverter == an_inverter(name="WR")
    used = fake.records.get(UsedActivation, SERIAL)
    assert used == UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, by="user:anna", version=1)


def test_it_costs_one_read_one_call_of_kms_and_one_transaction() -> None:
    fake = office(EMPTY)
    code = code_of(fake, SERIAL)
    before = fake.secrets.calls

    added(fake, code=code)

    assert (fake.records.reads, fake.secrets.calls - before, fake.records.writes) == (1, 1, 1)


def test_the_trial_begins_once() -> None:
    fake = office(a_plant(trial_from=date(2026, 1, 1)))

    added(fake, OTHER)

    assert (power(fake), plant_in(fake).trial_from) == ((2, 0, 0, 8_400), date(2026, 1, 1))


def test_an_unknown_type_counts_20_000_w_until_it_is_corrected() -> None:
    fake = office(EMPTY)

    added(fake, type_=UNKNOWN)
    assert power(fake) == (1, 1, 0, 20_000)

    corrected(fake, LARGE)
    assert power(fake) == (1, 0, 0, 23_000)


def test_one_whose_type_left_the_catalogue_keeps_it_and_its_power() -> None:
    fake = office(a_plant(), an_inverter(type="AE 1TL 5", power_w=5_000))
    data = InverterData(type="AE 1TL 5", name="Dach", firmware="2.0")
    asked: Any = {"accepts_growth": False, "office": fake.office, "request": a_request(**BY)}

    done = change_inverter(PLANT, SERIAL, data, 1, **asked)
    other = change_inverter(PLANT, SERIAL, replace(data, type="AE 1TL 6"), 2, **asked)

    assert done == {"plant": PLANT, "serial": SERIAL}
    changed = fake.records.get(Inverter, PLANT, SERIAL)
    assert (changed.type, changed.power_w, changed.name) == ("AE 1TL 5", 5_000, "Dach")
    problem = FieldProblem("/type", FieldRule.INVERTER_TYPE)
    assert other == Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))
    assert plant_in(fake) == a_plant()


def test_too_old_a_firmware_is_counted_until_it_is_another() -> None:
    fake = office(EMPTY)

    added(fake, firmware="1.3.9")
    assert power(fake) == (1, 0, 1, 4_200)
    assert not fake.records.get(Inverter, PLANT, SERIAL).is_supported

    corrected(fake, SMALL)
    assert power(fake) == (1, 0, 0, 4_200)


@pytest.mark.parametrize("code", ["", "0000-0000-0000", "äöü", "x" * 40])
def test_a_wrong_code_reads_nothing_and_tells_nothing(code: str) -> None:
    """Of a serial number that is used, or that nobody has made, the answer is the same."""
    fake = office(EMPTY, UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, version=1))

    answers = [added(fake, serial, code=code or "?") for serial in (SERIAL, OTHER)]

    problem = FieldProblem("/activationCode", FieldRule.ACTIVATION_WRONG)
    assert answers == [Refusal(RefusalCode.ACTIVATION_WRONG, problems=(problem,))] * 2
    assert fake.records.reads == 0


def test_a_code_is_used_once_in_all_accounts() -> None:
    fake = office(EMPTY)
    added(fake)

    again = added(fake)

    problem = FieldProblem("/activationCode", FieldRule.ACTIVATION_USED)
    assert again == Refusal(RefusalCode.ACTIVATION_USED, problems=(problem,))
    assert power(fake) == (1, 0, 0, 4_200)


def test_of_two_at_once_with_one_code_one_wins() -> None:
    fake = office(EMPTY)
    fake.records.quicker = [lambda: added(fake)]

    result = added(fake)

    assert result.code == RefusalCode.ACTIVATION_USED
    assert power(fake) == (1, 0, 0, 4_200)


def test_a_repeated_request_adds_one() -> None:
    fake = office(EMPTY)

    results = [added(fake, request=repeatable()) for _ in range(2)]

    assert results[0] == results[1]
    assert power(fake) == (1, 0, 0, 4_200)


@pytest.mark.parametrize(
    ("plant", "account", "type_", "code"),
    [
        pytest.param(EMPTY, {}, "AE 99", RefusalCode.VALIDATION_FAILED, id="no such type"),
        pytest.param(
            replace(EMPTY, ended_at=NOON), {}, SMALL, RefusalCode.PLANT_ENDED, id="an ended plant"
        ),
        pytest.param(
            EMPTY,
            {"registrant": a_person("AT")},
            SMALL,
            RefusalCode.MONITORING_NOT_SOLD,
            id="a consumer in Austria",
        ),
        pytest.param(
            replace(EMPTY, id=PlantId(f"{ACCOUNT}-9")),
            {},
            SMALL,
            RefusalCode.NOT_FOUND,
            id="no such plant",
        ),
    ],
)
def test_where_none_can_be_added(
    plant: Plant, account: dict[str, Any], type_: str, code: RefusalCode
) -> None:
    fake = office(plant, **account)

    result = added(fake, type_=type_)

    assert result.code == code
    assert fake.records.writes == 0


# --- the plant outgrows its licence


def test_the_cost_is_told_before_and_nothing_is_changed() -> None:
    fake = office(PAID)

    result = added(fake, OTHER, LARGE)

    assert result.code == RefusalCode.GROWTH_NOT_ACCEPTED
    cost = result.about
    assert isinstance(cost, Growth)
    assert (cost.licensed_w, cost.power_w, cost.credit_cents) == (10_000, 27_200, 3_557)
    year, two_years = cost.offers
    assert [year.net_cents, two_years.net_cents] == [9_900 - 3_557, 17_900 - 3_557]
    assert year.vat.rule is VatRule.REVERSE_CHARGE
    assert [offer.lines[0].after for offer in cost.offers] == [TODAY, TODAY]
    assert (power(fake), fake.records.writes) == ((1, 0, 0, 4_200), 0)


@pytest.mark.parametrize(
    "grow",
    [
        pytest.param(lambda fake: added(fake, OTHER, LARGE, accepts=True), id="one more"),
        pytest.param(lambda fake: corrected(fake, LARGE, accepts=True), id="a corrected type"),
    ],
)
def test_accepted_the_terms_end_at_once_and_all_users_are_told(
    grow: Callable[[FakeOffice], Any],
) -> None:
    fake = office(PAID, an_inverter())

    grow(fake)

    plant = plant_in(fake)
    assert (plant.extended_on, plant.credit_cents) == (TODAY, 3_557)
    assert [term.ended for term in plant.terms] == [TODAY]
    assert plant.licensed_on(TODAY) is None
    (mail,) = fake.told(NoticeKind.PLANT_OUTGROWN)
    text = JinjaWriter().mail(mail, {"link": ""}).text
    assert "Lizenziert waren 10000 W" in text
    assert "35,57 €" in text
    assert "Ihre Nutzungsberechtigung für diese Anlage ist damit beendet" in text
    assert "Bestellung" not in text


RUNS = a_term(after=TODAY - timedelta(days=340), power_w=30_000)
RENEWED = a_term(order=OrderNumber("2026-000008"), after=RUNS.end - timedelta(days=1))


def test_of_a_plant_that_may_be_used_on_it_is_told_until_when() -> None:
    """What was bought for later is outgrown; what runs covers the power."""
    fake = office(a_plant(trial_from=TODAY - timedelta(days=380), terms=(RUNS, RENEWED)))

    cost = added(fake, OTHER, LARGE).about
    added(fake, OTHER, LARGE, accepts=True)

    assert (cost.licensed_w, cost.ordered_w, cost.end) == (4_200, None, RUNS.end)
    plant = plant_in(fake)
    assert [term.ended for term in plant.terms] == [None, TODAY]
    assert may_use(plant.rights(), TODAY)
    text = JinjaWriter().mail(fake.told(NoticeKind.PLANT_OUTGROWN)[0], {"link": ""}).text
    last_day = RUNS.end - timedelta(days=1)
    assert f"Zur Nutzung berechtigt sind Sie weiter bis einschließlich {last_day:%d.%m.%Y}" in text
    assert "49,00 €" in text


ORDERED = a_plant(open_order=ORDER, ordered_w=10_000)


@pytest.mark.parametrize(
    "grow",
    [
        pytest.param(lambda fake, ok: added(fake, OTHER, LARGE, accepts=ok), id="one more"),
        pytest.param(lambda fake, ok: corrected(fake, LARGE, accepts=ok), id="a corrected type"),
    ],
)
def test_more_power_than_is_ordered_is_told_before_and_ends_nothing_yet(
    grow: Callable[[FakeOffice, bool], Any],
) -> None:
    fake = office(ORDERED, an_inverter())

    cost = grow(fake, False).about
    unchanged = plant_in(fake)
    grow(fake, True)

    assert (cost.licensed_w, cost.ordered_w, cost.end) == (None, 10_000, trial_end(TODAY))
    assert unchanged == ORDERED
    plant = plant_in(fake)
    assert (plant.open_order, plant.has_outgrown_order, plant.extended_on) == (ORDER, True, None)
    (mail,) = fake.told(NoticeKind.PLANT_OUTGROWN)
    text = JinjaWriter().mail(mail, {"link": ""}).text
    assert f"Ihre offene Bestellung {ORDER} ist für 10000 W" in text
    assert "Lizenziert waren" not in text


@pytest.mark.parametrize(
    ("plant", "type_"),
    [
        pytest.param(PAID, SMALL, id="within what is licensed"),
        pytest.param(a_plant(), LARGE, id="in the trial"),
        pytest.param(a_plant(terms=(a_term(ended=TODAY),)), LARGE, id="after a term that ended"),
        pytest.param(ORDERED, SMALL, id="within what is ordered"),
        pytest.param(replace(ORDERED, ordered_w=4_000), LARGE, id="the order was too small before"),
    ],
)
def test_nothing_is_to_be_accepted(plant: Plant, type_: str) -> None:
    fake = office(plant)

    result = added(fake, OTHER, type_)

    assert result == {"plant": PLANT, "serial": OTHER}
    assert fake.told(NoticeKind.PLANT_OUTGROWN) == []


def test_who_has_no_valid_vat_id_is_told_domestic_vat() -> None:
    fake = office(PAID, vat=None)

    cost = added(fake, OTHER, LARGE).about

    assert [offer.vat.rule for offer in cost.offers] == [VatRule.DOMESTIC] * 2
    assert cost.offers[0].gross_cents == 6_343 + 1_205


# --- it is corrected


def test_a_name_changes_nothing_of_the_plant() -> None:
    fake = office(a_plant(), an_inverter())

    corrected(fake, SMALL)

    assert plant_in(fake) == a_plant()
    assert fake.records.get(Inverter, PLANT, SERIAL).version == 2


def test_the_same_type_keeps_the_power_that_it_was_counted_with() -> None:
    fake = office(a_plant(power_w=4_000), an_inverter(power_w=4_000))

    corrected(fake, SMALL)

    assert power(fake) == (1, 0, 0, 4_000)


def test_a_smaller_type_makes_the_plant_smaller() -> None:
    fake = office(a_plant(power_w=23_000), an_inverter(type=LARGE, power_w=23_000))

    corrected(fake, SMALL)

    assert power(fake) == (1, 0, 0, 4_200)


def test_who_has_read_an_older_version_corrects_nothing() -> None:
    fake = office(a_plant(), an_inverter(version=2))

    assert corrected(fake, LARGE) == Refusal(RefusalCode.CHANGED_MEANWHILE)


def test_the_plant_may_not_end_between_read_and_write() -> None:
    fake = office(a_plant(), an_inverter())
    fake.records.quicker = [lambda: fake.records.put(a_plant(ended_at=NOON, version=2))]

    assert corrected(fake, SMALL) == Refusal(RefusalCode.PLANT_ENDED)


# --- it is exchanged, and goes


def used(by: str = "user:anna", **changes: Any) -> UsedActivation:
    return UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, by=by, version=1, **changes)


def test_an_exchange_is_one_transaction() -> None:
    fake = office(a_plant(), an_inverter(), used())

    result = exchanged(fake, type_=LARGE)

    assert result == {"plant": PLANT, "serial": OTHER}
    assert fake.records.writes == 1
    assert [each.serial for each in fake.records.all(Inverter)] == [OTHER]
    assert power(fake) == (1, 0, 0, 23_000)
    assert fake.records.get(UsedActivation, SERIAL).removed_by == "user:anna"
    assert fake.records.get(UsedActivation, OTHER).removed_at is None


def test_an_exchange_for_itself_or_for_a_used_one() -> None:
    in_use = UsedActivation(serial=OTHER, plant=PLANT, at=NOON, version=1)
    fake = office(a_plant(), an_inverter(), used(), in_use)

    problem = FieldProblem("/serial", FieldRule.SAME_INVERTER)
    assert exchanged(fake, SERIAL) == Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))
    assert exchanged(fake).code == RefusalCode.ACTIVATION_USED


def test_an_exchange_can_outgrow_a_licence_too() -> None:
    fake = office(PAID, an_inverter(), used())

    result = exchanged(fake, type_=LARGE)

    assert result.code == RefusalCode.GROWTH_NOT_ACCEPTED
    assert result.about.power_w == 23_000


def test_one_that_goes_leaves_less_power_and_a_code_that_stays_used() -> None:
    fake = office(a_plant(inverters=2, power_w=8_400), an_inverter(), used())

    removed(fake)

    assert power(fake) == (1, 0, 0, 4_200)
    assert fake.records.all(Inverter) == []
    kept = fake.records.get(UsedActivation, SERIAL)
    assert (kept.removed_at, kept.removed_by) == (NOON, "user:anna")
    assert added(fake).code == RefusalCode.ACTIVATION_USED


def test_the_trial_does_not_begin_anew_with_another_first_one() -> None:
    fake = office(a_plant(trial_from=date(2026, 1, 1)), an_inverter(), used())

    removed(fake)
    added(fake, OTHER)

    assert plant_in(fake).trial_from == date(2026, 1, 1)


@pytest.mark.parametrize("act", [removed, exchanged, lambda fake: corrected(fake, SMALL)])
def test_one_that_is_only_staged_is_not_there_yet(act: Callable[[FakeOffice], Any]) -> None:
    fake = office(a_plant(imports=("l1",)), an_inverter(import_id="l1"), used(import_id="l1"))

    assert act(fake) == Refusal(RefusalCode.NOT_FOUND)


@pytest.mark.parametrize("act", [removed, exchanged, lambda fake: corrected(fake, SMALL)])
def test_nothing_goes_from_a_plant_that_has_ended(act: Callable[[FakeOffice], Any]) -> None:
    fake = office(a_plant(ended_at=NOON), an_inverter(), used())

    assert act(fake) == Refusal(RefusalCode.PLANT_ENDED)


# --- the vendor frees a code


def freed(fake: FakeOffice) -> Any:
    return free_activation(SERIAL, fake.office, a_request(actor="operator:o"))


def test_a_freed_code_can_be_used_once_more_and_the_trail_says_who() -> None:
    fake = office(a_plant(), an_inverter(), used())
    removed(fake)

    assert freed(fake) == {"serial": SERIAL}
    assert added(fake) == {"plant": PLANT, "serial": SERIAL}
    (entry,) = fake.records.all(AuditEntry)
    assert (entry.event, entry.actor) == (Event.ACTIVATION_FREED, "operator:o")
    assert entry.account == ACCOUNT


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        pytest.param((), Refusal(RefusalCode.NOT_FOUND), id="a code that is not used"),
        pytest.param(
            (a_plant(), an_inverter(), used()),
            Refusal(RefusalCode.INVERTER_IN_USE),
            id="an inverter that is in use",
        ),
        pytest.param(
            (a_plant(ended_at=NOON), an_inverter(), used()),
            {"serial": SERIAL},
            id="an inverter of a plant that has ended",
        ),
    ],
)
def test_which_codes_are_freed(things: tuple[Any, ...], expected: Any) -> None:
    assert freed(office(*things)) == expected
