"""When a check is tried next, over nights and both changes of daylight saving."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freischalt.domain.quiet_hours import QuietHours, quiet_hours
from freischalt.domain.vat import VatService
from freischalt.domain.vat_ladder import GIVEN_UP_AFTER, SPREAD, VatPolicy, first_try, next_try

BERLIN = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NIGHT = QuietHours(time(23), time(5), BERLIN)
EVATR, VIES = VatService.EVATR, VatService.VIES


def policy(quiet: QuietHours | None = None) -> VatPolicy:
    return VatPolicy(quiet=quiet)


def following(
    tries: int,
    age: timedelta,
    *,
    service: VatService = VIES,
    quiet: QuietHours | None = None,
    began_at: datetime = BEGAN,
    check_id: str = "c1",
) -> datetime | None:
    return next_try(
        began_at=began_at,
        tries=tries,
        now=began_at + age,
        service=service,
        check_id=check_id,
        policy=policy(quiet),
    )


@pytest.mark.parametrize(
    ("tries", "age", "wait"),
    [
        (1, timedelta(0), 5 * MINUTE),
        (2, 5 * MINUTE, 15 * MINUTE),
        (3, 20 * MINUTE, HOUR),
        (4, 80 * MINUTE, HOUR),
        (70, 3 * DAY - MINUTE, HOUR),
        (70, 3 * DAY, DAY),
        (80, 10 * DAY, DAY),
        (1, 4 * DAY, 5 * MINUTE),
        (81, 13 * DAY, DAY),
        (81, 13 * DAY + HOUR, 23 * HOUR),
        (82, 14 * DAY - MINUTE, MINUTE),
    ],
)
def test_the_ladder(tries: int, age: timedelta, wait: timedelta) -> None:
    assert following(tries, age) == BEGAN + age + wait


@pytest.mark.parametrize("age", [14 * DAY, 14 * DAY + MINUTE, 40 * DAY])
@pytest.mark.parametrize("tries", [1, 100])
def test_it_is_given_up_after_14_days(age: timedelta, tries: int) -> None:
    assert following(tries, age) is None


def test_the_whole_ladder_is_climbed_by_a_punctual_schedule() -> None:
    tries, at = 1, BEGAN
    while after := following(tries, at - BEGAN):
        tries, at = tries + 1, after

    assert at == BEGAN + 14 * DAY
    assert tries == 4 + 71 + 11


def test_hours_are_hours_where_the_clocks_change() -> None:
    before = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)

    after = following(3, timedelta(0), began_at=before)

    assert after == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_14_days_are_as_long_where_the_clocks_change() -> None:
    noon = datetime(2026, 10, 20, 12, tzinfo=BERLIN)

    def last(age: timedelta) -> datetime | None:
        now = noon.astimezone(UTC) + age
        return next_try(
            began_at=noon, tries=90, now=now, service=VIES, check_id="c1", policy=policy()
        )

    assert last(14 * DAY - MINUTE) == datetime(2026, 11, 3, 10, tzinfo=UTC)
    assert last(14 * DAY) is None


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-22T22:00:00+00:00", "2026-11-23T04:00:00+00:00"),  # 23:00 sharp
        ("2026-11-23T03:59:59+00:00", "2026-11-23T04:00:00+00:00"),
        ("2027-03-27T22:30:00+00:00", "2027-03-28T03:00:00+00:00"),
        ("2027-03-28T02:59:59+00:00", "2027-03-28T03:00:00+00:00"),
        ("2026-10-24T21:00:00+00:00", "2026-10-25T04:00:00+00:00"),
        ("2026-10-25T03:30:00+00:00", "2026-10-25T04:00:00+00:00"),
        ("2026-12-31T22:30:00+00:00", "2027-01-01T04:00:00+00:00"),
    ],
)
def test_at_night_it_waits_for_five_o_clock_in_berlin(now: str, end: str) -> None:
    at = datetime.fromisoformat(now)

    tried_at = first_try(at, service=EVATR, check_id="c1", policy=VatPolicy())

    assert tried_at == datetime.fromisoformat(end) + timedelta(minutes=14, seconds=17)


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-22T21:59:59+00:00",
        "2026-11-23T04:00:00+00:00",
        "2027-03-27T21:59:59+00:00",
        "2027-03-28T03:00:00+00:00",
        "2026-10-24T20:59:59+00:00",
        "2026-10-25T04:00:00+00:00",
    ],
)
def test_by_day_it_is_tried_at_once(now: str) -> None:
    at = datetime.fromisoformat(now)

    assert first_try(at, service=EVATR, check_id="c1", policy=VatPolicy()) == at


@pytest.mark.parametrize(("service", "quiet"), [(VIES, NIGHT), (EVATR, None)])
def test_no_quiet_hours_for_vies_or_when_switched_off(
    service: VatService, quiet: QuietHours | None
) -> None:
    midnight = datetime(2026, 11, 22, 23, tzinfo=UTC)

    assert first_try(midnight, service=service, check_id="c1", policy=policy(quiet)) == midnight


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        # a day like others
        ("01:00-02:30", "2026-11-22T00:15:00+00:00", "2026-11-22T01:30:00+00:00"),
        # 02:00 to 03:00 is skipped: an hour and a half after 01:00 it is 03:30
        ("01:00-02:30", "2027-03-28T00:15:00+00:00", "2027-03-28T01:30:00+00:00"),
        ("02:15-04:00", "2027-03-28T01:05:00+00:00", "2027-03-28T02:00:00+00:00"),
        # 02:00 to 03:00 comes twice: the second 02:30 ends it
        ("01:00-02:30", "2026-10-24T23:15:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("01:00-02:30", "2026-10-25T00:15:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("01:00-02:30", "2026-10-25T01:15:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("22:00-02:30", "2026-10-24T20:15:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("00:00-12:00", "2026-11-21T23:00:00+00:00", "2026-11-22T11:00:00+00:00"),
        ("00:00-12:00", "2026-11-22T10:59:59+00:00", "2026-11-22T11:00:00+00:00"),
        ("12:00-00:00", "2026-11-22T11:00:00+00:00", "2026-11-22T23:00:00+00:00"),
    ],
)
def test_other_quiet_hours(window: str, now: str, end: str) -> None:
    quiet = quiet_hours(window, BERLIN)
    assert quiet
    at = datetime.fromisoformat(now)

    assert quiet.hold(at)
    assert quiet.over(at) == datetime.fromisoformat(end)
    assert not quiet.hold(quiet.over(at))


@pytest.mark.parametrize("now", ["2026-10-25T00:45:00+00:00", "2027-03-28T01:00:00+00:00"])
def test_outside_of_them_where_the_clocks_change(now: str) -> None:
    quiet = quiet_hours("01:00-02:30", BERLIN)

    assert quiet
    assert not quiet.hold(datetime.fromisoformat(now))


def test_checks_are_spread_over_half_an_hour() -> None:
    midnight = datetime(2026, 11, 22, 23, tzinfo=UTC)
    five = datetime(2026, 11, 23, 4, tzinfo=UTC)

    at = [
        first_try(midnight, service=EVATR, check_id=f"check-{each}", policy=VatPolicy())
        for each in range(600)
    ]

    assert min(at) < five + MINUTE
    assert five + SPREAD - MINUTE < max(at) < five + SPREAD
    assert (
        max(
            sum(five + n * MINUTE <= each < five + (n + 1) * MINUTE for each in at)
            for n in range(30)
        )
        < 45
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23:00-05:00", NIGHT),
        (" 23:00-05:00 ", NIGHT),
        ("01:00-02:30", QuietHours(time(1), time(2, 30), BERLIN)),
        ("", None),
        (" ", None),
    ],
)
def test_the_setting(text: str, expected: QuietHours | None) -> None:
    assert quiet_hours(text, BERLIN) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("23:00", "written 23:00-05:00"),
        ("23-5", "written 23:00-05:00"),
        ("24:00-05:00", "written 23:00-05:00"),
        ("23:60-05:00", "written 23:00-05:00"),
        ("23:00-05:00-06:00", "written 23:00-05:00"),
        ("٢٣:00-05:00", "written 23:00-05:00"),
        ("off", "written 23:00-05:00"),
        ("05:00-05:00", "must not end when they start"),
        ("05:00-23:00", "swapped"),
        ("05:00-17:01", "swapped"),
        ("23:00-22:00", "swapped"),
    ],
)
def test_a_setting_with_a_mistake_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quiet_hours(text, BERLIN)


def test_the_default_is_the_night_in_germany() -> None:
    assert VatPolicy() == VatPolicy(repeated_after=90 * DAY, good_to_buy_for=24 * HOUR, quiet=NIGHT)


INSTANTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - below
    st.datetimes(datetime(2027, 3, 27, 20), datetime(2027, 3, 28, 6)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 10, 24, 20), datetime(2026, 10, 25, 6)),  # noqa: DTZ001
).map(lambda each: each.replace(tzinfo=UTC))


@st.composite
def windows(draw: st.DrawFn) -> QuietHours:
    start = draw(st.integers(0, 24 * 60 - 1))
    end = (start + draw(st.integers(1, 12 * 60))) % (24 * 60)
    zone = draw(st.sampled_from(["Europe/Berlin", "Europe/Lisbon", "Australia/Lord_Howe", "UTC"]))
    return QuietHours(time(*divmod(start, 60)), time(*divmod(end, 60)), ZoneInfo(zone))


@settings(deadline=None)  # the first example reads the time zone
@given(INSTANTS, windows(), st.integers(1, 400), st.timedeltas(timedelta(0), 20 * DAY), st.text())
def test_the_next_try_is_later_outside_of_the_quiet_hours_and_not_without_end(
    began_at: datetime, quiet: QuietHours, tries: int, age: timedelta, check_id: str
) -> None:
    now = began_at + age

    at = following(tries, age, service=EVATR, quiet=quiet, began_at=began_at, check_id=check_id)

    assert (at is None) == (age >= GIVEN_UP_AFTER)
    if at:
        assert at > now
        assert not quiet.hold(at)
        assert at - now <= 2 * DAY
        assert at - began_at <= GIVEN_UP_AFTER + DAY


@settings(deadline=None)  # the first example reads the time zone
@given(INSTANTS, windows(), st.text())
def test_a_first_try_waits_for_nothing_but_quiet_hours(
    now: datetime, quiet: QuietHours, check_id: str
) -> None:
    at = first_try(now, service=EVATR, check_id=check_id, policy=policy(quiet))

    assert (at > now) == quiet.hold(now)
    assert at >= now
    assert at - now <= timedelta(hours=13) + SPREAD
    assert not quiet.hold(at)
