"""Notices leave: each committed notice becomes one mail or text.

The stream brings it at once; the sweep finds what is left, however long ago. Each claims a notice
before sending it, so that the two never send the same one. A crash between sending and marking
repeats it, with the same outbox id, when the claim has run out. Secrets are derived here, for as
long as the text is made.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from freischalt.account_ports import Attachments, Delivery, Mailer, NoticeBook, SecretMaker, Writer
from freischalt.domain.ids import UserId
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.password import initial_password
from freischalt.domain.phone_check import six_digits
from freischalt.domain.purposes import INITIAL_PASSWORD, PHONE_CODE, RESET, VALIDATION
from freischalt.domain.token import link_token
from freischalt.ports import Sending, SmsSender
from freischalt.use_cases.failures import nobody_is_told

OF_A_PLANT = frozenset(
    {
        NoticeKind.PLANT_OUTGROWN,
        NoticeKind.TERM_ENDS,
        NoticeKind.TERM_ENDED,
        NoticeKind.TRIAL_ENDS,
        NoticeKind.TRIAL_ENDED,
    }
)
"""Their link is no secret; where the vendor's pages are is known when they leave."""

CLAIMED_FOR = timedelta(minutes=3)
STREAM_HAS_HAD_ITS_CHANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """The ports, and where the vendor's pages are: a link is `<site>/…?token=…`."""

    notices: NoticeBook
    secrets: SecretMaker
    writer: Writer
    attachments: Attachments
    mailer: Mailer
    sms: SmsSender
    site: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What left, what can never arrive (neither is tried again), and what failed for now."""

    sent: list[str]
    undeliverable: list[str]
    failed: list[str]


type Failed = Callable[[Notice, Exception], None]
"""Is told of a notice that could not be sent now."""


def send_notices(
    notices: Iterable[Notice],
    post: PostOffice,
    *,
    by: str,
    now: datetime,
    failed: Failed = nobody_is_told,
) -> Sent:
    """Send those that are pending and no other's than `by`'s at the moment."""
    done = Sent([], [], [])
    for notice in notices:
        if not post.notices.claim(notice, by=by, now=now, until=now + CLAIMED_FOR):
            continue
        try:
            arrived = _send(notice, post)
        except Exception as error:  # noqa: BLE001 - it stays pending and holds up no other
            failed(notice, error)
            done.failed.append(notice.id)
            continue
        post.notices.mark_sent(notice, now=now)
        (done.sent if arrived else done.undeliverable).append(notice.id)
    return done


def sweep_notices(
    book: NoticeBook,
    post: Callable[[], PostOffice],
    *,
    by: str,
    now: datetime,
    failed: Failed = nobody_is_told,
) -> Sent:
    """Send what is still pending; reads only what is pending, and makes a post only for that."""
    left_behind = list(book.pending(before=now - STREAM_HAS_HAD_ITS_CHANCE))
    if not left_behind:
        return Sent([], [], [])
    return send_notices(left_behind, post(), by=by, now=now, failed=failed)


def _send(notice: Notice, post: PostOffice) -> bool:
    secrets = secrets_of(notice, post.secrets, post.site)
    if notice.is_sms:
        text = post.writer.sms(notice, secrets)
        sending = post.sms.send(to=notice.to, text=text, outbox_id=notice.id)
        return sending is Sending.SENT
    mail = replace(post.writer.mail(notice, secrets), attachments=post.attachments.of(notice))
    return post.mailer.send(to=notice.to, mail=mail, outbox_id=notice.id) is Delivery.SENT


def secrets_of(notice: Notice, secrets: SecretMaker, site: str) -> Mapping[str, str]:
    """What the text of this notice shows and nothing may keep."""
    nonce, user = notice.details.get("nonce", ""), UserId(notice.details.get("user", ""))
    match notice.kind:
        case NoticeKind.VALIDATE_REGISTRATION:
            token = link_token(user, secrets.secret(VALIDATION, nonce))
            password = initial_password(secrets.secret(INITIAL_PASSWORD, nonce))
            return {"link": f"{site}/registrations/validation?token={token}", "password": password}
        case NoticeKind.RESET_PASSWORD:
            token = link_token(user, secrets.secret(RESET, nonce))
            return {"link": f"{site}/password-resets/redemption?token={token}"}
        case NoticeKind.SMS_PHONE_CODE:
            return {"code": six_digits(secrets.secret(PHONE_CODE, nonce))}
        case NoticeKind.REPAIR_OFFERED:
            return {"link": f"{site}/repair-orders/{notice.details['repair']}"}
        case NoticeKind.REPAIR_REQUESTED | NoticeKind.REPAIR_ACCEPTED | NoticeKind.REPAIR_DECLINED:
            account, repair = notice.details["account"], notice.details["repair"]
            return {"link": f"{site}/operator/accounts/{account}/repair-orders/{repair}"}
    if notice.kind in OF_A_PLANT:
        return {"link": f"{site}/plants/{notice.details['plant']}/renewal"}
    return {}
