"""What is due is asked, and what comes of it: vat.md, from the first question to the last."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freischalt.account_ports import Change, Put
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber
from freischalt.domain.latin import LatinCompany
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.user import Language
from freischalt.domain.vat import VatReading, VatService, VatVerdict
from freischalt.domain.vat_record import VatDue, VatExchange, VatRecord
from freischalt.domain.vat_standing import VatStanding, VatState, fingerprint
from freischalt.errors import TooManyRaces
from freischalt.use_cases.buying import may_not_buy
from freischalt.use_cases.check_vat import (
    CLAIMED_FOR,
    Checked,
    check_vat,
    hand_out,
    hand_out_all_due,
)
from freischalt.use_cases.erasing import erase
from freischalt.use_cases.own_account import change_account
from freischalt.use_cases.vat_checks import (
    VatDecision,
    data_version,
    decide_vat,
    entered,
    start_check,
)
from tests.account_factories import (
    ANNA,
    CHECK,
    COMPANY,
    DAY,
    DIFFERS,
    DOWN,
    EMAIL,
    HOUR,
    INVALID,
    MINUTE,
    QUESTION,
    VALID,
    a_company,
    a_due,
    a_link,
    a_request,
    a_standing,
    a_user,
    a_vat_record,
    a_waiting,
)
from tests.account_fakes import FakeOffice, FakeRecords, FakeVatRegistry
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT, OTHER_PHONE, PHONE

BOB = a_user("bob.bauer", email="bob@example.org", language=Language.ENGLISH)
CARL = a_user("carl.c", email="carl@example.org", validation=a_link())
"""Invited, and has not opened the link yet."""

OTHER = replace(COMPANY, name="Huber AG")
PENDING = a_standing(VatState.PENDING)
NIGHT = datetime(2026, 11, 22, 22, tzinfo=UTC)
FIVE = datetime(2026, 11, 23, 4, tzinfo=UTC)
"""When the quiet hours begin and end in Berlin."""

REPEATED = NOON + 90 * DAY


SECOND = timedelta(seconds=1)


class Crash(Exception):
    """The worker dies."""


@dataclass
class CrashingRecords(FakeRecords):
    """Dies right after the write of that number, once."""

    dies_after: int = 0

    def write(self, *changes: Change) -> None:
        super().write(*changes)
        if self.writes == self.dies_after:
            self.dies_after = 0
            raise Crash


@dataclass
class World:
    """One company, the services, and a clock that stands still."""

    fake: FakeOffice
    registry: FakeVatRegistry
    now: datetime = NOON

    def ask(self, at: datetime | None = None) -> Checked | None:
        """One message is worked on, now."""
        self.now = at or self.now
        registries = {self.registry.service: self.registry}
        request = a_request(actor="schedule", at=self.now)
        return check_vat(ACCOUNT, self.fake.office, registries, request, now=lambda: self.now)

    def run(self, until: datetime) -> None:
        """From due to due, each message worked on at once."""
        while due := [each for each in self.fake.records.all(VatDue) if each.at < until]:
            self.now = max(self.now, *(each.at for each in due))
            handed = hand_out(due, self.fake.vat_dues, self.fake.vat_queue, by="s", now=self.now)
            assert handed == [ACCOUNT]
            self.ask()

    @property
    def account(self) -> Account:
        return self.fake.records.get(Account, ACCOUNT)

    @property
    def standing(self) -> VatStanding:
        assert self.account.vat
        return self.account.vat

    @property
    def is_pending(self) -> bool:
        return self.standing.state is VatState.PENDING

    @property
    def due(self) -> datetime | None:
        dues = self.fake.records.all(VatDue)
        return dues[0].at if dues else None

    @property
    def evidence(self) -> list[VatRecord]:
        return self.fake.records.all(VatRecord)

    def mails(self) -> list[tuple[NoticeKind, str]]:
        return [(each.kind, each.to) for each in self.fake.records.all(Notice)]

    @property
    def may_buy(self) -> bool:
        return may_not_buy(self.account, self.fake.office, self.now) is None


def world(
    *readings: VatReading,
    vat: VatStanding | None = PENDING,
    due: VatDue | None = None,
    service: VatService = VatService.EVATR,
    records: FakeRecords | None = None,
    **account: Any,
) -> World:
    """A first check is due at noon, if nothing else is said."""
    fake = FakeOffice(records=records or FakeRecords())
    users = (ANNA, BOB.id, CARL.id)
    fake.records.put(a_company(**{"vat": vat, "users": users, **account}), a_user(), BOB, CARL)
    fake.records.put(due or a_due(service=service))
    return World(fake, FakeVatRegistry(service, list(readings) or [VALID]))


def repeating(*readings: VatReading, **changes: Any) -> World:
    """A valid verdict of ninety days ago is due again."""
    made = world(*readings, vat=a_standing(), due=a_due(at=REPEATED), **changes)
    made.now = REPEATED
    return made


def german(*readings: VatReading) -> World:
    """VIES has no quiet hours."""
    registrant = replace(
        COMPANY, vat_id="DE811115368", address=replace(COMPANY.address, country="DE")
    )
    pending = replace(PENDING, of=fingerprint(registrant))
    return world(*readings, vat=pending, service=VatService.VIES, registrant=registrant)


def both(kind: NoticeKind) -> list[tuple[NoticeKind, str]]:
    """Of the users who have confirmed theirs."""
    return [(kind, EMAIL), (kind, BOB.email)]


# --- verdicts


@pytest.mark.parametrize(
    ("reading", "state", "kind"),
    [
        (VALID, VatState.VALID, NoticeKind.VAT_CONFIRMED),
        (INVALID, VatState.INVALID, NoticeKind.VAT_INVALID),
        (DIFFERS, VatState.MISMATCH, NoticeKind.VAT_DIFFERS),
    ],
)
def test_a_verdict_is_remembered_kept_and_told(
    reading: VatReading, state: VatState, kind: NoticeKind
) -> None:
    here = world(replace(reading, for_a_person=True))

    checked = here.ask(NOON + MINUTE)

    assert checked
    assert (checked.state, checked.counted) == (state, True)
    assert here.registry.asked == [QUESTION]
    decided = a_standing(
        state, decided_at=here.now, code=reading.code, differing=here.standing.differing
    )
    assert here.account == a_company(
        users=here.account.users, vat=decided, changed_by="schedule", version=2
    )
    assert here.evidence == [
        VatRecord(
            account=ACCOUNT,
            id=CHECK,
            at=here.now,
            state=state,
            of=fingerprint(COMPANY),
            about=entered(COMPANY),
            code=reading.code,
            fields=reading.fields,
            request_id=reading.request_id,
            for_a_person=True,
            question=QUESTION,
            exchange=VatExchange(
                asked_at=here.now,
                answered_at=here.now,
                request='{"asked": "ATU13585627"}',
                response=f'{{"answer": "{reading.code}"}}',
                http_status=200,
            ),
            version=1,
        )
    ]
    assert here.mails() == both(kind)
    assert here.due == (here.now + 90 * DAY if state is VatState.VALID else None)
    assert here.may_buy is (state is VatState.VALID)


def test_each_user_is_told_in_the_own_language_what_was_entered_and_differs() -> None:
    latin = LatinCompany(name="Mueller GmbH", street="Weg 1", city="Wien")
    registrant = replace(COMPANY, name="Müller GmbH", latin=latin)
    pending = replace(PENDING, of=fingerprint(registrant))
    here = world(DIFFERS, vat=pending, registrant=registrant)

    here.ask()

    notices = here.fake.records.all(Notice)
    assert [(each.to, each.language) for each in notices] == [
        (EMAIL, Language.GERMAN),
        (BOB.email, Language.ENGLISH),
    ]
    for notice in notices:
        told = notice.details
        assert (told["differing"], told["name"], told["city"]) == (
            "name,city",
            "Mueller GmbH",
            "Wien",
        )
        assert (told["account"], told["vat_id"]) == (ACCOUNT, "ATU13585627")
    assert len({each.id for each in notices}) == 2


def test_a_second_message_finds_nothing_due() -> None:
    here = world()
    here.ask()
    before = dict(here.fake.records.things)

    assert here.ask() is None
    assert here.ask(NOON + HOUR) is None

    assert here.fake.records.things == before
    assert len(here.registry.asked) == 1


@pytest.mark.parametrize("reading", [VALID, INVALID, DIFFERS])
def test_twenty_users_are_told_in_one_transaction(reading: VatReading) -> None:
    users = [a_user(f"user.{n:02d}") for n in range(20)]
    here = world(reading, users=tuple(user.id for user in users))
    here.fake.records.put(*users)

    here.ask()

    assert len(here.mails()) == 20
    assert here.fake.records.writes == 1


# --- undecided: the ladder


def test_an_undecided_check_climbs_the_ladder() -> None:
    here = german(DOWN)
    waits = []

    for _ in range(6):
        here.ask(here.due)
        assert here.due
        waits.append(here.due - here.now)

    assert waits == [5 * MINUTE, 15 * MINUTE, HOUR, HOUR, HOUR, HOUR]
    assert here.standing == replace(
        here.standing,
        state=VatState.PENDING,
        waiting=a_waiting(tries=6, next_try=here.due, code=DOWN.code),
    )
    assert (here.evidence, here.mails(), here.may_buy) == ([], [], False)


def test_after_three_days_it_is_asked_daily() -> None:
    here = german(DOWN)
    here.run(until=NOON + 3 * DAY)

    assert here.due
    for _ in range(3):
        here.ask(here.due)
        assert here.due - here.now == DAY


def test_what_waits_is_asked_when_it_is_due_and_not_before() -> None:
    here = german(DOWN, VALID)
    here.ask()

    assert here.ask(NOON + 4 * MINUTE) is None
    assert len(here.registry.asked) == 1
    assert here.ask(NOON + 5 * MINUTE)
    assert here.standing.state is VatState.VALID
    assert [record.at for record in here.evidence] == [NOON + 5 * MINUTE]


@pytest.mark.parametrize("make", [world, repeating])
def test_a_worker_whose_clock_is_late_asks_what_was_handed_to_it(
    make: Callable[..., World],
) -> None:
    """Else the message would be gone, and the claim on what is due would hold for an hour."""
    here = make()

    here.ask(here.now - 10 * SECOND)

    assert [record.at for record in here.evidence] == [here.now]
    assert make().ask(here.now - SECOND) is None


def test_three_days_without_an_answer_are_told_once() -> None:
    here = german(DOWN)

    here.run(until=NOON + 24 * HOUR)
    assert here.mails() == []
    here.run(until=NOON + 25 * HOUR)
    assert here.mails() == both(NoticeKind.VAT_PENDING)
    assert here.standing.waiting
    told_at = here.standing.waiting.told_at
    assert told_at
    assert NOON + DAY <= told_at < NOON + DAY + HOUR
    here.run(until=NOON + 3 * DAY)

    # 0, 5 and 20 minutes, then hourly from 80 on
    assert len(here.registry.asked) == 3 + 71
    assert here.mails() == both(NoticeKind.VAT_PENDING)
    assert here.fake.records.all(Notice)[0].details["since"] == "2026-11-22"


def test_after_fourteen_days_it_is_given_up_and_told_once() -> None:
    here = german(DOWN)

    here.run(until=NOON + 15 * DAY)

    assert len(here.registry.asked) == 3 + 71 + 1 + 10 + 1
    assert here.now == NOON + 14 * DAY
    assert here.mails() == both(NoticeKind.VAT_PENDING) + both(NoticeKind.VAT_GIVEN_UP)
    (record,) = here.evidence
    assert (record.state, record.code, record.counts) == (VatState.GIVEN_UP, DOWN.code, True)
    assert here.due is None
    assert here.ask(NOON + 15 * DAY) is None


def test_what_was_given_up_can_be_begun_again() -> None:
    here = german(DOWN)
    here.run(until=NOON + 15 * DAY)
    here.registry.readings = [VALID]

    start_check(ACCOUNT, here.fake.office, a_request(at=NOON + 16 * DAY))
    here.run(until=NOON + 17 * DAY)

    assert here.standing.state is VatState.VALID
    assert [record.state for record in here.evidence] == [VatState.GIVEN_UP, VatState.VALID]
    assert here.mails()[-2:] == both(NoticeKind.VAT_CONFIRMED)


def test_fifteen_days_of_evatr_have_no_question_in_the_night() -> None:
    here = world(DOWN)
    times: list[datetime] = []

    def noted(*_: Any, **kwargs: Any) -> Any:
        times.append(here.now)
        return ask(*_, **kwargs)

    ask, here.registry.ask = here.registry.ask, noted  # type: ignore[method-assign]
    here.run(until=NOON + 15 * DAY)

    assert here.standing.state is VatState.GIVEN_UP
    hours = {at.astimezone(here.fake.vat_policy.quiet.zone).hour for at in times}  # type: ignore[union-attr]
    assert hours
    assert not hours & {23, 0, 1, 2, 3, 4}
    assert 50 < len(times) < 86
    assert here.mails() == both(NoticeKind.VAT_PENDING) + both(NoticeKind.VAT_GIVEN_UP)


def test_a_schedule_that_rests_for_a_week_makes_no_burst() -> None:
    here = german(DOWN)
    here.ask()

    here.run(until=NOON + 6 * MINUTE)
    here.now = NOON + 7 * DAY
    here.run(until=NOON + 7 * DAY + HOUR)

    assert len(here.registry.asked) == 3
    assert here.mails() == both(NoticeKind.VAT_PENDING)


# --- quiet hours


def test_a_message_that_has_waited_until_the_night_is_put_off_and_is_no_try() -> None:
    waiting = a_waiting(tries=2, code="evatr-0011", next_try=NIGHT - MINUTE)
    here = world(vat=replace(PENDING, waiting=waiting), due=a_due(at=NIGHT - MINUTE))

    assert here.ask(NIGHT) is None

    assert here.registry.asked == []
    assert here.due
    assert FIVE <= here.due < FIVE + timedelta(minutes=30)
    assert here.standing == replace(PENDING, waiting=replace(waiting, next_try=here.due))
    assert here.ask(NIGHT + HOUR) is None
    assert here.fake.records.writes == 1
    assert here.ask(here.due)
    assert here.standing.state is VatState.VALID


def test_a_repetition_that_comes_in_the_night_waits_and_begins_in_the_morning() -> None:
    here = repeating()
    night = REPEATED.replace(hour=22, minute=30)

    assert here.ask(night) is None

    assert here.standing == a_standing()
    assert here.due
    assert night < here.due < night + 7 * HOUR
    here.run(until=REPEATED + DAY)
    assert here.standing.decided_at == here.now
    assert len(here.registry.asked) == 1


def test_a_wish_in_the_night_is_asked_in_the_morning() -> None:
    here = world(vat=a_standing(VatState.INVALID), due=a_due(account=OTHER_ACCOUNT))
    here.fake.records.things.pop((VatDue, (OTHER_ACCOUNT,)))
    start_check(ACCOUNT, here.fake.office, a_request(at=NIGHT))

    assert here.ask(NIGHT) is None
    here.run(until=FIVE + HOUR)

    assert FIVE <= here.now < FIVE + timedelta(minutes=30)
    assert here.standing.state is VatState.VALID
    assert here.fake.records.writes == 2


# --- repetition


def test_a_valid_verdict_is_repeated_without_a_mail() -> None:
    here = repeating()

    here.ask()

    assert here.standing == a_standing(
        check_id=here.standing.check_id, decided_at=REPEATED, code=VALID.code
    )
    assert here.due == REPEATED + 90 * DAY
    assert here.mails() == []
    (record,) = here.evidence
    assert (record.state, record.id) == (VatState.VALID, here.standing.check_id)


def test_a_year_of_repetitions_is_one_question_each() -> None:
    here = repeating()

    here.run(until=NOON + 366 * DAY)

    assert len(here.registry.asked) == len(here.evidence) == 4
    assert here.mails() == []


@pytest.mark.parametrize(
    ("reading", "kind"),
    [(INVALID, NoticeKind.VAT_INVALID), (DIFFERS, NoticeKind.VAT_DIFFERS)],
)
def test_a_repetition_that_ends_badly_is_told(reading: VatReading, kind: NoticeKind) -> None:
    here = repeating(reading)

    here.ask()

    assert here.mails() == both(kind)
    assert (here.due, here.may_buy) == (None, False)


def test_a_valid_verdict_stays_while_its_repetition_is_undecided() -> None:
    here = repeating(DOWN)

    here.run(until=REPEATED + 3 * DAY)

    assert here.standing.state is VatState.VALID
    assert (here.standing.decided_at, here.may_buy) == (NOON, True)
    here.run(until=REPEATED + 15 * DAY)
    assert (here.standing.state, here.standing.decided_at) == (VatState.VALID, NOON)
    assert here.mails() == both(NoticeKind.VAT_PENDING) + both(NoticeKind.VAT_GIVEN_UP)
    assert here.standing.given_up_at
    assert here.due == here.standing.given_up_at + here.fake.office.vat_policy.repeated_after


def test_who_was_told_that_a_repetition_waits_is_told_its_end() -> None:
    here = repeating(DOWN)
    here.run(until=REPEATED + 2 * DAY)
    here.registry.readings = [VALID]

    here.run(until=REPEATED + 3 * DAY)

    assert here.standing.state is VatState.VALID
    assert here.mails() == both(NoticeKind.VAT_PENDING) + both(NoticeKind.VAT_CONFIRMED)


def test_a_repetition_is_not_handed_out_again_while_it_is_asked() -> None:
    """The stream brings each due that is nobody's."""
    here = repeating()
    handed: list[AccountNumber] = []

    def stream() -> None:
        book, queue = here.fake.vat_dues, here.fake.vat_queue
        handed.extend(hand_out(here.fake.records.all(VatDue), book, queue, by="x", now=here.now))

    here.registry.meanwhile = [stream]
    here.ask()

    assert handed == []
    assert here.standing.decided_at == REPEATED


