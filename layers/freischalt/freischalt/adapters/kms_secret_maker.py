"""Secrets derived inside KMS, from a key that makes nothing else (no unlock codes)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

DOMAIN = "freischalt/secret/v1"


class KmsSecretMaker:
    """Fits the port `SecretMaker`."""

    def __init__(self, client: "KMSClient", key: str) -> None:
        self._client = client
        self._key = key

    def secret(self, purpose: str, nonce: str) -> bytes:
        answer = self._client.generate_mac(
            KeyId=self._key,
            MacAlgorithm="HMAC_SHA_256",
            Message=f"{DOMAIN}|{purpose}|{nonce}".encode(),
        )
        return answer["Mac"]
