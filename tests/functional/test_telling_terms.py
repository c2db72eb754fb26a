"""The users of an account are told that a trial or term ends: once, whatever happens between."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, PlantId, plant_id
from freischalt.domain.locks import Lock
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.plant import Plant, Told
from freischalt.domain.user import Language
from freischalt.term_notice_ports import Portion
from freischalt.use_cases.send_notices import send_notices
from freischalt.use_cases.telling_terms import Worker, hand_out, tell
from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.pages import add_pages
from tests.account_factories import ANNA, DAY, EMAIL, a_link, a_user, an_account
from tests.account_fakes import VIENNA, FakeOffice, an_office
from tests.conftest import ROOT
from tests.factories import ACCOUNT, OTHER_ACCOUNT
from tests.functional.conftest import Context
from tests.term_factories import PLANT, a_plant, a_term

ENDS = date(2027, 1, 2)
"""The first day without the trial of `a_plant`."""

QUARTER = timedelta(minutes=15)
BEN = "ben.maier"


def at(day: date, hour: int = 8) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=VIENNA)


IN_14_DAYS, IN_3_DAYS, OVER = (at(ENDS - timedelta(days=days)) for days in (14, 3, 0))


def desk(*things: Any, **account: Any) -> FakeOffice:
    """A company with a user who reads German and one who reads English."""
    ben = a_user(BEN, email="ben@example.org", language=Language.ENGLISH)
    whole = an_account(**{"users": (ANNA, ben.id), **account})
    return an_office(whole, a_user(), ben, *things)


def worker(fake: FakeOffice, *, has_time: bool = True, **changes: Any) -> Worker:
    return Worker(
        due=fake.due_terms,
        queue=fake.term_queue,
        office=fake.office,
        has_time=lambda: has_time,
        **changes,
    )


def run(fake: FakeOffice, now: datetime, **changes: Any) -> list[PlantId]:
    """The schedule, and every message that it leaves."""
    hand_out(fake.due_terms, fake.term_queue, now=now)
    told: list[PlantId] = []
    while fake.term_queue.waiting:
        told += tell(fake.term_queue.waiting.pop(0), worker(fake, **changes), now=now)
    return told


def notices(fake: FakeOffice) -> list[tuple[str, str]]:
    return [(notice.kind.value, notice.to) for notice in fake.records.all(Notice)]


def plant(fake: FakeOffice, id_: PlantId = PLANT) -> Plant:
    return fake.records.get(Plant, id_)


# --- what is told


@pytest.mark.parametrize(
    ("term", "now", "days", "kind"),
    [
        pytest.param(False, IN_14_DAYS, 14, NoticeKind.TRIAL_ENDS, id="trial-14"),
        pytest.param(False, IN_3_DAYS, 3, NoticeKind.TRIAL_ENDS, id="trial-3"),
        pytest.param(False, OVER, 0, NoticeKind.TRIAL_ENDED, id="trial-over"),
        pytest.param(True, at(date(2027, 10, 14)), 40, NoticeKind.TERM_ENDS, id="term-40"),
        pytest.param(True, at(date(2027, 11, 9)), 14, NoticeKind.TERM_ENDS, id="term-14"),
        pytest.param(True, at(date(2027, 11, 20)), 3, NoticeKind.TERM_ENDS, id="term-3"),
        pytest.param(True, at(date(2027, 11, 23)), 0, NoticeKind.TERM_ENDED, id="term-over"),
    ],
)
def test_each_user_is_told_once_at_eight(
    term: bool,
    now: datetime,
    days: int,
    kind: NoticeKind,
) -> None:
    fake = desk(a_plant(terms=(a_term(),) if term else ()))
    end = date(2027, 11, 23) if term else ENDS
    more = {40: None, 14: 40 if term else None, 3: 14, 0: 3}[days]
    before = Told(end=end, days=more) if more else None
    fake.records.put(replace(plant(fake), told=before))

    assert run(fake, now - timedelta(seconds=1)) == []
    assert run(fake, now) == [PLANT]
    assert run(fake, now) == run(fake, now + QUARTER) == []

    assert notices(fake) == [(kind, EMAIL), (kind, "ben@example.org")]
    assert plant(fake) == a_plant(terms=plant(fake).terms, told=Told(end=end, days=days), version=2)


@pytest.mark.parametrize(
    ("kind", "now", "said"),
    [
        (NoticeKind.TRIAL_ENDS, IN_14_DAYS, ("01.01.2027", "2027-01-01")),
        (NoticeKind.TRIAL_ENDED, OVER, ("Testzeitraum", "trial")),
    ],
)
def test_the_mail_names_the_plant_the_last_day_and_where_to_renew(
    kind: NoticeKind, now: datetime, said: tuple[str, str]
) -> None:
    fake = desk(a_plant())
    run(fake, now)

    sent = send_notices(fake.records.all(Notice), fake.post, by="x", now=now)

    assert len(sent.sent) == 2
    for (_, mail, outbox_id), words in zip(fake.mailer.sent, said, strict=True):
        assert outbox_id.startswith(f"{kind}-{PLANT}-{ENDS}-")
        assert "Dach Süd" in mail.subject
        assert words in mail.text
        assert f"https://freischalt.example.org/plants/{PLANT}/renewal" in mail.text


def test_without_pages_of_the_vendors_the_link_leads_to_one_of_ours() -> None:
    """It needs no token, and shows nothing of the plant."""
    asked = json.loads((ROOT / "events/entitlements.public.json").read_text("utf-8"))
    path = f"/plants/{PLANT}/renewal"
    asked["rawPath"] = asked["requestContext"]["http"]["path"] = path
    api = Api(now=lambda: OVER, gate=gate_of(desk().office))
    add_pages(api)

    context: Any = Context()
    answer = api.resolve(asked, context)

    assert answer["statusCode"] == 200
    assert "Nutzungslizenz" in answer["body"]
    assert PLANT not in answer["body"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"locks": (Lock(until=None),)}, [PLANT], id="a-locked-one-is-told"),
        pytest.param({"terms": (a_term(),)}, [], id="renewed"),
        pytest.param({"ended_at": IN_3_DAYS}, [], id="deleted"),
        pytest.param({"told": Told(end=ENDS, days=0)}, [], id="told"),
    ],
)
def test_who_is_told(changes: dict[str, Any], told: list[PlantId]) -> None:
    fake = desk(a_plant(**changes), locks=(Lock(until=None),))

    assert run(fake, OVER) == told


def test_who_has_not_confirmed_an_address_is_not_written_to() -> None:
    fake = desk(a_plant())
    fake.records.put(a_user(validation=a_link()))

    run(fake, OVER)

    assert notices(fake) == [("trial_ended", "ben@example.org")]


@pytest.mark.parametrize("gone", [True, False])
def test_of_an_account_without_users_nothing_stays_due(gone: bool) -> None:
    fake = desk(a_plant(), users=())
    if gone:
        del fake.records.things[Account, (ACCOUNT,)]

    assert run(fake, OVER) == [PLANT]
    assert run(fake, OVER) == []
    assert notices(fake) == []


# --- how much is read


def plants_of(number: AccountNumber, count: int) -> list[Plant]:
    return [a_plant(id=plant_id(number, running)) for running in range(1, count + 1)]


def test_an_accounts_plants_are_told_in_one_message_and_its_users_read_once() -> None:
    fake = desk(*plants_of(ACCOUNT, 5))

    assert hand_out(fake.due_terms, fake.term_queue, now=OVER) != []
    (portion,) = fake.term_queue.waiting
    told = tell(portion, worker(fake), now=OVER)

    assert told == [plant_id(ACCOUNT, running) for running in range(1, 6)]
    assert (fake.records.reads, fake.records.writes) == (2, 5)  # three pages
    assert len(notices(fake)) == 10


def test_when_time_runs_out_the_rest_is_handed_on() -> None:
    fake = desk(*plants_of(ACCOUNT, 5))
    hand_out(fake.due_terms, fake.term_queue, now=OVER)
    told = []

    for count in (2, 2, 1):
        some = tell(fake.term_queue.waiting.pop(0), worker(fake, has_time=False), now=OVER)
        assert len(some) == count
        told += some

    assert fake.term_queue.waiting == []
    assert len(set(told)) == 5


# --- races, faults, kills


def test_given_a_renewal_at_the_same_moment_then_nothing_is_told() -> None:
    fake = desk(a_plant())
    renewed = a_plant(terms=(a_term(),), version=2)
    fake.records.quicker.append(lambda: fake.records.put(renewed))

    assert run(fake, OVER) == []
    assert notices(fake) == []
    assert plant(fake) == renewed


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param({"told": Told(end=ENDS, days=0)}, id="told"),
        pytest.param({"terms": (a_term(),)}, id="renewed"),
        pytest.param(None, id="gone"),
    ],
)
def test_an_index_that_is_behind_repeats_nothing(meanwhile: dict[str, Any] | None) -> None:
    fake = desk()
    if meanwhile is not None:
        fake.records.put(a_plant(**meanwhile, version=2))
    fake.due_terms.stale.append(a_plant())
    before = dict(fake.records.things)

    assert run(fake, OVER) == []

    assert fake.records.things == before


def test_what_the_index_alone_calls_due_is_written_anew_and_rests() -> None:
    """The vendor's time zone was another one when it was written."""
    fake = desk(a_plant())

    class Early:
        portions = fake.due_terms.portions

        def page(self, portion: Portion, *, now: datetime) -> Any:
            return fake.due_terms.page(portion, now=now + DAY)

    early = replace(worker(fake), due=Early())
    (portion,) = fake.due_terms.portions(now=IN_14_DAYS)

    assert tell(portion, early, now=IN_14_DAYS - timedelta(minutes=1)) == []

    assert plant(fake) == a_plant(version=2)
    assert notices(fake) == []


