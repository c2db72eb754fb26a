"""Secrets, password hashes and one-time passwords: the fakes' promises, kept by the real ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from freischalt.account_ports import Hasher, SecretMaker, Totp
from freischalt.adapters import argon2_hasher, sdk
from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.adapters.totp import PyOtp, totp_of
from tests.account_fakes import FakeHasher, FakeSecrets, FakeTotp
from tests.factories import NOON

# --- secrets


def a_key() -> str:
    made = boto3.client("kms").create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")
    return made["KeyMetadata"]["KeyId"]


@pytest.fixture(params=["fake", "kms"])
def secrets(request: pytest.FixtureRequest) -> SecretMaker:
    if request.param == "fake":
        return FakeSecrets()
    request.getfixturevalue("aws")
    return KmsSecretMaker(sdk.client("kms"), a_key())


def test_the_same_secret_for_the_same_arguments(secrets: SecretMaker) -> None:
    assert secrets.secret("reset", "n1") == secrets.secret("reset", "n1")
    assert len(secrets.secret("reset", "n1")) == 32


def test_another_purpose_or_nonce_is_another_secret(secrets: SecretMaker) -> None:
    asked = [("reset", "n1"), ("reset", "n2"), ("validation", "n1"), ("reset|n1", ""), ("", "n1")]

    assert len({secrets.secret(*each) for each in asked}) == len(asked)


def test_another_key_makes_other_secrets(aws: None) -> None:
    one, other = (KmsSecretMaker(sdk.client("kms"), a_key()) for _ in range(2))

    assert one.secret("reset", "n1") != other.secret("reset", "n1")


# --- hashes


@pytest.fixture(params=["fake", "argon2"])
def hasher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hasher]:
    if request.param == "fake":
        yield FakeHasher()
        return
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(argon2_hasher, "HASHER", quick)
    yield Argon2Hasher()


def test_a_password_matches_its_own_hash_alone(hasher: Hasher) -> None:
    hashed = hasher.hash("geheim-123")

    assert hasher.matches(hashed, "geheim-123")
    assert not hasher.matches(hashed, "geheim-124")
    assert not hasher.matches(hashed, "")
    assert "geheim-123" not in hashed or isinstance(hasher, FakeHasher)


def test_the_same_password_is_hashed_differently_each_time(hasher: Hasher) -> None:
    assert hasher.hash("geheim-123") != hasher.hash("geheim-123")


@pytest.mark.parametrize("password", ["", "geheim-123", "AAAA", "ü" * 128])
def test_no_password_matches_nobodys_hash(hasher: Hasher, password: str) -> None:
    assert not hasher.matches(hasher.of_nobody, password)


@pytest.mark.parametrize("broken", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
def test_a_broken_hash_matches_nothing(hasher: Hasher, broken: str) -> None:
    assert not hasher.matches(broken, "")
    assert not hasher.matches(broken, "plain")


def test_nobodys_hash_costs_what_a_real_one_costs() -> None:
    hasher = Argon2Hasher()
    real, nobodys = extract_parameters(hasher.hash("x")), extract_parameters(hasher.of_nobody)

    assert nobodys == real
    assert real.type is Type.ID
    assert (real.memory_cost, real.time_cost, real.parallelism) == (65_536, 3, 1)  # RFC 9106


def test_nobodys_hash_is_really_tried() -> None:
    """One that cannot be read is refused at once, and would tell whose name nobody has."""
    with pytest.raises(VerifyMismatchError):
        argon2_hasher.HASHER.verify(Argon2Hasher().of_nobody, "geheim-123")


# --- one-time passwords

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, eight_digits: str) -> None:
    """Its appendix B has eight digits; six are the last of them."""
    at = datetime.fromtimestamp(seconds, UTC)

    assert PyOtp().step(RFC_SECRET, eight_digits[2:], at) == seconds // 30


def test_twenty_bytes_of_a_derived_secret_are_the_seed() -> None:
    at = datetime.fromtimestamp(59, UTC)

    assert PyOtp().step(RFC_SECRET + b"x" * 12, "287082", at) == 1


@pytest.fixture(params=["fake", "pyotp"])
def totp(request: pytest.FixtureRequest) -> Totp:
    return FakeTotp() if request.param == "fake" else PyOtp()


def digits_of(totp: Totp, now: datetime) -> str:
    """What an authenticator app shows."""
    return totp.now(now) if isinstance(totp, FakeTotp) else totp_of(RFC_SECRET).at(now)


@pytest.mark.parametrize(
    ("late", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_digits_are_right_for_their_step_and_one_beside_it(
    totp: Totp, late: int, right: bool
) -> None:
    digits = digits_of(totp, NOON)
    step = int(NOON.timestamp()) // 30

    found = totp.step(RFC_SECRET, digits, NOON + timedelta(seconds=late))

    assert found == (step if right else None)


@pytest.mark.parametrize("digits", ["", "12345", "abcdef", "0000000"])
def test_what_is_no_six_digits_is_never_right(totp: Totp, digits: str) -> None:
    assert totp.step(RFC_SECRET, digits, NOON) is None
