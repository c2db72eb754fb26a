import hmac
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.domain.licence import EProtocol, LicenceNumber, LicenceType, Points
from freischalt.domain.unlock_code import unlock_code
from reference import check_code
from tests.conftest import ROOT

KEY = bytes(range(32))
VECTORS = [
    ("1234567890ABCDEF", "31", KEY, "DB27-1DAC-A1C6-45D5"),
    ("1234567890ABCDEF", "E", KEY, "5E9A-00FA-7037-907F"),
    ("1234567890ABCDEF", "31", bytes(32), "64C6-62AD-49CF-5B8E"),
    ("FFFFFFFFFFFFFFFF", "999999", bytes([255] * 32), "4A92-47F1-5A0F-AC81"),
]

numbers = st.binary(min_size=8, max_size=8).map(lambda raw: LicenceNumber.of(raw.hex()))
types: st.SearchStrategy[LicenceType] = st.one_of(
    st.integers(1, 999_999).map(Points), st.just(EProtocol())
)
keys = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize(("number", "asked", "key", "code"), VECTORS)
def test_codes_never_change(number: str, asked: str, key: bytes, code: str) -> None:
    assert check_code.is_right(number, asked, code, key)
    assert check_code.is_right(number.lower(), asked.lower(), code.replace("-", "").lower(), key)


@given(numbers, types, keys)
def test_the_reference_and_the_library_agree(
    number: LicenceNumber, asked: LicenceType, key: bytes
) -> None:
    code = unlock_code(key, number, asked)

    assert check_code.code_of(str(number), str(asked), key) == code.replace("-", "")
    assert check_code.is_right(str(number), str(asked), code, key)


@given(numbers, types, keys, st.integers(0, 63))
def test_a_code_with_one_wrong_bit_is_refused(
    number: LicenceNumber, asked: LicenceType, key: bytes, bit: int
) -> None:
    right = int(unlock_code(key, number, asked).replace("-", ""), 16)

    assert not check_code.is_right(str(number), str(asked), f"{right ^ 1 << bit:016X}", key)


@pytest.mark.parametrize(
    ("number", "asked", "key"),
    [
        ("1234567890ABCDE0", "31", KEY),
        ("1234567890ABCDEF", "33", KEY),
        ("1234567890ABCDEF", "E", KEY),
        ("1234567890ABCDEF", "31", bytes(32)),
    ],
    ids=["number", "quantity", "type", "key"],
)
def test_a_code_is_for_one_request_only(number: str, asked: str, key: bytes) -> None:
    assert not check_code.is_right(number, asked, VECTORS[0][3], key)


@pytest.mark.parametrize("code", ["", "3546", "ä" * 16, "0" * 17])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert not check_code.is_right("1234567890ABCDEF", "31", code, KEY)


@pytest.mark.parametrize(
    ("number", "asked", "key"),
    [
        ("1234567890ABCDE", "31", KEY),
        ("1234567890ABCDEG", "31", KEY),
        ("1234567890ABCDEF", "031", KEY),
        ("1234567890ABCDEF", "0", KEY),
        ("1234567890ABCDEF", "EP", KEY),
        ("1234567890ABCDEF", "٣", KEY),
        ("1234567890ABCDEF", "31", b"short"),
    ],
)
def test_what_cannot_be_checked_is_an_error(number: str, asked: str, key: bytes) -> None:
    with pytest.raises(ValueError, match="16 hex digits"):
        check_code.is_right(number, asked, "0" * 16, key)


def test_codes_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)

    assert not check_code.is_right(*VECTORS[0][:2], VECTORS[0][3], KEY)
    assert len(compared) == 1


@pytest.mark.parametrize(("code", "exit_code"), [(VECTORS[0][3], 0), ("0000-0000-0000-0000", 1)])
def test_it_is_a_script_of_the_standard_library_alone(code: str, exit_code: int) -> None:
    script = ROOT / "reference" / "check_code.py"
    command = [sys.executable, "-I", "-S", str(script), "1234567890ABCDEF", "31P", code, KEY.hex()]

    assert subprocess.run(command, check=False, capture_output=True).returncode == exit_code
