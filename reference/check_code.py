# ruff: noqa: INP001 - one file to copy, no package
"""Checks an unlock code offline: for the vendor's software. Needs the standard library alone.

python check_code.py 1234567890ABCDEF 31P XXXX-XXXX-XXXX-XXXX <dongle key, 64 hex digits>
"""

import hmac
import re
import sys


def code_of(licence_number: str, licence_type: str, dongle_key: bytes) -> str:
    """Compute the 16 hex digits for a number and a type (`31`, `31P` or `E`)."""
    number = re.fullmatch(r"[0-9A-F]{16}", licence_number.upper())
    asked = re.fullmatch(r"(?:([1-9][0-9]{0,5})P?|E)", licence_type.upper())
    if not number or not asked or len(dongle_key) != 32:  # noqa: PLR2004
        raise ValueError("16 hex digits; a quantity or E; a key of 32 bytes")
    kind, quantity = (b"P", int(asked[1])) if asked[1] else (b"E", 0)
    parts = (number[0].encode("ascii"), kind, quantity.to_bytes(4, "big"))
    message = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
    mac = hmac.digest(dongle_key, b"freischalt/code/v1\x01" + message, "sha256")
    return mac[:8].hex().upper()


def is_right(licence_number: str, licence_type: str, code: str, dongle_key: bytes) -> bool:
    """Whether the code, with or without hyphens, is the one for this number and type."""
    right = code_of(licence_number, licence_type, dongle_key)
    return hmac.compare_digest(right.encode(), re.sub("[- ]", "", code).upper().encode())


if __name__ == "__main__":
    _, number, asked, code, key = sys.argv
    sys.exit(None if is_right(number, asked, code, bytes.fromhex(key)) else "The code is wrong")