def test_one_that_fails_holds_up_no_other_and_is_told_later() -> None:
    fake = desk(*plants_of(ACCOUNT, 3))
    failing: list[tuple[PlantId, str]] = []

    def broken() -> None:
        raise ConnectionError

    fake.records.quicker += [lambda: None, broken]

    told = run(fake, OVER, failed=lambda id_, error: failing.append((id_, type(error).__name__)))

    assert told == [plant_id(ACCOUNT, 1), plant_id(ACCOUNT, 3)]
    assert failing == [(plant_id(ACCOUNT, 2), "ConnectionError")]
    assert run(fake, OVER) == [plant_id(ACCOUNT, 2)]
    assert len(notices(fake)) == 6


def test_a_page_that_cannot_be_read_fails_the_message() -> None:
    """The queue brings it again."""
    fake = desk(a_plant())
    (portion,) = fake.due_terms.portions(now=OVER)
    fake.due_terms.broken.append(portion)

    with pytest.raises(ConnectionError):
        tell(portion, worker(fake), now=OVER)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("steps", range(9))
@pytest.mark.parametrize("after", [False, True])
def test_killed_anywhere_the_next_run_finishes_and_nobody_is_told_twice(
    steps: int,
    after: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before or after each call, of the schedule and of its message."""
    fake = desk(*plants_of(ACCOUNT, 3), *plants_of(OTHER_ACCOUNT, 1))
    left = [steps]

    def mortal(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise Killed
            done = call(*arguments, **named)
            if left[0] < 0:
                raise Killed
            return done

        return called

    with monkeypatch.context() as once:
        once.setattr(fake.term_queue, "put", mortal(fake.term_queue.put))
        once.setattr(fake.due_terms, "page", mortal(fake.due_terms.page))
        once.setattr(fake.records, "read", mortal(fake.records.read))
        once.setattr(fake.records, "write", mortal(fake.records.write))
        with pytest.raises(Killed):
            run(fake, OVER)
    fake.term_queue.waiting.clear()  # as if its queue had lost everything

    run(fake, OVER + QUARTER)

    assert run(fake, OVER + 2 * QUARTER) == []
    assert all(one.told == Told(end=ENDS, days=0) for one in fake.records.all(Plant))
    assert sorted(notices(fake)) == sorted(
        3 * [("trial_ended", EMAIL), ("trial_ended", "ben@example.org")]
    )


def test_two_workers_at_once_tell_each_plant_once() -> None:
    fake = desk(*plants_of(ACCOUNT, 3))
    (portion,) = fake.due_terms.portions(now=OVER)
    other: list[PlantId] = []
    fake.records.quicker.append(lambda: other.extend(tell(portion, worker(fake), now=OVER)))

    told = tell(portion, worker(fake), now=OVER)

    assert len(other) == 3
    assert told == []
    assert len(notices(fake)) == 6
