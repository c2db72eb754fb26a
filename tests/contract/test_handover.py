"""Files for one customer, in S3."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from freischalt.adapters import sdk
from freischalt.adapters.s3_handover import LINK_SECONDS, SIGNED, S3Handover
from freischalt.adapters.sdk import client

BUCKET, REGION = "handover", "eu-central-1"


@pytest.fixture
def s3(aws: None) -> Any:
    made = client("s3", **SIGNED)
    made.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return made


def test_what_is_handed_over_is_kept_under_its_name(s3: Any) -> None:
    S3Handover(lambda: s3, BUCKET).hand_over("accounts/10001/n.json", b"{}")

    kept = s3.get_object(Bucket=BUCKET, Key="accounts/10001/n.json")
    assert (kept["Body"].read(), kept["ContentType"]) == (b"{}", "application/json")
    assert kept["CacheControl"] == "private, no-store"


@pytest.mark.parametrize("region", ["eu-central-1", "eu-west-1", "eu-central-2", "us-east-1"])
def test_the_link_opens_this_file_for_ten_minutes_in_every_region(
    aws: None,
    region: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    sdk.session.cache_clear()
    made = client("s3", **SIGNED)
    sdk.session.cache_clear()
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    made.create_bucket(Bucket=BUCKET, **({"CreateBucketConfiguration": where} if where else {}))

    link = urlsplit(S3Handover(lambda: made, BUCKET).hand_over("accounts/10001/n.json", b"{}"))

    query = parse_qs(link.query)
    assert link.hostname in {f"{BUCKET}.s3.{region}.amazonaws.com", f"{BUCKET}.s3.amazonaws.com"}
    assert (link.hostname == f"{BUCKET}.s3.amazonaws.com") <= (region == "us-east-1")
    assert link.path == "/accounts/10001/n.json"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["response-content-disposition"] == ["attachment"]
    assert query["X-Amz-Expires"] == [str(LINK_SECONDS)] == ["600"]
    assert query["X-Amz-Signature"]


def test_one_client_is_made_with_the_first_file(s3: Any) -> None:
    made: list[Any] = []

    def make() -> Any:
        made.append(s3)
        return s3

    handover = S3Handover(make, BUCKET)
    assert made == []
    for name in ("a", "b"):
        handover.hand_over(name, b"{}")
    assert made == [s3]
