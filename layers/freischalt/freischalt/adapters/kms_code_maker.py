"""Codes from master keys that never leave KMS: one `GenerateMac` for each."""

from typing import TYPE_CHECKING

from freischalt.domain.ids import KeyId
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, LicenceNumber, LicenceType
from freischalt.domain.unlock_code import (
    confirmation_code,
    confirmation_input,
    dongle_key_input,
    unlock_code,
)

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsCodeMaker:
    """Fits the port `CodeMaker`."""

    def __init__(self, client: "KMSClient", ring: KeyRing) -> None:
        self._client = client
        self._ring = ring

    def key_for_new_dongles(self) -> KeyId:
        return self._ring.active.id

    def unlock_code(self, number: LicenceNumber, asked: LicenceType, key_id: KeyId) -> str:
        return unlock_code(self.dongle_key(number.carat_id, key_id), number, asked)

    def confirmation_code(self, nonce: str, key_id: KeyId) -> str:
        return confirmation_code(self._mac(confirmation_input(nonce), key_id))

    def dongle_key(self, carat_id: CaratId, key_id: KeyId) -> bytes:
        return self._mac(dongle_key_input(carat_id), key_id)

    def _mac(self, message: bytes, key_id: KeyId) -> bytes:
        answer = self._client.generate_mac(
            KeyId=self._ring.key(key_id).arn, MacAlgorithm="HMAC_SHA_256", Message=message
        )
        return answer["Mac"]
