"""Messages, senders and dongles in DynamoDB: one read, one transaction, one mark for each text."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from time import sleep
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item, to_wire
from freischalt.adapters.consistent_reads import get_all
from freischalt.adapters.items import (
    answer_values,
    confirmation_values,
    dongle_item,
    dongle_of,
    message_of,
    millis,
    order_item,
    sender_of,
    service_of,
    slot_name,
)
from freischalt.adapters.transactions import as_read, if_it_holds, write_all
from freischalt.domain.conversation import Effects, InboundSms, Sender, Snapshot
from freischalt.domain.dongle import Dongle
from freischalt.domain.licence import CaratId
from freischalt.domain.limits import DAY
from freischalt.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from freischalt.domain.account import Account

MESSAGES_KEPT = timedelta(days=14)
TURNED_AWAY_KEPT = timedelta(days=2)


class DynamoDbMessages:
    """Fits the port `Messages`."""

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

    def read(self, *, phone: str, message_id: str, carat_id: CaratId | None) -> Snapshot:
        sender = self._sender_key(phone)
        wanted = [keys.SERVICE, sender, keys.message(message_id)]
        if carat_id:
            wanted.append(keys.dongle(carat_id))
        found = {
            key: item
            for (key, _), item in get_all(self._client, self._table, wanted, self._wait).items()
        }
        asks, account = self._who(phone, found.get(sender["PK"]["S"]))
        return Snapshot(
            service_of(found.get("SERVICE")),
            asks,
            message_of(found.get(f"MESSAGE#{message_id}")),
            dongle_of(carat_id, found.get(f"DONGLE#{carat_id}")) if carat_id else None,
            account,
        )

    def _sender_key(self, phone: str) -> keys.Key:
        return keys.phone(phone)

    def _who(self, phone: str, item: Any) -> "tuple[Sender, Account | None]":
        """Who asks; requests over HTTP have the account beside it."""
        return sender_of(phone, item), None

    def dongle(self, carat_id: CaratId) -> Dongle:
        answer = self._client.get_item(
            TableName=self._table, Key=keys.dongle(carat_id), ConsistentRead=True
        )
        return dongle_of(carat_id, answer.get("Item"))

    def commit(
        self, sms: InboundSms, seen: Snapshot, effects: Effects, *, attempt: str, now: datetime
    ) -> None:
        values: dict[str, object] = {
            "answer": answer_values(effects.answer),
            "account": seen.sender.account,
        }
        writes = [
            self._record(sms, values, "attribute_not_exists(answer)", attempt=attempt, now=now)
        ]
        if effects.slot is None:
            writes.append(self._turn_away(seen.sender, now=now))
        else:
            writes.append(self._take_slot(seen.sender, effects.slot, effects, now=now))
        writes += self._changes(effects)
        write_all(self._client, writes, done_already=_made_by(attempt))

    def _changes(self, effects: Effects) -> list["TransactWriteItemTypeDef"]:
        writes: list[TransactWriteItemTypeDef] = []
        if effects.unchanged:
            writes.append({"ConditionCheck": self._as_read(effects.unchanged)})
        if effects.changed:
            writes.append({"Put": self._replace(effects.changed)})
        if effects.order:
            writes.append({"Put": self._new_order(effects.order)})
        return writes

    def commit_apology(
        self, sms: InboundSms, seen: Snapshot, *, slot: int, attempt: str, now: datetime
    ) -> None:
        not_yet = "attribute_not_exists(apologised_at) AND attribute_not_exists(answered_at)"
        values: dict[str, object] = {"apologised_at": millis(now)}
        if seen.message and seen.message.answer:  # its commit keeps the time and the attempt
            attempt, committed_at = seen.message.attempt, seen.message.committed_at
        else:
            committed_at = now
        writes = [self._record(sms, values, not_yet, attempt=attempt, now=committed_at)]
        writes.append(self._take_slot(seen.sender, slot, None, now=now))
        write_all(self._client, writes)

    def mark_answered(self, message_id: str, *, now: datetime) -> None:
        if_it_holds(
            self._client.update_item,
            TableName=self._table,
            Key=keys.message(message_id),
            UpdateExpression="SET answered_at = :now",
            ConditionExpression="attribute_exists(answer) AND attribute_not_exists(answered_at)",
            ExpressionAttributeValues={":now": to_wire(millis(now))},
        )

    def _record(
        self,
        sms: InboundSms,
        values: dict[str, object],
        condition: str,
        *,
        attempt: str,
        now: datetime,
    ) -> "TransactWriteItemTypeDef":
        """The message's record; a repeated delivery or another worker fails its condition."""
        values |= {
            "attempt": attempt,
            "committed_at": millis(now),
            "expires_at": int((now + MESSAGES_KEPT).timestamp()),
        }
        wire = to_item(values)
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.message(sms.id),
                "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in wire),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": {f":{name}": value for name, value in wire.items()},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _turn_away(self, sender: Sender, *, now: datetime) -> "TransactWriteItemTypeDef":
        """An unregistered sender's one reply a day; registered meanwhile, it is decided anew."""
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.phone(sender.phone),
                "UpdateExpression": "SET turned_away_at = :now, expires_at = :expires_at",
                "ConditionExpression": "attribute_not_exists(account) AND "
                "(attribute_not_exists(turned_away_at) OR turned_away_at <= :a_day_ago)",
                "ExpressionAttributeValues": to_item(
                    {
                        ":now": millis(now),
                        ":expires_at": int((now + TURNED_AWAY_KEPT).timestamp()),
                        ":a_day_ago": millis(now - DAY),
                    }
                ),
            }
        }

    def _take_slot(
        self, sender: Sender, slot: int, effects: Effects | None, *, now: datetime
    ) -> "TransactWriteItemTypeDef":
        """Take the reply slot, if it, the account and its locks are still as they were read."""
        name = slot_name(slot)
        changes: dict[str, object] = {name: millis(now)}
        seen: dict[str, object] = {"revision": sender.revision}
        seen[name] = millis(sender.slots[slot]) if slot in sender.slots else None
        if effects and effects.confirmation:
            before = sender.confirmation
            changes["confirmation"] = confirmation_values(effects.confirmation)
            seen["confirmation"] = before and confirmation_values(before)
        values = {f":{name}": value for name, value in changes.items()}
        values |= {f":seen_{name}": value for name, value in seen.items()}
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.phone(sender.phone),
                "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in changes),
                "ConditionExpression": " AND ".join(
                    f"attribute_not_exists({name})" if value is None else f"{name} = :seen_{name}"
                    for name, value in seen.items()
                ),
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def _new_order(self, order: Order) -> Any:
        return {
            "TableName": self._table,
            "Item": order_item(order, self._time_zone),
            "ConditionExpression": "attribute_not_exists(PK)",
        }

    def _as_read(self, dongle: Dongle) -> Any:
        return {"Key": keys.dongle(dongle.carat_id), **as_read(self._table, dongle.version)}

    def _replace(self, dongle: Dongle) -> Any:
        item = dongle_item(dongle, version=dongle.version + 1)
        return {"Item": item, **as_read(self._table, dongle.version)}


def _made_by(attempt: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a stored message record was written by this very attempt."""
    return lambda item: "answer" in item and item["attempt"] == to_wire(attempt)
