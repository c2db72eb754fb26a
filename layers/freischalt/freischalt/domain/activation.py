r"""Activation codes: printed on each inverter, used once, kept nowhere.

    key  = the derived secret of the purpose ACTIVATION     one call of KMS for all codes
    code = the first 60 bits of HMAC-SHA256(key, "freischalt/activation/v1" | serial)

Twelve characters of Crockford's base 32, in which no two look alike: no I, L, O or U. Whoever types
an O for the 0, or an I or l for the 1, is understood (https://www.crockford.com/base32.html).

>>> key, serial = bytes(32), inverter_serial(" sn-0001 ")
>>> code = activation_code(key, serial)
>>> serial, code
('SN-0001', '07NM-H8ND-3CD3')
>>> is_right(key, serial, code), is_right(key, serial, code.lower().replace("-", " "))
(True, True)
>>> of_another = activation_code(key, inverter_serial("SN-0002"))
>>> is_right(key, serial, of_another), is_right(key, serial, ""), is_right(key, serial, "äöü")
(False, False, False)
>>> normalised("olli 0123")
'01110123'
"""

import hmac
import re
from hashlib import sha256

from freischalt.domain.ids import InverterSerial

DOMAIN = b"freischalt/activation/v1|"
VERSION = "v1"
"""What the secret is derived for, beside its purpose."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
CHARACTERS = 12
GROUP = 4
SERIAL = re.compile(r"[0-9A-Z][0-9A-Z-]{2,30}[0-9A-Z]")
LOOK_ALIKE = str.maketrans("OIL", "011", " -")


def inverter_serial(text: str) -> InverterSerial:
    """As it is on the inverter; small letters are taken for capitals. Raises ValueError."""
    serial = text.strip().upper()
    if not SERIAL.fullmatch(serial):
        raise ValueError("a serial number is 4 to 32 letters, digits and hyphens, as in SN-0001")
    return InverterSerial(serial)


def activation_code(key: bytes, serial: InverterSerial) -> str:
    """As it is printed: three groups of four."""
    mac = hmac.digest(key, DOMAIN + serial.encode("ascii"), sha256)
    number = int.from_bytes(mac) >> (len(mac) * 8 - BITS * CHARACTERS)
    shifts = range(BITS * (CHARACTERS - 1), -1, -BITS)
    text = "".join(ALPHABET[number >> shift & 31] for shift in shifts)
    return "-".join(text[start : start + GROUP] for start in range(0, CHARACTERS, GROUP))


def is_right(key: bytes, serial: InverterSerial, typed: str) -> bool:
    """In a time that does not tell how much of it is right."""
    expected = normalised(activation_code(key, serial))
    return hmac.compare_digest(expected.encode(), normalised(typed).encode())


def normalised(typed: str) -> str:
    """Without spaces and hyphens, each character as the alphabet has it."""
    return typed.upper().translate(LOOK_ALIKE)
