"""The vendor's desk in DynamoDB: every act is one transaction, on what was read."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from freischalt.account_ports import ChangePhone
from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import (
    audit_item,
    dongle_item,
    dongle_of,
    millis,
    sender_of,
    service_of,
)
from freischalt.adapters.phone_updates import changed_phone
from freischalt.adapters.transactions import (
    as_read,
    if_it_holds,
    is_refused_condition,
    write_all,
)
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
        self._change(account, ChangePhone.to(account, phone))

    def unregister(self, phone: Sender, account: Account, *, now: datetime) -> None:
        self._change(account, ChangePhone.to_nobody(phone, now))

    def _change(self, account: Account, change: ChangePhone) -> None:
        put: Any = {
            "Item": account_item(account, version=account.version + 1),
            **as_read(self._table, account.version),
        }
        update: Any = changed_phone(self._table, change)
        write_all(self._client, [{"Put": put}, {"Update": update}])

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
        writes: list[Any] = [{"Put": {"Item": audit_item(entry), **as_read(self._table, 0)}}]
        if dongle:
            item = dongle_item(dongle, version=dongle.version + 1)
            writes.append({"Put": {"Item": item, **as_read(self._table, dongle.version)}})
        write_all(self._client, writes)

    def service(self) -> Service:
        return service_of(self._get(keys.SERVICE))

    def switch_maintenance(self, *, on: bool, by: str, at: datetime) -> bool:
        return if_it_holds(
            self._client.update_item,
            TableName=self._table,
            Key=keys.SERVICE,
            UpdateExpression="SET maintenance = :on, switched_by = :by, switched_at = :at",
            ConditionExpression="maintenance = :other"
            + (" OR attribute_not_exists(maintenance)" if on else ""),
            ExpressionAttributeValues=to_item(
                {":on": on, ":other": not on, ":by": by, ":at": millis(at)}
            ),
        )

    def _get(self, key: keys.Key) -> Any:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item")
