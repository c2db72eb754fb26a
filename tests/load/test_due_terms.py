"""The schedule that tells of ends reads what is due, whatever else there is."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

import boto3
import pytest

from freischalt.adapters import keys
from freischalt.adapters.account_items import user_item
from freischalt.adapters.dynamodb_due_terms import DynamoDbDueTerms
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.plant_items import plant_item
from freischalt.adapters.vendor_items import account_item
from freischalt.clock import pause
from freischalt.domain.ids import AccountNumber, plant_id
from freischalt.domain.plant import Plant, Told
from freischalt.domain.user import user_id
from freischalt.use_cases.office import Office
from freischalt.use_cases.telling_terms import Worker, hand_out, tell
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.account_factories import a_user, an_account
from tests.account_fakes import FakeSecrets, FakeTermQueue
from tests.conftest import TABLE, create_table
from tests.factories import NOON, a_policy
from tests.load.writing import put_all
from tests.term_factories import a_plant

pytestmark = pytest.mark.e2e

PLANTS = int(os.environ.get("FREISCHALT_PLANTS", "20000"))  # a million take ten minutes to load
DUE = 1_000
ACCOUNTS = 25
MOST_READ = 1.1 * DUE
TIMEOUT = 300
"""Seconds that one run of the function may take; it needs a few of them."""

TODAY = NOON.date()
MISSED = TODAY - timedelta(days=3 + 41)
"""A trial that began then ended three days ago: a schedule that did not run is caught up."""

BEGUN = TODAY - timedelta(days=20)
"""A trial that began then has three weeks to go."""


class Counting:
    """A client that counts its calls, and the items that they read."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: Counter[str] = Counter()
        self.read = 0

    def query(self, **request: Any) -> Any:
        return self._counted("query", request, lambda answer: answer["ScannedCount"])

    def batch_get_item(self, **request: Any) -> Any:
        return self._counted(
            "batch_get_item", request, lambda answer: len(answer["Responses"][TABLE])
        )

    def transact_write_items(self, **request: Any) -> Any:
        return self._counted("transact_write_items", request, lambda _: 0)

    def _counted(self, name: str, request: Any, items: Any) -> Any:
        answer = getattr(self._client, name)(**request)
        self.calls[name] += 1
        self.read += items(answer)
        return answer


def number_of(account: int) -> AccountNumber:
    return AccountNumber(f"K{account:05d}")


def plants() -> Iterator[Plant]:
    """Forty of each account are due, all others are not."""
    for n in range(PLANTS):
        begun: date = MISSED if n < DUE else BEGUN
        yield a_plant(
            id=plant_id(number_of(n % ACCOUNTS), n // ACCOUNTS + 1),
            trial_from=begun,
            told=Told(end=begun + timedelta(days=41), days=14),
        )


def things() -> Iterator[Any]:
    for n in range(ACCOUNTS):
        user = a_user(f"user.{n}", accounts=(number_of(n),))
        account = an_account(number=number_of(n), users=(user_id(user.name),))
        yield account_item(account, version=1)
        yield user_item(user, version=1)
    for plant in plants():
        yield plant_item(plant, UTC, version=1)


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


def test_of_all_plants_only_those_that_are_due_are_read(dynamodb: Any) -> None:
    put_all(dynamodb.meta.endpoint_url, TABLE, things())
    counting: Any = Counting(dynamodb)
    office = Office(
        records=DynamoDbRecords(counting, TABLE, UTC),
        secrets=FakeSecrets(),
        catalogue=a_policy().catalogue,
        time_zone=UTC,
        pause=pause,
    )
    queue = FakeTermQueue()
    due = DynamoDbDueTerms(counting, TABLE)
    worker = Worker(due=due, queue=queue, office=office, has_time=lambda: True)

    begun = time.monotonic()
    handed = hand_out(due, queue, now=NOON)
    told = [plant for portion in queue.waiting for plant in tell(portion, worker, now=NOON)]

    assert time.monotonic() - begun < TIMEOUT
    assert handed
    assert len(told) == len(set(told)) == DUE
    assert counting.read <= MOST_READ
    assert counting.calls["transact_write_items"] == DUE
    counting.read, counting.calls = 0, Counter()
    assert hand_out(due, queue, now=NOON) == []
    assert counting.read == 0  # those that were told are not even read again
    assert counting.calls == {"query": len(keys.SHARDS)}
