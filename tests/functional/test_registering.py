"""A customer registers, gets one mail, opens its link: accounts.md, the first rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from freischalt.domain.account import Account
from freischalt.domain.ids import UserId
from freischalt.domain.notice import NoticeKind
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.token import LinkToken
from freischalt.domain.user import User, user_id
from freischalt.errors import TooManyRaces
from freischalt.use_cases.office import Result
from freischalt.use_cases.registering import (
    MOST_USERS,
    invite,
    register,
    validate_registration,
)
from freischalt.use_cases.signing_in import SignedIn
from tests.account_factories import (
    ANNA,
    COMPANY,
    DAY,
    EMAIL,
    HOUR,
    MINUTE,
    NAME,
    VERSIONS,
    a_link,
    a_password,
    a_registration,
    a_request,
    a_user,
    an_account,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.functional.test_signing_in import sign_in

MAILED = NoticeKind.VALIDATE_REGISTRATION
GONE = Refusal(RefusalCode.LINK_NOT_VALID)
TAKEN = Refusal(RefusalCode.USER_NAME_TAKEN)
WRONG = Refusal(RefusalCode.WRONG_CREDENTIALS)


def registered(fake: FakeOffice, request: Request | None = None) -> Result | Refusal:
    return register(a_registration(), fake.office, request or a_request("register"))


def opened(
    fake: FakeOffice, link: LinkToken | None = None, request: Request | None = None
) -> Result | Refusal:
    link = link or fake.link_of(MAILED)
    return validate_registration(link, fake.office, fake.hasher, request or a_request("open"))


def user(fake: FakeOffice) -> User:
    return fake.records.get(User, ANNA)


# --- before the link


def test_a_registration_is_one_mail_and_no_account() -> None:
    fake = an_office()

    assert registered(fake) == {"user": ANNA}

    (notice,) = fake.told(MAILED)
    assert notice.to == EMAIL
    assert fake.records.all(Account) == []
    assert (user(fake).accounts, user(fake).password) == ((), None)


def test_nobody_signs_in_before_the_link_was_opened() -> None:
    fake = an_office()
    registered(fake)

    assert sign_in(fake, fake.secret_of(MAILED, "password")) == WRONG


@pytest.mark.parametrize(
    ("accepted", "pointers"),
    [
        ({}, {"/accepted/terms", "/accepted/privacy"}),
        ({"terms": VERSIONS["terms"]}, {"/accepted/privacy"}),
        ({**VERSIONS, "terms": "2025-01"}, {"/accepted/terms"}),
        ({**VERSIONS, "privacy": ""}, {"/accepted/privacy"}),
    ],
)
def test_without_both_documents_in_their_current_version_nothing_is_kept(
    accepted: dict[str, str], pointers: set[str]
) -> None:
    fake = an_office()

    refusal = register(a_registration(accepted=accepted), fake.office, a_request())

    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.DOCUMENTS_NOT_ACCEPTED
    assert {problem.pointer for problem in refusal.problems} == pointers
    assert fake.records.things == {}


def test_the_refusal_says_which_version_is_the_current_one() -> None:
    accepted = {**VERSIONS, "terms": "2025-01"}

    refusal = register(a_registration(accepted=accepted), an_office().office, a_request())

    assert isinstance(refusal, Refusal)
    assert refusal.problems == (
        FieldProblem("/accepted/terms", "must be the current version, 2026-01"),
    )


@pytest.mark.parametrize("name", [NAME, "Anna.Huber", "ANNA.HUBER"])
def test_a_taken_name_is_told_however_it_is_written(name: str) -> None:
    fake = an_office(a_user())

    refusal = register(a_registration(name=name), fake.office, a_request())

    assert refusal == TAKEN
    assert fake.told(MAILED) == []


def test_a_known_address_is_not_told() -> None:
    fake = an_office(a_user("somebody.else", email=EMAIL))

    assert registered(fake) == {"user": ANNA}


def test_two_at_once_with_one_name_are_one_user() -> None:
    fake = an_office()
    fake.records.quicker.append(lambda: fake.records.put(a_user()))

    assert registered(fake) == TAKEN
    assert user(fake) == a_user()
    assert fake.told(MAILED) == []


# --- the link


def test_the_link_makes_the_account_and_signs_up_for_monitoring() -> None:
    fake = an_office()
    registered(fake)

    result = opened(fake, request=a_request("open", at=NOON + HOUR))

    (account,) = fake.records.all(Account)
    assert result == {"user": ANNA, "account": account.number}
    assert (account.company, account.registrant, account.users) == ("Huber GmbH", COMPANY, (ANNA,))
    assert user(fake).accounts == (account.number,)
    assert user(fake).monitoring_since == NOON + HOUR
    assert (user(fake).validation, user(fake).registration) == (None, None)


def test_afterwards_the_mailed_password_signs_in_and_must_be_changed() -> None:
    fake = an_office()
    registered(fake)
    opened(fake)

    session = sign_in(fake, fake.secret_of(MAILED, "password"))

    assert isinstance(session, SignedIn)
    assert session.must_change_password
    assert session.account == fake.records.all(Account)[0].number


def test_the_link_is_good_for_a_day() -> None:
    fake = an_office()
    registered(fake)

    late = a_request("late", at=NOON + DAY)
    just = a_request("just", at=NOON + DAY - timedelta(milliseconds=1))
    assert opened(fake, request=late) == GONE
    assert not isinstance(opened(fake, request=just), Refusal)


def test_the_link_opens_once() -> None:
    fake = an_office()
    registered(fake)
    opened(fake)
    before = dict(fake.records.things)

    assert opened(fake, request=a_request("again")) == GONE
    assert fake.records.things == before


def test_two_at_once_open_the_link_once() -> None:
    fake = an_office()
    registered(fake)
    fake.records.quicker.append(lambda: opened(fake))

    assert opened(fake, request=a_request("slower")) == GONE
    assert len(fake.records.all(Account)) == 1


@pytest.mark.parametrize(
    "changes", [{"secret": "A" * 43}, {"secret": ""}, {"user": user_id("nobody")}]
)
def test_another_secret_or_user_opens_nothing(changes: dict[str, str]) -> None:
    fake = an_office()
    registered(fake)

    assert opened(fake, replace(fake.link_of(MAILED), **changes)) == GONE  # type: ignore[arg-type]
    assert fake.records.all(Account) == []


def test_a_confirmed_users_name_is_no_link() -> None:
    fake = an_office(a_user(password=a_password()))

    assert opened(fake, LinkToken(ANNA, "A" * 43)) == GONE


# --- what is never confirmed


def test_an_unconfirmed_registration_frees_its_name_after_seven_days() -> None:
    fake = an_office()
    registered(fake)
    almost = a_request("almost", at=NOON + 7 * DAY - MINUTE)
    after = a_request("after", at=NOON + 7 * DAY)

    assert registered(fake, almost) == TAKEN
    assert registered(fake, after) == {"user": ANNA}
    assert not isinstance(opened(fake, request=replace(after, id="open")), Refusal)


def test_the_first_link_does_not_open_the_second_registration() -> None:
    fake = an_office()
    registered(fake)
    first = fake.link_of(MAILED)
    registered(fake, a_request("after", at=NOON + 7 * DAY))

    assert opened(fake, first, a_request("open", at=NOON + 7 * DAY)) == GONE


def test_a_confirmed_name_is_never_freed() -> None:
    fake = an_office()
    registered(fake)
    opened(fake)

    assert registered(fake, a_request("after", at=NOON + 700 * DAY)) == TAKEN


# --- invitations


def invited(fake: FakeOffice, request: Request | None = None) -> Result | Refusal:
    asked = request or a_request("invite")
    new = a_user(accounts=(), accepted={}, created_at=asked.at, version=0)
    return invite(new, ACCOUNT, fake.office, asked)


def test_an_invited_user_joins_the_account_that_exists() -> None:
    colleague = UserId("c")
    fake = an_office(an_account(users=(colleague,)))

    assert invited(fake) == {"user": ANNA}
    assert fake.records.get(Account, ACCOUNT).users == (colleague,)
    assert opened(fake) == {"user": ANNA, "account": ACCOUNT}

    assert fake.records.get(Account, ACCOUNT).users == (colleague, ANNA)
    assert user(fake).primary == ACCOUNT
    assert len(fake.records.all(Account)) == 1


@pytest.mark.parametrize(
    "things", [[], [an_account(erased=True)], [an_account(number=OTHER_ACCOUNT)]]
)
def test_nobody_is_invited_to_what_is_no_account(things: list[Account]) -> None:
    fake = an_office(*things)

    assert invited(fake) == Refusal(RefusalCode.NOT_FOUND)
    assert fake.told(MAILED) == []


def test_nobody_joins_an_account_that_was_erased_meanwhile() -> None:
    fake = an_office(an_account())
    invited(fake)
    fake.records.put(an_account(erased=True, version=2))

    assert opened(fake) == GONE


def test_a_taken_name_is_not_invited() -> None:
    assert invited(an_office(an_account(), a_user())) == TAKEN


def test_an_account_with_twenty_users_invites_no_other() -> None:
    users = tuple(UserId(f"u{n}") for n in range(MOST_USERS))
    full, room = an_office(an_account(users=users)), an_office(an_account(users=users[1:]))

    assert invited(full) == Refusal(RefusalCode.TOO_MANY_USERS)
    assert (full.told(MAILED), full.records.all(User)) == ([], [])
    assert (MOST_USERS, invited(room)) == (20, {"user": ANNA})


def test_an_invitation_is_not_lost_by_one_who_never_confirmed() -> None:
    old = a_user(created_at=NOON - 8 * DAY, validation=a_link("old"), accounts=())
    fake = an_office(an_account(), old)

    assert invited(fake, a_request("invite")) == {"user": ANNA}
    assert user(fake).version == 2


# --- repetitions


def test_a_repeated_registration_is_one_registration() -> None:
    fake = an_office()

    results = [registered(fake, repeatable()) for _ in range(3)]

    assert results == [{"user": ANNA}] * 3
    assert len(fake.told(MAILED)) == 1
    assert user(fake).version == 1


def test_a_repeated_opening_is_one_opening() -> None:
    fake = an_office()
    registered(fake)

    results = [opened(fake, request=repeatable("open")) for _ in range(3)]

    assert results[0] == results[1] == results[2]
    assert not isinstance(results[0], Refusal)
    assert fake.hasher.made == 1


def test_an_opening_whose_race_was_lost_six_times_is_given_up() -> None:
    fake = an_office()
    registered(fake)

    def quicker() -> None:
        stored = user(fake)
        fake.records.put(replace(stored, version=stored.version + 1))

    fake.records.quicker += [quicker] * 6

    with pytest.raises(TooManyRaces):
        opened(fake)
    assert fake.pauses == [1, 2, 3, 4, 5]
    assert fake.records.all(Account) == []
