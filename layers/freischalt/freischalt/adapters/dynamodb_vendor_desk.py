"""The vendor's desk in DynamoDB: every act is one transaction, on what was read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item, to_wire
from freischalt.adapters.items import (
    audit_item,
    dongle_item,
    dongle_of,
    lock_values,
    sender_of,
    service_of,
)
from freischalt.adapters.transactions import if_it_holds, is_refused_condition, write_all
from freischalt.adapters.vendor_items import account_item, account_of
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId
from freischalt.errors import AccountExists, LostRace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

UNREGISTERED_KEPT = timedelta(days=2)


class DynamoDbVendorDesk:
    """Fits the port `VendorDesk`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def account(self, number: AccountNumber) -> Account | None:
        return account_of(number, self._get(keys.account(number)))

    def add_account(self, account: Account) -> None:
        item = account_item(account, version=1)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(PK)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise
            if error.response.get("Item") != item:  # else: made by us, and the answer got lost
                raise AccountExists(f"there is an account {account.number} already") from error

    def phone(self, number: str) -> Sender:
        return sender_of(number, self._get(keys.phone(number)))

    def register(self, phone: Sender, account: Account) -> None:
        values = {
            "account": account.number,
            "revision": phone.revision + 1,
            "locks": lock_values(account.locks) or None,
            "confirms_orders": account.confirms_orders or None,
            "turned_away_at": None,
            "expires_at": None,
            "confirmation": None,
        }
        write_all(self._client, [self._replace_account(account), self._change(phone, values)])

    def unregister(self, phone: Sender, account: Account, *, now: datetime) -> None:
        values = {
            "account": None,
            "revision": phone.revision + 1,
            "locks": None,
            "confirms_orders": None,
            "confirmation": None,
            "expires_at": int((now + UNREGISTERED_KEPT).timestamp()),
        }
        write_all(self._client, [self._replace_account(account), self._change(phone, values)])

    def _replace_account(self, account: Account) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table,
                "Item": account_item(account, version=account.version + 1),
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": to_wire(account.version)},
            }
        }

    def _change(self, phone: Sender, values: Mapping[str, object]) -> "TransactWriteItemTypeDef":
        """Set what has a value and remove the rest; account and revision must be as read."""
        seen = {"account": phone.account, "revision": phone.revision or None}
        changes = to_item(values)
        removed = ", ".join(f"#{name}" for name in values if name not in changes)
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.phone(phone.phone),
                "UpdateExpression": "SET "
                + ", ".join(f"#{name} = :{name}" for name in changes)
                + f" REMOVE {removed}",
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
        }

    def dongle(self, carat_id: CaratId) -> tuple[Dongle, Service]:
        wanted = (keys.dongle(carat_id), keys.SERVICE)
        try:
            answer = self._client.transact_get_items(
                TransactItems=[{"Get": {"TableName": self._table, "Key": key}} for key in wanted]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            raise LostRace from error  # one of them was being written
        dongle, service = (response.get("Item") for response in answer["Responses"])
        return dongle_of(carat_id, dongle), service_of(service)

    def write(self, dongle: Dongle | None, entry: AuditEntry) -> None:
        new = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(PK)"}
        writes: list[Any] = [{"Put": {**new, "Item": audit_item(entry)}}]
        if dongle:
            item = dongle_item(dongle, version=dongle.version + 1)
            put: dict[str, Any] = {**new, "Item": item}
            if dongle.version:
                put["ConditionExpression"] = "version = :version"
                put["ExpressionAttributeValues"] = {":version": to_wire(dongle.version)}
            writes.append({"Put": put})
        write_all(self._client, writes)

    def service(self) -> Service:
        return service_of(self._get(keys.SERVICE))

    def switch_maintenance(self, *, on: bool) -> bool:
        return if_it_holds(
            self._client.update_item,
            TableName=self._table,
            Key=keys.SERVICE,
            UpdateExpression="SET maintenance = :on",
            ConditionExpression="maintenance = :other"
            + (" OR attribute_not_exists(maintenance)" if on else ""),
            ExpressionAttributeValues=to_item({":on": on, ":other": not on}),
        )

    def _get(self, key: keys.Key) -> Any:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item")