def test_a_check_that_waits_is_asked_again_when_its_worker_died() -> None:
    here = repeating()
    here.registry.meanwhile = [dies]
    with pytest.raises(Crash):
        here.ask()

    assert here.due == REPEATED + CLAIMED_FOR
    here.run(until=REPEATED + DAY)

    assert here.standing.decided_at == REPEATED + CLAIMED_FOR
    assert len(here.evidence) == 1


# --- what happens meanwhile


def dies() -> None:
    raise Crash


def changed(here: World) -> None:
    version = here.account.version
    change_account(ACCOUNT, OTHER, version, here.fake.office, a_request(at=here.now))


def decided(here: World) -> None:
    registrant = here.account.registrant
    assert registrant
    decision = VatDecision(False, "gefälscht", data_version(registrant))
    decide_vat(ACCOUNT, decision, here.fake.office, a_request(actor="operator:o", at=here.now))


def erased(here: World) -> None:
    erase(ACCOUNT, here.fake.office, a_request(actor=f"user:{ANNA}", at=here.now))


def unchecked(here: World) -> None:
    swiss = replace(COMPANY, address=replace(COMPANY.address, country="CH"), vat_id=None)
    version = here.account.version
    change_account(ACCOUNT, swiss, version, here.fake.office, a_request(at=here.now))


