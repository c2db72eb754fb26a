"""What an account remembers of its checks, and who may buy by that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.vat import FieldVerdict, VatField, VatReading, VatService, VatVerdict
from freischalt.domain.vat_ladder import VatPolicy
from freischalt.domain.vat_purchase import ANSWERED_WITHIN, may_buy
from freischalt.domain.vat_standing import (
    VatOverride,
    VatStanding,
    VatState,
    VatWaiting,
    begun,
    due_at,
    fingerprint,
    overridden,
    standing_after,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = VatPolicy()
EVATR = VatService.EVATR

AUSTRIAN = Registrant(
    CustomerKind.COMPANY,
    "Red Bull GmbH",
    Address("Am Brunnen 1", "5330", "Fuschl", "AT"),
    "ATU33864707",
)
OF = fingerprint(AUSTRIAN)

VALID = VatReading(verdict=VatVerdict.VALID, code="evatr-0000")
INVALID = VatReading(verdict=VatVerdict.INVALID, code="evatr-2001")
MISMATCH = VatReading(
    verdict=VatVerdict.MISMATCH,
    code="evatr-0000",
    fields={
        VatField.CITY: FieldVerdict.DIFFERS,
        VatField.NAME: FieldVerdict.DIFFERS,
        VatField.STREET: FieldVerdict.MATCHES,
        VatField.POSTAL_CODE: FieldVerdict.NOT_DISCLOSED,
    },
)
DOWN = VatReading(verdict=VatVerdict.UNDECIDED, code="evatr-0011", service_down=True)
UNREADABLE = VatReading(verdict=VatVerdict.UNDECIDED, code="UNREADABLE", alarm=True)


def abroad(country: str, vat_id: str | None = None) -> Registrant:
    return replace(AUSTRIAN, address=replace(AUSTRIAN.address, country=country), vat_id=vat_id)


def start(
    standing: VatStanding | None = None, *, of: str = OF, check_id: str = "c1", now: datetime = NOON
) -> VatStanding:
    return begun(standing, of, check_id=check_id, service=EVATR, now=now, policy=POLICY)


def after(
    standing: VatStanding,
    reading: VatReading,
    now: datetime,
    *,
    check_id: str = "c1",
    of: str = OF,
) -> VatStanding:
    return standing_after(
        standing, reading, check_id=check_id, of=of, service=EVATR, now=now, policy=POLICY
    )


def asked(
    standing: VatStanding | None,
    now: datetime = NOON,
    registrant: Registrant = AUSTRIAN,
    *,
    allowed: bool = False,
) -> Refusal | None:
    return may_buy(registrant, standing, now, POLICY, allowed_without_vat_id=allowed)


def code_of(refusal: Refusal | None) -> RefusalCode | None:
    return refusal.code if refusal else None


PENDING = start()
WAS_VALID = after(PENDING, VALID, NOON)
BY_OPERATOR = overridden(OF, valid=True, by="operator:o1", reason="seen the papers", now=NOON)
LATER = NOON + 2 * DAY


# --- the fingerprint


@pytest.mark.parametrize(
    "other",
    [
        replace(AUSTRIAN, name="Red Bull AG"),
        replace(AUSTRIAN, vat_id="ATU13585627"),
        replace(AUSTRIAN, vat_id=None),
        *(
            replace(AUSTRIAN, address=replace(AUSTRIAN.address, **change))
            for change in (
                {"street": "Am Brunnen 2"},
                {"postal_code": "5331"},
                {"city": "Graz"},
                {"country": "DE"},
            )
        ),
        replace(
            AUSTRIAN, name="Red Bull GmbHAm Brunnen 1", address=replace(AUSTRIAN.address, street="")
        ),
    ],
)
def test_other_data_have_another_fingerprint(other: Registrant) -> None:
    assert fingerprint(other) != OF
    assert fingerprint(replace(AUSTRIAN)) == OF


# --- what follows from an answer


def test_a_first_check_is_pending_and_due_at_once() -> None:
    waiting = VatWaiting(check_id="c1", since=NOON, next_try=NOON)

    assert VatStanding(state=VatState.PENDING, of=OF, waiting=waiting) == PENDING
    assert due_at(PENDING, POLICY) == NOON


@pytest.mark.parametrize(
    ("reading", "state", "differing"),
    [
        (VALID, VatState.VALID, ()),
        (INVALID, VatState.INVALID, ()),
        (MISMATCH, VatState.MISMATCH, (VatField.NAME, VatField.CITY)),
    ],
)
@pytest.mark.parametrize("before", [PENDING, start(WAS_VALID, now=LATER)])
def test_a_verdict_replaces_what_was(
    before: VatStanding, reading: VatReading, state: VatState, differing: tuple[VatField, ...]
) -> None:
    assert after(before, reading, LATER + MINUTE) == VatStanding(
        state=state,
        of=OF,
        check_id="c1",
        decided_at=LATER + MINUTE,
        code=reading.code,
        differing=differing,
    )


def test_an_undecided_first_check_climbs_the_ladder() -> None:
    once = after(PENDING, DOWN, NOON + MINUTE)
    twice = after(once, UNREADABLE, NOON + 7 * MINUTE)

    assert once.waiting == VatWaiting(
        check_id="c1", since=NOON, next_try=NOON + 6 * MINUTE, tries=1, code="evatr-0011"
    )
    assert twice.waiting == VatWaiting(
        check_id="c1", since=NOON, next_try=NOON + 22 * MINUTE, tries=2, code="UNREADABLE"
    )
    assert (once.state, twice.state) == (VatState.PENDING, VatState.PENDING)
    assert due_at(twice, POLICY) == NOON + 22 * MINUTE


def test_an_undecided_repetition_keeps_the_valid_verdict() -> None:
    tried = after(start(WAS_VALID, check_id="c2", now=LATER), DOWN, LATER, check_id="c2")

    assert replace(tried, waiting=None) == WAS_VALID
    assert tried.waiting
    assert (tried.waiting.check_id, tried.waiting.tries) == ("c2", 1)


def test_after_14_days_it_is_given_up() -> None:
    almost = after(PENDING, DOWN, NOON + 14 * DAY - MINUTE)
    given_up = after(almost, DOWN, NOON + 14 * DAY)

    assert almost.state is VatState.PENDING
    assert given_up == VatStanding(
        state=VatState.GIVEN_UP,
        of=OF,
        check_id="c1",
        decided_at=NOON + 14 * DAY,
        code="evatr-0011",
    )
    assert due_at(given_up, POLICY) is None


def test_a_repetition_that_is_given_up_takes_no_valid_verdict_away() -> None:
    end = NOON + 14 * DAY
    given_up = after(replace(WAS_VALID, waiting=PENDING.waiting), DOWN, end)

    assert given_up == replace(WAS_VALID, given_up_at=end)
    assert due_at(given_up, POLICY) == end + 90 * DAY
    assert code_of(asked(given_up, end)) is RefusalCode.VAT_CHECK_RUNNING  # an order asks again
    again = start(given_up, check_id="c3", now=end)
    assert asked(after(again, DOWN, end + MINUTE, check_id="c3"), end + MINUTE) is None


@pytest.mark.parametrize("reading", [VALID, INVALID, MISMATCH, DOWN])
@pytest.mark.parametrize(
    ("standing", "check_id", "of"),
    [
        (start(of="other data", check_id="c2"), "c1", OF),
        (start(of="other data"), "c1", OF),
        (start(check_id="c2"), "c1", OF),
        (WAS_VALID, "c1", OF),  # it came twice
        (BY_OPERATOR, "c1", OF),
    ],
)
def test_an_answer_that_nobody_waits_for_changes_nothing(
    standing: VatStanding, check_id: str, of: str, reading: VatReading
) -> None:
    assert after(standing, reading, LATER, check_id=check_id, of=of) is standing


def test_changed_data_begin_anew() -> None:
    for before in (WAS_VALID, BY_OPERATOR, PENDING, after(PENDING, INVALID, NOON)):
        anew = start(before, of="other data", check_id="c2", now=LATER)

        assert anew == start(None, of="other data", check_id="c2", now=LATER)


def test_a_check_that_is_under_way_is_not_begun_twice() -> None:
    tried = after(PENDING, DOWN, NOON)

    assert start(tried, check_id="c2", now=LATER) is tried
    assert start(BY_OPERATOR, check_id="c2", now=LATER) is BY_OPERATOR


@pytest.mark.parametrize("reading", [INVALID, MISMATCH])
def test_after_a_bad_verdict_the_same_data_are_pending_again(reading: VatReading) -> None:
    assert start(after(PENDING, reading, NOON)) == PENDING


def test_an_operator_overrides_in_both_directions() -> None:
    refused = overridden(OF, valid=False, by="operator:o1", reason="a shell", now=NOON)

    assert BY_OPERATOR.override == VatOverride(by="operator:o1", reason="seen the papers")
    assert asked(BY_OPERATOR, NOON + 400 * DAY) is None
    assert code_of(asked(refused)) is RefusalCode.VAT_ID_INVALID
    assert due_at(BY_OPERATOR, POLICY) is None


def test_a_valid_verdict_is_repeated_after_90_days() -> None:
    assert due_at(WAS_VALID, POLICY) == NOON + 90 * DAY
    assert due_at(WAS_VALID, VatPolicy(repeated_after=DAY)) == NOON + DAY
    assert due_at(after(PENDING, INVALID, NOON), POLICY) is None


@pytest.mark.parametrize(
    ("age", "told_at", "told"),
    [
        (DAY - MINUTE, None, False),
        (DAY, None, True),
        (3 * DAY, None, True),
        (3 * DAY, NOON + DAY, False),
    ],
)
def test_the_customer_is_told_once(age: timedelta, told_at: datetime | None, *, told: bool) -> None:
    tried = after(PENDING, DOWN, NOON)
    assert tried.waiting
    noted = replace(tried, waiting=replace(tried.waiting, told_at=told_at))

    waiting = after(noted, DOWN, NOON + age).waiting

    assert waiting
    assert waiting.is_to_be_told(NOON + age) is told


# --- who may buy


@pytest.mark.parametrize(
    ("country", "vat_id"), [("DE", None), ("AT", None), ("AT", "ATU33864707"), ("CH", None)]
)
def test_of_a_person_nothing_is_asked(country: str, vat_id: str | None) -> None:
    person = replace(abroad(country, vat_id), kind=CustomerKind.PERSON)

    assert asked(None, registrant=person) is None


@pytest.mark.parametrize("vat_id", [None, "CHE-123.456.788 MWST", "DEM880115AB1"])
@pytest.mark.parametrize("country", ["CH", "MX", "GB"])
def test_a_company_outside_the_eu_may_buy(country: str, vat_id: str | None) -> None:
    company = abroad(country, vat_id)

    assert asked(None, registrant=company) is None
    assert asked(WAS_VALID, registrant=company) is None


@pytest.mark.parametrize(
    ("country", "vat_id"), [("DE", None), ("AT", None), ("GR", "GR094259216"), ("MC", None)]
)
def test_a_company_in_the_eu_needs_a_vat_id_or_an_operator(
    country: str, vat_id: str | None
) -> None:
    company = abroad(country, vat_id)

    assert asked(None, registrant=company) == Refusal(
        RefusalCode.VAT_ID_MISSING,
        problems=(FieldProblem("/vatId", FieldRule.VAT_ID_MISSING),),
    )
    assert asked(None, registrant=company, allowed=True) is None


def test_a_northern_irish_number_is_checked_as_others_are() -> None:
    company = abroad("GB", "XI432525179")

    assert code_of(asked(None, registrant=company)) is RefusalCode.VAT_CHECK_RUNNING


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("standing", [None, replace(WAS_VALID, of="other data")])
def test_what_was_never_asked_about_needs_a_check(
    standing: VatStanding | None, *, allowed: bool
) -> None:
    assert asked(standing, allowed=allowed) == Refusal(
        RefusalCode.VAT_CHECK_RUNNING, until=NOON + ANSWERED_WITHIN
    )


@pytest.mark.parametrize(
    ("age", "may"), [(timedelta(0), True), (DAY, True), (DAY + MINUTE, False), (90 * DAY, False)]
)
def test_a_valid_verdict_is_good_for_a_day(age: timedelta, *, may: bool) -> None:
    now = NOON + age
    refusal = None if may else Refusal(RefusalCode.VAT_CHECK_RUNNING, until=now + ANSWERED_WITHIN)

    assert asked(WAS_VALID, now) == refusal
    longer = VatPolicy(good_to_buy_for=100 * DAY)
    assert may_buy(AUSTRIAN, WAS_VALID, now, longer, allowed_without_vat_id=False) is None


def test_a_repetition_blocks_until_it_was_tried() -> None:
    running = start(WAS_VALID, check_id="c2", now=LATER)

    assert asked(running, LATER) == Refusal(
        RefusalCode.VAT_CHECK_RUNNING, until=LATER + ANSWERED_WITHIN
    )
    assert asked(running, NOON + HOUR) is None  # the verdict is still fresh


@pytest.mark.parametrize("reading", [DOWN, UNREADABLE])
def test_a_repetition_that_was_tried_in_vain_blocks_nobody(reading: VatReading) -> None:
    tried = after(start(WAS_VALID, check_id="c2", now=LATER), reading, LATER, check_id="c2")

    assert asked(tried, LATER) is None
    assert asked(tried, LATER + 13 * DAY) is None
    changed = replace(AUSTRIAN, name="Red Bull AG")
    assert code_of(asked(tried, LATER, changed)) is RefusalCode.VAT_CHECK_RUNNING


def test_a_repetition_that_waits_for_the_morning_blocks_nobody() -> None:
    midnight = datetime(2026, 11, 24, 23, tzinfo=UTC)

    assert asked(start(WAS_VALID, check_id="c2", now=midnight), midnight) is None


def test_a_first_check_blocks_until_there_is_a_verdict() -> None:
    tried = after(PENDING, DOWN, NOON)
    midnight = datetime(2026, 11, 22, 23, tzinfo=UTC)
    at_night = start(now=midnight)
    assert at_night.waiting

    assert asked(PENDING) == Refusal(RefusalCode.VAT_CHECK_RUNNING, until=NOON + ANSWERED_WITHIN)
    assert asked(tried) == Refusal(
        RefusalCode.VAT_CHECK_PENDING, until=NOON + 5 * MINUTE + ANSWERED_WITHIN
    )
    assert asked(tried, NOON + HOUR) == Refusal(
        RefusalCode.VAT_CHECK_PENDING, until=NOON + HOUR + ANSWERED_WITHIN
    )
    assert asked(at_night, midnight) == Refusal(
        RefusalCode.VAT_CHECK_PENDING, until=at_night.waiting.next_try + ANSWERED_WITHIN
    )


@pytest.mark.parametrize(
    ("reading", "refusal"),
    [
        (
            INVALID,
            Refusal(
                RefusalCode.VAT_ID_INVALID,
                problems=(FieldProblem("/vatId", FieldRule.VAT_ID_INVALID),),
            ),
        ),
        (
            MISMATCH,
            Refusal(
                RefusalCode.VAT_DATA_DIFFERS,
                problems=(
                    FieldProblem("/name", FieldRule.DIFFERS),
                    FieldProblem("/address/city", FieldRule.DIFFERS),
                ),
            ),
        ),
    ],
)
@pytest.mark.parametrize("before", [PENDING, start(WAS_VALID, now=LATER)])
def test_a_bad_verdict_refuses_with_its_reason(
    before: VatStanding, reading: VatReading, refusal: Refusal
) -> None:
    decided = after(before, reading, LATER)

    assert asked(decided, LATER) == asked(decided, LATER + 30 * DAY, allowed=True) == refusal


def test_a_check_that_was_given_up_refuses() -> None:
    given_up = after(PENDING, DOWN, NOON + 14 * DAY)

    assert asked(given_up, LATER) == Refusal(RefusalCode.VAT_CHECK_GIVEN_UP)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([VALID, INVALID, MISMATCH, DOWN, UNREADABLE, None]),
        st.timedeltas(timedelta(0), 5 * DAY),
    ),
    max_size=12,
)


@given(STEPS)
def test_nobody_buys_without_a_valid_verdict_that_no_later_one_took_away(
    steps: list[tuple[VatReading | None, timedelta]],
) -> None:
    """None begins a check; each answer is to the check that is under way, if one is."""
    now, standing, last = NOON, start(check_id="0"), VatVerdict.UNDECIDED
    for number, (reading, pause) in enumerate(steps):
        now += pause
        waits_for = standing.waiting.check_id if standing.waiting else "nothing"
        if reading is None:
            standing = start(standing, check_id=str(number + 1), now=now)
        elif standing.waiting:
            standing = after(standing, reading, now, check_id=waits_for)
            last = last if reading.verdict is VatVerdict.UNDECIDED else reading.verdict

        if asked(standing, now) is None:
            assert last is VatVerdict.VALID
        until = (asked(standing, now) or Refusal(RefusalCode.NOT_FOUND)).until
        assert until is None or until > now
