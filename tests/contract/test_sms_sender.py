"""What the sender makes of the service's answers, over HTTP, from the stand-in."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from freischalt.adapters import sdk
from freischalt.adapters.sms_voice_sender import SEND_TRIES, SmsVoiceSender
from freischalt.ports import Sending
from local.conversations import Conversations
from local.sms_service import app as sms_service
from tests.factories import OWN_NUMBER, PHONE
from tests.local.live import serving

OPTED_OUT, THROTTLED, INTERNAL, PROTECTED, OVERSPENT = (
    f"+43660{suffix}" for suffix in ("999001", "999002", "999003", "999004", "999005")
)


class Phone:
    """The sender, and what arrived."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", url)
        self.url = url
        self.pauses: list[int] = []
        self.sender = SmsVoiceSender(
            sdk.client("pinpoint-sms-voice-v2", attempts=1),
            origination_identity=OWN_NUMBER,
            configuration_set="replies",
            opt_out_list="Default",
            pause=self.pauses.append,
        )

    def send(self, to: str = PHONE) -> Sending:
        return self.sender.send(to=to, text="Grüße", outbox_id="m1")

    def arrived(self) -> list[tuple[str, str, str]]:
        sent = httpx.get(f"{self.url}/_sent").json()
        return [(one["phone"], one["text"], one["context"]["outbox"]) for one in sent]


@pytest.fixture
def phone(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    with (
        Conversations(tmp_path / "conversations.sqlite3") as kept,
        serving(sms_service(kept)) as (url,),
    ):
        yield Phone(url, monkeypatch)


def test_a_text_arrives_with_its_outbox_id(phone: Phone) -> None:
    assert phone.send() is Sending.SENT
    assert phone.arrived() == [(PHONE, "Grüße", "m1")]


@pytest.mark.parametrize("to", [OPTED_OUT, PROTECTED])
def test_who_can_never_be_reached_is_not_tried_again(to: str, phone: Phone) -> None:
    assert phone.send(to) is Sending.UNDELIVERABLE
    assert not phone.pauses


def test_whoever_opts_out_gets_nothing_any_more(phone: Phone) -> None:
    phone.sender.opt_out(PHONE)
    phone.sender.opt_out(PHONE)

    assert phone.send() is Sending.UNDELIVERABLE
    assert not phone.arrived()


def test_throttling_is_waited_out_a_few_times_and_then_told(phone: Phone) -> None:
    with pytest.raises(ClientError, match="ThrottlingException"):
        phone.send(THROTTLED)

    assert phone.pauses == list(range(1, SEND_TRIES))


@pytest.mark.parametrize("to", [INTERNAL, OVERSPENT])
def test_what_may_have_been_sent_or_needs_the_vendor_comes_back_by_the_queue(
    to: str, phone: Phone
) -> None:
    with pytest.raises(ClientError):
        phone.send(to)

    assert not phone.pauses


def test_a_lost_reply_is_not_sent_again_by_the_sdk(phone: Phone) -> None:
    order = {"operation": "SendTextMessage", "kind": "lost_reply", "times": 1}
    httpx.post(f"{phone.url}/_faults", json=order).raise_for_status()

    with pytest.raises(Exception, match=r"Connection was closed|Could not connect|aborted"):
        phone.send()

    assert len(phone.arrived()) == 1
