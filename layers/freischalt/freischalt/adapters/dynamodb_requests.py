"""Fetches and orders over HTTP: as texts, but of an account instead of one of its phones."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.adapters.dynamodb_messages import DynamoDbMessages
from freischalt.adapters.items import answer_values, millis
from freischalt.adapters.transactions import as_read, write_all
from freischalt.adapters.vendor_items import account_of
from freischalt.domain.account import Account
from freischalt.domain.conversation import Effects, InboundSms, Sender, Snapshot
from freischalt.domain.ids import AccountNumber

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


class DynamoDbRequests(DynamoDbMessages):
    """Fits the port `Messages`; the sender is an account's number, its revision the version.

    The answer goes back at once, so a request that was committed is answered.
    """

    def _sender_key(self, phone: str) -> keys.Key:
        return keys.account(AccountNumber(phone))

    def _who(self, phone: str, item: Any) -> tuple[Sender, Account | None]:
        account = account_of(AccountNumber(phone), item)
        if account is None or account.erased:
            return Sender(phone=phone), account
        sender = Sender(
            phone=phone, account=account.number, revision=account.version, locks=account.locks
        )
        return sender, account

    def commit(
        self, sms: InboundSms, seen: Snapshot, effects: Effects, *, attempt: str, now: datetime
    ) -> None:
        values: dict[str, object] = {
            "answer": answer_values(effects.answer),
            "account": seen.sender.account,
            "answered_at": millis(now),
            "fingerprint": sms.text,
        }
        record = self._record(sms, values, "attribute_not_exists(answer)", attempt=attempt, now=now)
        changes = self._changes(effects)
        write_all(self._client, [record, self._account_as_read(seen.sender), *changes])

    def _account_as_read(self, account: Sender) -> "TransactWriteItemTypeDef":
        """Neither account nor lock has changed: what commits after a lock must fail."""
        check = as_read(self._table, account.revision)
        return {"ConditionCheck": check | {"Key": self._sender_key(account.phone)}}
