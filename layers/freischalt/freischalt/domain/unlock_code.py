r"""Unlock codes: 64 bits, keyed in two steps, so that no dongle knows the master key.

    dongle key = HMAC-SHA256(master key, "dongle" | Carat-ID)            inside KMS (GenerateMac)
    code       = the first 8 bytes of HMAC-SHA256(dongle key, message)   here

The message names its domain and version, then each part with its length before it, so that no
two different requests sign the same bytes and nothing else can be passed off as a code.

>>> message(LicenceNumber.of("1234567890ABCDEF"), Points(31))
b'freischalt/code/v1\x01\x00\x101234567890ABCDEF\x00\x01P\x00\x04\x00\x00\x00\x1f'
>>> unlock_code(bytes(32), LicenceNumber.of("1234567890ABCDEF"), Points(31))
'64C6-62AD-49CF-5B8E'
"""

import hmac
from hashlib import sha256

from freischalt.domain.licence import CaratId, LicenceNumber, LicenceType, Points

DOMAIN = b"freischalt/code/v1"
VERSION = b"\x01"
CODE_BYTES = 8


def dongle_key_input(carat_id: CaratId) -> bytes:
    """What KMS signs with the master key; the answer is the dongle's own key (32 bytes)."""
    return b"dongle|" + carat_id.encode("ascii")


def confirmation_input(nonce: str) -> bytes:
    """What KMS signs to make the four digits that confirm an order."""
    return b"freischalt/confirmation/v1|" + nonce.encode()


def message(number: LicenceNumber, asked: LicenceType) -> bytes:
    """The canonical message: domain, version byte, then number, type and quantity."""
    kind, quantity = ("P", asked.quantity) if isinstance(asked, Points) else ("E", 0)
    parts = (str(number).encode("ascii"), kind.encode("ascii"), quantity.to_bytes(4))
    return DOMAIN + VERSION + b"".join(len(part).to_bytes(2) + part for part in parts)


def unlock_code(dongle_key: bytes, number: LicenceNumber, asked: LicenceType) -> str:
    """The code as printed: four groups of four upper-case hex digits."""
    mac = hmac.digest(dongle_key, message(number, asked), sha256)
    digits = mac[:CODE_BYTES].hex().upper()
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def confirmation_code(mac: bytes) -> str:
    """Four digits: enough for who may try three times an order, and thirty times an hour."""
    return f"{int.from_bytes(mac[:8]) % 10_000:04d}"
