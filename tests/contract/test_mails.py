"""What is written, and how it leaves: templates by Jinja, mails by SES (moto's)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from itertools import product, repeat
from pathlib import Path
from typing import Any

import boto3
import gsm0338
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from jinja2 import UndefinedError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from freischalt.account_ports import Delivery, Mail, Mailer, Put
from freischalt.adapters import sdk
from freischalt.adapters.jinja_writer import TEMPLATES, JinjaWriter
from freischalt.adapters.ses_mailer import SesMailer
from freischalt.domain.activation import activation_code
from freischalt.domain.ids import (
    InverterSerial,
    LockId,
    OrderNumber,
    PaymentId,
    PlantId,
    RepairOrderId,
)
from freischalt.domain.invoicing import Recharge, correction_of, credit_note_of
from freischalt.domain.locks import LockReason
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.payment import Mismatch, PaymentProvider
from freischalt.domain.plant import Plant
from freischalt.domain.receipt import Receipt
from freischalt.domain.setback import SetbackNews, SetbackState
from freischalt.domain.term_notices import TermNotice
from freischalt.domain.term_order import Consent, TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.domain.vat import VatField, VatReading, VatService
from freischalt.domain.vat_charge import VatRule
from freischalt.domain.vat_standing import VatState
from freischalt.use_cases.check_vat import check_vat
from freischalt.use_cases.inverters import (
    InverterData,
    NewInverter,
    activation_key,
    add_inverter,
)
from freischalt.use_cases.lapsing import lapse_orders
from freischalt.use_cases.locking import (
    Lifting,
    NewLock,
    end_due_locks,
    lift_lock,
    set_lock,
)
from freischalt.use_cases.own_account import ask_for_phone
from freischalt.use_cases.passwords import ask_for_reset, reset_password
from freischalt.use_cases.quoting import Offer, Wanted, quoted
from freischalt.use_cases.receive_payment import receive_payment
from freischalt.use_cases.registering import register
from freischalt.use_cases.repairs import (
    Answer,
    NewOffer,
    answer_offer,
    offer_repair,
    request_repair,
)
from freischalt.use_cases.send_notices import secrets_of
from freischalt.use_cases.setbacks import note_setback
from freischalt.use_cases.telling_terms import Worker, tell
from freischalt.use_cases.term_orders import NewTermOrder, place_term_order
from freischalt.use_cases.watch_payments import tell_of_overdue
from freischalt.use_cases.watch_withdrawals import tell_of_withdrawals
from freischalt.use_cases.withdrawing import Declaration, declare_withdrawal
from freischalt.use_cases.write_invoices import write_invoices
from local.segments import count
from tests.account_factories import (
    ADVOCATE,
    ANNA,
    DAY,
    DIFFERS,
    DOWN,
    EMAIL,
    HOTLINE,
    INVALID,
    NAME,
    NEW_YEAR,
    VALID,
    VERSIONS,
    a_company,
    a_due,
    a_notice,
    a_password,
    a_registration,
    a_request,
    a_standing,
    a_user,
    a_waiting,
    an_account,
)
from tests.account_fakes import (
    SITE,
    VIENNA,
    FakeMailer,
    FakeOffice,
    FakeUnpaidOrders,
    FakeVatRegistry,
    an_office,
)
from tests.conftest import REGION
from tests.factories import ACCOUNT, CARAT_ID, NOON, PHONE, a_dongle
from tests.invoice_fakes import a_desk
from tests.list_factories import LIST, ListWorld, a_list, good_rows
from tests.payment_fakes import FakeAside, FakeWithdrawals
from tests.term_factories import (
    ORDER,
    PLANT,
    TERMS,
    TODAY,
    a_line,
    a_payment,
    a_plant,
    a_quote,
    a_repair_order,
    a_setback,
    a_term,
    a_term_order,
    an_invoice,
)

SENDER = "office@example.org"
MAIL = Mail("Grüße", "Text: äöü\n", "<p>Text: äöü</p>\n")


# --- what is written: every notice as the use cases commit it


def committed(language: Language) -> dict[str, list[Notice]]:
    """Each kind at least once, in this language, with the details that it really has."""
    user = a_user(language=language, password=a_password())
    fake = an_office(an_account(users=(ANNA,)), user, a_dongle(), terms=TERMS)
    register(a_registration(name="new.user", language=language), fake.office, a_request("register"))
    ask_for_reset(NAME, fake.office, a_request("ask"))
    link = fake.link_of(NoticeKind.RESET_PASSWORD)
    reset_password(link, "neu-geheim-1", fake.office, fake.hasher, a_request("reset"))
    ask_for_phone(PHONE, ACCOUNT, language, fake.office, a_request("phone"))
    for n, carat_id in enumerate([None, CARAT_ID]):
        for until in (None, NEW_YEAR):
            new = NewLock(
                account=ACCOUNT,
                carat_id=carat_id,
                reason=LockReason.CONTRACT,
                note="Bitte zahlen <sofort>" if until else "",
                until=until,
            )
            done = set_lock(new, fake.office, a_request(f"{n}-{until}"))
            assert isinstance(done, Mapping)
            lifting = Lifting(account=ACCOUNT, lock=LockId(done["lock"]), resolution="bezahlt")
            if until is None:
                lift_lock(lifting, fake.office, a_request(f"lift-{n}"))
    end_due_locks(fake.records, fake.office, now=NOON + 90 * DAY)
    for reading in (VALID, INVALID, DIFFERS, DOWN):
        vat_check(fake, reading)
    payment_overdue(fake, language)
    money_taken_back(fake, language)
    for terms in ((), (a_term(),)):
        for days in (14, 0):
            told_of_an_end(fake, a_plant(terms=terms), days)
    for accepts in (True, False):
        repaired(fake, language, accepts=accepts)
    outgrow(fake, "SN-0002", a_plant(terms=(a_term(),)))
    outgrow(fake, "SN-0006", a_plant(open_order=ORDER, ordered_w=4_200))
    outgrow_what_is_paid_then(fake, language)
    order_terms(fake, language)
    upload_lists(fake)
    send_invoices(fake, language)
    return {
        kind.value: [notice for notice in fake.told(kind) if notice.language is language]
        for kind in NoticeKind
    }


def payment_overdue(fake: FakeOffice, language: Language) -> None:
    """The vendor is told in German; whoever else, in any language."""
    for number, order in enumerate((OrderNumber("2026-000001"), None)):
        why = Mismatch.ORDER_NOT_OPEN if order else Mismatch.NO_SUCH_ORDER
        account = ACCOUNT if order else None
        id_ = PaymentId(f"stripe:pi_{number}")
        fake.records.put(a_payment(id=id_, order=order, account=account, mismatch=why))
    aside = FakeAside(fake.records)
    tell_of_overdue(aside, fake.office, now=NOON + 9 * DAY)
    for notice in fake.told(NoticeKind.PAYMENT_OVERDUE):
        fake.records.put(replace(notice, language=language))


def money_taken_back(fake: FakeOffice, language: Language) -> None:
    """With an order, an answer and a reason, and without; the vendor is told in German."""
    for number, (order, state) in enumerate(product((ORDER, None), SetbackState)):
        id_ = PaymentId(f"stripe:pi_back_{number}")
        fake.records.put(a_payment(id=id_, order=order, account=order and ACCOUNT))
        more: dict[str, Any] = {} if order else {"reason": "", "answer_by": None}
        news = SetbackNews(id_, a_setback(f"du_{number}", state=state, **more))
        note_setback(news, fake.office, at=NOON)
    for kind in (NoticeKind.PAYMENT_DISPUTED, NoticeKind.REFUND_FAILED):
        for notice in fake.told(kind):
            fake.records.put(replace(notice, language=language))


def repaired(fake: FakeOffice, language: Language, *, accepts: bool) -> None:
    """A repair order, its offer and the answer."""
    request = a_request()
    order = a_repair_order(id=RepairOrderId(request.sortable_id), language=language, version=0)
    fake.records.put(an_account(users=(ANNA,)))
    assert isinstance(request_repair(order, fake.office, request), Mapping)
    items = (("Diagnose | vor Ort", 9_900), ("Anfahrt <b>", 8_905))
    new = NewOffer(items=items, text="Wir kommen am Montag.", valid_until=TODAY)
    offered = offer_repair(ACCOUNT, order.id, new, fake.office, a_request())
    answer = Answer(accepts=accepts, version=2)
    done = answer_offer(ACCOUNT, order.id, answer, fake.office, a_request())
    assert isinstance(offered, Mapping)
    assert isinstance(done, Mapping)


def told_of_an_end(fake: FakeOffice, plant: Plant, days: int) -> None:
    """So many days before the right to it ends."""
    fake.records.put(plant)
    end = plant.rights().running_out()
    assert end
    now = TermNotice(end=end, days=days, is_trial=not plant.terms).due_at(VIENNA)
    worker = Worker(
        due=fake.due_terms, queue=fake.term_queue, office=fake.office, has_time=lambda: True
    )
    for portion in fake.due_terms.portions(now=now):
        tell(portion, worker, now=now)


def order_terms(fake: FakeOffice, language: Language) -> None:
    """With a credit and without, to pay, in part and not; two lapse, and somebody withdraws."""
    for n, credit in enumerate((900, 60_000, 0)):
        plant = PlantId(f"{ACCOUNT}-{n + 11}")
        fake.records.put(a_company(), a_plant(id=plant, credit_cents=credit))
        wanted = Wanted(account=ACCOUNT, plants=(plant,), days=365)
        found = quoted(wanted, fake.office, NOON)
        assert isinstance(found, Offer)
        new = NewTermOrder(
            wanted=wanted,
            gross_cents=found.quote.gross_cents,
            consent=Consent(documents=VERSIONS),
            language=language,
            placed_by=ANNA,
        )
        placed = place_term_order(new, fake.numbers, fake.office, a_request(f"order-{n}"))
        assert isinstance(placed, TermOrder)
    in_part = fake.records.all(TermOrder)[0]
    fake.records.put(replace(in_part, paid_cents=1_234))
    lapse_orders(FakeUnpaidOrders(fake.records), fake.office, now=in_part.lapses_at)
    declaration = Declaration(name="<Anna>", order="42", email=EMAIL, language=language)
    declare_withdrawal(declaration, fake.office, a_request("withdrawal"))
    tell_of_withdrawals(FakeWithdrawals(fake.records), fake.office, now=NOON + 9 * DAY)
    for notice in fake.told(NoticeKind.WITHDRAWAL_WAITS):  # the vendor is told in German
        fake.records.put(replace(notice, language=language))


def send_invoices(fake: FakeOffice, language: Language) -> None:
    """One of each kind, for an order in this language."""
    invoice = an_invoice(language=language)
    recharge = Recharge(line=a_line(), term=a_term(), power_w=12_000, net_cents=5_000)
    following = (
        credit_note_of(invoice, at=NOON, today=TODAY),
        correction_of(invoice, recharge, cause="1", at=NOON, today=TODAY),
    )
    later = (replace(each, wanted_at=NOON + DAY, version=1) for each in following)
    order = a_term_order(language=language, state=TermOrderState.ACTIVE)
    fake.records.put(order, invoice, *later)
    write_invoices(a_desk(fake), now=NOON + DAY)


def vat_check(fake: FakeOffice, reading: VatReading) -> None:
    """A first check from noon on, asked every day until it has ended or after 14 days."""
    pending = a_standing(VatState.PENDING, waiting=a_waiting(check_id=reading.verdict))
    fake.records.put(a_company(vat=pending), a_due())
    registries = {VatService.EVATR: FakeVatRegistry(VatService.EVATR, [reading])}
    for at in (NOON + day * DAY for day in range(16)):
        check_vat(ACCOUNT, fake.office, registries, a_request(at=at), now=repeat(at).__next__)


def outgrow_what_is_paid_then(fake: FakeOffice, language: Language) -> None:
    """One plant in its trial, one after it."""
    number = OrderNumber("2026-000900")
    second, over = PlantId(f"{ACCOUNT}-2"), TODAY - 100 * DAY
    quoted_then = a_quote(a_line(), a_line(plant=second))
    order = a_term_order(number=number, quote=quoted_then, language=language)
    grown = a_plant(open_order=number, ordered_w=4_200, power_w=27_200)
    whose = WhoseOrder(order=number, account=ACCOUNT, version=1)
    fake.records.put(order, whose, grown, replace(grown, id=second, trial_from=over))
    receipt = Receipt(
        id=PaymentId("stripe:pi_outgrown"),
        provider=PaymentProvider.STRIPE,
        reference="pi_outgrown",
        amount_cents=order.gross_cents,
        currency="EUR",
        received_at=NOON,
        order=number,
    )
    assert receive_payment(receipt, fake.office, at=NOON).activated


def outgrow(fake: FakeOffice, serial_number: str, plant: Plant) -> None:
    """One more inverter for a plant that has a term, or an open order."""
    fake.records.put(plant)
    serial = InverterSerial(serial_number)
    code = activation_code(activation_key(fake.office), serial)
    new = NewInverter(serial=serial, code=code, data=InverterData())
    request = a_request(f"outgrow-{serial}")
    add_inverter(PLANT, new, accepts_growth=True, office=fake.office, request=request)


def upload_lists(fake: FakeOffice) -> None:
    """One that is good, and one that is not."""
    rows = [*good_rows(["SN-0003", "SN-0004"], fake.office)]
    for id_, uploaded in ((LIST, rows), (f"{LIST[:-1]}6", [("SN-0005", "0000-0000-0000")])):
        fake.records.put(a_list(id=id_))
        ListWorld(fake).upload(*uploaded, list_id=id_)


def secrets(notice: Notice) -> Mapping[str, str]:
    return secrets_of(notice, an_office().secrets, SITE)


EVERY = [
    pytest.param(notice, id=f"{kind}-{language}-{n}")
    for language in Language
    for kind, notices in committed(language).items()
    for n, notice in enumerate(notices)
]
MAILS = [each for each in EVERY if not each.values[0].is_sms]  # type: ignore[union-attr]
TEXTS = [each for each in EVERY if each.values[0].is_sms]  # type: ignore[union-attr]


@pytest.mark.parametrize("language", Language)
def test_who_has_paid_a_part_reads_that_it_will_be_given_back(language: Language) -> None:
    fake = an_office(a_company(users=(ANNA,)), a_user())
    order_terms(fake, language)

    in_part, unpaid = (
        JinjaWriter().mail(notice, {}).text for notice in fake.told(NoticeKind.TERM_ORDER_LAPSED)
    )

    amount = "12,34 €" if language is Language.GERMAN else "€12.34"
    assert amount in in_part
    assert amount not in unpaid


def test_every_kind_is_written_in_every_language() -> None:
    written = {(notice.kind, notice.language) for each in EVERY for notice in each.values}  # type: ignore[union-attr]

    assert written == {(kind, language) for kind in NoticeKind for language in Language}
    names = {f"{kind.value}.{language.value}.txt" for kind, language in written}
    assert {path.name for path in TEMPLATES.iterdir()} == names


@pytest.mark.parametrize("notice", MAILS)
def test_every_mail_is_written_with_what_it_is_given(notice: Notice) -> None:
    mail = JinjaWriter().mail(notice, secrets(notice))

    assert mail.subject
    assert "\n" not in mail.subject
    assert mail.text.startswith("Guten Tag,\n" if notice.language is Language.GERMAN else "Hello,")
    assert "\n\n\n" not in mail.text
    for text in (mail.subject, mail.text, mail.html):
        assert not re.search(r"[{}]|None|Undefined", text)
    for secret in secrets(notice).values():
        assert secret in mail.text
        assert secret in mail.html


@pytest.mark.parametrize("notice", MAILS)
def test_text_and_html_say_the_same(notice: Notice) -> None:
    mail = JinjaWriter().mail(notice, secrets(notice))
    plain = unescape(re.sub(r"<[^>]+>", "", mail.html))

    assert plain.split() == mail.text.split()


@pytest.mark.parametrize("notice", TEXTS)
def test_every_text_is_one_segment_of_gsm(notice: Notice) -> None:
    text = JinjaWriter().sms(notice, secrets(notice))

    assert secrets(notice)["code"] in text
    assert gsm0338.Codec().decode(gsm0338.Codec().encode(text)[0])[0] == text
    segments = count(text)
    assert (segments.encoding, segments.segments) == ("GSM-7", 1)


UNTIL = {
    (Language.GERMAN, "2026-12-31"): "gesperrt bis 31.12.2026.",
    (Language.GERMAN, ""): "gesperrt bis auf Widerruf.",
    (Language.ENGLISH, "2026-12-31"): "locked until 2026-12-31.",
    (Language.ENGLISH, ""): "locked until revoked.",
}


@pytest.mark.parametrize(("language", "until"), UNTIL)
@pytest.mark.parametrize("licence", ["", CARAT_ID])
def test_a_lock_tells_the_way_out(language: Language, until: str, licence: str) -> None:
    details = {
        "account": ACCOUNT,
        "licence": licence,
        "until": until,
        "note": "Bitte zahlen",
        "hotline": HOTLINE,
    }
    notice = a_notice(kind=NoticeKind.LOCK_SET, language=language, details=details)

    mail = JinjaWriter().mail(notice, {})

    told = ("Zugang gesperrt", HOTLINE, "Bitte zahlen", UNTIL[language, until], licence or ACCOUNT)
    for words in told:
        assert words in mail.text
    assert (licence or ACCOUNT) in mail.subject


@pytest.mark.parametrize(
    ("language", "day"), [(Language.GERMAN, "01.01.2027"), (Language.ENGLISH, "2027-01-01")]
)
def test_a_lock_that_has_ended_tells_when(language: Language, day: str) -> None:
    ended = committed(language)[NoticeKind.LOCK_ENDED.value]

    assert len(ended) == 2
    for notice in ended:
        assert f" {day}" in JinjaWriter().mail(notice, {}).text


VAT_MAILS = {
    NoticeKind.VAT_CONFIRMED: ("bestätigt", "confirmed"),
    NoticeKind.VAT_INVALID: ("ist ungültig", "is not valid"),
    NoticeKind.VAT_DIFFERS: ("weichen ab", "data differ"),
    NoticeKind.VAT_PENDING: ("Prüfung dauert an", "still being checked"),
    NoticeKind.VAT_GIVEN_UP: ("Prüfung nicht möglich", "could not be checked"),
}


@pytest.mark.parametrize("kind", VAT_MAILS)
@pytest.mark.parametrize("language", Language)
def test_a_vat_check_tells_which_number_it_is_about_and_what_came_of_it(
    kind: NoticeKind, language: Language
) -> None:
    (notice,) = committed(language)[kind.value]

    mail = JinjaWriter().mail(notice, {})

    assert "ATU13585627" in mail.subject
    assert VAT_MAILS[kind][language is Language.ENGLISH] in mail.subject
    for words in ("ATU13585627", ACCOUNT):
        assert words in mail.text
    helped = {NoticeKind.VAT_INVALID, NoticeKind.VAT_DIFFERS, NoticeKind.VAT_GIVEN_UP}
    assert (HOTLINE in mail.text) is (kind in helped)


@pytest.mark.parametrize(
    ("language", "day"), [(Language.GERMAN, "22.11.2026"), (Language.ENGLISH, "2026-11-22")]
)
def test_a_check_that_waits_tells_since_when(language: Language, day: str) -> None:
    (notice,) = committed(language)[NoticeKind.VAT_PENDING.value]

    assert day in JinjaWriter().mail(notice, {}).text


SHOWN = {
    Language.GERMAN: {
        "name": "Name: Huber {{ GmbH }} <b>",
        "street": "Straße: Weg 1",
        "postal_code": "Postleitzahl: 1010",
        "city": "Ort: Wien",
    },
    Language.ENGLISH: {
        "name": "Name: Huber {{ GmbH }} <b>",
        "street": "Street: Weg 1",
        "postal_code": "Postcode: 1010",
        "city": "City: Wien",
    },
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "differing",
    [[field] for field in VatField] + [[VatField.NAME, VatField.CITY], list(VatField)],
)
def test_the_fields_that_differ_are_shown_with_what_was_entered_and_no_others(
    language: Language, differing: list[VatField]
) -> None:
    details = {
        "account": ACCOUNT,
        "vat_id": "ATU13585627",
        "differing": ",".join(differing),
        "name": "Huber {{ GmbH }} <b>",
        "street": "Weg 1",
        "postal_code": "1010",
        "city": "Wien",
        "since": "",
        "hotline": HOTLINE,
    }
    notice = a_notice(kind=NoticeKind.VAT_DIFFERS, language=language, details=details)

    mail = JinjaWriter().mail(notice, {})

    lines = mail.text.splitlines()
    assert [line for line in lines if line in SHOWN[language].values()] == [
        SHOWN[language][field] for field in differing
    ]
    assert "<b>" not in mail.html


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            Language.GERMAN,
            [
                "Diagnose | vor Ort: 99,00 €",
                "Anfahrt <b>: 89,05 €",
                "Netto: 188,05 €",
                "Umsatzsteuer 19 %: 35,73 €",
                "Gesamtpreis: 223,78 €",
            ],
        ),
        (
            Language.ENGLISH,
            [
                "Diagnose | vor Ort: €99.00",
                "Anfahrt <b>: €89.05",
                "Net: €188.05",
                "VAT 19 %: €35.73",
                "Total: €223.78",
            ],
        ),
    ],
)
def test_an_offer_shows_what_it_comes_to(language: Language, lines: list[str]) -> None:
    notice = committed(language)[NoticeKind.REPAIR_OFFERED.value][0]

    mail = JinjaWriter().mail(notice, secrets(notice))

    shown = mail.text.splitlines()
    assert [line for line in shown if line in lines] == lines
    assert ("22.11.2026" if language is Language.GERMAN else "2026-11-22") in mail.text
    assert "Wir kommen am Montag." in shown
    assert HOTLINE in mail.text
    assert "<b>" not in mail.html


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (VatRule.REVERSE_CHARGE, "Steuerschuldnerschaft des Leistungsempfängers"),
        (VatRule.OUTSIDE_EU, "nicht steuerbar"),
    ],
)
def test_an_offer_without_vat_says_why(rule: VatRule, words: str) -> None:
    (notice, *_) = committed(Language.GERMAN)[NoticeKind.REPAIR_OFFERED.value]
    free = {"vat_rule": rule.value, "vat_basis_points": "0", "vat_cents": "0"}
    changed = replace(notice, details={**notice.details, **free})

    mail = JinjaWriter().mail(changed, secrets(changed))

    assert words in mail.text
    assert "19 %" not in mail.text


def test_the_advocates_mail_names_the_case_and_no_person() -> None:
    (notice, *_) = committed(Language.GERMAN)[NoticeKind.REPAIR_REQUESTED.value]

    mail = JinjaWriter().mail(notice, secrets(notice))

    assert notice.to == ADVOCATE
    assert notice.details["repair"] in mail.subject
    case = f"/operator/accounts/{ACCOUNT}/repair-orders/{notice.details['repair']}"
    assert SITE + case in mail.text
    for of_the_person in ("Anna Huber", "anna@example.org", "Läuft nicht an", "SN-0001"):
        assert of_the_person not in mail.text


def test_html_escapes_what_people_write() -> None:
    details = {"name": "<b>&\"'", "user": ANNA}

    mail = JinjaWriter().mail(a_notice(details=details), {})

    assert "<b>&\"'" in mail.text
    assert "<b>" not in mail.html
    assert "&lt;b&gt;&amp;&quot;&#x27;" in mail.html


@pytest.mark.parametrize(
    ("line", "linked"),
    [
        ("https://freischalt.example.org/x?token=a", True),
        ("http://127.0.0.1:8067/x?token=a", True),
        ("http://freischalt.example.org/x", False),
        ("javascript:alert(1)", False),
        ('https://x.example.org/"onclick="x', True),
    ],
)
def test_links_alone_are_linked(line: str, linked: bool) -> None:
    notice = a_notice(kind=NoticeKind.RESET_PASSWORD)

    html = JinjaWriter().mail(notice, {"link": line}).html

    assert ('<a href="' in html) is linked
    assert '"onclick' not in html


def test_a_detail_that_is_missing_is_no_empty_line() -> None:
    with pytest.raises(UndefinedError):
        JinjaWriter().mail(a_notice(details={}), {})


# --- how it leaves


@pytest.fixture
def ses(aws: None) -> Any:
    boto3.client("ses").verify_email_identity(EmailAddress=SENDER)
    return sdk.client("sesv2", attempts=1)


@pytest.fixture(params=["fake", "ses"])
def mailer(request: pytest.FixtureRequest) -> Mailer:
    if request.param == "fake":
        return FakeMailer()
    return SesMailer(request.getfixturevalue("ses"), SENDER)


def test_a_mail_leaves(mailer: Mailer) -> None:
    assert mailer.send(to=EMAIL, mail=MAIL, outbox_id="n1") is Delivery.SENT


def test_it_arrives_with_both_bodies_and_its_outbox_id(ses: Any) -> None:
    sent: list[dict[str, Any]] = []
    ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: sent.append(params)
    )

    SesMailer(ses, SENDER).send(to=EMAIL, mail=MAIL, outbox_id="reset-r1")

    (message,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    assert (message.source, message.subject) == (SENDER, MAIL.subject)
    assert message.destinations["ToAddresses"] == [EMAIL]
    body = sent[0]["Content"]["Simple"]["Body"]
    assert (body["Text"]["Data"], body["Html"]["Data"]) == (MAIL.text, MAIL.html)
    assert sent[0]["EmailTags"] == [{"Name": "outbox", "Value": "reset-r1"}]


@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "SendingPausedException", "BadRequestException"]
)
def test_what_may_work_later_is_raised(ses: Any, code: str) -> None:
    with Stubber(ses) as stub:
        stub.add_client_error("send_email", code)

        with pytest.raises(ClientError, match=code):
            SesMailer(ses, SENDER).send(to=EMAIL, mail=MAIL, outbox_id="n1")


def test_what_is_refused_for_good_is_undeliverable(ses: Any) -> None:
    with Stubber(ses) as stub:
        stub.add_client_error("send_email", "MessageRejected", "Address blacklisted.")

        delivery = SesMailer(ses, SENDER).send(to=EMAIL, mail=MAIL, outbox_id="n1")

    assert delivery is Delivery.UNDELIVERABLE


def test_a_sender_that_is_not_set_up_yet_is_no_fault_of_the_address(ses: Any) -> None:
    """SES says so by the same code; once it is set up, the mail must leave."""
    with pytest.raises(ClientError, match=r"MessageRejected.*not verified"):
        SesMailer(ses, "nobody@example.com").send(to=EMAIL, mail=MAIL, outbox_id="n1")

    words = (
        "Email address is not verified. The following identities failed the check in region "
        f"EU-CENTRAL-1: {SENDER}"
    )
    with Stubber(ses) as stub:
        stub.add_client_error("send_email", "MessageRejected", words)

        with pytest.raises(ClientError, match="MessageRejected"):
            SesMailer(ses, SENDER).send(to=EMAIL, mail=MAIL, outbox_id="n1")


@pytest.mark.parametrize("notice", MAILS)
def test_every_outbox_id_is_one_that_ses_takes_as_a_tag(notice: Notice) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", notice.id)


def test_a_stored_notice_holds_no_secret() -> None:
    for each in EVERY:
        notice = each.values[0]
        assert isinstance(notice, Notice)
        kept = repr(Put(notice)) + repr(notice.details)
        assert not [secret for secret in secrets(notice).values() if secret in kept]


def test_templates_are_where_the_package_is() -> None:
    assert Path("freischalt/templates") == Path(*TEMPLATES.parts[-2:])


LIST_MAILS = {
    NoticeKind.LIST_PUBLISHED: ("2 Wechselrichter wurden hinzugefügt", "2 inverters were added"),
    NoticeKind.LIST_REFUSED: ("Anzahl der Fehler: 1", "number of problems: 1"),
}


@pytest.mark.parametrize("kind", LIST_MAILS)
@pytest.mark.parametrize("language", Language)
def test_a_list_tells_its_plant_and_what_came_of_it(kind: NoticeKind, language: Language) -> None:
    (notice,) = committed(language)[kind.value]

    mail = JinjaWriter().mail(notice, {})

    assert PLANT in mail.subject
    assert LIST_MAILS[kind][language is Language.ENGLISH] in mail.text
    for words in (PLANT, ACCOUNT, HOTLINE):
        assert words in mail.text
