"""A table full of copies of one customer, as MiniStack finds it in its own state file.

Whatever sends it, a BatchWriteItem takes MiniStack 0.26 ms of CPU an item, in one thread: more than
six minutes for a million licences and what belongs to them. Its state file takes less than one.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle, repeat
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from freischalt.adapters import keys
from freischalt.adapters.items import millis, moment
from freischalt.domain.ids import OrderNumber
from freischalt.domain.licence import CaratId
from tests.load.full_world import Item
from tests.load.one_customer import ACCOUNT, CARAT_ID, MESSAGE_ID, PHONE, OneCustomer

TODAY = datetime.now(ZoneInfo("Europe/Vienna"))
THIS_MONTH = (TODAY.year, TODAY.month)
IN_THIS_MONTH = 200
OTHER_MONTHS = [  # the last twelve: so each part of each index grows from 500 to 10,000
    (TODAY.year - (month >= TODAY.month), month) for month in range(1, 13)
]
LICENCES_A_CUSTOMER = 10
"""Each customer has one account, one phone, one handled message and one order that has left; one
of the dongles has an audit trail."""

PENDING_FROM, PUBLISHED_FROM = 400_000, 500_000  # a year's own numbers begin with 1
PLACE = "the items"
MILLISECONDS = re.compile(r'(?<="N": ")[0-9]{13}(?=")')


@dataclass(frozen=True)
class Filling:
    """So many licences, and a tenth as many orders that left in other months.

    This month has the same orders whatever the size, and none is due.
    """

    of: OneCustomer
    licences: int

    @property
    def customers(self) -> int:
        return self.licences // LICENCES_A_CUSTOMER

    @property
    def items(self) -> int:
        return self.licences + 5 * self.customers + IN_THIS_MONTH

    def write(self, state: Path, filled: Path) -> None:
        """`state` is MiniStack's own, with one table; `filled` is the same with these items."""
        saved = json.loads(state.read_text("utf-8"))
        (table,) = saved["payload"]["tables"]["data"].values()
        table["items"] = PLACE
        before, after = json.dumps(saved).split(json.dumps(PLACE))
        with filled.open("w", encoding="utf-8") as file:
            separator = before + "{"
            for partition in self._partitions():
                file.write(separator)
                file.write(partition)
                separator = ","
            file.write("}" + after)

    @property
    def some_keys(self) -> list[Any]:
        """Of the last dongle and the last phone."""
        return [
            keys.dongle(CaratId(_carat_id(self.licences - 1))),
            keys.phone(_phone(self.customers - 1)),
        ]

    def _partitions(self) -> Iterator[str]:
        """Each partition key with all its items, in JSON."""
        yield from self._orders()
        of = self.of
        customer = [_partition(item) for item in (of.account, of.phone, of.message)]
        dongle, with_a_trail = _partition(of.dongle), _partition(of.dongle, of.audit)
        for n in range(self.customers):
            for item in customer:
                yield (
                    item.replace(ACCOUNT, _account(n))
                    .replace(PHONE, _phone(n))
                    .replace(MESSAGE_ID, _message_id(n))
                )
        for n in range(self.licences):
            customer_n, dongle_n = divmod(n, LICENCES_A_CUSTOMER)
            yield (
                (dongle if dongle_n else with_a_trail)
                .replace(CARAT_ID, _carat_id(n))
                .replace(ACCOUNT, _account(customer_n))
            )

    def pending(self, orders: int) -> Iterator[Item]:
        """So many orders more, pending for a day."""
        a_day_ago = moment(int(self.of.pending["placed_at"]["N"])) - timedelta(days=1)
        for n in range(orders):
            partition = json.loads(f"{{{_order(self.of.pending, PENDING_FROM + n, a_day_ago)}}}")
            yield from (item for items in partition.values() for item in items.values())

    def _orders(self) -> Iterator[str]:
        months = chain(repeat(THIS_MONTH, IN_THIS_MONTH), cycle(OTHER_MONTHS))
        for n in range(IN_THIS_MONTH + self.customers):
            placed = datetime(*next(months), 15, 12, tzinfo=UTC)
            yield _order(self.of.published, PUBLISHED_FROM + n, placed)


def _partition(*items: Item) -> str:
    by_sort_key = {item["SK"]["S"]: item for item in items}
    return f"{json.dumps(items[0]['PK']['S'])}: {json.dumps(by_sort_key)}"


def _order(model: Item, n: int, placed: datetime) -> str:
    """Its number, all its times, and what the indexes have of both."""
    number = OrderNumber(f"{placed.year}-{n:06d}")
    partition = MILLISECONDS.sub(str(millis(placed) + n), _partition(model))
    changes = {model["number"]["S"]: number, model["month"]["S"]: keys.month(number, placed)}
    if "due" in model:
        changes[model["due"]["S"]] = keys.outbox(number)
    for old, new in changes.items():
        partition = partition.replace(old, new)
    return partition


def _account(n: int) -> str:
    return f"A{n:06d}"


def _phone(n: int) -> str:
    return f"+43669{n:07d}"


def _carat_id(n: int) -> str:
    return f"{n:08X}"


def _message_id(n: int) -> str:
    return f"ba5eba11-66b9-564c-8309-{n:012d}"
