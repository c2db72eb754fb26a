"""Files for one customer, in a bucket that forgets them after a day."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from freischalt.account_ports import LINK_OPEN

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_SECONDS = int(LINK_OPEN.total_seconds())
SIGNED: dict[str, Any] = {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}}
"""What S3 wants of a link to an object under our own key, in every region: signed by version 4, for
the bucket's own host. botocore would choose otherwise in most."""


class S3Handover:
    """Fits the port `Handover`. The client is made when the first file is handed over."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = cache(client)
        self._bucket = bucket

    def hand_over(self, name: str, content: bytes) -> str:
        """The link is signed with the function's own role, and holds no longer than it."""
        client = self._client()
        client.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=content,
            ContentType="application/json",
            CacheControl="private, no-store",
        )
        return client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": name,
                "ResponseContentDisposition": "attachment",
            },
            ExpiresIn=LINK_SECONDS,
        )
