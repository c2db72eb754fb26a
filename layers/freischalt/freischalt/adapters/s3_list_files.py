"""The files of inverter lists, in a bucket that forgets them after a day.

A file's name is its list's account and id: whoever may upload it can leave no other.

>>> list_of(file_name(AccountNumber("10001"), "1793700000000-abcdef012345"))
('10001', '1793700000000-abcdef012345')
>>> list_of("lists/10001") is None, list_of("lists/10001/../1.xlsx") is None
(True, True)
"""

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from freischalt.domain.ids import AccountNumber
from freischalt.domain.inverter_list import LARGEST_FILE, UPLOAD_WITHIN
from freischalt.list_ports import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = re.compile(
    r"lists/(?P<account>[0-9A-Za-z][0-9A-Za-z-]{0,19})/(?P<list>[0-9]{13}-[0-9a-f]{12})\.xlsx"
)


def file_name(account: AccountNumber, list_id: str) -> str:
    return f"lists/{account}/{list_id}.xlsx"


def list_of(name: str) -> tuple[AccountNumber, str] | None:
    """Whose list a file is of; None: of none."""
    found = NAME.fullmatch(name)
    return (AccountNumber(found["account"]), found["list"]) if found else None


class S3ListUploads:
    """Fits the port `ListUploads`. Signing asks nobody: the client is made at the first upload."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = cache(client)
        self._bucket = bucket

    def invite(self, account: AccountNumber, list_id: str) -> Upload:
        """The form is signed with the function's own role, and holds no longer than it."""
        form = self._client().generate_presigned_post(
            self._bucket,
            file_name(account, list_id),
            Fields={"Content-Type": CONTENT_TYPE},
            Conditions=[
                {"Content-Type": CONTENT_TYPE},
                ["content-length-range", 1, LARGEST_FILE],
            ],
            ExpiresIn=int(UPLOAD_WITHIN.total_seconds()),
        )
        return Upload(form["url"], form["fields"])


class S3ListFiles:
    """Fits the port `ListFiles`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, account: AccountNumber, list_id: str) -> bytes | None:
        try:
            answer: Any = self._client.get_object(
                Bucket=self._bucket, Key=file_name(account, list_id)
            )
        except self._client.exceptions.NoSuchKey:
            return None
        content: bytes = answer["Body"].read(LARGEST_FILE + 1)
        return content
