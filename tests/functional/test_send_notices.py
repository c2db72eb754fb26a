"""Committed notices leave as mails and texts: claimed, sent, marked; whatever fails comes back."""

from datetime import timedelta
from typing import Any

from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.user import Language
from freischalt.use_cases.own_account import ask_for_phone
from freischalt.use_cases.passwords import ask_for_reset
from freischalt.use_cases.registering import register
from freischalt.use_cases.send_notices import (
    CLAIMED_FOR,
    STREAM_HAS_HAD_ITS_CHANCE,
    Sent,
    send_notices,
    sweep_notices,
)
from tests.account_factories import (
    DAY,
    EMAIL,
    MINUTE,
    NAME,
    a_notice,
    a_password,
    a_registration,
    a_request,
    a_user,
    an_account,
)
from tests.account_fakes import SITE, FakeOffice, an_office
from tests.factories import ACCOUNT, NOON, PHONE

SECOND = timedelta(seconds=1)


def sent(fake: FakeOffice, *, by: str = "a", now: Any = NOON) -> Sent:
    return send_notices(fake.records.all(Notice), fake.post, by=by, now=now)


def swept(fake: FakeOffice, now: Any) -> Sent:
    return sweep_notices(fake.post.notices, lambda: fake.post, by="sweep", now=now)


def mails(fake: FakeOffice) -> list[str]:
    return [mail.text for _, mail, _ in fake.mailer.sent]


def test_a_registrations_mail_has_name_password_and_link() -> None:
    fake = an_office()
    register(a_registration(), fake.office, a_request(nonce="abc"))

    assert sent(fake) == Sent(["validate-abc"], [], [])

    ((to, mail, outbox_id),) = fake.mailer.sent
    assert (to, outbox_id) == (EMAIL, "validate-abc")
    kind = NoticeKind.VALIDATE_REGISTRATION
    assert fake.secret_of(kind, "link").startswith(f"{SITE}/registrations/validation?token=")
    for told in (NAME, fake.secret_of(kind, "password"), fake.secret_of(kind, "link")):
        assert told in mail.text


def test_a_resets_mail_has_the_link() -> None:
    fake = an_office(a_user(password=a_password()))
    ask_for_reset(NAME, fake.office, a_request(nonce="abc"))

    assert sent(fake) == Sent(["reset-abc"], [], [])

    link = fake.secret_of(NoticeKind.RESET_PASSWORD, "link")
    assert link.startswith(f"{SITE}/password-resets/redemption?token=")
    assert link in mails(fake)[0]


def test_a_phones_code_leaves_as_a_text() -> None:
    fake = an_office(an_account())
    ask_for_phone(PHONE, ACCOUNT, Language.GERMAN, fake.office, a_request(nonce="abc"))

    assert sent(fake) == Sent(["phone-abc"], [], [])

    code = fake.secret_of(NoticeKind.SMS_PHONE_CODE, "code")
    expected = f"Ihr Code für die Registrierung dieser Rufnummer: {code} (10 Minuten gültig)"
    assert fake.sms.sent == [(PHONE, expected, "phone-abc")]
    assert fake.mailer.sent == []


def test_what_was_sent_is_sent_once() -> None:
    fake = an_office(a_notice())

    assert [sent(fake, by=by).sent for by in ("a", "a", "b")] == [["n1"], [], []]
    assert swept(fake, NOON + DAY) == Sent([], [], [])
    assert len(fake.mailer.sent) == 1


def test_what_another_sender_has_claimed_is_left_to_it() -> None:
    fake = an_office(a_notice())
    fake.notices.claim(a_notice(), by="other", now=NOON, until=NOON + CLAIMED_FOR)

    assert sent(fake) == Sent([], [], [])
    assert fake.mailer.sent == []


def test_what_fails_is_told_and_holds_up_no_other() -> None:
    fake = an_office(a_notice("n1", to="broken@example.org"), a_notice("n2"))
    fake.mailer.broken.add("broken@example.org")

    assert sent(fake) == Sent(["n2"], [], ["n1"])


def test_what_failed_is_sent_when_the_claim_has_run_out() -> None:
    fake = an_office(a_notice())
    fake.mailer.broken.add(EMAIL)
    sent(fake, by="stream")
    fake.mailer.broken.clear()

    assert swept(fake, NOON + MINUTE) == Sent([], [], [])
    late = NOON + CLAIMED_FOR + STREAM_HAS_HAD_ITS_CHANCE + SECOND
    assert swept(fake, late) == Sent(["n1"], [], [])


def test_the_sweep_leaves_the_stream_its_chance() -> None:
    fake = an_office(a_notice())

    assert swept(fake, NOON + STREAM_HAS_HAD_ITS_CHANCE) == Sent([], [], [])
    late = NOON + STREAM_HAS_HAD_ITS_CHANCE + SECOND
    assert swept(fake, late) == Sent(["n1"], [], [])


def test_a_sender_that_died_after_sending_repeats_it_with_the_same_outbox_id() -> None:
    fake = an_office(a_notice())
    fake.notices.claim(a_notice(), by="dead", now=NOON, until=NOON + CLAIMED_FOR)
    fake.post.mailer.send(
        to=EMAIL, mail=fake.post.writer.mail(a_notice(), {}), outbox_id=a_notice().id
    )

    swept(fake, NOON + 10 * MINUTE)

    first, second = fake.mailer.sent
    assert first == second


def test_what_can_never_arrive_is_not_tried_again() -> None:
    text = a_notice("n2", kind=NoticeKind.SMS_PHONE_CODE, to=PHONE, details={"nonce": "n"})
    fake = an_office(a_notice(), text)
    fake.mailer.refused.add(EMAIL)
    fake.sms.opt_out(PHONE)

    assert sent(fake) == Sent([], ["n1", "n2"], [])
    assert swept(fake, NOON + DAY) == Sent([], [], [])


def test_the_failure_is_told_with_its_notice() -> None:
    told: list[tuple[str, type[Exception]]] = []
    fake = an_office(a_notice())
    fake.mailer.broken.add(EMAIL)

    def failed(notice: Notice, error: Exception) -> None:
        told.append((notice.id, type(error)))

    send_notices([a_notice()], fake.post, by="a", now=NOON, failed=failed)

    assert told == [("n1", ConnectionError)]
