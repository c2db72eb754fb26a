"""Imports in DynamoDB: `staged#<id>` on each dongle, the id in the switch until it is published."""

from collections.abc import Collection
from datetime import datetime
from itertools import batched
from time import sleep
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item, to_wire
from freischalt.adapters.items import millis, staged_name, staged_values
from freischalt.adapters.transactions import if_it_holds, write_all
from freischalt.adapters.vendor_items import import_item, import_of
from freischalt.domain.ids import AccountNumber, ImportId, KeyId
from freischalt.domain.licence import CaratId
from freischalt.domain.release_file import Grants, ImportProgress, ImportState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

KEYS_A_READ = 100
READ_TRIES = 8
SHORTEST_WAIT = 0.05


class DynamoDbImports:
    """Fits the port `Imports`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def unknown(self, accounts: Collection[AccountNumber]) -> set[AccountNumber]:
        unknown = set(accounts)
        for some in batched(sorted(accounts), KEYS_A_READ, strict=False):
            unknown -= self._known(some)
        return unknown

    def _known(self, accounts: tuple[AccountNumber, ...]) -> set[AccountNumber]:
        """DynamoDB may leave some out under load: those are asked for again."""
        by_key = {keys.account(account)["PK"]["S"]: account for account in accounts}
        known: set[AccountNumber] = set()
        wanted: Any = {
            self._table: {
                "Keys": [keys.account(account) for account in accounts],
                "ConsistentRead": True,
                "ProjectionExpression": "PK",
            }
        }
        for read in range(READ_TRIES):
            answer = self._client.batch_get_item(RequestItems=wanted)
            found = answer["Responses"].get(self._table, ())
            known |= {by_key[str(item["PK"]["S"])] for item in found}
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return known
            sleep(SHORTEST_WAIT * 2**read)
        raise TimeoutError("DynamoDB left keys unread")

    def progress(self, import_id: ImportId) -> ImportProgress | None:
        answer = self._client.get_item(
            TableName=self._table, Key=keys.import_(import_id), ConsistentRead=True
        )
        return import_of(answer.get("Item"))

    def begin(self, import_id: ImportId, *, rows: int, chunks: int, now: datetime) -> None:
        self._make_room()
        unpublished = self._service(
            import_id,
            "SET unpublished.#import = :now",
            "attribute_not_exists(unpublished.#import)",
            now=millis(now),
        )
        put: Any = {
            "TableName": self._table,
            "Item": import_item(import_id, rows=rows, chunks=chunks, started_at=now),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        write_all(self._client, [{"Put": put}, unpublished])

    def _make_room(self) -> None:
        """The map of unpublished imports, before the first of all: then it stays."""
        if_it_holds(
            self._client.update_item,
            TableName=self._table,
            Key=keys.SERVICE,
            UpdateExpression="SET unpublished = :none",
            ConditionExpression="attribute_not_exists(unpublished)",
            ExpressionAttributeValues=to_item({":none": {}}),
        )

    def stage(self, import_id: ImportId, chunk: int, grants: Grants, *, key_id: KeyId) -> None:
        writes = [
            self._progress(
                import_id,
                "SET next_chunk = :next",
                {":seen": chunk, ":state": ImportState.WRITING, ":next": chunk + 1},
            )
        ]
        for carat_id, accounts in grants.items():
            writes.append(
                self._dongle(
                    import_id,
                    carat_id,
                    "SET #staged = :grants, key_id = if_not_exists(key_id, :active) ADD version :1",
                    "attribute_not_exists(#staged)",
                    {":grants": staged_values(accounts), ":active": key_id, ":1": 1},
                )
            )
        write_all(self._client, writes)

    def publish(self, import_id: ImportId, *, chunks: int, now: datetime) -> None:
        published = self._progress(
            import_id,
            "SET #state = :published, published_at = :now",
            {
                ":seen": chunks,
                ":state": ImportState.WRITING,
                ":published": ImportState.PUBLISHED,
                ":now": millis(now),
            },
        )
        write_all(self._client, [published, self._no_longer_unpublished(import_id)])

    def give_up(self, import_id: ImportId) -> None:
        update: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": keys.import_(import_id),
                "UpdateExpression": "SET #state = :discarding",
                "ConditionExpression": "#state = :writing",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": to_item(
                    {":discarding": ImportState.DISCARDING, ":writing": ImportState.WRITING}
                ),
            }
        }
        write_all(self._client, [update])

    def unstage(self, import_id: ImportId, chunk: int, dongles: Collection[CaratId]) -> None:
        writes = [
            self._progress(
                import_id,
                "SET next_chunk = :next",
                {":seen": chunk + 1, ":state": ImportState.DISCARDING, ":next": chunk},
            )
        ]
        unstage = "REMOVE #staged ADD version :1"
        writes += [
            self._dongle(import_id, carat_id, unstage, "attribute_exists(#staged)", {":1": 1})
            for carat_id in dongles
        ]
        write_all(self._client, writes)

    def forget(self, import_id: ImportId) -> None:
        delete: Any = {
            "TableName": self._table,
            "Key": keys.import_(import_id),
            "ConditionExpression": "#state = :discarding AND next_chunk = :none",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": to_item(
                {":discarding": ImportState.DISCARDING, ":none": 0}
            ),
        }
        write_all(self._client, [{"Delete": delete}, self._no_longer_unpublished(import_id)])

    def _no_longer_unpublished(self, import_id: ImportId) -> "TransactWriteItemTypeDef":
        return self._service(
            import_id, "REMOVE unpublished.#import", "attribute_exists(unpublished.#import)"
        )

    def _service(
        self, import_id: ImportId, update: str, condition: str, *, now: int | None = None
    ) -> "TransactWriteItemTypeDef":
        change: Any = {
            "TableName": self._table,
            "Key": keys.SERVICE,
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#import": import_id},
        }
        if now is not None:
            change["ExpressionAttributeValues"] = {":now": to_wire(now)}
        return {"Update": change}

    def _progress(
        self, import_id: ImportId, update: str, values: dict[str, object]
    ) -> "TransactWriteItemTypeDef":
        """Change the import's own item, if state and chunk are as they were seen."""
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.import_(import_id),
                "UpdateExpression": update,
                "ConditionExpression": "#state = :state AND next_chunk = :seen",
                "ExpressionAttributeNames": {"#state": "state"},
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def _dongle(
        self,
        import_id: ImportId,
        carat_id: CaratId,
        update: str,
        condition: str,
        values: dict[str, object],
    ) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.dongle(carat_id),
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#staged": staged_name(import_id)},
                "ExpressionAttributeValues": to_item(values),
            }
        }
