"""Texts leave by AWS End User Messaging (`pinpoint-sms-voice-v2`).

The service has no client token, so the SDK must not repeat a send on its own: only what was
certainly not taken (throttling) is tried again here; the rest comes back with the message.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from freischalt.ports import Pause, Sending

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

NEVER_DELIVERABLE = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
}
SEND_TRIES = 3
MAX_PRICE_A_PART = "0.50"  # US dollars: a text to a premium number is refused, not paid


class SmsVoiceSender:
    """Fits the port `SmsSender`."""

    def __init__(
        self,
        client: "PinpointSMSVoiceV2Client",
        *,
        origination_identity: str,
        configuration_set: str,
        opt_out_list: str,
        pause: Pause,
    ) -> None:
        self._client = client
        self._origination_identity = origination_identity
        self._configuration_set = configuration_set
        self._opt_out_list = opt_out_list
        self._pause = pause

    def send(self, *, to: str, text: str, outbox_id: str) -> Sending:
        for attempt in range(1, SEND_TRIES + 1):
            try:
                self._send(to, text, outbox_id)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                reason = error.response.get("Reason")
                if code == "ConflictException" and reason in NEVER_DELIVERABLE:
                    return Sending.UNDELIVERABLE
                if code != "ThrottlingException" or attempt == SEND_TRIES:
                    raise
                self._pause(attempt)
            else:
                break
        return Sending.SENT

    def _send(self, to: str, text: str, outbox_id: str) -> None:
        self._client.send_text_message(
            DestinationPhoneNumber=to,
            OriginationIdentity=self._origination_identity,
            MessageBody=text,
            MessageType="TRANSACTIONAL",
            ConfigurationSetName=self._configuration_set,
            MaxPrice=MAX_PRICE_A_PART,
            Context={"outbox": outbox_id},
        )

    def opt_out(self, phone: str) -> None:
        self._client.put_opted_out_number(OptOutListName=self._opt_out_list, OptedOutNumber=phone)
