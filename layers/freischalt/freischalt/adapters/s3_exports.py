"""Files for the vendor, in the stack's bucket."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Exports:
    """Fits the port `Exports`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, name: str, content: bytes) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=name, Body=content, ContentType="text/csv; charset=utf-8"
        )