MEANWHILE = [changed, decided, erased, unchecked]
STATES = {
    VatVerdict.VALID: VatState.VALID,
    VatVerdict.INVALID: VatState.INVALID,
    VatVerdict.MISMATCH: VatState.MISMATCH,
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize("make", [world, repeating])
@pytest.mark.parametrize("reading", [VALID, INVALID, DIFFERS])
def test_an_answer_that_comes_too_late_is_kept_and_changes_nothing(
    meanwhile: Callable[[World], None], make: Callable[..., World], reading: VatReading
) -> None:
    here = make(reading)
    after: list[tuple[Account, list[VatDue], list[tuple[NoticeKind, str]]]] = []

    def happens() -> None:
        meanwhile(here)
        after.append((here.account, here.fake.records.all(VatDue), here.mails()))

    here.registry.meanwhile = [happens]
    checked = here.ask()

    assert checked
    assert not checked.counted
    assert [(here.account, here.fake.records.all(VatDue), here.mails())] == after
    history = [record for record in here.evidence if not record.counts]
    assert [(record.state, record.of, record.question) for record in history] == [
        (STATES[reading.verdict], fingerprint(COMPANY), QUESTION)
    ]


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_what_decides_nothing_and_comes_too_late_leaves_nothing(
    meanwhile: Callable[[World], None],
) -> None:
    here = world(DOWN)
    here.registry.meanwhile = [lambda: meanwhile(here)]

    checked = here.ask()

    assert checked
    assert (checked.state, checked.counted) == (VatState.PENDING, False)
    assert [record for record in here.evidence if record.question] == []


def test_data_that_change_during_the_question_are_asked_about() -> None:
    here = world(INVALID, VALID)
    here.registry.meanwhile = [lambda: changed(here)]
    here.ask()
    assert here.is_pending

    here.run(until=NOON + HOUR)

    assert [question.name for question in here.registry.asked] == ["Huber GmbH", "Huber AG"]
    assert (here.standing.state, here.standing.of) == (VatState.VALID, fingerprint(OTHER))
    assert [(record.state, record.counts) for record in here.evidence] == [
        (VatState.INVALID, False),
        (VatState.VALID, True),
    ]
    assert here.mails() == both(NoticeKind.VAT_CONFIRMED)


def test_data_that_change_and_change_back_during_the_question_are_asked_about_again() -> None:
    here = world(INVALID, VALID)

    def there_and_back() -> None:
        changed(here)
        version = here.account.version
        change_account(ACCOUNT, COMPANY, version, here.fake.office, a_request(at=here.now + MINUTE))

    here.registry.meanwhile = [there_and_back]
    here.ask()
    assert here.is_pending

    here.run(until=NOON + HOUR)

    assert here.standing.state is VatState.VALID
    assert [record.counts for record in here.evidence] == [False, True]


@pytest.mark.parametrize("make", [world, repeating])
@pytest.mark.parametrize("meanwhile", [decided, erased, unchecked])
def test_a_message_that_waited_too_long_asks_nothing(
    meanwhile: Callable[[World], None], make: Callable[..., World]
) -> None:
    here = make()
    meanwhile(here)
    before = dict(here.fake.records.things)

    assert here.ask() is None

    assert here.registry.asked == []
    assert here.fake.records.things == before


@pytest.mark.parametrize("account", [{"erased": True, "registrant": None}, {"vat": None}])
def test_what_is_due_for_nothing_is_due_no_more(account: dict[str, Any]) -> None:
    here = world(**account)

    assert here.ask() is None
    assert here.due is None
    assert here.ask() is None
    assert here.fake.records.writes == 1


def test_a_message_about_no_account_asks_nothing() -> None:
    here = world()
    here.fake.records.things.clear()

    assert here.ask() is None
    assert here.fake.records.writes == 0


@pytest.mark.parametrize("make", [world, repeating])
@pytest.mark.parametrize(("reading", "wait"), [(VALID, 90 * DAY), (DOWN, 5 * MINUTE)])
def test_what_is_due_without_its_item_is_asked_all_the_same(
    make: Callable[..., World], reading: VatReading, wait: timedelta
) -> None:
    """The account knows what it waits for; the item is only how that is found."""
    here = make(reading)
    here.fake.records.things.pop((VatDue, (ACCOUNT,)))

    assert here.ask()

    assert here.due == here.now + wait


# --- twice, at once


@pytest.mark.parametrize("make", [world, repeating])
@pytest.mark.parametrize("reading", [VALID, INVALID, DIFFERS])
def test_two_workers_at_once_have_one_effect(
    make: Callable[..., World], reading: VatReading
) -> None:
    alone = make(reading)
    alone.ask()
    here = make(reading)
    here.registry.meanwhile = [here.ask]

    here.ask()

    assert len(here.registry.asked) == 2
    assert [record.counts for record in here.evidence] == [True]
    assert here.mails() == alone.mails()
    assert here.due == alone.due
    assert here.standing.state is alone.standing.state


@pytest.mark.parametrize("make", [world, repeating])
def test_two_workers_at_once_who_decide_nothing_are_one_try(make: Callable[..., World]) -> None:
    here = make(DOWN)
    here.registry.meanwhile = [here.ask]

    here.ask()

    assert here.standing.waiting
    assert here.standing.waiting.tries == 1
    assert here.due == here.now + 5 * MINUTE


@pytest.mark.parametrize(("first", "second"), [(VALID, DOWN), (DOWN, VALID)])
def test_of_two_workers_at_once_the_one_with_a_verdict_counts(
    first: VatReading, second: VatReading
) -> None:
    here = world(second)
    quicker = World(here.fake, FakeVatRegistry(VatService.EVATR, [first]))
    here.registry.meanwhile = [quicker.ask]

    here.ask()

    assert here.standing.state is VatState.VALID
    assert [record.counts for record in here.evidence] == [True]
    assert here.mails() == both(NoticeKind.VAT_CONFIRMED)
    assert here.due == NOON + 90 * DAY


def test_two_who_begin_the_same_repetition_at_once_are_one_check() -> None:
    here = repeating()
    here.fake.records.quicker = [here.ask]

    here.ask()

    assert len(here.evidence) == 1
    assert len(here.registry.asked) == 1


# --- races


def touched(here: World) -> Callable[[], None]:
    """Somebody has changed something else about the account."""

    def touch() -> None:
        phones = (*here.account.phones, (PHONE, OTHER_PHONE)[len(here.account.phones)])
        account = replace(here.account, phones=phones, version=here.account.version + 1)
        here.fake.records.put(account)

    return touch


def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("make", "races"),
    [(world, [True]), (repeating, [True]), (repeating, [False, True]), (repeating, [True, True])],
)
@pytest.mark.parametrize("reading", [VALID, INVALID, DOWN])
def test_a_lost_race_keeps_what_others_wrote_and_asks_once(
    make: Callable[..., World], races: list[bool], reading: VatReading
) -> None:
    alone = make(reading)
    alone.ask()
    here = make(reading)
    lost = [touched(here) if race else nothing for race in races]
    # a write that is tried again comes after nothing
    here.fake.records.quicker = [
        each for one in lost for each in ([one] if one is nothing else [one, nothing])
    ]

    checked = here.ask()

    assert checked
    assert checked.counted
    assert len(here.registry.asked) == 1
    assert here.account.phones == (PHONE, OTHER_PHONE)[: sum(races)]
    assert here.mails() == alone.mails()
    assert here.due == alone.due
    assert here.standing == replace(
        alone.standing, check_id=here.standing.check_id, waiting=here.standing.waiting
    )
    assert here.fake.pauses == [1] * sum(races)


