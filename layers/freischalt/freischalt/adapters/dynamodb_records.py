"""Everything that has a version, in DynamoDB: one consistent read, one transaction."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from time import sleep
from typing import TYPE_CHECKING, Any

from freischalt.account_ports import Change, ChangePhone, Delete, Page, Put, Ref, Unchanged
from freischalt.adapters import keys
from freischalt.adapters.codecs import CODECS
from freischalt.adapters.consistent_reads import get_all
from freischalt.adapters.items import audit_of
from freischalt.adapters.phone_updates import changed_phone
from freischalt.adapters.transactions import as_read, write_all
from freischalt.domain.audit import AuditEntry
from freischalt.domain.ids import AccountNumber, OrderNumber, PlantId
from freischalt.domain.licence import CaratId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from freischalt.domain.plant import Inverter


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
    """Fits the ports `Records` and `Lists`."""

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
                return {"Put": {"Item": item, **as_read(self._table, thing.version)}}
            case Unchanged(thing):
                return {
                    "ConditionCheck": {
                        "Key": self._key(thing),
                        **as_read(self._table, thing.version),
                    }
                }
            case Delete(thing):
                return {"Delete": {"Key": self._key(thing), **as_read(self._table, thing.version)}}
            case ChangePhone():
                return {"Update": changed_phone(self._table, change)}

    @staticmethod
    def _key(thing: Any) -> keys.Key:
        codec = CODECS[type(thing)]
        return codec.key(*codec.id(thing))

    def page[T](
        self, kind: type[T], account: AccountNumber, *, after: str | None, limit: int
    ) -> Page[T]:
        codec = CODECS[kind]
        prefix = codec.prefix
        items, further = self._newest_first(keys.account(account), prefix, after, limit)
        things = [codec.read((account, item["SK"]["S"][len(prefix) :]), item) for item in items]
        return Page(things, further)

    def inverters(self, plant: PlantId, *, after: str | None, limit: int) -> "Page[Inverter]":
        owner, prefix = keys.plant(plant)["PK"], keys.inverters_of(plant)
        options: Any = {"Limit": limit, "ConsistentRead": True}
        items, further = self._some(owner, prefix, prefix, after, **options)
        from freischalt.domain.plant import Inverter  # noqa: PLC0415 - whoever asks has it

        read = CODECS[Inverter].read
        return Page([read((), item) for item in items], further)

    def _newest_first(
        self, of: keys.Key, prefix: str, after: str | None, limit: int
    ) -> tuple[list[Any], str | None]:
        newest_first = {"ScanIndexForward": False, "ConsistentRead": True}
        return self._some(of["PK"], prefix, prefix, after, Limit=limit, **newest_first)

    def _some(
        self, owner: dict[str, str], beginning: str, prefix: str, after: str | None, **query: Any
    ) -> tuple[list[Any], str | None]:
        """Some of an owner's items that begin so; a place is what follows the prefix in a key."""
        if after:
            query["ExclusiveStartKey"] = {"PK": owner, "SK": {"S": prefix + after}}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="PK = :owner AND begins_with(SK, :beginning)",
            ExpressionAttributeValues={":owner": owner, ":beginning": {"S": beginning}},
            **query,
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
        items, further = self._newest_first(keys.account(account), prefix, after, limit)
        return Page([_last_part(item) for item in items], further)

    def named(self, beginning: str, *, after: str | None, limit: int) -> Page[AccountNumber]:
        if after and not after.startswith(keys.folded(beginning)):
            return Page(())  # the place in another list: DynamoDB would call it a mistake
        owner, begins = {"S": keys.names(beginning)}, keys.NAME + keys.folded(beginning)
        items, further = self._some(owner, begins, keys.NAME, after, Limit=limit)
        return Page([AccountNumber(_last_part(item)) for item in items], further)

    def trail(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[AuditEntry]:
        """What happened to the account itself, newest first."""
        return self._trail(keys.account(account), after, limit)

    def history(self, carat_id: CaratId, *, after: str | None, limit: int) -> Page[AuditEntry]:
        return self._trail(keys.dongle(carat_id), after, limit)

    def switch_trail(self, *, after: str | None, limit: int) -> Page[AuditEntry]:
        """Who switched maintenance on and off, newest first."""
        return self._trail(keys.SERVICE, after, limit)

    def _trail(self, of: keys.Key, after: str | None, limit: int) -> Page[AuditEntry]:
        items, further = self._newest_first(of, keys.AUDIT, after, limit)
        return Page([audit_of(None, item) for item in items], further)


def _last_part(item: Any) -> str:
    return str(item["SK"]["S"].rpartition("#")[2])
