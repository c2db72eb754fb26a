"""The schedule that ends locks reads what is due, whatever else there is."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import boto3
import pytest

from freischalt.account_ports import Put, Ref
from freischalt.adapters.account_items import lock_item
from freischalt.adapters.dynamodb_planned_ends import DynamoDbPlannedEnds
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.clock import pause
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, LockId
from freischalt.domain.locks import LockReason, LockRecord, LockScope
from freischalt.use_cases.locking import end_due_locks
from freischalt.use_cases.office import Office
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.account_fakes import FakeSecrets
from tests.conftest import TABLE, create_table
from tests.factories import NOON, a_policy
from tests.load.writing import put_all

pytestmark = pytest.mark.e2e

LOCKS = int(os.environ.get("FREISCHALT_LOCKS", "2000"))
DUE = 10
NUMBER = AccountNumber("10001")
LATER = date(2030, 1, 1)


class Counting:
    """A client that counts what its queries read."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_paginator(self, name: str) -> Any:
        counting, real = self, self._client.get_paginator(name)

        class Pages:
            def paginate(self, **query: Any) -> Iterator[Any]:
                for page in real.paginate(**query):
                    counting.read += page["ScannedCount"]
                    yield page

        return Pages()


def a_lock(number: int, until: date) -> LockRecord:
    return LockRecord(
        id=LockId(f"{number:013d}-{number:012x}"),
        account=NUMBER,
        carat_id=None,
        reason=LockReason.CONTRACT,
        scope=LockScope.ALL,
        note="",
        private_note="",
        set_by="operator:x",
        set_at=NOON,
        until=until,
    )


@pytest.fixture
def dynamodb(tmp_path: Any, template: dict[str, Any]) -> Iterator[Any]:
    with MiniStack(a_free_port(), tmp_path, keep_state=False) as ministack:
        client = boto3.client(
            "dynamodb",
            endpoint_url=ministack.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        create_table(client, template)
        yield client


def test_of_all_locks_only_the_ten_that_are_due_are_read(dynamodb: Any) -> None:
    today = NOON.date()
    missed = today - timedelta(days=3)  # a schedule that did not run is caught up
    ends = [missed if number < DUE else LATER for number in range(LOCKS)]
    locks = (a_lock(number, until) for number, until in enumerate(ends))
    put_all(dynamodb.meta.endpoint_url, TABLE, (lock_item(lock, UTC, version=1) for lock in locks))
    counting = Counting(dynamodb)
    records = DynamoDbRecords(counting, TABLE, UTC)  # type: ignore[arg-type]
    held = tuple(a_lock(number, missed).on_target for number in range(DUE))
    records.write(Put(Account(number=NUMBER, company="K", created_at=NOON, locks=held)))
    office = Office(
        records=records,
        secrets=FakeSecrets(),
        catalogue=a_policy().catalogue,
        time_zone=UTC,
        pause=pause,
    )

    due = DynamoDbPlannedEnds(counting, TABLE)  # type: ignore[arg-type]

    ended = end_due_locks(due, office, now=NOON)

    assert len(ended) == DUE
    assert counting.read == DUE
    ref = Ref(Account, (NUMBER,))
    assert records.read(ref)[ref] == replace(
        Account(number=NUMBER, company="K", created_at=NOON), version=1 + DUE
    )
    assert end_due_locks(due, office, now=NOON) == []
    assert counting.read == DUE  # noticed ones are not even read again
