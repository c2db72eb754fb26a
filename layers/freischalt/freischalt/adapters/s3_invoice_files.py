"""The PDFs of invoices, in a bucket that keeps every version for ten years."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from freischalt.adapters.s3_handover import LINK_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PDF = "application/pdf"


class S3InvoiceFiles:
    """Fits the port `InvoiceFiles`. The client is made when the first file is asked for."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = cache(client)
        self._bucket = bucket

    def keep(self, name: str, pdf: bytes) -> None:
        self._client().put_object(Bucket=self._bucket, Key=name, Body=pdf, ContentType=PDF)

    def read(self, name: str) -> bytes:
        return self._client().get_object(Bucket=self._bucket, Key=name)["Body"].read()

    def link(self, name: str) -> str:
        """It is signed with the function's own role, and holds no longer than that."""
        shown = name.rpartition("/")[2]
        return self._client().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": name,
                "ResponseContentDisposition": f'attachment; filename="{shown}"',
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=LINK_SECONDS,
        )
