"""What many tests share: the template as data, and the AWS that it describes, in memory (moto)."""

import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zlib import crc32

import boto3
import botocore.session
import pytest
import xdist
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse
from xdist.scheduler.loadfile import LoadFileScheduling

from freischalt.adapters import sdk

ROOT = Path(__file__).parent.parent
REGION = "eu-central-1"
TABLE = "desk"


LONGEST_FIRST = (
    *("tests/e2e/", "tests/proof", "tests/privilege", "tests/load", "tests/artefact"),
    *("tests/browser", "tests/security", "tests/cli", "tests/local", "tests/bench"),
)
"""What takes long must not be left to the end. The running stack mostly waits: the other workers
have the processors meanwhile."""

ONE_AFTER_THE_OTHER = "tests/e2e/"
"""One worker's, so that one stack serves all of them. They are the longest chain."""

STEPS_BACK = 5
"""How nice the other workers are to that one."""

IN_PORTIONS = {
    "tests/privilege/test_least_privilege.py::test_a_function_fails": 3,
    "tests/load/test_large_table.py::test_an_act_costs_the_same": 4,
    "tests/functional/test_write_invoices.py::test_whatever_a_call_does": 3,
    "tests/functional/test_write_invoices.py::test_two_writers_at_once": 3,
    "tests/proof/test_histories_find_bugs.py": 3,
    "tests/proof/test_faults.py::test_no_fault_breaks_a_promise": 2,
    "tests/proof/test_faults.py::test_a_use_case_keeps_its_promises": 4,
    "tests/proof/test_planted.py": 3,
    "tests/security/test_gates.py": 3,
}
"""Of these, which show the same of one thing after another, one in so many is played. All of them
are with FREISCHALT_ALL=1."""


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """Each file is one worker's, but for those that are all one's."""

    def _split_scope(self, nodeid: str) -> str:
        together = nodeid.startswith(ONE_AFTER_THE_OTHER)
        return ONE_AFTER_THE_OTHER if together else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Whoever has no test of the running stack in hand leaves the processors to who has."""
    is_first = os.getpriority(os.PRIO_PROCESS, 0) < STEPS_BACK
    if is_first and xdist.is_xdist_worker(item) and not item.nodeid.startswith(ONE_AFTER_THE_OTHER):
        os.nice(STEPS_BACK)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    if not os.environ.get("FREISCHALT_ALL") and not config.getoption("keyword"):
        left_out = [item for item in items if _is_left_out(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _is_left_out(item: pytest.Item) -> bool:
    """By its name, so that it is the same for every worker."""
    portion = next((n for part, n in IN_PORTIONS.items() if item.nodeid.startswith(part)), 1)
    return crc32(item.nodeid.encode()) % portion != 0


def _turn(item: pytest.Item) -> int:
    name = item.nodeid.partition("::")[0]
    turns = [turn for turn, part in enumerate(LONGEST_FIRST) if name.startswith(part)]
    return min(turns, default=len(LONGEST_FIRST))


@pytest.fixture(scope="session", autouse=True)
def all_is_read_once() -> Iterator[None]:
    """What the SDK knows of its services, and the certificates of the world.

    Else each session of the SDK would read the former, and each client of httpx the latter: 100 ms
    and 50 ms of CPU, for nearly every test.
    """
    with (
        patch.object(botocore.session, "create_loader", cache(botocore.session.create_loader)),
        patch.object(ssl, "create_default_context", cache(ssl.create_default_context)),
    ):
        yield


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """`template.yaml`, its short functions spelled out."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    return parsed


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in memory. Never for races, claims, tokens or capacity: moto gets those wrong."""
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(aws: None, template: dict[str, Any]) -> Any:
    """A client of our own making, and the table exactly as the template declares it."""
    create_table(boto3.client("dynamodb"), template)
    return sdk.client("dynamodb")


def create_table(client: Any, template: dict[str, Any], name: str = TABLE) -> None:
    declared = template["Resources"]["Table"]["Properties"]
    wanted = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
    client.create_table(TableName=name, **{part: declared[part] for part in wanted})
