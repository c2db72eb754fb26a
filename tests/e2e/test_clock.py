"""The clock of the local stack in a small stack of its own: nobody else's time moves."""

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.clock import Clock, clock_in
from local.deploy import Deployment
from local.mails import Mail, mails_of
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.conftest import ROOT
from tests.e2e.running import wait_until

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parent / "sample_clock"
LATE = timedelta(minutes=1)
STEP = timedelta(days=41)
SENDER = "desk@freischalt.example"


class Sample:
    def __init__(self, aws: MiniStack, folder: Path) -> None:
        self.notes = folder / "notes"
        self.clock: Clock = clock_in(aws.folder)
        self.endpoint = aws.endpoint
        self._session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        template = folder / "code" / "template.yaml"
        self.outputs = Deployment(aws.endpoint, "clock").deploy(
            template, {"Notes": str(self.notes)}
        )

    def client(self, service: Any) -> Any:
        return self._session.client(service, endpoint_url=self.endpoint)

    def noted(self) -> list[dict[str, Any]]:
        lines = self.notes.read_text("utf-8").splitlines() if self.notes.exists() else []
        return [json.loads(line) for line in lines]

    def scheduled(self) -> Counter[str]:
        return Counter(note["event"].get("schedule", "") for note in self.noted())

    def text(self, words: str) -> dict[str, Any]:
        """Send it through topic and queue; what the function noted."""
        before = len(self.noted())
        self.client("sns").publish(TopicArn=self.outputs["Topic"], Message=words)
        return wait_until(lambda: self.noted()[before:], "the text has come")[0]


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    shutil.copytree(SAMPLE, tmp_path / "code")
    package = tmp_path / "code/code/freischalt"
    package.mkdir()
    for name in ("__init__.py", "clock.py", "compiled_dataclasses.py"):
        shutil.copy(ROOT / "layers/freischalt/freischalt" / name, package)
    with MiniStack(a_free_port(), tmp_path / "aws", keep_state=False) as aws:
        yield Sample(aws, tmp_path)


async def mails(endpoint: str) -> list[Mail]:
    return await mails_of(endpoint)()


def times(note: dict[str, Any]) -> list[datetime]:
    """When the function thinks it is, when the topic got the text, and when the queue."""
    (record,) = note["event"]["Records"]
    sent = int(record["attributes"]["SentTimestamp"]) / 1000
    return [
        datetime.fromisoformat(note["at"]),
        datetime.fromisoformat(json.loads(record["body"])["Timestamp"]),
        datetime.fromtimestamp(sent, UTC),
    ]


def test_after_a_step_all_have_the_new_time_and_what_was_missed_is_done_once(
    sample: Sample,
) -> None:
    before = times(sample.text("cl.1"))
    time.sleep(2)  # MiniStack counts a cron schedule's days from its first look at it
    sample.clock.move(STEP)
    wait_until(lambda: sample.scheduled()["monthly"] and sample.scheduled()["daily"], "both ran")
    after = times(sample.text("cl.2"))
    mail = {"Body": {"Text": {"Data": "x"}}, "Subject": {"Data": "x"}}
    sample.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["a@b.example"]},
        Content={"Simple": mail},
    )
    (sent,) = asyncio.run(mails(sample.endpoint))

    now = datetime.now(UTC)
    assert all(now - LATE < moment < now + LATE for moment in before)
    assert all(now - LATE < moment - STEP < now + LATE for moment in (*after, sent.at))
    assert sample.scheduled() == {"daily": 1, "monthly": 1, "": 2}
