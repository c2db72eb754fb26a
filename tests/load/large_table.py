"""Every registered use case, and a long sweep, on a table of any size: what each of them does."""

import os
import signal
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from local.ministack import MiniStack
from local.processes import a_free_port
from tests.load.filling import Filling
from tests.load.footprint import Footprint
from tests.load.full_world import ACTS, TABLE, FullMeter, call, footprints, make_table, metering
from tests.load.one_customer import OneCustomer, one_customer

DUE = 50
SWEEP = f"{DUE} orders swept"
PATIENCE = 300.0  # seconds that MiniStack may take to load its state
STATE = Path("state", "dynamodb.json")
WRITES_A_CALL = 25


@dataclass(frozen=True)
class Counted:
    """What was counted at one size; seconds and bytes are those of loading."""

    licences: int
    items: int
    seconds: float
    resident: int
    footprints: Mapping[str, Footprint]


@dataclass(frozen=True)
class LargeTable:
    """A table that MiniStack has loaded, in so many seconds and with so much memory (bytes)."""

    meter: FullMeter
    filling: Filling
    seconds: float
    resident: int

    def count(self, acts: Collection[str] = ACTS) -> Counted:
        return Counted(
            licences=self.filling.licences,
            items=self.filling.items,
            seconds=self.seconds,
            resident=self.resident,
            footprints=footprints(self.meter, acts) | {SWEEP: self.sweep()},
        )

    def sweep(self) -> Footprint:
        """Of a sweep that finds orders which have been due for a day."""
        writes = [{"PutRequest": {"Item": item}} for item in self.filling.pending(DUE)]
        for some in batched(writes, WRITES_A_CALL, strict=False):
            self.meter.world.dynamodb.batch_write_item(RequestItems={TABLE: list(some)})
        self.meter.set_to_nothing()
        call("sweep_outbox", {})
        return self.meter.footprint()

    def check(self) -> None:
        """Raises LookupError if it is not full. MiniStack sets up its indexes at the first look."""
        client = self.meter.world.dynamodb
        for key in self.filling.some_keys:
            if "Item" not in client.get_item(TableName=TABLE, Key=key, ConsistentRead=True):
                raise LookupError("MiniStack has not taken the state file as it was meant")
        client.query(
            TableName=TABLE,
            IndexName=keys.BY_DUE,
            KeyConditionExpression="due = :due",
            ExpressionAttributeValues=to_item({":due": keys.outbox_shard(0)}),
        )


@dataclass(frozen=True)
class Source:
    """What large tables are made from: a customer, and MiniStack's state file with a table."""

    customer: OneCustomer
    state: Path

    @contextmanager
    def table(self, licences: int) -> Iterator[LargeTable]:
        filling = Filling(self.customer, licences)
        with tempfile.TemporaryDirectory() as temporary:
            begin, folder = time.monotonic(), Path(temporary)
            (folder / STATE).parent.mkdir()
            filling.write(self.state, folder / STATE)
            with (
                FullMiniStack(a_free_port(), folder) as stack,
                metering(stack, folder) as meter,
            ):
                table = LargeTable(meter, filling, time.monotonic() - begin, stack.resident)
                table.check()
                yield table


@contextmanager
def source() -> Iterator[Source]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with MiniStack(a_free_port(), folder) as stack, metering(stack, folder) as meter:
            make_table(meter)
            customer = one_customer(meter.world.dynamodb)
        yield Source(customer, folder / STATE)


class FullMiniStack(MiniStack):
    """Loads its state, however long that takes, and saves none: it would copy all of it first."""

    def wait_until_up(self, url: str, *, seconds: float = PATIENCE) -> None:
        super().wait_until_up(url, seconds=seconds)

    def stop(self, *, seconds: float = 60) -> None:
        if self.is_running:
            os.kill(self.pid, signal.SIGKILL)
        super().stop(seconds=seconds)

    @property
    def resident(self) -> int:
        """Bytes of memory, at the most so far."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        (peak,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024
