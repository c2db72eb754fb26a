"""The password policy, changes and resets: accounts.md."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from freischalt.domain.notice import NoticeKind
from freischalt.domain.password import PasswordRule, broken_rules
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sign_in import LOCKED_FOR, Session, SignInAttempts
from freischalt.domain.token import LinkToken
from freischalt.domain.user import Role, User
from freischalt.use_cases import passwords
from freischalt.use_cases.office import Result
from freischalt.use_cases.passwords import PasswordChange, ask_for_reset, reset_password
from freischalt.use_cases.signing_in import SignedIn
from tests.account_factories import (
    ANNA,
    DAY,
    MINUTE,
    NAME,
    PASSWORD,
    a_link,
    a_password,
    a_request,
    a_session,
    a_user,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import NOON
from tests.functional.test_signing_in import sign_in

NEW = "neu-geheim-1"
WRONG = Refusal(RefusalCode.WRONG_CREDENTIALS)
LOCKED = Refusal(RefusalCode.SIGN_IN_LOCKED, until=NOON + LOCKED_FOR)
MAILED = NoticeKind.RESET_PASSWORD
GONE = Refusal(RefusalCode.LINK_NOT_VALID)


def anna(*sessions: Session, **changes: Any) -> FakeOffice:
    return an_office(a_user(**{"password": a_password(), **changes}), a_session(), *sessions)


def user(fake: FakeOffice) -> User:
    return fake.records.get(User, ANNA)


def change(
    fake: FakeOffice, new: str = NEW, current: str = PASSWORD, request: Request | None = None
) -> Result | Refusal:
    asked = request or a_request(f"change-{fake.records.reads}")
    wanted = PasswordChange(user=ANNA, session="d1", current=current, new=new)
    return passwords.change_password(wanted, fake.office, fake.hasher, asked)


def rules(result: Result | Refusal) -> set[str]:
    assert isinstance(result, Refusal)
    assert result.code is RefusalCode.PASSWORD_RULES
    return {problem.rule for problem in result.problems}


# --- what a password is


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("geheim-123", []),
        ("aaaaa-1", ["TOO_SHORT"]),
        ("aaaaaa-1", []),
        ("a-1" + "x" * 125, []),
        ("a-1" + "x" * 126, ["TOO_LONG"]),
        ("12345678!", ["NO_LETTER"]),
        ("ÄÖÜäöüß-1", ["NO_LETTER"]),
        ("abcdefgh!", ["NO_DIGIT"]),
        ("abcdefgh٣!", ["NO_DIGIT"]),
        ("abcdefg1", ["NO_SPECIAL"]),
        ("abcdefg1 ,~'", ["NO_SPECIAL"]),
        ("", ["TOO_SHORT", "NO_LETTER", "NO_DIGIT", "NO_SPECIAL"]),
    ],
)
def test_each_rule_by_itself(password: str, broken: list[str]) -> None:
    assert broken_rules(password) == broken


@pytest.mark.parametrize("special", "!@#$%^&*_-+=;:|./?()[]{}<>")
def test_each_special_character_counts(special: str) -> None:
    assert broken_rules(f"abcdefg1{special}") == []


# --- changing it


def test_a_new_password_replaces_the_old_one() -> None:
    fake = anna()

    assert change(fake) == {"user": ANNA}

    stored = user(fake)
    assert stored.password
    assert fake.hasher.matches(stored.password.hash, NEW)
    assert (stored.password.changed_at, stored.password.given) == (NOON, False)
    assert stored.old_hashes == (a_password().hash,)
    assert len(fake.told(NoticeKind.PASSWORD_CHANGED)) == 1


def test_other_sessions_end_and_this_one_goes_on() -> None:
    fake = anna(a_session("d2"))

    change(fake)

    assert fake.records.get(Session, ANNA, "d1").epoch == user(fake).epoch
    assert fake.records.get(Session, ANNA, "d2").epoch != user(fake).epoch


@pytest.mark.parametrize("current", ["", "wrong", NEW])
def test_a_change_needs_the_current_password(current: str) -> None:
    fake = anna()

    assert change(fake, current=current) == WRONG
    assert user(fake).version == 1


def test_the_sixth_wrong_password_in_five_minutes_is_not_even_tried() -> None:
    fake = anna()

    assert [change(fake, current="wrong") for _ in range(5)] == [WRONG] * 5

    tried, writes = fake.hasher.tried, fake.records.writes
    assert (tried, fake.hasher.made) == (5, 0)
    assert change(fake) == LOCKED
    assert (fake.hasher.tried, fake.records.writes) == (tried, writes)
    after = a_request("after", at=NOON + LOCKED_FOR)
    assert change(fake, request=after) == {"user": ANNA}


def test_wrong_passwords_at_once_are_counted_before_they_are_tried() -> None:
    fake = anna()
    fake.records.quicker = [lambda: change(fake, current="wrong")] * 5

    assert change(fake) == LOCKED
    assert fake.hasher.tried == 5
    assert user(fake).version == 1


def test_a_change_and_a_sign_in_count_the_same_attempts() -> None:
    fake = anna()
    for _ in range(2):
        sign_in(fake, "wrong")
        change(fake, current="wrong")
    change(fake, current="wrong")

    assert sign_in(fake) == change(fake) == LOCKED


def test_a_change_clears_what_was_wrong_before() -> None:
    fake = anna()
    for _ in range(4):
        assert change(fake, current="wrong") == WRONG

    assert change(fake) == {"user": ANNA}

    assert fake.records.all(SignInAttempts) == []


@pytest.mark.parametrize(
    "fake",
    [an_office(), an_office(a_user(password=a_password())), an_office(a_user(), a_session())],
    ids=["no-user", "no-session", "no-password"],
)
def test_only_who_is_signed_in_with_a_password_changes_it(fake: FakeOffice) -> None:
    assert change(fake) == Refusal(RefusalCode.NOT_FOUND)


def test_all_broken_rules_are_told_at_once() -> None:
    fake = anna(password=a_password("#0#x", changed_at=NOON))

    refusal = change(fake, new="x", current="x")

    assert rules(refusal) == {
        "TOO_SHORT",
        "NO_DIGIT",
        "NO_SPECIAL",
        "TOO_YOUNG",
        "USED_BEFORE",
    }
    assert isinstance(refusal, Refusal)
    assert {problem.pointer for problem in refusal.problems} == {"/new"}
    assert user(fake).version == 1


@pytest.mark.parametrize(
    ("password", "too_young"),
    [
        (a_password(changed_at=NOON - 2 * DAY + timedelta(milliseconds=1)), True),
        (a_password(changed_at=NOON - 2 * DAY), False),
        (a_password(changed_at=NOON, given=True), False),
        (a_password(changed_at=NOON - 366 * DAY), False),
    ],
    ids=["almost-two-days", "two-days", "given", "expired"],
)
def test_a_chosen_password_stays_for_two_days(password: Any, too_young: bool) -> None:
    result = change(anna(password=password))

    assert isinstance(result, Refusal) is too_young
    if too_young:
        assert rules(result) == {PasswordRule.TOO_YOUNG}


def test_none_of_the_eight_previous_passwords_and_the_ninth_is_allowed() -> None:
    fake = anna()
    chosen = [PASSWORD, *(f"geheim-{n}" for n in range(10))]
    for n, (current, new) in enumerate(pairwise(chosen)):
        at = NOON + 3 * n * DAY
        assert change(fake, new, current, a_request(f"c{n}", at=at)) == {"user": ANNA}
    current, previous, ninth = chosen[-1], chosen[-9:-1], chosen[-10]
    # not all at once: each is an attempt
    minutes = (a_request(f"then{n}", at=NOON + 90 * DAY + 2 * n * MINUTE) for n in range(10))

    for used, then in zip((current, *previous), minutes, strict=False):
        assert rules(change(fake, used, current, then)) == {PasswordRule.USED_BEFORE}
    assert change(fake, ninth, current, next(minutes)) == {"user": ANNA}
    assert len(user(fake).old_hashes) == 8


def test_a_password_that_is_far_too_long_costs_no_hashing_of_its_own() -> None:
    fake = anna()

    assert rules(change(fake, "a-1" * 100)) == {PasswordRule.TOO_LONG}
    assert (fake.hasher.tried, fake.hasher.made) == (1, 0)


def test_a_change_by_somebody_who_was_quicker_makes_the_current_one_wrong() -> None:
    fake = anna()
    fake.records.quicker = [lambda: None, lambda: change(fake, "other-geheim-1")]

    assert change(fake) == WRONG
    assert fake.hasher.matches(getattr(user(fake).password, "hash", ""), "other-geheim-1")
    assert len(fake.told(NoticeKind.PASSWORD_CHANGED)) == user(fake).epoch == 1


# --- resetting it


def asked(fake: FakeOffice, name: str = NAME, **changes: Any) -> Result | Refusal:
    request = a_request(**{"id": f"ask-{fake.records.reads}", **changes})
    return ask_for_reset(name, fake.office, request)


def reset(fake: FakeOffice, link: LinkToken, new: str = NEW, **changes: Any) -> Result | Refusal:
    request = a_request(**{"id": f"reset-{fake.records.reads}", **changes})
    return reset_password(link, new, fake.office, fake.hasher, request)


def test_the_mailed_link_replaces_the_password_and_ends_all_sessions() -> None:
    fake = anna(a_session("d2"))
    asked(fake)

    assert reset(fake, fake.link_of(MAILED)) == {"user": ANNA}

    stored = user(fake)
    assert stored.password
    assert fake.hasher.matches(stored.password.hash, NEW)
    assert not stored.password.given
    assert all(session.epoch != stored.epoch for session in fake.records.all(Session))
    assert len(fake.told(NoticeKind.PASSWORD_CHANGED)) == 1


@pytest.mark.parametrize(
    "who",
    [
        a_user("somebody.else", password=a_password()),
        a_user(password=None, validation=a_link()),
        a_user(password=a_password(), role=Role.OPERATOR),
        a_user(password=a_password()),
    ],
    ids=["unknown", "unconfirmed", "an-operator", "known"],
)
def test_whether_there_is_such_a_user_is_not_told(who: User) -> None:
    fake = an_office(who)

    assert asked(fake) == {}

    known = who == a_user(password=a_password())
    assert len(fake.told(MAILED)) == known
    assert fake.records.writes == 1  # as much work for each


def test_the_link_is_good_for_thirty_minutes() -> None:
    fake = anna()
    asked(fake)
    link = fake.link_of(MAILED)

    assert reset(fake, link, at=NOON + 30 * MINUTE) == GONE
    just = NOON + 30 * MINUTE - timedelta(milliseconds=1)
    assert reset(fake, link, at=just) == {"user": ANNA}


def test_the_link_opens_once() -> None:
    fake = anna()
    asked(fake)
    link = fake.link_of(MAILED)
    reset(fake, link)

    assert reset(fake, link, "noch-eines-1") == GONE


def test_a_second_mail_comes_after_two_minutes_and_its_link_alone_is_good() -> None:
    fake = anna()
    asked(fake)
    first = fake.link_of(MAILED)

    asked(fake, at=NOON + 2 * MINUTE - timedelta(milliseconds=1))
    assert len(fake.told(MAILED)) == 1
    asked(fake, at=NOON + 2 * MINUTE)

    assert len(fake.told(MAILED)) == 2
    assert reset(fake, first, at=NOON + 3 * MINUTE) == GONE
    assert reset(fake, fake.link_of(MAILED), at=NOON + 3 * MINUTE) == {"user": ANNA}


@pytest.mark.parametrize("link", [LinkToken(ANNA, "A" * 43), LinkToken(ANNA, "")])
def test_another_secret_opens_nothing(link: LinkToken) -> None:
    fake = anna()
    asked(fake)

    assert reset(fake, link) == GONE


def test_no_link_is_open_that_nobody_asked_for() -> None:
    assert reset(anna(), LinkToken(ANNA, "A" * 43)) == GONE


def test_a_forgotten_password_may_be_replaced_however_young_it_is() -> None:
    fake = anna(password=a_password(changed_at=NOON))
    asked(fake)

    assert reset(fake, fake.link_of(MAILED)) == {"user": ANNA}


def test_all_other_rules_hold_and_the_link_stays_open() -> None:
    fake = anna(password=a_password("#0#x"))
    asked(fake)
    link = fake.link_of(MAILED)

    refusal = reset(fake, link, "x")

    assert rules(refusal) == {"TOO_SHORT", "NO_DIGIT", "NO_SPECIAL", "USED_BEFORE"}
    assert isinstance(refusal, Refusal)
    assert {problem.pointer for problem in refusal.problems} == {"/password"}
    assert reset(fake, link) == {"user": ANNA}


def test_a_changed_password_closes_the_link() -> None:
    fake = anna()
    asked(fake)
    change(fake)

    assert reset(fake, fake.link_of(MAILED)) == GONE


# --- repetitions


def test_a_repeated_request_for_a_reset_is_one_mail() -> None:
    fake = anna()

    for minutes in (0, 5, 10):
        assert asked(fake, id="ask", repeatable=True, at=NOON + minutes * MINUTE) == {}

    assert len(fake.told(MAILED)) == 1


def test_a_repeated_reset_is_one_reset() -> None:
    fake = anna()
    asked(fake)
    link = fake.link_of(MAILED)

    results = [reset(fake, link, id="reset", repeatable=True) for _ in range(3)]

    assert results == [{"user": ANNA}] * 3
    assert (user(fake).epoch, fake.hasher.made) == (1, 1)


def test_a_repeated_change_is_one_change() -> None:
    fake = anna()

    results = [change(fake, request=repeatable("change")) for _ in range(3)]

    assert results == [{"user": ANNA}] * 3
    assert (user(fake).epoch, fake.hasher.made) == (1, 1)


def test_a_repeated_change_locks_nobody_out() -> None:
    fake = anna()

    results = [change(fake, request=repeatable("change")) for _ in range(7)]

    assert [not isinstance(one, Refusal) and one["user"] for one in results] == [ANNA] * 7
    assert isinstance(sign_in(fake, NEW), SignedIn)


def test_a_reused_key_changes_nothing() -> None:
    fake = anna()
    change(fake, request=repeatable("change"))

    refusal = change(fake, "noch-eines-1", NEW, repeatable("change", fingerprint="other"))

    assert refusal == Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
    assert user(fake).epoch == 1
