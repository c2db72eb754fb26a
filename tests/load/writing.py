"""Many items put into a local table, in the words of the wire.

The SDK takes ten times as long for a BatchWriteItem as MiniStack does: it looks at each value.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import batched
from typing import Any

from urllib3 import connection_from_url

from local.ministack import REGION

ITEMS_A_CALL = 25
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
    # MiniStack reads whose it is, and believes it
    "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/dynamodb/aws4_request",
}


def put_all(endpoint: str, table: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Raises AssertionError if one of them was not taken."""
    with connection_from_url(endpoint) as ministack:
        for some in batched(items, ITEMS_A_CALL, strict=False):
            puts = [{"PutRequest": {"Item": item}} for item in some]
            body = json.dumps({"RequestItems": {table: puts}})
            answer = ministack.request("POST", "/", body=body, headers=HEADERS)
            assert answer.status == 200, answer.data
            assert not answer.json()["UnprocessedItems"]
