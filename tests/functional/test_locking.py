"""Locks: set, lifted, ended by themselves, and what they stop. locks.md, rule by rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from freischalt.domain.account import Account
from freischalt.domain.answer import AnswerCode
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle, Grant
from freischalt.domain.ids import ImportId, LockId, PlantId
from freischalt.domain.licence import CaratId, EProtocol, LicenceType, Points, UserInformation
from freischalt.domain.locks import (
    MOST_LOCKS,
    MOST_OWN_LOCKS,
    Held,
    Lock,
    LockReason,
    LockRecord,
    LockScope,
    held,
)
from freischalt.domain.notice import NoticeKind
from freischalt.domain.order import Order
from freischalt.domain.plant import Plant
from freischalt.domain.public_plant import PublicPlant, public_plant
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sms_grammar import Fetch, PlaceOrder
from freischalt.domain.term import TermState, state
from freischalt.domain.validation import Blocker, Verdict, validate
from freischalt.errors import TooManyRaces
from freischalt.use_cases import licences
from freischalt.use_cases.answer_request import Answered, answer_request
from freischalt.use_cases.locking import Lifting, NewLock, end_due_locks, lift_lock, set_lock
from freischalt.use_cases.office import Result
from tests.account_factories import (
    ANNA,
    DAY,
    EMAIL,
    HOTLINE,
    HOUR,
    MINUTE,
    NEW_YEAR,
    a_link,
    a_lock_record,
    a_request,
    a_user,
    an_account,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    INFORMATION,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_PHONE,
    PHONE,
    a_dongle,
    a_release,
    a_sender,
)
from tests.term_factories import PLANT, a_plant, details

NOT_FOUND = Refusal(RefusalCode.NOT_FOUND)
OVER = Refusal(RefusalCode.LOCK_OVER)
MIDNIGHT = datetime(2026, 12, 31, 23, tzinfo=UTC)
"""When NEW_YEAR begins in Vienna."""

OTHER_CARAT_ID = CaratId("87654321")
FETCH = Fetch(Points(31), NUMBER)
ORDER = PlaceOrder(Points(33), NUMBER)


def desk(*things: Any, **account: Any) -> FakeOffice:
    """An account with two phones and a licence that was fetched before."""
    paid_up = a_dongle({ACCOUNT: a_release().fetched(Points(31), INFORMATION)})
    whole = an_account(**{"phones": (PHONE, OTHER_PHONE), "users": (ANNA,), **account})
    return an_office(whole, a_sender(), a_sender(OTHER_PHONE), a_user(), paid_up, *things)


def lock(
    fake: FakeOffice,
    carat_id: CaratId | None = None,
    request: Request | None = None,
    **changes: Any,
) -> Result | Refusal:
    new = NewLock(
        **{"account": ACCOUNT, "carat_id": carat_id, "reason": LockReason.SECURITY, **changes}
    )
    return set_lock(new, fake.office, request or a_request(f"lock-{fake.records.reads:07d}"))


def locked(fake: FakeOffice, carat_id: CaratId | None = None, **changes: Any) -> LockId:
    result = lock(fake, carat_id, **changes)
    assert not isinstance(result, Refusal)
    return LockId(result["lock"])


def lift(
    fake: FakeOffice, lock_id: LockId, request: Request | None = None, **changes: Any
) -> Result | Refusal:
    lifting = Lifting(**{"account": ACCOUNT, "lock": lock_id, "resolution": "bezahlt", **changes})
    return lift_lock(lifting, fake.office, request or a_request(f"lift-{fake.records.reads}"))


def ended(fake: FakeOffice, now: datetime) -> list[LockId]:
    return end_due_locks(fake.records, fake.office, now=now)


def account(fake: FakeOffice) -> Account:
    return fake.records.get(Account, ACCOUNT)


def record(fake: FakeOffice, lock_id: LockId) -> LockRecord:
    return fake.records.get(LockRecord, ACCOUNT, lock_id)


def on_licence(fake: FakeOffice) -> tuple[Lock, ...]:
    return fake.records.get(Dongle, CARAT_ID).releases[ACCOUNT].locks


def copies(fake: FakeOffice) -> list[tuple[Lock, ...]]:
    return [fake.records.get(Sender, phone).locks for phone in (PHONE, OTHER_PHONE)]


def asked(
    fake: FakeOffice, command: Fetch | PlaceOrder = FETCH, **changes: Any
) -> Answered | Refusal:
    request = a_request(**{"id": f"ask-{fake.records.reads}", "actor": "user:u", **changes})
    return answer_request(command, ACCOUNT, fake.counter, request)


def code(fake: FakeOffice, command: Fetch | PlaceOrder = FETCH, at: datetime = NOON) -> AnswerCode:
    answered = asked(fake, command, at=at)
    assert isinstance(answered, Answered)
    return answered.answer.code


# --- setting one


def test_a_lock_of_the_account_is_on_it_and_on_each_of_its_phones() -> None:
    fake = desk()

    id_ = locked(fake, until=NEW_YEAR, reason=LockReason.CONTRACT)

    expected = (Lock(NEW_YEAR, id_, LockScope.ALL, LockReason.CONTRACT, NOON),)
    assert account(fake).locks == expected
    assert copies(fake) == [expected, expected]
    assert on_licence(fake) == ()


def test_a_lock_of_a_licence_is_on_that_release_alone() -> None:
    theirs = a_dongle({ACCOUNT: a_release(), OTHER_ACCOUNT: a_release()})
    fake = desk(theirs)

    id_ = locked(fake, CARAT_ID)

    assert [lock.id for lock in on_licence(fake)] == [id_]
    assert fake.records.get(Dongle, CARAT_ID).releases[OTHER_ACCOUNT].locks == ()
    assert (account(fake).locks, copies(fake)) == ((), [(), ()])


def test_all_that_is_known_of_it_is_kept() -> None:
    fake = desk()
    request = a_request(actor="operator:o", at=NOON + HOUR)

    id_ = locked(
        fake,
        CARAT_ID,
        request=request,
        reason=LockReason.CUSTOMER,
        scope=LockScope.NEW,
        note="Bitte anrufen",
        private_note="ruft nie an",
        until=NEW_YEAR,
    )

    assert record(fake, id_) == a_lock_record(
        id_,
        carat_id=CARAT_ID,
        reason=LockReason.CUSTOMER,
        scope=LockScope.NEW,
        note="Bitte anrufen",
        private_note="ruft nie an",
        set_at=NOON + HOUR,
        until=NEW_YEAR,
    )


def test_later_locks_have_later_ids() -> None:
    fake = desk()
    ids = [
        locked(fake, request=a_request(f"{9 - n}", at=NOON + timedelta(milliseconds=n)))
        for n in range(5)
    ]

    assert ids == sorted(set(ids))


def test_a_locks_id_is_its_time_and_its_nonce() -> None:
    fake = desk()
    nonces = ["0123456789abcdef", "0123456789ac", "fedcba987654"]

    ids = [locked(fake, request=a_request("r1", nonce=nonce)) for nonce in nonces]

    millis = int(NOON.timestamp() * 1000)
    assert ids == [f"{millis}-{nonce[:12]}" for nonce in nonces]
    assert {notice.id for notice in fake.told(NoticeKind.LOCK_SET)} == {
        f"lock_set-{nonce}-{ANNA}" for nonce in nonces
    }


def test_the_locks_of_an_imported_release_are_kept_with_it() -> None:
    staged = {ImportId("i1"): {ACCOUNT: Grant(5, e_protocol=False)}}
    fake = desk(a_dongle({}, staged=staged))

    locked(fake, CARAT_ID)

    dongle = fake.records.get(Dongle, CARAT_ID)
    assert (dongle.releases[ACCOUNT].points, len(dongle.releases[ACCOUNT].locks)) == (5, 1)
    assert dongle.staged == {}


@pytest.mark.parametrize(
    ("things", "carat_id"),
    [
        ([], OTHER_CARAT_ID),
        ([a_dongle({OTHER_ACCOUNT: a_release()})], CARAT_ID),
        (
            [
                a_dongle({}, staged={ImportId("i1"): {ACCOUNT: Grant(5, e_protocol=False)}}),
                Service(unpublished=frozenset({ImportId("i1")})),
            ],
            CARAT_ID,
        ),
        ([an_account(erased=True)], None),
    ],
    ids=["unknown", "somebody-elses", "not-yet-published", "erased"],
)
def test_what_is_not_the_accounts_is_not_locked(
    things: list[Any], carat_id: CaratId | None
) -> None:
    fake = desk(*things)

    assert lock(fake, carat_id) == NOT_FOUND
    assert fake.records.all(LockRecord) == []


@pytest.mark.parametrize(
    ("until", "at", "refused"),
    [
        (date(2026, 11, 21), NOON, True),
        (date(2026, 11, 22), NOON, True),
        (date(2026, 11, 23), NOON, False),
        (date(2026, 11, 23), datetime(2026, 11, 22, 23, tzinfo=UTC), True),
    ],
    ids=["yesterday", "today", "tomorrow", "today-in-vienna"],
)
def test_a_planned_end_is_a_day_to_come(until: date, at: datetime, refused: bool) -> None:
    result = lock(desk(), until=until, request=a_request(at=at))

    problem = FieldProblem("/until", "must be a day after today")
    expected = Refusal(RefusalCode.LOCK_END_IN_THE_PAST, problems=(problem,))
    assert (result == expected) is refused
    assert isinstance(result, Refusal) is refused


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_twenty_locks_at_once_are_the_most(carat_id: CaratId | None) -> None:
    fake = desk()
    for _ in range(MOST_LOCKS):
        locked(fake, carat_id)

    assert lock(fake, carat_id) == Refusal(RefusalCode.TOO_MANY_LOCKS)


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_a_customers_own_locks_leave_room_for_the_vendors(carat_id: CaratId | None) -> None:
    fake = desk()
    own: dict[str, Any] = {"reason": LockReason.CUSTOMER, "by_customer": True, "until": NEW_YEAR}
    for _ in range(MOST_OWN_LOCKS):
        locked(fake, carat_id, **own)

    assert lock(fake, carat_id, **own) == Refusal(RefusalCode.TOO_MANY_LOCKS)
    assert locked(fake, carat_id, reason=LockReason.CUSTOMER)  # asked for by the hotline
    assert locked(fake, carat_id, reason=LockReason.CONTRACT)
    later = a_request("later", at=MIDNIGHT)
    assert locked(fake, carat_id, request=later, **{**own, "until": None})  # those have ended


# --- several at once


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_the_target_is_free_when_none_of_its_locks_holds(carat_id: CaratId | None) -> None:
    fake = desk()
    ids = [locked(fake, carat_id, until=until) for until in (None, NEW_YEAR, None)]

    for id_ in ids:
        assert code(fake) is AnswerCode.LOCKED
        lift(fake, id_)

    assert code(fake) is AnswerCode.CODE


def test_two_locks_at_once_are_both_kept() -> None:
    fake = desk()
    fake.records.quicker.append(lambda: locked(fake, request=a_request("quicker")))

    locked(fake, request=a_request("slower"))

    assert len(account(fake).locks) == 2
    assert all(len(copy) == 2 for copy in copies(fake))
    assert len(fake.records.all(LockRecord)) == 2


def test_a_phone_that_joins_meanwhile_is_locked_too() -> None:
    fake = desk(phones=(PHONE,))

    def joins() -> None:
        fake.records.put(an_account(phones=(PHONE, OTHER_PHONE), users=(ANNA,), version=2))
        fake.records.put(a_sender(OTHER_PHONE, revision=2))

    fake.records.quicker.append(joins)
    locked(fake)

    assert [len(copy) for copy in copies(fake)] == [1, 1]


def test_a_phone_that_has_gone_to_another_account_is_left_alone() -> None:
    fake = desk(a_sender(OTHER_PHONE, account=OTHER_ACCOUNT))

    locked(fake)

    assert [len(copy) for copy in copies(fake)] == [1, 0]


# --- what it stops


def test_an_account_lock_holds_all_licences_and_ordering() -> None:
    fake = desk()
    locked(fake)

    assert code(fake, FETCH) is AnswerCode.LOCKED
    assert code(fake, ORDER) is AnswerCode.LOCKED


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_the_scope_new_spares_what_is_paid_up(carat_id: CaratId | None) -> None:
    fake = desk()
    locked(fake, carat_id, scope=LockScope.NEW)

    assert code(fake, FETCH) is AnswerCode.CODE
    assert code(fake, ORDER) is AnswerCode.LOCKED
    assert licences.validation(ACCOUNT, CARAT_ID, fake.office, now=NOON).valid


@pytest.mark.parametrize("information", [None, INFORMATION])
def test_the_scope_new_stops_a_first_fetch(information: UserInformation | None) -> None:
    fake = desk(a_dongle({ACCOUNT: a_release(user_information=information)}))
    locked(fake, scope=LockScope.NEW)

    assert code(fake, FETCH) is AnswerCode.LOCKED
    assert not licences.validation(ACCOUNT, CARAT_ID, fake.office, now=NOON).valid


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_the_scope_new_spares_no_more_than_what_was_fetched(carat_id: CaratId | None) -> None:
    fetched = a_release(points=32, e_protocol=True).fetched(Points(31), INFORMATION)
    fake = desk(a_dongle({ACCOUNT: fetched}))
    locked(fake, carat_id, scope=LockScope.NEW)

    asked: list[LicenceType] = [Points(30), Points(31), Points(32), EProtocol()]

    answers = [code(fake, Fetch(one, NUMBER)) for one in asked]
    locked_, given = AnswerCode.LOCKED, AnswerCode.CODE
    assert answers == [given, given, locked_, locked_]
    elsewhere = replace(NUMBER, user_information=UserInformation("0BADCAFE"))
    assert code(fake, Fetch(Points(31), elsewhere)) is locked_


def test_a_planned_end_comes_by_itself_when_it_is_read() -> None:
    fake = desk()
    locked(fake, until=NEW_YEAR)
    before = MIDNIGHT - timedelta(milliseconds=1)

    assert code(fake, at=before) is AnswerCode.LOCKED
    assert licences.validation(ACCOUNT, CARAT_ID, fake.office, now=before).code is (
        Verdict.ACCOUNT_LOCKED
    )
    assert code(fake, at=MIDNIGHT) is AnswerCode.CODE
    assert licences.validation(ACCOUNT, CARAT_ID, fake.office, now=MIDNIGHT).valid
    assert fake.records.all(LockRecord)[0].ended_at is None


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
@pytest.mark.parametrize("command", [FETCH, ORDER])
def test_what_commits_after_a_lock_committed_fails(
    carat_id: CaratId | None, command: Fetch | PlaceOrder
) -> None:
    fake = desk()
    fake.requests.quicker.append(lambda: locked(fake, carat_id))

    assert code(fake, command) is AnswerCode.LOCKED
    assert fake.records.all(Order) == []


def test_the_answer_says_until_when() -> None:
    fake = desk()
    locked(fake, until=NEW_YEAR)

    answered = asked(fake)

    assert isinstance(answered, Answered)
    assert answered.answer.locked_until == NEW_YEAR
    assert answered.text == "Lizenz gesperrt bis 01.01.2027"


# --- lifting one


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_a_lifted_lock_is_off_its_target_and_kept_for_good(carat_id: CaratId | None) -> None:
    fake = desk()
    id_, other = locked(fake, carat_id), locked(fake, carat_id)
    set_ = record(fake, id_)
    asked_ = a_request("lift", actor="operator:o", at=NOON + HOUR)

    assert lift(fake, id_, asked_) == {"account": ACCOUNT, "lock": id_}

    assert record(fake, id_) == replace(
        set_,
        lifted_by="operator:o",
        lifted_at=NOON + HOUR,
        resolution="bezahlt",
        version=2,
    )
    left = on_licence(fake) if carat_id else account(fake).locks
    assert [lock.id for lock in left] == [other]
    if carat_id is None:
        assert copies(fake) == [left, left]


def test_an_unknown_lock_is_a_clear_refusal() -> None:
    fake = desk(an_account(number=OTHER_ACCOUNT))
    id_ = locked(fake)

    assert lift(fake, LockId("unknown")) == NOT_FOUND
    assert lift(fake, id_, account=OTHER_ACCOUNT) == NOT_FOUND


def test_a_lifted_or_an_ended_lock_cannot_be_lifted() -> None:
    fake = desk()
    lifted, planned = locked(fake), locked(fake, until=NEW_YEAR)
    lift(fake, lifted)

    assert lift(fake, lifted) == OVER
    assert lift(fake, planned, a_request("late", at=MIDNIGHT)) == OVER  # not noticed yet
    ended(fake, MIDNIGHT)
    assert lift(fake, planned, a_request("later", at=MIDNIGHT + DAY)) == OVER
    assert [note.details["account"] for note in fake.told(NoticeKind.LOCK_LIFTED)] == [ACCOUNT]


def test_a_lock_whose_licence_is_gone_can_be_lifted() -> None:
    fake = desk()
    id_ = locked(fake, CARAT_ID)
    fake.records.put(a_dongle({}, version=3))

    assert lift(fake, id_) == {"account": ACCOUNT, "lock": id_}
    assert record(fake, id_).is_over


def test_two_who_lift_at_once_lift_it_once() -> None:
    fake = desk()
    id_ = locked(fake)
    fake.records.quicker.append(lambda: lift(fake, id_, a_request("quicker")))

    assert lift(fake, id_, a_request("slower")) == OVER
    assert len(fake.told(NoticeKind.LOCK_LIFTED)) == 1


# --- the planned end is noticed


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_the_end_is_noticed_once_however_often_and_late(carat_id: CaratId | None) -> None:
    fake = desk()
    id_ = locked(fake, carat_id, until=NEW_YEAR)
    revoked = locked(fake, carat_id)

    runs = [ended(fake, MIDNIGHT + delay) for delay in (-MINUTE, 9 * DAY, 10 * DAY)]

    assert runs == [[], [id_], []]
    assert record(fake, id_).ended_at == MIDNIGHT + 9 * DAY
    left = on_licence(fake) if carat_id else account(fake).locks
    assert [lock.id for lock in left] == [revoked]
    assert len(fake.told(NoticeKind.LOCK_ENDED)) == 1


def test_two_schedules_at_once_tell_it_once() -> None:
    fake = desk()
    id_ = locked(fake, until=NEW_YEAR)
    fake.records.quicker.append(lambda: ended(fake, MIDNIGHT))

    assert ended(fake, MIDNIGHT + MINUTE) == []
    assert record(fake, id_).ended_at == MIDNIGHT
    assert len(fake.told(NoticeKind.LOCK_ENDED)) == 1


def test_a_lock_that_is_lifted_meanwhile_has_not_ended() -> None:
    fake = desk()
    id_ = locked(fake, until=NEW_YEAR)
    earlier = a_request("lift", at=NOON)
    fake.records.quicker.append(lambda: lift(fake, id_, earlier))

    assert ended(fake, MIDNIGHT) == []
    assert record(fake, id_).ended_at is None


def test_all_ends_that_have_come_are_noticed() -> None:
    fake = desk()
    ids = {locked(fake, until=NEW_YEAR) for _ in range(3)}
    locked(fake, until=NEW_YEAR + DAY)

    assert set(ended(fake, MIDNIGHT)) == ids
    assert len(account(fake).locks) == 1


# --- who is told


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        (NoticeKind.LOCK_SET, locked),
        (NoticeKind.LOCK_LIFTED, lambda fake: lift(fake, locked(fake))),
        (NoticeKind.LOCK_ENDED, lambda fake: (locked(fake, until=NEW_YEAR), ended(fake, MIDNIGHT))),
    ],
)
def test_every_confirmed_user_of_the_account_gets_a_mail(kind: NoticeKind, act: Any) -> None:
    bob, carl = a_user("bob.b", email="bob@example.org"), a_user("carl", validation=a_link())
    fake = desk(bob, carl, a_user("somebody.else"), users=(ANNA, bob.id, carl.id))

    act(fake)

    assert {notice.to for notice in fake.told(kind)} == {EMAIL, "bob@example.org"}
    assert len(fake.told(kind)) == 2


def test_the_mail_has_the_customers_note_and_never_the_private_one() -> None:
    fake = desk()

    locked(fake, CARAT_ID, note="Bitte zahlen", private_note="geheim", until=NEW_YEAR)

    (notice,) = fake.told(NoticeKind.LOCK_SET)
    assert notice.details == {
        "account": ACCOUNT,
        "licence": CARAT_ID,
        "until": "2027-01-01",
        "note": "Bitte zahlen",
        "hotline": HOTLINE,
    }


def test_the_mail_of_a_lock_without_an_end_names_no_day() -> None:
    fake = desk()

    locked(fake)

    (notice,) = fake.told(NoticeKind.LOCK_SET)
    assert (notice.details["licence"], notice.details["until"]) == ("", "")


# --- repetitions and races


def test_a_repeated_request_sets_one_lock() -> None:
    fake = desk()

    results = [lock(fake, request=repeatable("lock", at=NOON + n * MINUTE)) for n in range(3)]

    assert results[0] == results[1] == results[2]
    assert len(fake.records.all(LockRecord)) == len(account(fake).locks) == 1
    assert len(fake.told(NoticeKind.LOCK_SET)) == 1


def test_a_repeated_lifting_is_one_lifting() -> None:
    fake = desk()
    id_ = locked(fake)

    results = [lift(fake, id_, repeatable("lift")) for _ in range(3)]

    assert results == [{"account": ACCOUNT, "lock": id_}] * 3
    assert len(fake.told(NoticeKind.LOCK_LIFTED)) == 1


def test_a_reused_key_locks_nothing() -> None:
    fake = desk()
    lock(fake, request=repeatable("lock"))

    refusal = lock(fake, CARAT_ID, request=repeatable("lock", fingerprint="other"))

    assert refusal == Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
    assert on_licence(fake) == ()


def test_after_six_lost_races_nothing_is_written() -> None:
    fake = desk()

    def quicker() -> None:
        stored = account(fake)
        fake.records.put(replace(stored, version=stored.version + 1))

    fake.records.quicker += [quicker] * 6

    with pytest.raises(TooManyRaces):
        locked(fake)
    assert account(fake).locks == ()
    assert fake.records.all(LockRecord) == []


# --- validation: the first that applies, and all that stands in the way


def a_lock(day: date | None = None, since: datetime = NOON, **changes: Any) -> Lock:
    return Lock(day, LockId("l"), since=since, **changes)


def validation(fake: FakeOffice, carat_id: CaratId = CARAT_ID) -> Any:
    return licences.validation(ACCOUNT, carat_id, fake.office, now=NOON)


def test_the_precedence_is_the_documented_one() -> None:
    assert " ".join(Verdict) == (
        "NOT_FOUND ACCOUNT_LOCKED LICENCE_LOCKED EXPIRED NOT_ACTIVATED DEVICE_MISMATCH OVERDUE "
        "TOO_MANY_USERS TRIAL_OVER VALID"
    )


def test_a_free_licence_is_valid() -> None:
    assert (validation(desk()).code, validation(desk()).blockers) == (Verdict.VALID, ())


@pytest.mark.parametrize(
    ("fake", "carat_id"),
    [
        (desk(locks=(a_lock(),)), OTHER_CARAT_ID),
        (desk(a_dongle({OTHER_ACCOUNT: a_release()}), locks=(a_lock(),)), CARAT_ID),
        (an_office(a_dongle()), CARAT_ID),
    ],
    ids=["unknown", "somebody-elses", "no-account"],
)
def test_of_what_is_not_the_accounts_nothing_is_told(fake: FakeOffice, carat_id: CaratId) -> None:
    found = validation(fake, carat_id)

    assert found.blockers == (Blocker(Verdict.NOT_FOUND),)
    assert not found.valid


def test_the_accounts_lock_comes_first_and_all_are_told() -> None:
    later = NOON + HOUR
    licence = a_release(locks=(a_lock(NEW_YEAR), a_lock(date(2026, 11, 22))))
    fake = desk(a_dongle({ACCOUNT: licence}), locks=(a_lock(since=later), a_lock(NEW_YEAR)))

    found = validation(fake)

    assert found.code is Verdict.ACCOUNT_LOCKED
    assert found.blockers == (
        Blocker(Verdict.ACCOUNT_LOCKED, later, None),
        Blocker(Verdict.ACCOUNT_LOCKED, NOON, NEW_YEAR),
        Blocker(Verdict.LICENCE_LOCKED, NOON, NEW_YEAR),
    )


def test_the_account_needs_not_be_named_to_say_that_nothing_is_there() -> None:
    assert validate(None, account_locks=(a_lock(),), today=NEW_YEAR).blockers == (
        Blocker(Verdict.NOT_FOUND),
    )


def test_a_list_of_licences_shows_what_holds_each() -> None:
    free = a_dongle(carat_id=OTHER_CARAT_ID)
    held = a_dongle({ACCOUNT: a_release(locks=(a_lock(NEW_YEAR),))})
    gone = a_dongle({OTHER_ACCOUNT: a_release()}, carat_id=CaratId("00000001"))
    fake = desk(free, held, gone)

    page = licences.licences(ACCOUNT, fake.office, fake.records, after=None, limit=10, now=NOON)

    assert [(one.carat_id, one.held) for one in page.things] == [
        (OTHER_CARAT_ID, None),
        (CARAT_ID, Held(NEW_YEAR)),
    ]


def test_what_somebody_else_ordered_looks_like_nothing() -> None:
    fake = desk()
    answered = asked(fake, ORDER)
    assert isinstance(answered, Answered)
    number = answered.answer.order_number
    assert number

    assert licences.order(ACCOUNT, number, fake.office)
    assert licences.order(OTHER_ACCOUNT, number, fake.office) is None


# --- on a plant

OTHER_PLANT = PlantId(f"{OTHER_ACCOUNT}-1")


def on_plant(fake: FakeOffice) -> tuple[Lock, ...]:
    return fake.records.get(Plant, PLANT).locks


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        pytest.param(NEW_YEAR, Held(NEW_YEAR), id="until-a-day"),
        pytest.param(None, Held(None), id="until-revoked"),
    ],
)
def test_a_locked_plant_may_not_be_used_from_the_locks_transaction_on(
    until: date | None, shown: Held
) -> None:
    fake = desk(a_plant())

    id_ = locked(fake, plant=PLANT, until=until)

    plant = fake.records.get(Plant, PLANT)
    assert [lock.id for lock in plant.locks] == [id_]
    assert held(plant.locks, NOON.date()) == shown
    assert state(plant.rights(), NOON.date()) is TermState.LOCKED
    assert record(fake, id_).plant == record(fake, id_).licence == PLANT
    (told,) = fake.told(NoticeKind.LOCK_SET)
    assert told.details["licence"] == PLANT
    assert (account(fake).locks, on_licence(fake)) == ((), ())


def test_a_public_plants_row_carries_its_locks() -> None:
    plant = a_plant(details=details(is_public=True), public_version=1)
    row = public_plant(plant)
    fake = desk(plant, row)

    id_ = locked(fake, plant=PLANT)

    assert row
    assert not fake.records.get(PublicPlant, *row.id).is_shown(NOON.date())
    lift(fake, id_)
    assert fake.records.get(PublicPlant, *row.id).is_shown(NOON.date())


def test_a_plants_lock_is_lifted_or_ends_by_itself() -> None:
    fake = desk(a_plant())
    ending, lifted = locked(fake, plant=PLANT, until=NEW_YEAR), locked(fake, plant=PLANT)

    assert not isinstance(lift(fake, lifted), Refusal)
    assert [lock.id for lock in on_plant(fake)] == [ending]
    assert ended(fake, MIDNIGHT) == [ending]
    assert on_plant(fake) == ()
    assert lift(fake, ending) == OVER
    assert [len(fake.told(kind)) for kind in (NoticeKind.LOCK_LIFTED, NoticeKind.LOCK_ENDED)] == [
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("plant", "asked"),
    [
        pytest.param(None, PLANT, id="there-is-none"),
        pytest.param(a_plant(id=OTHER_PLANT), OTHER_PLANT, id="another-customers"),
        pytest.param(a_plant(ended_at=NOON), PLANT, id="it-has-ended"),
    ],
)
def test_a_plant_that_is_not_the_accounts_cannot_be_locked(
    plant: Plant | None, asked: PlantId
) -> None:
    fake = desk(*([plant] if plant else []))
    before = dict(fake.records.things)

    assert lock(fake, plant=asked) == NOT_FOUND
    assert fake.records.things == before


def test_the_customers_own_locks_of_a_plant_leave_room_for_the_vendors() -> None:
    fake = desk(a_plant())
    own: dict[str, Any] = {"plant": PLANT, "reason": LockReason.CUSTOMER, "by_customer": True}
    for _ in range(MOST_OWN_LOCKS):
        locked(fake, **own)

    assert lock(fake, **own) == Refusal(RefusalCode.TOO_MANY_LOCKS)
    assert locked(fake, plant=PLANT)


def test_a_plants_lock_and_its_change_at_once_lose_nothing() -> None:
    fake = desk(a_plant())
    changed = a_plant(details=details(name="Dach Nord"), version=2)
    fake.records.quicker.append(lambda: fake.records.put(changed))

    id_ = locked(fake, plant=PLANT)

    plant = fake.records.get(Plant, PLANT)
    assert plant.details.name == "Dach Nord"
    assert [lock.id for lock in plant.locks] == [id_]


def test_a_lock_of_a_plant_that_has_ended_meanwhile_is_over_all_the_same() -> None:
    fake = desk(a_plant())
    id_ = locked(fake, plant=PLANT)
    fake.records.put(replace(fake.records.get(Plant, PLANT), ended_at=NOON))

    assert not isinstance(lift(fake, id_), Refusal)
    assert record(fake, id_).is_over