def test_a_race_when_it_is_put_off_is_decided_again() -> None:
    here = world(due=a_due(at=NIGHT - MINUTE))
    here.fake.records.quicker = [touched(here)]

    assert here.ask(NIGHT) is None

    assert here.account.phones == (PHONE,)
    assert here.due
    assert here.due >= FIVE


def test_an_answer_that_always_loses_comes_again_and_leaves_nothing_half_done() -> None:
    here = world()

    def another() -> None:
        here.fake.records.put(replace(here.account, version=here.account.version + 1))

    here.fake.records.quicker = [another] * 6
    with pytest.raises(TooManyRaces):
        here.ask()
    assert (here.evidence, here.mails(), here.standing) == ([], [], PENDING)

    assert here.ask()
    assert len(here.evidence) == 1


def test_evidence_of_a_race_for_history_is_kept_once() -> None:
    here = world(INVALID)
    record = a_vat_record(state=VatState.INVALID, counts=False)

    def happens() -> None:
        changed(here)
        here.fake.records.quicker = [
            lambda: here.fake.records.write(Put(replace(record, version=0)))
        ]

    here.registry.meanwhile = [happens]
    here.ask()

    assert here.evidence == [record]


# --- crashes


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("make", "write"), [(world, 1), (repeating, 1), (repeating, 2)])
@pytest.mark.parametrize("reading", [VALID, INVALID, DIFFERS, DOWN])
def test_a_crash_at_any_write_leaves_one_effect_after_redelivery(
    make: Callable[..., World], write: int, when: str, reading: VatReading
) -> None:
    alone = make(reading)
    alone.ask()
    records = CrashingRecords(dies_after=write if when == "after" else 0)
    here = make(reading, records=records)
    if when == "before":
        records.quicker = [*([nothing] * (write - 1)), dies]

    with pytest.raises(Crash):
        here.ask()
    here.ask()
    here.ask()

    assert len(here.registry.asked) <= 2
    assert [record.counts for record in here.evidence] == [True] * len(alone.evidence)
    assert here.mails() == alone.mails()
    assert here.due == alone.due
    assert here.standing.state is alone.standing.state
    assert len(here.fake.records.all(Notice)) == len({n.id for n in here.fake.records.all(Notice)})


