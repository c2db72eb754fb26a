"""Files for one customer, in S3."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from freischalt.adapters.s3_handover import LINK_SECONDS, S3Handover
from freischalt.adapters.sdk import client

BUCKET = "handover"
REGION = "eu-central-1"


@pytest.fixture
def s3(aws: None) -> Any:
    made = client("s3")
    made.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return made


def test_what_is_handed_over_is_kept_under_its_name(s3: Any) -> None:
    S3Handover(lambda: s3, BUCKET).hand_over("accounts/10001/n.json", b"{}")

    kept = s3.get_object(Bucket=BUCKET, Key="accounts/10001/n.json")
    assert (kept["Body"].read(), kept["ContentType"]) == (b"{}", "application/json")


def test_the_link_opens_this_file_for_ten_minutes(s3: Any) -> None:
    link = urlsplit(S3Handover(lambda: s3, BUCKET).hand_over("accounts/10001/n.json", b"{}"))

    query = parse_qs(link.query)
    assert link.path.endswith("/accounts/10001/n.json")
    assert query["response-content-disposition"] == ["attachment"]
    assert query["X-Amz-Expires"] == [str(LINK_SECONDS)] == ["600"]
    assert query["X-Amz-Signature"]


def test_no_client_is_made_before_the_first_file() -> None:
    def fails() -> Any:
        raise AssertionError("nobody asked for a client")

    S3Handover(fails, BUCKET)
