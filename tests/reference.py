"""HMAC by its definition (RFC 2104), so that the tests do not lean on what they check."""

from hashlib import sha256

BLOCK = 64


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    if len(key) > BLOCK:
        key = sha256(key).digest()
    padded = key.ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()