def test_a_crash_during_the_question_asks_again() -> None:
    here = world()
    here.registry.meanwhile = [dies]
    with pytest.raises(Crash):
        here.ask()

    here.ask(NOON + MINUTE)

    assert len(here.registry.asked) == 2
    assert [record.at for record in here.evidence] == [NOON + MINUTE]


def test_a_crash_when_it_is_put_off_changes_nothing_more() -> None:
    here = world(due=a_due(at=NIGHT - MINUTE), records=CrashingRecords(dies_after=1))
    with pytest.raises(Crash):
        here.ask(NIGHT)
    due = here.due

    assert here.ask(NIGHT + MINUTE) is None
    assert here.due == due


# --- handing out


def many(count: int, **changes: Any) -> FakeOffice:
    fake = FakeOffice()
    fake.records.put(*(a_due(account=AccountNumber(f"K{n}"), **changes) for n in range(count)))
    return fake


def handed(fake: FakeOffice, by: str = "a", now: datetime = NOON + MINUTE) -> list[AccountNumber]:
    return hand_out_all_due(fake.vat_dues, fake.vat_queue, by=by, now=now)


def test_what_is_due_is_handed_to_the_queue_once() -> None:
    fake = many(3)
    fake.records.put(a_due(account=AccountNumber("later"), at=NOON + HOUR))

    assert handed(fake) == ["K0", "K1", "K2"]

    assert [due.account for due in fake.vat_queue.waiting] == ["K0", "K1", "K2"]
    assert handed(fake) == handed(fake, "b", NOON + 2 * MINUTE) == []


