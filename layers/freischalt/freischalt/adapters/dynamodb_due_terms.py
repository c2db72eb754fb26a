"""Plants in DynamoDB of which something is to be told."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from freischalt.account_ports import Page
from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import MILLISECOND, millis
from freischalt.adapters.pending_items import PendingItems
from freischalt.adapters.plant_items import plant_of
from freischalt.domain.plant import Plant
from freischalt.term_notice_ports import Portion

PAGE = 100


class DynamoDbDueTerms(PendingItems[Plant]):
    """Fits the port `DueTerms`. Whoever tells writes the plant anew, so nobody marks it."""

    shard_name = staticmethod(keys.term_shard)
    read = staticmethod(plant_of)

    def portions(self, *, now: datetime) -> Iterator[Portion]:
        for shard in keys.SHARDS:
            if self._due(shard, now, Select="COUNT", Limit=1)["Count"]:
                yield Portion(shard=shard)

    def page(self, portion: Portion, *, now: datetime) -> Page[Plant]:
        after = {"ExclusiveStartKey": json.loads(portion.after)} if portion.after else {}
        answer = self._due(portion.shard, now, Limit=PAGE, **after)
        last = answer.get("LastEvaluatedKey")
        things = list(self._readable(answer["Items"]))
        return Page(things, json.dumps(last, sort_keys=True) if last else None)

    def _due(self, shard: int, now: datetime, **query: Any) -> Any:
        return self._client.query(
            TableName=self._table,
            IndexName=keys.BY_DUE,
            KeyConditionExpression="due = :due AND due_at < :before",
            ExpressionAttributeValues=to_item(
                {":due": self.shard_name(shard), ":before": millis(now + MILLISECOND)}
            ),
            **query,
        )
