"""An Idempotency-Key that is used again, long after its day: a new request with its own secrets.

The id of a repeatable request is a digest of caller, route and key, so it comes again with the key.
"""

from collections.abc import Callable

import pytest

from freischalt.account_ports import Ref
from freischalt.domain.locks import LockReason, LockRecord
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.refusal import Refusal
from freischalt.domain.request import HandledRequest, Request
from freischalt.domain.sign_in import ApiKey, Session
from freischalt.domain.user import Language
from freischalt.use_cases.locking import NewLock, set_lock
from freischalt.use_cases.own_account import MadeKey, ask_for_phone, make_api_key
from freischalt.use_cases.passwords import ask_for_reset
from freischalt.use_cases.registering import register
from freischalt.use_cases.signing_in import SignedIn
from tests.account_factories import (
    DAY,
    NAME,
    a_password,
    a_registration,
    a_user,
    an_account,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON, OTHER_PHONE, PHONE
from tests.functional.test_signing_in import sign_in

type Ask = Callable[[FakeOffice, bool, Request], object]


def reset(fake: FakeOffice, mine: bool, request: Request) -> object:
    return ask_for_reset("mallory" if mine else NAME, fake.office, request)


def phone(fake: FakeOffice, mine: bool, request: Request) -> object:
    number = OTHER_PHONE if mine else PHONE
    return ask_for_phone(number, ACCOUNT, Language.GERMAN, fake.office, request)


def registration(fake: FakeOffice, mine: bool, request: Request) -> object:
    name, email = ("mallory2", "m@example.org") if mine else ("victim", "v@example.org")
    return register(a_registration(name=name, email=email), fake.office, request)


ASKS: list[tuple[Ask, NoticeKind, str]] = [
    (reset, NoticeKind.RESET_PASSWORD, "link"),
    (phone, NoticeKind.SMS_PHONE_CODE, "code"),
    (registration, NoticeKind.VALIDATE_REGISTRATION, "link"),
    (registration, NoticeKind.VALIDATE_REGISTRATION, "password"),
]


def office() -> FakeOffice:
    mallory = a_user("mallory", password=a_password())
    return an_office(an_account(), a_user(password=a_password()), mallory)


def expire(fake: FakeOffice, *kinds: type) -> None:
    """What TTL does."""
    for place in [place for place in fake.records.things if place[0] in kinds]:
        del fake.records.things[place]


def secret(fake: FakeOffice, kind: NoticeKind, what: str) -> str:
    shown = fake.secret_of(kind, what)
    return shown.rpartition(".")[2] if what == "link" else shown


@pytest.mark.parametrize(("ask", "kind", "what"), ASKS)
def test_who_has_had_a_secret_does_not_know_the_next_one(
    ask: Ask, kind: NoticeKind, what: str
) -> None:
    """Mallory asks for herself, waits until all is forgotten, and asks for Anna by the same key."""
    fake = office()
    ask(fake, True, repeatable(fingerprint="mine"))
    hers = secret(fake, kind, what)
    expire(fake, HandledRequest, Notice)

    ask(fake, False, repeatable(fingerprint="annas", at=NOON + 20 * DAY))

    assert secret(fake, kind, what) != hers


@pytest.mark.parametrize(("ask", "kind", "what"), ASKS[:3])
def test_after_its_day_a_key_is_as_good_as_new(ask: Ask, kind: NoticeKind, what: str) -> None:
    fake = office()
    ask(fake, True, repeatable(fingerprint="mine"))
    expire(fake, HandledRequest)

    result = ask(fake, False, repeatable(fingerprint="annas", at=NOON + 2 * DAY))

    assert not isinstance(result, Refusal)
    assert len(fake.told(kind)) == 2


def test_after_its_day_a_key_makes_another_api_key() -> None:
    fake = office()
    first = make_api_key("machine", ACCOUNT, fake.office, repeatable())
    assert isinstance(first, MadeKey)
    expire(fake, HandledRequest)

    second = make_api_key("machine", ACCOUNT, fake.office, repeatable(at=NOON + 2 * DAY))

    assert isinstance(second, MadeKey)
    assert (first.id, first.token) != (second.id, second.token)
    assert {key.id for key in fake.records.all(ApiKey)} == {first.id, second.id}


@pytest.mark.parametrize("days", [0, 2])
def test_after_its_day_a_key_signs_in_with_another_token(days: int) -> None:
    """Also at the very same moment, if the first answer's record is gone."""
    fake = office()
    first = sign_in(fake, request=repeatable())
    expire(fake, HandledRequest)

    second = sign_in(fake, request=repeatable(at=NOON + days * DAY))

    assert isinstance(first, SignedIn)
    assert isinstance(second, SignedIn)
    assert first.token != second.token
    assert len(fake.records.all(Session)) == 2


def test_after_its_day_a_key_sets_another_lock() -> None:
    fake = office()
    new = NewLock(account=ACCOUNT, carat_id=None, reason=LockReason.SECURITY)
    set_lock(new, fake.office, repeatable())
    expire(fake, HandledRequest)

    set_lock(new, fake.office, repeatable())

    assert len({lock.id for lock in fake.records.all(LockRecord)}) == 2


@pytest.mark.parametrize(("ask", "kind", "what"), ASKS[:3])
def test_within_its_day_it_asks_for_nothing_else(ask: Ask, kind: NoticeKind, what: str) -> None:
    fake = office()
    ask(fake, True, repeatable(fingerprint="mine"))

    result = ask(fake, False, repeatable(fingerprint="annas"))

    assert isinstance(result, Refusal)
    assert len(fake.told(kind)) == 1
    seen = fake.records.read(Ref(HandledRequest, ("r1",)))
    assert seen[Ref(HandledRequest, ("r1",))]