def test_two_schedules_at_once_hand_out_once() -> None:
    fake = many(3)
    dues = fake.vat_dues.pending(before=NOON + MINUTE)

    for by in ("a", "b"):
        hand_out(dues, fake.vat_dues, fake.vat_queue, by=by, now=NOON + MINUTE)

    assert len(fake.vat_queue.waiting) == 3


def test_the_stream_hands_out_what_is_due_at_once_and_no_more() -> None:
    fake = many(1)
    later = a_due(account=AccountNumber("later"), at=NOON + MINUTE)
    fake.records.put(later)
    dues = fake.records.all(VatDue)

    assert hand_out(dues, fake.vat_dues, fake.vat_queue, by="stream", now=NOON) == ["K0"]
    assert fake.records.get(VatDue, "later") == later


def test_a_message_that_is_lost_comes_again_when_the_claim_has_run_out() -> None:
    fake = many(1)
    handed(fake)

    assert handed(fake, "b", NOON + MINUTE + CLAIMED_FOR) == []
    assert handed(fake, "b", NOON + 2 * MINUTE + CLAIMED_FOR) == ["K0"]


def test_a_queue_that_takes_nothing_holds_up_no_other_and_is_tried_again() -> None:
    fake = many(3)
    fake.vat_queue.broken = {AccountNumber("K1")}
    failed: list[tuple[str, type[Exception]]] = []

    done = hand_out_all_due(
        fake.vat_dues,
        fake.vat_queue,
        by="a",
        now=NOON + MINUTE,
        failed=lambda due, error: failed.append((due.account, type(error))),
    )

    assert done == ["K0", "K2"]
    assert failed == [("K1", ConnectionError)]
    fake.vat_queue.broken = set()
    assert handed(fake, "b", NOON + MINUTE) == []
    assert handed(fake, "b", NOON + 3 * MINUTE) == ["K1"]


def test_what_has_been_asked_meanwhile_is_handed_out_by_nobody() -> None:
    here = world(INVALID)
    old = here.fake.records.all(VatDue)
    here.ask()

    book, queue = here.fake.vat_dues, here.fake.vat_queue
    assert hand_out(old, book, queue, by="stream", now=NOON) == []


def test_new_data_are_handed_out_though_the_old_question_is_claimed() -> None:
    here = world()
    book, queue = here.fake.vat_dues, here.fake.vat_queue
    hand_out(here.fake.records.all(VatDue), book, queue, by="stream", now=NOON)

    changed(here)

    dues = here.fake.records.all(VatDue)
    assert hand_out(dues, book, queue, by="stream", now=NOON) == [ACCOUNT]
