"""The composition root of what sends notices.

Most runs have orders alone to deliver, and must not wait for what mails need: templates and three
more clients are made when the first notice is there.
"""

import os
from collections.abc import Callable

from freischalt.adapters.dynamodb_notices import DynamoDbNotices
from freischalt.adapters.pending_items import fail_on_unreadable
from freischalt.adapters.sdk import client
from freischalt.api_settings import InvoiceSettings, NoticeSettings
from freischalt.clock import pause
from freischalt.use_cases.send_notices import PostOffice


def notice_book(unreadable: Callable[[str], None] = fail_on_unreadable) -> DynamoDbNotices:
    """Checks all settings, so that a wrong one is told when the function starts."""
    InvoiceSettings.of(os.environ)
    return DynamoDbNotices(client("dynamodb"), NoticeSettings.of(os.environ).table, unreadable)


def post_office() -> PostOffice:
    from freischalt.adapters.jinja_writer import JinjaWriter  # noqa: PLC0415 - see above
    from freischalt.adapters.kms_secret_maker import KmsSecretMaker  # noqa: PLC0415
    from freischalt.adapters.notice_attachments import NoticeAttachments  # noqa: PLC0415
    from freischalt.adapters.packaged_documents import PackagedDocuments  # noqa: PLC0415
    from freischalt.adapters.s3_invoice_files import S3InvoiceFiles  # noqa: PLC0415
    from freischalt.adapters.ses_mailer import SesMailer  # noqa: PLC0415
    from freischalt.adapters.sms_voice_sender import SmsVoiceSender  # noqa: PLC0415

    settings = NoticeSettings.of(os.environ)
    return PostOffice(
        notices=DynamoDbNotices(client("dynamodb"), settings.table),
        secrets=KmsSecretMaker(client("kms"), settings.secret_key),
        writer=JinjaWriter(),
        attachments=NoticeAttachments(
            PackagedDocuments(),
            # the client is made for the first mail that has an invoice
            S3InvoiceFiles(
                lambda: client("s3", read_seconds=5), InvoiceSettings.of(os.environ).bucket
            ),
        ),
        mailer=SesMailer(client("sesv2", attempts=1, read_seconds=5), settings.mail_sender),
        sms=SmsVoiceSender(
            client("pinpoint-sms-voice-v2", attempts=1, read_seconds=2),
            origination_identity=settings.origination_identity,
            configuration_set=settings.configuration_set,
            opt_out_list=settings.opt_out_list,
            pause=pause,
        ),
        site=settings.site,
    )
