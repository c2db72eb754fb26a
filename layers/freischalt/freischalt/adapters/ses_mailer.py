"""Mails leave by Amazon SES (`sesv2`).

`SendEmail` has no client token, so the SDK must not repeat it on its own: what fails comes back
with the notice. The tag `outbox` names the notice in every event that SES tells of the mail.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from freischalt.account_ports import Attachment, Delivery, Mail

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import AttachmentTypeDef

NEVER_DELIVERABLE = {"MessageRejected"}
NOT_OURS = "not verified"  # the same code, when the vendor's own address or domain is not set up


class SesMailer:
    """Fits the port `Mailer`."""

    def __init__(self, client: "SESV2Client", sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, *, to: str, mail: Mail, outbox_id: str) -> Delivery:
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": mail.text, "Charset": "UTF-8"},
                            "Html": {"Data": mail.html, "Charset": "UTF-8"},
                        },
                        "Attachments": [_attached(each) for each in mail.attachments],
                    }
                },
                EmailTags=[{"Name": "outbox", "Value": outbox_id}],
            )
        except ClientError as error:
            told = error.response["Error"]
            if told["Code"] in NEVER_DELIVERABLE and NOT_OURS not in told.get("Message", ""):
                return Delivery.UNDELIVERABLE
            raise
        return Delivery.SENT


def _attached(attachment: Attachment) -> "AttachmentTypeDef":
    return {
        "FileName": attachment.name,
        "ContentType": attachment.media_type,
        "ContentDisposition": "ATTACHMENT",
        "ContentTransferEncoding": "BASE64",
        "RawContent": attachment.content,
    }
