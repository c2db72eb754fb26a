"""Everything that has a version, in DynamoDB: one consistent read, one transaction."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from time import sleep
from typing import TYPE_CHECKING, Any

from freischalt.account_ports import Change, ChangePhone, Delete, Page, Put, Ref, Unchanged
from freischalt.adapters import keys
from freischalt.adapters.account_items import CODECS, lock_of
from freischalt.adapters.attribute_values import to_item, to_wire
from freischalt.adapters.consistent_reads import get_all
from freischalt.adapters.items import audit_of, lock_values, millis
from freischalt.adapters.transactions import write_all
from freischalt.domain.audit import AuditEntry
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import LockRecord
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.sign_in import ApiKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNREGISTERED_KEPT = timedelta(days=2)
PREFIXES = {LockRecord: keys.LOCK, ApiKey: keys.API_KEY, PhoneCheck: keys.CHECK}


class SeenInDynamoDb:
    """Fits `Seen`."""

    def __init__(self, found: Mapping[tuple[str, str], Any]) -> None:
        self._found = found

    def __getitem__[T](self, ref: Ref[T]) -> T | None:
        codec = CODECS[ref.kind]
        key = codec.key(*ref.id)
        thing: T | None = codec.read(ref.id, self._found.get((key["PK"]["S"], key["SK"]["S"])))
        return thing


class DynamoDbRecords:
    """Fits the ports `Records`, `Lists` and `DueLocks`."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        time_zone: tzinfo,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._time_zone = time_zone
        self._wait = wait

    def read(self, *refs: Ref[Any]) -> SeenInDynamoDb:
        wanted = [CODECS[ref.kind].key(*ref.id) for ref in refs]
        if not wanted:
            return SeenInDynamoDb({})
        return SeenInDynamoDb(get_all(self._client, self._table, wanted, self._wait))

    def write(self, *changes: Change) -> None:
        write_all(self._client, [self._written(change) for change in changes])

    def _written(self, change: Change) -> Any:
        match change:
            case Put(thing):
                codec = CODECS[type(thing)]
                if codec.write is None:
                    raise TypeError(f"{type(thing).__name__} is not stored whole")
                item = codec.write(thing, self._time_zone, thing.version + 1)
                return {"Put": {"Item": item, **self._as_read(thing)}}
            case Unchanged(thing):
                return {"ConditionCheck": {"Key": self._key(thing), **self._as_read(thing)}}
            case Delete(thing):
                return {"Delete": {"Key": self._key(thing), **self._as_read(thing)}}
            case ChangePhone():
                return {"Update": self._changed_phone(change)}

    @staticmethod
    def _key(thing: Any) -> keys.Key:
        codec = CODECS[type(thing)]
        return codec.key(*codec.id(thing))

    def _as_read(self, thing: Any) -> dict[str, Any]:
        if not thing.version:
            return {"TableName": self._table, "ConditionExpression": "attribute_not_exists(PK)"}
        return {
            "TableName": self._table,
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": to_wire(thing.version)},
        }

    def _changed_phone(self, change: ChangePhone) -> dict[str, Any]:
        before, after = change.before, change.after
        owned = after.account is not None
        values = {
            "account": after.account,
            "revision": before.revision + 1,
            "locks": lock_values(after.locks) or None,
            "confirms_orders": after.confirms_orders or None,
            "confirmation": None,
            "turned_away_at": None,
            "expires_at": None if owned else int((change.now + UNREGISTERED_KEPT).timestamp()),
        }
        if before.account == after.account:  # an order may still be confirmed
            del values["confirmation"]
        seen = {"account": before.account, "revision": before.revision or None}
        changes = to_item(values)
        removed = ", ".join(f"#{name}" for name in values if name not in changes)
        return {
            "TableName": self._table,
            "Key": keys.phone(before.phone),
            "UpdateExpression": "SET "
            + ", ".join(f"#{name} = :{name}" for name in changes)
            + (f" REMOVE {removed}" if removed else ""),
            "ConditionExpression": " AND ".join(
                f"attribute_not_exists(#{name})" if value is None else f"#{name} = :seen_{name}"
                for name, value in seen.items()
            ),
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {
                **{f":{name}": wire for name, wire in changes.items()},
                **to_item({f":seen_{name}": value for name, value in seen.items()}),
            },
        }

    def page[T](
        self, kind: type[T], account: AccountNumber, *, after: str | None, limit: int
    ) -> Page[T]:
        prefix = PREFIXES[kind]
        items, further = self._newest_first(account, prefix, after, limit)
        codec = CODECS[kind]
        things = [codec.read((account, item["SK"]["S"][len(prefix) :]), item) for item in items]
        return Page(things, further)

    def _newest_first(
        self, account: AccountNumber, prefix: str, after: str | None, limit: int
    ) -> tuple[list[Any], str | None]:
        owner = keys.account(account)["PK"]
        start: Any = {}
        if after:
            start = {"ExclusiveStartKey": {"PK": owner, "SK": {"S": prefix + after}}}
        answer = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=limit,
            KeyConditionExpression="PK = :owner AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":owner": owner, ":prefix": {"S": prefix}},
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], str(last["SK"]["S"])[len(prefix) :] if last else None

    def licences(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[CaratId]:
        page = self._rows(keys.LICENCE_ROW, account, after, limit)
        return Page([CaratId(id_) for id_ in page.things], page.next)

    def orders(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[OrderNumber]:
        page = self._rows(keys.ORDER_ROW, account, after, limit)
        return Page([OrderNumber(id_) for id_ in page.things], page.next)

    def _rows(
        self, prefix: str, account: AccountNumber, after: str | None, limit: int
    ) -> Page[str]:
        """The ids that an account's rows of a list name, newest first."""
        items, further = self._newest_first(account, prefix, after, limit)
        return Page([item["SK"]["S"].rpartition("#")[2] for item in items], further)

    def named(self, beginning: str, *, after: str | None, limit: int) -> Page[AccountNumber]:
        if after and not after.startswith(keys.folded(beginning)):
            return Page(())  # the place in another list: DynamoDB would call it a mistake
        owner = {"S": keys.names(beginning)}
        start: Any = {}
        if after:
            start = {"ExclusiveStartKey": {"PK": owner, "SK": {"S": keys.NAME + after}}}
        answer = self._client.query(
            TableName=self._table,
            Limit=limit,
            KeyConditionExpression="PK = :owner AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={
                ":owner": owner,
                ":prefix": {"S": keys.NAME + keys.folded(beginning)},
            },
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        numbers = [AccountNumber(item["SK"]["S"].rpartition("#")[2]) for item in answer["Items"]]
        return Page(numbers, str(last["SK"]["S"])[len(keys.NAME) :] if last else None)

    def trail(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[AuditEntry]:
        """What happened to the account itself, newest first."""
        items, further = self._newest_first(account, keys.AUDIT, after, limit)
        return Page([audit_of(None, item) for item in items], further)

    def due(self, *, now: datetime) -> Iterator[LockRecord]:
        pages = self._client.get_paginator("query")
        for shard in keys.SHARDS:
            for page in pages.paginate(
                TableName=self._table,
                IndexName=keys.BY_DUE,
                KeyConditionExpression="due = :due AND due_at <= :now",
                ExpressionAttributeValues=to_item(
                    {":due": keys.lock_shard(shard), ":now": millis(now)}
                ),
            ):
                for item in page["Items"]:
                    lock = lock_of(item)
                    if lock:
                        yield lock
