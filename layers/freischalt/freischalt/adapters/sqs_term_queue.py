"""The queue of the due plants that are to be told of, in SQS."""

import json
from typing import TYPE_CHECKING

from freischalt.adapters import keys
from freischalt.errors import MalformedMessage
from freischalt.term_notice_ports import Portion

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsTermQueue:
    """Fits the port `TermQueue`. A message holds a partition and a place in it alone."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def put(self, portion: Portion) -> None:
        body = {"shard": portion.shard} | ({"after": portion.after} if portion.after else {})
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))


def portion_of(body: str) -> Portion:
    """Raises MalformedMessage."""
    try:
        read = json.loads(body)
        shard, after = read["shard"], read.get("after")
    except (AttributeError, KeyError, TypeError, ValueError):
        raise MalformedMessage("no portion of due terms") from None
    if shard not in keys.SHARDS or not isinstance(after, str | None):
        raise MalformedMessage("no portion of due terms")
    return Portion(shard=shard, after=after)
