"""What a customer does with its account: its data, documents, phones and API keys."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.domain.account import Account
from freischalt.domain.conversation import Sender
from freischalt.domain.ids import AccountNumber
from freischalt.domain.locks import Lock
from freischalt.domain.notice import NoticeKind
from freischalt.domain.phone_check import MOST_CHECKS, MOST_PHONES, PhoneCheck
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.sign_in import ApiKey, digest_of
from freischalt.domain.token import ApiKeyToken, read_token
from freischalt.domain.user import Language, User
from freischalt.use_cases import operating, own_account
from freischalt.use_cases.office import Result
from freischalt.use_cases.own_account import (
    MOST_API_KEYS,
    MadeKey,
    accept_documents,
    change_account,
    make_api_key,
)
from tests.account_factories import (
    ANNA,
    COMPANY,
    DAY,
    MINUTE,
    VERSIONS,
    a_check,
    a_request,
    a_user,
    an_account,
    an_api_key,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT, OTHER_PHONE, PHONE, a_sender

SENT = NoticeKind.SMS_PHONE_CODE
WRONG = Refusal(
    RefusalCode.PHONE_CODE_WRONG, problems=(FieldProblem("/code", "is not the code we sent"),)
)
TAKEN = Refusal(RefusalCode.PHONE_TAKEN)
NOT_FOUND = Refusal(RefusalCode.NOT_FOUND)
NO_ACCOUNT = Refusal(RefusalCode.NO_ACCOUNT)


def account(fake: FakeOffice, number: AccountNumber = ACCOUNT) -> Account:
    return fake.records.get(Account, number)


# --- its data


def test_an_account_is_changed_as_it_was_read() -> None:
    fake = an_office(an_account(version=4))
    other = replace(COMPANY, name="Huber AG")
    asked = a_request(actor="user:x")

    assert change_account(ACCOUNT, other, 4, fake.office, asked) == {"account": ACCOUNT}

    assert replace(account(fake), vat=None) == an_account(
        company="Huber AG", registrant=other, changed_by="user:x", version=5
    )


@pytest.mark.parametrize(
    ("things", "code"),
    [
        ([an_account(version=3)], RefusalCode.CHANGED_MEANWHILE),
        ([an_account(version=5)], RefusalCode.CHANGED_MEANWHILE),
        ([an_account(version=4, erased=True)], RefusalCode.NO_ACCOUNT),
        ([], RefusalCode.NO_ACCOUNT),
    ],
)
def test_what_was_changed_meanwhile_is_not_overwritten(
    things: list[Account], code: RefusalCode
) -> None:
    fake = an_office(*things)

    assert change_account(ACCOUNT, COMPANY, 4, fake.office, a_request()) == Refusal(code)
    assert fake.records.writes == 0


# --- documents


def test_a_document_is_accepted_in_its_current_version() -> None:
    fake = an_office(a_user(accepted={"privacy": "2020-01"}))

    accept_documents(ANNA, {"terms": VERSIONS["terms"]}, fake.office, a_request())

    stored = fake.records.get(User, ANNA)
    assert stored.accepted == {"privacy": "2020-01", "terms": VERSIONS["terms"]}
    assert stored.lacks(VERSIONS) == ("privacy",)


def test_another_version_is_not_accepted() -> None:
    fake = an_office(a_user(accepted={}))

    refusal = accept_documents(ANNA, {**VERSIONS, "terms": "2025-01"}, fake.office, a_request())

    assert refusal == Refusal(
        RefusalCode.DOCUMENT_VERSION_UNKNOWN,
        problems=(FieldProblem("/terms", "must be 2026-01"),),
    )
    assert fake.records.get(User, ANNA).accepted == {}


# --- phones


def ask(fake: FakeOffice, phone: str = PHONE, **changes: Any) -> Result | Refusal:
    request = a_request(**{"id": f"ask-{fake.records.reads}", **changes})
    return own_account.ask_for_phone(phone, ACCOUNT, Language.GERMAN, fake.office, request)


def confirm(
    fake: FakeOffice, digits: str | None = None, phone: str = PHONE, **changes: Any
) -> Result | Refusal:
    request = a_request(**{"id": f"confirm-{fake.records.reads}", **changes})
    code = fake.secret_of(SENT, "code") if digits is None else digits
    return own_account.confirm_phone(phone, ACCOUNT, code, fake.office, request)


def release(fake: FakeOffice, phone: str = PHONE, **changes: Any) -> Result | Refusal:
    request = a_request(**{"id": f"release-{fake.records.reads}", **changes})
    return own_account.release_phone(phone, ACCOUNT, fake.office, request)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def phone(fake: FakeOffice, number: str = PHONE) -> Sender:
    return fake.records.get(Sender, number)


def test_six_digits_are_sent_to_the_phone() -> None:
    fake = an_office(an_account())

    assert ask(fake) == {"phone": PHONE}

    (notice,) = fake.told(SENT)
    assert (notice.to, notice.language) == (PHONE, Language.GERMAN)
    assert len(fake.secret_of(SENT, "code")) == 6
    assert account(fake).phones == ()


def test_with_the_digits_the_phone_has_what_holds_for_the_account() -> None:
    locks = (Lock(None),)
    fake = an_office(an_account(locks=locks, confirms_orders=True))
    ask(fake)

    assert confirm(fake, actor="user:x") == {"phone": PHONE}

    assert phone(fake) == a_sender(locks=locks, confirms_orders=True)
    assert (account(fake).phones, account(fake).changed_by) == ((PHONE,), "user:x")
    assert fake.records.all(PhoneCheck) == []


def test_the_digits_are_good_for_ten_minutes() -> None:
    fake = an_office(an_account())
    ask(fake)

    assert confirm(fake, at=NOON + 10 * MINUTE) == WRONG
    assert confirm(fake, at=NOON + 10 * MINUTE - timedelta(milliseconds=1)) == {"phone": PHONE}


def test_four_wrong_tries_leave_a_fifth() -> None:
    fake = an_office(an_account())
    ask(fake)
    code = fake.secret_of(SENT, "code")

    assert [confirm(fake, another(code)) for _ in range(4)] == [WRONG] * 4

    assert confirm(fake, code) == {"phone": PHONE}


def test_after_five_wrong_tries_the_right_digits_are_wrong() -> None:
    fake = an_office(an_account())
    ask(fake)
    code = fake.secret_of(SENT, "code")

    assert [confirm(fake, another(code)) for _ in range(5)] == [WRONG] * 5

    assert confirm(fake, code) == WRONG
    assert account(fake).phones == ()


def test_tries_at_once_are_counted_each() -> None:
    fake = an_office(an_account())
    ask(fake)
    code = fake.secret_of(SENT, "code")
    fake.records.quicker += [lambda: confirm(fake, another(code))] * 5

    assert confirm(fake, code) == WRONG
    assert fake.records.all(PhoneCheck)[0].wrong_tries == 5


def test_no_other_code_is_sent_within_ten_minutes_however_often_it_was_guessed_at() -> None:
    fake = an_office(an_account())
    ask(fake)
    for _ in range(5):
        confirm(fake, "x")

    ask(fake, at=NOON + 10 * MINUTE - timedelta(milliseconds=1))
    assert len(fake.told(SENT)) == 1
    ask(fake, at=NOON + 10 * MINUTE)
    assert len(fake.told(SENT)) == 2

    assert confirm(fake, at=NOON + 11 * MINUTE) == {"phone": PHONE}


def test_a_phone_that_nobody_asked_for_is_nobodys() -> None:
    assert confirm(an_office(an_account()), "123456") == WRONG


def test_a_phone_of_another_account_is_told_when_its_owner_has_the_digits_alone() -> None:
    fake = an_office(an_account(), a_sender(account=OTHER_ACCOUNT))

    assert ask(fake) == {"phone": PHONE}
    assert confirm(fake, another(fake.secret_of(SENT, "code"))) == WRONG
    assert confirm(fake) == TAKEN
    assert (phone(fake).account, account(fake).phones) == (OTHER_ACCOUNT, ())


def test_a_phone_that_was_taken_meanwhile_stays_there() -> None:
    fake = an_office(an_account())
    ask(fake)
    fake.records.quicker.append(lambda: fake.records.put(a_sender(account=OTHER_ACCOUNT)))

    assert confirm(fake) == TAKEN
    assert phone(fake).account == OTHER_ACCOUNT


def test_a_lock_that_is_set_meanwhile_is_on_the_phone() -> None:
    fake = an_office(an_account())
    ask(fake)
    locked = an_account(locks=(Lock(None),), version=3)
    fake.records.quicker.append(lambda: fake.records.put(locked))

    assert confirm(fake) == {"phone": PHONE}
    assert phone(fake).locks == (Lock(None),)


def test_a_phone_of_ones_own_gets_no_code() -> None:
    fake = an_office(an_account(phones=(PHONE,)), a_sender())

    assert ask(fake) == {"phone": PHONE}
    assert fake.told(SENT) == []


def test_an_account_has_fifty_phones_at_most() -> None:
    full = tuple(f"+4366012345{n:02d}" for n in range(MOST_PHONES))
    fake = an_office(an_account(phones=full))
    other = an_office(an_account(phones=full[1:]))
    ask(other)
    other.records.put(an_account(phones=full, version=2))

    assert ask(fake) == Refusal(RefusalCode.TOO_MANY_PHONES)
    assert confirm(other) == Refusal(RefusalCode.TOO_MANY_PHONES)


def test_an_account_has_ten_numbers_checked_at_once_at_most() -> None:
    checks = [a_check(f"+43660123450{n}") for n in range(MOST_CHECKS)]
    fake = an_office(an_account(), *checks)

    assert ask(fake) == Refusal(RefusalCode.TOO_MANY_PHONES)
    assert ask(fake, checks[0].phone, at=NOON + DAY) == {"phone": checks[0].phone}


def test_a_released_phone_is_a_strangers() -> None:
    locked = (Lock(None),)
    fake = an_office(
        an_account(phones=(PHONE, OTHER_PHONE)), a_sender(locks=locked, confirms_orders=True)
    )

    assert release(fake, actor="user:x") == {"phone": PHONE}

    assert phone(fake) == Sender(phone=PHONE, revision=2)
    assert (account(fake).phones, account(fake).changed_by) == ((OTHER_PHONE,), "user:x")
    assert release(fake) == NOT_FOUND


@pytest.mark.parametrize("owner", [None, OTHER_ACCOUNT])
def test_only_a_phone_of_ones_own_can_be_released(owner: AccountNumber | None) -> None:
    fake = an_office(an_account(), a_sender(account=owner))

    assert release(fake) == NOT_FOUND
    assert phone(fake).account == owner


def test_a_released_phone_can_be_taken_over() -> None:
    fake = an_office(an_account(number=OTHER_ACCOUNT), an_account(phones=(PHONE,)), a_sender())
    release(fake)

    result = operating.register_phone(PHONE, OTHER_ACCOUNT, fake.office, a_request("take"))

    assert result == {"phone": PHONE}
    assert (phone(fake).account, phone(fake).revision) == (OTHER_ACCOUNT, 3)


def test_what_is_no_account_gets_no_code() -> None:
    for things in ([], [an_account(erased=True)]):
        fake = an_office(*things)

        assert ask(fake) == NO_ACCOUNT
        assert (fake.told(SENT), fake.records.all(PhoneCheck)) == ([], [])


@pytest.mark.parametrize("how", ["ask", "confirm"])
@pytest.mark.parametrize("when", ["before", "between"])
def test_an_erased_account_gets_no_phone(how: str, when: str) -> None:
    fake = an_office(an_account(), a_sender(account=None))
    if how == "confirm":
        ask(fake)

    def erased() -> None:
        fake.records.put(an_account(erased=True, version=3))

    if when == "before":
        erased()
    else:
        fake.records.quicker.append(erased)

    assert (ask(fake) if how == "ask" else confirm(fake)) == (NO_ACCOUNT if how == "ask" else WRONG)

    assert phone(fake).account is None
    assert account(fake) == an_account(erased=True, version=3)
    assert len(fake.told(SENT)) == len(fake.records.all(PhoneCheck)) == (how == "confirm")


# --- phones that the vendor registers


@pytest.mark.parametrize(
    ("owner", "expected"),
    [(None, {"phone": PHONE}), (ACCOUNT, {"phone": PHONE}), (OTHER_ACCOUNT, TAKEN)],
)
def test_the_vendor_registers_a_phone_without_a_code(
    owner: AccountNumber | None, expected: object
) -> None:
    fake = an_office(an_account(locks=(Lock(None),)), a_sender(account=owner))

    assert operating.register_phone(PHONE, ACCOUNT, fake.office, a_request()) == expected

    assert phone(fake).account == (owner or ACCOUNT)
    assert fake.told(SENT) == []
    if owner is None:
        assert (phone(fake).locks, account(fake).phones) == ((Lock(None),), (PHONE,))


@pytest.mark.parametrize("things", [[], [an_account(erased=True)]])
def test_the_vendor_registers_no_phone_for_what_is_no_account(things: list[Account]) -> None:
    refusal = operating.register_phone(PHONE, ACCOUNT, an_office(*things).office, a_request())

    assert refusal == Refusal(RefusalCode.NO_ACCOUNT)


# --- API keys


def made(fake: FakeOffice, **changes: Any) -> MadeKey | Refusal:
    request = a_request(**{"id": f"key-{fake.records.reads}", **changes})
    return make_api_key("machine", ACCOUNT, fake.office, request)


def test_a_key_is_shown_once_and_kept_as_a_digest() -> None:
    fake = an_office(an_account())

    key = made(fake, actor="user:x")

    assert isinstance(key, MadeKey)
    token = read_token(key.token)
    assert isinstance(token, ApiKeyToken)
    assert fake.records.all(ApiKey) == [
        an_api_key(digest_of(token.secret), id=key.id, created_by="user:x")
    ]


def test_an_account_has_fifty_keys_at_most() -> None:
    keys = [an_api_key(f"{n:064d}") for n in range(MOST_API_KEYS)]

    assert made(an_office(an_account(), *keys)) == Refusal(RefusalCode.TOO_MANY_API_KEYS)


def test_keys_that_were_revoked_are_none_of_the_fifty() -> None:
    keys = [an_api_key(f"{n:064d}") for n in range(MOST_API_KEYS)]
    revoked = [an_api_key(f"{n:064d}", revoked_at=NOON) for n in range(100, 150)]
    fake = an_office(an_account(), *keys, *revoked)
    fake.records.put(replace(keys[7], revoked_at=NOON))

    assert isinstance(made(fake), MadeKey)
    assert made(fake) == Refusal(RefusalCode.TOO_MANY_API_KEYS)


@pytest.mark.parametrize("things", [[], [an_account(erased=True)]])
def test_what_is_no_account_gets_no_key(things: list[Account]) -> None:
    fake = an_office(*things)

    assert made(fake) == NO_ACCOUNT
    assert fake.records.all(ApiKey) == []


def test_an_account_that_is_erased_meanwhile_gets_no_key() -> None:
    fake = an_office(an_account())
    fake.records.quicker.append(lambda: fake.records.put(an_account(erased=True, version=2)))

    assert made(fake) == NO_ACCOUNT
    assert fake.records.all(ApiKey) == []


def test_a_repeated_request_shows_the_same_key() -> None:
    fake = an_office(an_account())

    keys = [made(fake, id="key", repeatable=True) for _ in range(3)]

    assert keys[0] == keys[1] == keys[2]
    assert len(fake.records.all(ApiKey)) == 1


# --- repetitions


def test_a_repeated_request_for_a_phone_is_one_text() -> None:
    fake = an_office(an_account())

    for minutes in (0, 11, 22):
        asked = ask(fake, id="ask", repeatable=True, at=NOON + minutes * MINUTE)
        assert asked == {"phone": PHONE}

    assert len(fake.told(SENT)) == 1


def test_a_repeated_confirmation_is_one_confirmation() -> None:
    fake = an_office(an_account())
    ask(fake)

    asked = account(fake).version

    results = [confirm(fake, id="confirm", repeatable=True) for _ in range(3)]

    assert results == [{"phone": PHONE}] * 3
    assert account(fake).version == asked + 1


def test_a_repeated_wrong_code_stays_wrong_and_costs_one_try() -> None:
    fake = an_office(an_account())
    ask(fake)

    results = [confirm(fake, "x", id="confirm", repeatable=True) for _ in range(3)]

    assert results == [WRONG] * 3
    assert fake.records.all(PhoneCheck)[0].wrong_tries == 1
    assert confirm(fake) == {"phone": PHONE}
    assert confirm(fake, "x", id="confirm", repeatable=True) == WRONG


def test_a_repeated_release_is_one_release() -> None:
    fake = an_office(an_account(phones=(PHONE,)), a_sender())

    results = [release(fake, id="release", repeatable=True) for _ in range(3)]

    assert results == [{"phone": PHONE}] * 3
    assert phone(fake).revision == 2


def test_a_repeated_change_of_the_account_is_one_change() -> None:
    fake = an_office(an_account())
    asked = repeatable("change")

    results = [change_account(ACCOUNT, COMPANY, 1, fake.office, asked) for _ in range(3)]

    assert results == [{"account": ACCOUNT}] * 3
    assert account(fake).version == 2


def test_a_repeated_acceptance_is_one_acceptance() -> None:
    fake = an_office(a_user(accepted={}))
    asked = repeatable("accept")

    for _ in range(3):
        assert accept_documents(ANNA, VERSIONS, fake.office, asked) == {"user": ANNA}

    assert fake.records.get(User, ANNA).version == 2
