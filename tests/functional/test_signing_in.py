"""Signing in, sessions, second factors and API keys' tokens: accounts.md."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from freischalt.account_ports import Ref
from freischalt.domain.catalogue import Document
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sign_in import LOCKED_FOR, ApiKey, Session, SignInAttempts, digest_of
from freischalt.domain.token import ApiKeyToken, SessionToken, read_token
from freischalt.domain.user import Role, User, user_id
from freischalt.errors import LostRace
from freischalt.use_cases import signing_in
from freischalt.use_cases.own_account import MadeKey, make_api_key, revoke_api_key
from freischalt.use_cases.signing_in import (
    Credentials,
    Gate,
    Principal,
    SignedIn,
    end_all_sessions,
    principal_of,
    sign_out,
)
from freischalt.use_cases.told import principal_told, told_of
from tests.account_factories import (
    ANNA,
    DAY,
    DOCUMENTED,
    HOUR,
    MINUTE,
    NAME,
    PASSWORD,
    VERSIONS,
    a_link,
    a_password,
    a_request,
    a_user,
    an_account,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT

WRONG = Refusal(RefusalCode.WRONG_CREDENTIALS)
REUSED = Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)


def sign_in(
    fake: FakeOffice,
    password: str = PASSWORD,
    *,
    name: str = NAME,
    at: datetime = NOON,
    role: Role = Role.CUSTOMER,
    totp: str | None = None,
    request: Request | None = None,
) -> SignedIn | Refusal:
    """Every call is another request, unless one is given."""
    gate = Gate(role=role, hasher=fake.hasher, totp=fake.totp)
    asked = request or a_request(f"sign-in-{fake.records.reads}", at=at)
    credentials = Credentials(name=name, password=password, totp=totp)
    return signing_in.sign_in(credentials, gate, fake.office, asked)


def signed_in(fake: FakeOffice, **changes: Any) -> SignedIn:
    session = sign_in(fake, **changes)
    assert isinstance(session, SignedIn)
    return session


def whose(fake: FakeOffice, token: str, at: datetime = NOON, **changes: Any) -> Principal | None:
    return principal_of(
        token, **{"role": Role.CUSTOMER, "office": fake.office, "now": at, **changes}
    )


def anna(**changes: Any) -> FakeOffice:
    return an_office(a_user(**{"password": a_password(), **changes}))


def locked(until: datetime) -> Refusal:
    return Refusal(RefusalCode.SIGN_IN_LOCKED, until=until)


def attempts(fake: FakeOffice) -> SignInAttempts | None:
    stored: SignInAttempts | None = fake.records.things.get((SignInAttempts, (ANNA,)))
    return stored


# --- right and wrong


def test_the_right_password_opens_a_session() -> None:
    fake = anna()

    session = signed_in(fake)

    assert (session.user, session.account) == (ANNA, ACCOUNT)
    assert not session.must_change_password
    assert len(fake.records.all(Session)) == 1


def test_the_token_is_kept_as_a_digest_alone() -> None:
    fake = anna()

    token = read_token(signed_in(fake).token)

    assert isinstance(token, SessionToken)
    (session,) = fake.records.all(Session)
    assert session.digest == digest_of(token.secret)
    assert token.secret not in repr(fake.records.things)


@pytest.mark.parametrize("name", ["Anna.Huber", "ANNA.HUBER"])
def test_letter_case_of_the_name_does_not_matter(name: str) -> None:
    assert isinstance(sign_in(anna(), name=name), SignedIn)


@pytest.mark.parametrize(
    ("who", "password"),
    [
        (a_user("somebody.else", password=a_password()), PASSWORD),
        (a_user(password=a_password()), "Geheim-123"),
        (a_user(password=a_password(), validation=a_link(), created_at=NOON), PASSWORD),
        (a_user(password=a_password(), role=Role.OPERATOR), PASSWORD),
        (a_user(password=None), PASSWORD),
    ],
    ids=["unknown", "wrong-password", "unconfirmed", "an-operator", "no-password"],
)
def test_each_wrong_sign_in_looks_and_costs_the_same(who: User, password: str) -> None:
    fake = an_office(who)

    assert sign_in(fake, password) == WRONG

    assert (fake.hasher.tried, fake.hasher.made) == (1, 0)
    assert (fake.records.reads, fake.records.writes) == (1, 1)
    assert fake.secrets.calls == 0
    assert fake.records.all(Session) == []


def test_a_password_that_is_changed_while_it_is_tried_is_wrong() -> None:
    fake = anna()
    other = a_user(password=a_password("#9#other"), version=2)
    fake.records.quicker = [lambda: None, lambda: fake.records.put(other)]

    assert sign_in(fake) == WRONG
    assert fake.records.all(Session) == []


# --- five attempts


def test_five_wrong_attempts_within_five_minutes_lock_for_fifteen() -> None:
    fake = anna()
    times = [NOON + n * MINUTE for n in range(5)]

    assert [sign_in(fake, "wrong", at=at) for at in times] == [WRONG] * 5

    until = times[-1] + LOCKED_FOR
    assert until - times[-1] == timedelta(minutes=15)
    assert sign_in(fake, at=until - timedelta(milliseconds=1)) == locked(until)
    assert isinstance(sign_in(fake, at=until), SignedIn)


@pytest.mark.parametrize("name", ["nobody.at.all", "xxx"])
def test_a_name_that_nobody_has_is_locked_too(name: str) -> None:
    fake = an_office()
    for _ in range(5):
        sign_in(fake, "wrong", name=name)

    assert sign_in(fake, name=name) == locked(NOON + LOCKED_FOR)


def test_an_attempt_while_locked_costs_no_hashing_and_no_write() -> None:
    fake = anna()
    for _ in range(5):
        sign_in(fake, "wrong")
    tried, writes = fake.hasher.tried, fake.records.writes

    for _ in range(5):
        assert sign_in(fake) == locked(NOON + LOCKED_FOR)

    assert (fake.hasher.tried, fake.records.writes) == (tried, writes)


def test_attempts_while_locked_do_not_prolong_it() -> None:
    fake = anna()
    for _ in range(5):
        sign_in(fake, "wrong")
    sign_in(fake, "wrong", at=NOON + 14 * MINUTE)

    assert isinstance(sign_in(fake, at=NOON + 15 * MINUTE), SignedIn)


def test_five_attempts_spread_over_more_than_five_minutes_lock_nothing() -> None:
    fake = anna()

    results = [sign_in(fake, "wrong", at=NOON + n * 75 * MINUTE / 60) for n in range(20)]

    assert results == [WRONG] * 20


def test_after_a_lock_there_are_five_attempts_again() -> None:
    fake = anna()
    for _ in range(5):
        sign_in(fake, "wrong")
    later = NOON + LOCKED_FOR

    assert [sign_in(fake, "wrong", at=later) for _ in range(5)] == [WRONG] * 5
    assert sign_in(fake, at=later) == locked(later + LOCKED_FOR)


def test_the_fifth_attempt_may_be_right() -> None:
    fake = anna()
    for _ in range(4):
        sign_in(fake, "wrong")

    assert isinstance(sign_in(fake), SignedIn)
    assert attempts(fake) is None


def test_a_success_clears_what_was_wrong_before() -> None:
    fake = anna()
    for _ in range(3):
        for _ in range(4):
            assert sign_in(fake, "wrong") == WRONG
        assert isinstance(sign_in(fake), SignedIn)


def test_attempts_that_come_at_once_are_counted_each() -> None:
    """Whoever loses a race is counted after the winner: the sixth is not even tried."""
    fake = anna()
    others: list[SignedIn | Refusal] = []

    def quicker() -> None:
        others.append(sign_in(fake, "wrong"))

    fake.records.quicker += [quicker] * 5

    assert sign_in(fake) == locked(NOON + LOCKED_FOR)
    assert others == [WRONG] * 5
    assert fake.hasher.tried == 5


def test_one_name_does_not_lock_another() -> None:
    fake = anna()
    for _ in range(5):
        sign_in(fake, "wrong", name="somebody.else")

    assert isinstance(sign_in(fake), SignedIn)


def test_the_attempts_name_the_account_for_its_trail() -> None:
    fake = anna()

    sign_in(fake, "wrong")

    counted = attempts(fake)
    assert counted
    assert counted.account == ACCOUNT


def test_the_lock_is_told_at_every_gate() -> None:
    fake = anna()
    for _ in range(5):
        sign_in(fake, "wrong", role=Role.OPERATOR)

    assert sign_in(fake) == locked(NOON + LOCKED_FOR)


# --- a password that is old


@pytest.mark.parametrize(
    ("password", "must_change"),
    [
        (a_password(changed_at=NOON - 365 * DAY + MINUTE), False),
        (a_password(changed_at=NOON - 365 * DAY), True),
        (a_password(changed_at=NOON, given=True), True),
    ],
    ids=["364-days", "365-days", "given"],
)
def test_an_expired_or_a_given_password_signs_in_to_be_changed(
    password: Any, must_change: bool
) -> None:
    fake = anna(password=password)

    session = signed_in(fake)

    assert session.must_change_password is must_change
    principal = whose(fake, session.token)
    assert principal
    assert principal.must_change_password is must_change


# --- sessions


def test_a_token_says_who_it_is() -> None:
    fake = anna()
    session = signed_in(fake)
    reads = fake.records.reads

    principal = whose(fake, session.token)

    assert principal == Principal(
        actor=f"user:{ANNA}",
        role=Role.CUSTOMER,
        user=ANNA,
        account=ACCOUNT,
        session=fake.records.all(Session)[0].digest,
    )
    assert fake.records.reads == reads + 1


def test_a_session_ends_after_thirty_minutes_without_use() -> None:
    fake = anna()
    token = signed_in(fake).token

    assert whose(fake, token, NOON + 30 * MINUTE) is None
    assert whose(fake, token, NOON + 30 * MINUTE - timedelta(milliseconds=1))


def test_use_keeps_a_session_for_twelve_hours_and_no_longer() -> None:
    fake = anna()
    token = signed_in(fake).token
    times = [NOON + n * 20 * MINUTE for n in range(1, 36)]

    assert all(whose(fake, token, at) for at in times)
    assert whose(fake, token, NOON + 12 * HOUR - MINUTE)
    assert whose(fake, token, NOON + 12 * HOUR) is None


def test_its_use_is_noted_at_most_every_five_minutes() -> None:
    fake = anna()
    token = signed_in(fake).token
    writes = fake.records.writes

    for seconds in range(0, 300, 10):
        whose(fake, token, NOON + timedelta(seconds=seconds))
    assert fake.records.writes == writes
    for seconds in range(300, 600, 10):
        whose(fake, token, NOON + timedelta(seconds=seconds))

    assert fake.records.writes == writes + 1
    assert fake.records.all(Session)[0].used_at == NOON + 5 * MINUTE


def test_a_sign_out_that_comes_between_read_and_note_stays() -> None:
    fake = anna()
    token = signed_in(fake).token
    fake.records.quicker.append(lambda: out(fake))

    whose(fake, token, NOON + 5 * MINUTE)

    assert fake.records.all(Session) == []


def out(fake: FakeOffice) -> None:
    (session,) = fake.records.all(Session)
    sign_out(session.user, session.digest, fake.office, a_request("out"))


def test_signing_out_ends_this_session_alone() -> None:
    fake = anna()
    this, other = signed_in(fake), signed_in(fake)
    token = read_token(this.token)
    assert isinstance(token, SessionToken)

    for _ in range(2):
        assert sign_out(ANNA, digest_of(token.secret), fake.office, a_request("out")) == {}

    assert whose(fake, this.token) is None
    assert whose(fake, other.token)


def test_all_sessions_end_at_once_and_new_ones_can_be_opened() -> None:
    fake = anna()
    tokens = [signed_in(fake).token for _ in range(3)]

    assert end_all_sessions(ANNA, fake.office, a_request("end")) == {}

    assert [whose(fake, token) for token in tokens] == [None] * 3
    assert whose(fake, signed_in(fake).token)


def test_nobodys_sessions_cannot_be_ended() -> None:
    refusal = end_all_sessions(ANNA, an_office().office, a_request())

    assert refusal == Refusal(RefusalCode.NOT_FOUND)


@pytest.mark.parametrize(
    "token", ["", "nonsense", f"fs_{ANNA}_{'A' * 43}", f"fk_{ACCOUNT}_{'A' * 43}", ANNA]
)
def test_no_other_token_is_anybodys(token: str) -> None:
    fake = anna()
    signed_in(fake)

    assert whose(fake, token) is None


def test_a_session_of_somebody_who_is_gone_is_nobodys() -> None:
    fake = anna()
    token = signed_in(fake).token
    del fake.records.things[User, (ANNA,)]

    assert whose(fake, token) is None


def test_a_token_opens_its_own_gate_alone() -> None:
    fake = anna()
    token = signed_in(fake).token

    assert whose(fake, token, role=Role.OPERATOR) is None


def test_new_versions_of_documents_are_lacked_until_they_are_accepted() -> None:
    fake = anna()
    token = signed_in(fake).token
    newer = {**DOCUMENTED.documents, "terms": Document("2026-09", {})}
    fake.catalogue = replace(DOCUMENTED, documents=newer)

    principal = whose(fake, token)
    assert principal
    assert principal.lacks == ("terms",)
    fake.records.put(a_user(password=a_password(), accepted={**VERSIONS, "terms": "2026-09"}))
    principal = whose(fake, token)
    assert principal
    assert principal.lacks == ()


def test_an_invited_user_lacks_all_documents() -> None:
    fake = anna(accepted={})

    principal = whose(fake, signed_in(fake).token)

    assert principal
    assert set(principal.lacks) == {"terms", "privacy"}


# --- operators


def operator(**changes: Any) -> FakeOffice:
    fields = {"role": Role.OPERATOR, "accounts": (), "second_factor": "s", **changes}
    return anna(**fields)


def test_an_operator_needs_the_second_factor() -> None:
    fake = operator()

    session = sign_in(fake, role=Role.OPERATOR, totp=fake.totp.now(NOON))

    assert isinstance(session, SignedIn)
    principal = whose(fake, session.token, role=Role.OPERATOR)
    assert principal
    assert (principal.actor, principal.account) == (f"operator:{ANNA}", None)
    assert principal.lacks == ()


@pytest.mark.parametrize("totp", [None, "", "000000"])
def test_without_it_the_password_is_not_enough(totp: str | None) -> None:
    fake = operator()

    assert sign_in(fake, role=Role.OPERATOR, totp=totp) == WRONG
    assert fake.records.all(Session) == []
    assert attempts(fake)


def test_an_operator_without_a_factor_cannot_sign_in() -> None:
    fake = operator(second_factor=None)

    assert sign_in(fake, role=Role.OPERATOR, totp=fake.totp.now(NOON)) == WRONG


def test_digits_open_one_session_alone() -> None:
    fake = operator()
    digits = fake.totp.now(NOON)
    signed_in(fake, role=Role.OPERATOR, totp=digits)

    assert sign_in(fake, role=Role.OPERATOR, totp=digits) == WRONG
    later = NOON + timedelta(seconds=30)
    assert sign_in(fake, role=Role.OPERATOR, totp=digits, at=later) == WRONG
    assert signed_in(fake, role=Role.OPERATOR, totp=fake.totp.now(later), at=later)


def test_the_same_digits_at_once_open_one_session() -> None:
    fake = operator()
    digits = fake.totp.now(NOON)
    others: list[SignedIn | Refusal] = []
    fake.records.quicker = [
        lambda: None,
        lambda: others.append(sign_in(fake, role=Role.OPERATOR, totp=digits)),
    ]

    assert sign_in(fake, role=Role.OPERATOR, totp=digits) == WRONG
    assert [type(other) for other in others] == [SignedIn]
    assert len(fake.records.all(Session)) == 1


def test_an_operator_is_no_customer_and_a_customer_no_operator() -> None:
    fake = operator()

    assert sign_in(fake, role=Role.CUSTOMER, totp=fake.totp.now(NOON)) == WRONG
    assert sign_in(anna(), role=Role.OPERATOR, totp=fake.totp.now(NOON)) == WRONG


# --- API keys


def made(fake: FakeOffice, **changes: Any) -> MadeKey:
    key = make_api_key("machine", ACCOUNT, fake.office, a_request(**{"id": "k1", **changes}))
    assert isinstance(key, MadeKey)
    return key


def test_a_key_acts_for_its_account() -> None:
    fake = an_office(an_account())
    key = made(fake, actor=f"user:{ANNA}")

    assert whose(fake, key.token) == Principal(
        actor=f"key:{key.id}", role=Role.CUSTOMER, user=None, account=ACCOUNT
    )
    token = read_token(key.token)
    assert isinstance(token, ApiKeyToken)
    assert token.secret not in repr(fake.records.things)


def test_a_key_is_no_operators() -> None:
    fake = an_office(an_account())

    assert whose(fake, made(fake).token, role=Role.OPERATOR) is None


def test_a_revoked_key_opens_nothing() -> None:
    fake = an_office(an_account())
    key = made(fake)
    revoking = a_request("revoke", actor="user:x", at=NOON + HOUR)

    for _ in range(2):
        assert revoke_api_key(key.id, ACCOUNT, fake.office, revoking) == {"key": key.id}

    assert whose(fake, key.token) is None
    (stored,) = fake.records.all(ApiKey)
    assert (stored.revoked_at, stored.revoked_by, stored.version) == (NOON + HOUR, "user:x", 2)


@pytest.mark.parametrize("account", [ACCOUNT, OTHER_ACCOUNT])
def test_only_a_key_of_ones_own_can_be_revoked(account: Any) -> None:
    fake = an_office(an_account())
    key = made(fake)
    id_ = "unknown" if account == ACCOUNT else key.id

    refusal = revoke_api_key(id_, account, fake.office, a_request("revoke"))

    assert refusal == Refusal(RefusalCode.NOT_FOUND)
    assert whose(fake, key.token)


def test_a_keys_use_is_noted_at_most_every_five_minutes() -> None:
    fake = an_office(an_account())
    token = made(fake).token
    writes = fake.records.writes

    for minutes in (0, 1, 4, 5, 6, 9):
        assert whose(fake, token, NOON + minutes * MINUTE)

    assert fake.records.writes == writes + 2
    assert fake.records.all(ApiKey)[0].used_at == NOON + 5 * MINUTE


def test_a_revocation_that_comes_between_read_and_note_stays() -> None:
    fake = an_office(an_account())
    key = made(fake)
    revoking = a_request("revoke")
    fake.records.quicker.append(lambda: revoke_api_key(key.id, ACCOUNT, fake.office, revoking))

    whose(fake, key.token)

    assert fake.records.all(ApiKey)[0].revoked_at


# --- repetitions


def test_a_repeated_sign_in_is_one_session_with_the_same_token() -> None:
    fake = anna()

    sessions = [sign_in(fake, request=repeatable()) for _ in range(3)]

    assert sessions[0] == sessions[1] == sessions[2]
    assert isinstance(sessions[0], SignedIn)
    assert len(fake.records.all(Session)) == 1


def test_a_repeated_sign_in_locks_nobody_out() -> None:
    fake = anna()

    for _ in range(7):
        assert isinstance(sign_in(fake, request=repeatable()), SignedIn)
        assert attempts(fake) is None


def test_an_attempt_at_the_same_time_as_a_repeated_sign_in_is_counted() -> None:
    fake = anna()
    sign_in(fake, request=repeatable())
    fake.records.quicker = [lambda: None, lambda: sign_in(fake, "wrong")]

    assert isinstance(sign_in(fake, request=repeatable()), SignedIn)
    assert attempts(fake)


def test_a_repeated_sign_in_whose_session_is_gone_opens_no_other() -> None:
    fake = anna()
    sign_in(fake, request=repeatable())
    out(fake)

    assert sign_in(fake, request=repeatable()) == REUSED
    assert fake.records.all(Session) == []
    assert attempts(fake) is None


@pytest.mark.parametrize("how", ["all-ended", "too-long-ago"])
def test_a_repeated_sign_in_gives_no_token_of_a_session_that_is_over(how: str) -> None:
    fake = anna()
    sign_in(fake, request=repeatable())
    if how == "all-ended":
        end_all_sessions(ANNA, fake.office, a_request("end"))
    at = NOON if how == "all-ended" else NOON + 13 * HOUR

    assert sign_in(fake, request=repeatable(at=at)) == REUSED


def test_a_repeated_sign_in_still_needs_the_password() -> None:
    fake = anna()
    sign_in(fake, request=repeatable())

    assert sign_in(fake, "wrong", request=repeatable()) == WRONG


def test_a_reused_key_signs_nobody_in() -> None:
    fake = anna()
    sign_in(fake, request=repeatable())

    assert sign_in(fake, request=repeatable(fingerprint="other")) == REUSED
    assert len(fake.records.all(Session)) == 1


# --- on its way through the event


@pytest.mark.parametrize(
    "principal",
    [
        Principal(
            actor=f"user:{ANNA}",
            role=Role.CUSTOMER,
            user=ANNA,
            account=ACCOUNT,
            session="d",
            lacks=("terms", "privacy"),
            must_change_password=True,
        ),
        Principal(actor=f"operator:{ANNA}", role=Role.OPERATOR, user=ANNA, account=None),
        Principal(actor="key:k", role=Role.CUSTOMER, user=None, account=ACCOUNT),
    ],
)
def test_who_calls_arrives_as_it_was_told(principal: Principal) -> None:
    told = told_of(principal)

    assert all(isinstance(value, str) for value in told.values())
    assert principal_told(told) == principal


@pytest.mark.parametrize("told", [{}, {"actor": ""}])
def test_nobody_arrives_as_nobody(told: dict[str, str]) -> None:
    assert principal_told(told) is None


def test_users_and_attempts_are_read_at_once() -> None:
    """One consistent read, so that neither name nor password is told by how long it takes."""
    fake = anna()
    asked: list[tuple[Ref[Any], ...]] = []
    read = fake.records.read

    def reading(*refs: Ref[Any]) -> Any:
        asked.append(refs)
        return read(*refs)

    fake.records.read = reading  # type: ignore[method-assign]
    sign_in(fake, "wrong", name="x" * 9)

    id_ = user_id("x" * 9)
    assert asked == [(Ref(User, (id_,)), Ref(SignInAttempts, (id_,)))]


def test_a_lost_race_of_the_session_is_decided_again() -> None:
    fake = anna()

    def lose() -> None:
        raise LostRace

    fake.records.quicker = [lambda: None, lose]

    assert isinstance(sign_in(fake), SignedIn)
    assert fake.pauses == [1]
