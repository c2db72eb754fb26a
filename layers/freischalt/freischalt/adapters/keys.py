"""Every key of the table, in one place.

| item          | PK                | SK                   | by_month              | by_due        |
| ------------- | ----------------- | -------------------- | --------------------- | ------------- |
| the switch    | SERVICE           | SERVICE              |                       |               |
| account       | ACCOUNT#<number>  | ACCOUNT              |                       |               |
| phone         | PHONE#<e164>      | PHONE                |                       |               |
| message       | MESSAGE#<id>      | MESSAGE              |                       |               |
| dongle        | DONGLE#<carat id> | DONGLE               |                       |               |
| audit entry   | DONGLE#<carat id> | AUDIT#<time>#<cause> |                       |               |
| order         | ORDER#<number>    | ORDER                | ORDERS#<month>#<0-15> | OUTBOX#<0-15> |
| order numbers | NUMBERS#<year>    | NUMBERS              |                       |               |
| import        | IMPORT#<id>       | IMPORT               |                       |               |

`by_month` holds every order for good; `by_due` only what is still to be published: the attribute
goes when the event has left. Both are spread over 16 partitions by the order's number.

>>> order(OrderNumber("2026-000123"))
{'PK': {'S': 'ORDER#2026-000123'}, 'SK': {'S': 'ORDER'}}
>>> month(OrderNumber("2026-000123"), datetime(2026, 11, 30, 23, 30)).startswith("ORDERS#2026-11#")
True
"""

from datetime import datetime
from zlib import crc32

from freischalt.domain.ids import AccountNumber, ImportId, OrderNumber
from freischalt.domain.licence import CaratId

type Key = dict[str, dict[str, str]]

SHARDS = range(16)
BY_MONTH = "by_month"
BY_DUE = "by_due"


def _key(noun: str, id_: str) -> Key:
    return {"PK": {"S": f"{noun}#{id_}"}, "SK": {"S": noun}}


SERVICE: Key = {"PK": {"S": "SERVICE"}, "SK": {"S": "SERVICE"}}


def account(number: AccountNumber) -> Key:
    return _key("ACCOUNT", number)


def phone(number: str) -> Key:
    return _key("PHONE", number)


def message(message_id: str) -> Key:
    return _key("MESSAGE", message_id)


def dongle(carat_id: CaratId) -> Key:
    return _key("DONGLE", carat_id)


def order(number: OrderNumber) -> Key:
    return _key("ORDER", number)


def order_numbers(year: int) -> Key:
    return _key("NUMBERS", str(year))


def import_(import_id: ImportId) -> Key:
    return _key("IMPORT", import_id)


AUDIT = "AUDIT#"


def audit(carat_id: CaratId, at: datetime, cause: str) -> Key:
    return {
        "PK": dongle(carat_id)["PK"],
        "SK": {"S": f"{AUDIT}{at.isoformat(timespec='milliseconds')}#{cause}"},
    }


def month(number: OrderNumber, placed: datetime) -> str:
    """`placed` is in the vendor's time zone: a month there is a month on the bill."""
    return month_shard(placed.year, placed.month, _shard(number))


def month_shard(year: int, month_: int, shard: int) -> str:
    return f"ORDERS#{year}-{month_:02d}#{shard}"


def outbox(number: OrderNumber) -> str:
    return outbox_shard(_shard(number))


def outbox_shard(shard: int) -> str:
    return f"OUTBOX#{shard}"


def _shard(number: OrderNumber) -> int:
    return crc32(number.encode()) % len(SHARDS)
