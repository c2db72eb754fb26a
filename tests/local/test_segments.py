import gsm0338
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.segments import BASIC, EXTENSION, Segments, count

EURO, EMOJI = "€", "🔑"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        pytest.param("", "GSM-7", 0, 0, id="nothing"),
        pytest.param("x" * 160, "GSM-7", 160, 1, id="one-full"),
        pytest.param("x" * 161, "GSM-7", 161, 2, id="one-too-many"),
        pytest.param("x" * 306, "GSM-7", 306, 2, id="two-full"),
        pytest.param("x" * 307, "GSM-7", 307, 3, id="three"),
        pytest.param(EURO * 80, "GSM-7", 160, 1, id="extension-is-two-units"),
        pytest.param("x" * 159 + EURO, "GSM-7", 161, 2, id="extension-does-not-fit"),
        pytest.param("x" * 152 + EURO + "x" * 152, "GSM-7", 306, 3, id="no-split-in-an-escape"),
        pytest.param("ÄÖÜäöüß\n\r", "GSM-7", 9, 1, id="umlauts"),
        pytest.param("ß" * 160, "GSM-7", 160, 1, id="160-sharp-s"),
        pytest.param("„" + "x" * 69, "UCS-2", 70, 1, id="ucs2-full"),
        pytest.param("„" + "x" * 70, "UCS-2", 71, 2, id="ucs2-one-too-many"),
        pytest.param("„" + "x" * 133, "UCS-2", 134, 2, id="ucs2-two-full"),
        pytest.param("„" + "x" * 134, "UCS-2", 135, 3, id="ucs2-three"),
        pytest.param(EMOJI * 35, "UCS-2", 70, 1, id="emoji-is-two-units"),
        pytest.param(EMOJI * 67, "UCS-2", 134, 3, id="no-split-in-a-surrogate-pair"),
        pytest.param("\x1b", "UCS-2", 1, 1, id="a-bare-escape-is-no-character"),
        pytest.param("ç", "UCS-2", 1, 1, id="small-c-cedilla"),
        pytest.param("\ud800", "UCS-2", 1, 1, id="half-a-pair"),
    ],
)
def test_count(text: str, encoding: str, units: int, segments: int) -> None:
    assert count(text) == Segments(encoding, units, segments)  # type: ignore[arg-type]


def test_the_alphabet_is_that_of_gsm0338() -> None:
    codec = gsm0338.Codec()
    sizes: dict[int, set[str]] = {1: set(), 2: set()}
    for char in map(chr, range(0xD800)):
        encoded, _ = codec.encode(char, "ignore")
        if encoded:
            sizes[len(encoded)].add(char)

    assert sizes == {1: {*BASIC, "\x1b"}, 2: set(EXTENSION)}


@given(st.text(alphabet=st.sampled_from("aß€[🔑„"), max_size=700))
def test_no_part_is_overfull_and_none_is_wasted(text: str) -> None:
    counted = count(text)
    part = 153 if counted.encoding == "GSM-7" else 67

    assert counted.segments * (part + 7) >= counted.units
    assert max(counted.segments - 1, 0) * (part - 1) <= counted.units
