"""Numbers ascend without gaps and everything is written once, whatever happens at any AWS call."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from freischalt.account_ports import Put, Ref
from freischalt.adapters.dynamodb_billing_events import DynamoDbBillingEvents
from freischalt.adapters.dynamodb_notices import DynamoDbNotices
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_wanted_invoices import DynamoDbWantedInvoices
from freischalt.adapters.s3_invoice_files import S3InvoiceFiles
from freischalt.adapters.sdk import client
from freischalt.domain.billing_event import BillingEvent, BillingKind
from freischalt.domain.ids import AccountNumber, InvoiceId, OrderNumber
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceNumbers, file_of
from freischalt.domain.invoicing import credit_note_of
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.use_cases.export_invoices import csv_of
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import Office
from freischalt.use_cases.write_invoices import (
    InvoiceDesk,
    write_invoice,
    write_invoices,
)
from tests.account_factories import ANNA, MINUTE, a_user, an_account
from tests.account_fakes import VIENNA, FakeOffice, FakeSecrets, an_office
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON
from tests.invoice_fakes import ShortPrinter, a_desk
from tests.term_factories import CONSUMER, ORDER, TERMS, a_term_order, an_invoice

INVOICES = "invoices"
BY_ORDER = InvoiceId(ORDER)


def paid(**changes: Any) -> FakeOffice:
    """An order that has just become active, and its invoice that is wanted."""
    return an_office(
        an_account(users=(ANNA,)),
        a_user(),
        a_term_order(**{"state": TermOrderState.ACTIVE, **changes}),
        an_invoice(wanted_at=NOON),
    )


def invoice_in(fake: FakeOffice, id_: InvoiceId = BY_ORDER) -> Invoice:
    return fake.records.get(Invoice, ACCOUNT, id_)


# --- what comes of an invoice


def test_a_wanted_invoice_gets_its_number_is_kept_and_sent_and_billing_is_told() -> None:
    fake = paid()
    desk = a_desk(fake)

    done = write_invoices(desk, now=NOON)

    invoice = invoice_in(fake)
    (notice,) = fake.records.all(Notice)
    (event,) = fake.records.all(BillingEvent)
    order = fake.records.get(TermOrder, ACCOUNT, ORDER)
    assert done.filed == [invoice.number] == ["R2026-000001"]
    assert (invoice.issued_on, invoice.filed_at) == (NOON.date(), NOON)
    assert order.confirmed_at == NOON
    assert notice.kind is NoticeKind.TERM_ORDER_CONFIRMED
    assert notice.details["invoice"] == file_of(invoice) == "2026/R2026-000001.pdf"
    assert (event.kind, event.detail["invoice_number"]) == (
        BillingKind.INVOICE_ISSUED,
        "R2026-000001",
    )
    assert event.detail["gross_cents"] == invoice.gross_cents
    assert list(fake.files.kept) == ["2026/R2026-000001.pdf"]


def test_the_notice_holds_no_file_and_no_text_of_the_invoice() -> None:
    fake = paid()

    write_invoices(a_desk(fake), now=NOON)

    (notice,) = fake.records.all(Notice)
    assert sum(len(value) for value in notice.details.values()) < 500


def test_what_was_withdrawn_before_is_invoiced_and_not_confirmed() -> None:
    """Its confirmation would be the acceptance that makes the contract."""
    fake = paid(state=TermOrderState.WITHDRAWN)
    note = credit_note_of(invoice_in(fake), at=NOON + MINUTE, today=NOON.date())
    fake.records.put(note)

    done = write_invoices(a_desk(fake), now=NOON + MINUTE)

    assert done.filed == ["R2026-000001", "R2026-000002"]
    assert not fake.told(NoticeKind.TERM_ORDER_CONFIRMED)
    assert len(fake.told(NoticeKind.TERM_CREDIT_NOTE)) == 1
    assert fake.records.get(TermOrder, ACCOUNT, ORDER).confirmed_at is None


def test_a_second_run_changes_nothing() -> None:
    fake = paid()
    desk = a_desk(fake)
    write_invoices(desk, now=NOON)
    before = dict(fake.records.things)

    assert write_invoices(desk, now=NOON + MINUTE).filed == []
    assert write_invoice(an_invoice(), desk, now=NOON + MINUTE) is None
    assert fake.records.things == before


def test_numbers_follow_the_order_of_the_causes() -> None:
    fake = paid()
    ids = [InvoiceId(f"2026-00000{n}") for n in range(2, 6)]
    for minutes, id_ in enumerate(reversed(ids), start=1):
        fake.records.put(an_invoice(id=id_, wanted_at=NOON + minutes * MINUTE))

    write_invoices(a_desk(fake), now=NOON + 9 * MINUTE)

    numbers = {invoice.id: invoice.number for invoice in fake.records.all(Invoice)}
    assert [numbers[id_] for id_ in (BY_ORDER, *reversed(ids))] == [
        f"R2026-{n:06d}" for n in range(1, 6)
    ]


def test_the_bookkeeping_reads_which_invoice_a_credit_note_takes_back() -> None:
    fake = paid()
    note = credit_note_of(invoice_in(fake), at=NOON + MINUTE, today=NOON.date())
    fake.records.put(note)

    write_invoices(a_desk(fake), now=NOON + MINUTE)

    head, *rows = csv_of([invoice_in(fake), invoice_in(fake, note.id)]).splitlines()
    numbers = [dict(zip(head.split(";"), row.split(";"), strict=True)) for row in rows]
    assert [(row["invoice_number"], row["of"]) for row in numbers] == [
        ("R2026-000001", ""),
        ("R2026-000002", "R2026-000001"),
    ]


def test_a_new_year_begins_at_one_by_the_vendors_clock() -> None:
    fake = paid()
    fake.records.put(InvoiceNumbers(year=2026, last=41, version=41))
    write_invoices(a_desk(fake), now=datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
    fake.records.put(an_invoice(id=InvoiceId("2026-000002")))
    write_invoices(a_desk(fake), now=datetime(2026, 12, 31, 23, 0, tzinfo=UTC))

    assert invoice_in(fake).number == "R2026-000042"
    assert invoice_in(fake, InvoiceId("2026-000002")).number == "R2027-000001"


def test_what_cannot_be_printed_holds_up_no_other_and_keeps_its_number() -> None:
    fake = paid()
    other = InvoiceId("2026-000002")
    fake.records.put(an_invoice(id=other, wanted_at=NOON + MINUTE))
    told: list[InvoiceId] = []

    jammed = a_desk(fake, ShortPrinter(jams_on=BY_ORDER))
    done = write_invoices(jammed, now=NOON + MINUTE, failed=lambda id_, _: told.append(id_))
    write_invoices(a_desk(fake), now=NOON + 2 * MINUTE)

    assert told == done.failed == [BY_ORDER]
    assert done.filed == ["R2026-000002"]
    assert invoice_in(fake).number == "R2026-000001"
    assert fake.records.get(InvoiceNumbers, "2026").last == 2


@pytest.mark.parametrize(("minutes", "late"), [(14, []), (15, [BY_ORDER])])
@pytest.mark.parametrize("why", ["no time left", "it fails"])
def test_what_has_waited_for_a_quarter_of_an_hour_is_told(
    minutes: int, late: list[InvoiceId], why: str
) -> None:
    desk = a_desk(paid(), ShortPrinter(jams_on=BY_ORDER if why == "it fails" else None))

    done = write_invoices(desk, now=NOON + minutes * MINUTE, enough=lambda: why == "no time left")

    assert (done.filed, done.late) == ([], late)


def test_a_credit_note_waits_for_the_number_of_its_invoice() -> None:
    fake = paid()
    note = credit_note_of(invoice_in(fake), at=NOON + MINUTE, today=NOON.date())
    fake.records.put(replace(note, version=1))

    jammed = a_desk(fake, ShortPrinter(jams_on=BY_ORDER))
    fake.records.things[Invoice, (ACCOUNT, BY_ORDER)] = replace(
        invoice_in(fake), wanted_at=NOON + 2 * MINUTE
    )
    first = write_invoices(jammed, now=NOON + 3 * MINUTE)
    write_invoices(a_desk(fake), now=NOON + 4 * MINUTE)

    assert first.failed == [note.id, BY_ORDER]
    written = invoice_in(fake, note.id)
    assert (invoice_in(fake).number, written.number) == ("R2026-000001", "R2026-000002")
    (notice,) = fake.told(NoticeKind.TERM_CREDIT_NOTE)
    assert (notice.details["number"], notice.details["of"]) == ("R2026-000002", "R2026-000001")
    confirmed = fake.records.get(TermOrder, ACCOUNT, ORDER)
    assert confirmed.confirmed_at == NOON + 4 * MINUTE


def test_a_correction_has_a_mail_of_its_own() -> None:
    fake = paid()
    fake.records.put(
        an_invoice(number="R2026-000001", issued_on=NOON.date(), filed_at=NOON),
        an_invoice(
            id=InvoiceId(f"{ORDER}-correction-1"),
            kind=InvoiceKind.CORRECTION,
            of=BY_ORDER,
            paid=False,
        ),
    )

    write_invoices(a_desk(fake), now=NOON)

    assert [notice.kind for notice in fake.records.all(Notice)] == [NoticeKind.TERM_CORRECTION]


@pytest.mark.parametrize("language", Language)
def test_the_mail_is_in_the_language_of_the_contract(language: Language) -> None:
    fake = paid(language=language)

    write_invoices(a_desk(fake), now=NOON)

    assert [notice.language for notice in fake.records.all(Notice)] == [language]


def test_consumers_in_germany_get_the_withdrawal_notice_and_others_do_not() -> None:
    attached = {}
    for name, order in {"company": {}, "consumer": {"buyer": CONSUMER}}.items():
        fake = paid(**order)
        fake.catalogue = replace(
            fake.catalogue,
            contract_documents={"general-terms": "3", "faq": "4", "withdrawal": "5"},
        )
        write_invoices(a_desk(fake), now=NOON)
        (notice,) = fake.records.all(Notice)
        attached[name] = notice.details["documents"]

    assert attached == {
        "company": "terms:2026-01 general-terms:3 privacy:2026-02 faq:4",
        "consumer": "terms:2026-01 general-terms:3 privacy:2026-02 faq:4 withdrawal:5",
    }


def test_who_changes_the_order_meanwhile_wins() -> None:
    fake = paid()
    order = fake.records.get(TermOrder, ACCOUNT, ORDER)
    fake.records.quicker = [
        lambda: None,
        lambda: fake.records.put(replace(order, ended_at=NOON, version=order.version + 1)),
    ]

    write_invoices(a_desk(fake), now=NOON)

    changed = fake.records.get(TermOrder, ACCOUNT, ORDER)
    assert (changed.ended_at, changed.confirmed_at) == (NOON, NOON)
    assert fake.records.get(InvoiceNumbers, "2026").last == 1


def test_one_invoice_costs_two_reads_and_two_transactions() -> None:
    fake = paid()

    write_invoices(a_desk(fake), now=NOON)

    assert (fake.records.reads, fake.records.writes) == (2, 2)


# --- whatever happens at any call


class Killed(BaseException):
    """The process dies: nothing catches it."""


@dataclass
class Clients:
    """What calls AWS, with something that happens at the n-th call, before or after it acts."""

    dynamodb: Any
    s3: Any
    at: int = 0
    after: bool = False
    happens: Callable[[], object] = lambda: None
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for made in (self.dynamodb, self.s3):
            made.meta.events.register("before-call.*.*", self._before)
            made.meta.events.register("after-call.*.*", self._after)

    def strike(self, at: int, *, after: bool, happens: Callable[[], object]) -> None:
        self.at, self.after, self.happens, self.calls = at, after, happens, []

    def _before(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        if not self.after:
            self._happen()

    def _after(self, **_: Any) -> None:
        if self.after:
            self._happen()

    def _happen(self) -> None:
        if len(self.calls) == self.at:
            self.at = 0  # once
            self.happens()


def clients() -> Clients:
    return Clients(client("dynamodb", attempts=1), client("s3", attempts=1))


def a_writer(made: Clients, catalogue: Any) -> InvoiceDesk:
    records = DynamoDbRecords(made.dynamodb, TABLE, VIENNA)
    office = Office(
        records=records,
        secrets=FakeSecrets(),
        catalogue=catalogue,
        time_zone=VIENNA,
        pause=lambda _: None,
        terms=TERMS,
    )
    return InvoiceDesk(
        office=office,
        wanted=DynamoDbWantedInvoices(made.dynamodb, TABLE),
        printer=ShortPrinter(),
        files=S3InvoiceFiles(lambda: made.s3, INVOICES),
    )


@pytest.fixture
def run(dynamodb: Any) -> Callable[[Clients], None]:
    boto3.client("s3").create_bucket(
        Bucket=INVOICES, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    catalogue = an_office().catalogue

    def write(made: Clients) -> None:
        write_invoices(a_writer(made, catalogue), now=NOON, failed=nobody_is_told)

    return write


@dataclass
class World:
    """What is stored, seeded with two more orders each time."""

    dynamodb: Any
    s3: Any
    seeded: list[AccountNumber] = field(default_factory=list)

    @property
    def records(self) -> DynamoDbRecords:
        return DynamoDbRecords(self.dynamodb, TABLE, VIENNA)

    def seed(self) -> None:
        for _ in range(2):
            number = AccountNumber(f"1{len(self.seeded):04d}")
            order = self.order(number)
            user = a_user(f"user-{number}", accounts=(number,), version=0)
            wanted_at = NOON + timedelta(seconds=len(self.seeded))
            self.records.write(
                Put(an_account(number=number, users=(user.id,), version=0)),
                Put(user),
                Put(
                    a_term_order(
                        number=order,
                        account=number,
                        placed_by=user.id,
                        state=TermOrderState.ACTIVE,
                        version=0,
                    )
                ),
                Put(
                    an_invoice(
                        id=InvoiceId(order),
                        account=number,
                        order=order,
                        wanted_at=wanted_at,
                        version=0,
                    )
                ),
            )
            self.seeded.append(number)

    def is_right(self) -> None:
        """The two are filed, numbered without a gap, and kept."""
        given = len(self.seeded) - 2
        refs = [
            Ref(Invoice, (account, InvoiceId(self.order(account)))) for account in self.seeded[-2:]
        ]
        orders = [Ref(TermOrder, ref.id) for ref in refs]
        numbers = Ref(InvoiceNumbers, ("2026",))
        seen = self.records.read(numbers, *refs, *orders)
        invoices, last = [seen[ref] for ref in refs], seen[numbers]
        expected = [f"R2026-{n:06d}" for n in (given + 1, given + 2)]
        assert last
        assert last.last == len(self.seeded)
        assert sorted(one.number or "" for one in invoices if one) == expected
        for ref, invoice, order in zip(refs, invoices, orders, strict=True):
            placed = seen[order]
            assert invoice
            assert placed
            assert (invoice.filed_at, placed.confirmed_at) == (NOON, NOON), ref
            kept = self.s3.get_object(Bucket=INVOICES, Key=file_of(invoice))["Body"].read()
            assert kept == ShortPrinter().pdf(invoice, None)
        assert list(DynamoDbWantedInvoices(self.dynamodb, TABLE).wanted()) == []

    def each_was_told_once(self) -> None:
        """To the customer, and to billing."""
        later = NOON + timedelta(days=1)
        notices = list(DynamoDbNotices(self.dynamodb, TABLE).pending(before=later))
        events = list(DynamoDbBillingEvents(self.dynamodb, TABLE).pending(before=later))
        told = [f"R2026-{n:06d}" for n in range(1, len(self.seeded) + 1)]
        assert sorted(notice.details["number"] for notice in notices) == told
        assert sorted(event.detail["invoice_number"] for event in events) == told

    @staticmethod
    def order(account: AccountNumber) -> OrderNumber:
        return OrderNumber(f"2026-0{account}")


@pytest.fixture
def world(dynamodb: Any) -> World:
    return World(dynamodb, client("s3"))


def dies() -> None:
    raise Killed


def fails() -> None:
    raise ConnectionError


EVERY_CALL = range(1, 12)
"""A query, and for each of two invoices: read, number, file, users, all that is filed with it."""
MOMENTS = pytest.mark.parametrize("after", [False, True], ids=["before-it-acts", "after-it-acted"])


@MOMENTS
@pytest.mark.parametrize("happens", [dies, fails])
def test_whatever_a_call_does_the_next_run_makes_it_right(
    world: World, run: Callable[[Clients], None], happens: Callable[[], None], after: bool
) -> None:
    ours = clients()
    for at in EVERY_CALL:
        world.seed()
        ours.strike(at, after=after, happens=happens)
        with contextlib.suppress(Killed, ConnectionError):
            run(ours)
        assert ours.at == 0
        run(ours)
        world.is_right()
    world.each_was_told_once()


@MOMENTS
def test_two_writers_at_once_give_each_number_once(
    world: World, run: Callable[[Clients], None], after: bool
) -> None:
    """The other one does all of its work at each call of this one."""
    ours, others = clients(), clients()
    for at in EVERY_CALL:
        world.seed()
        ours.strike(at, after=after, happens=lambda: run(others))
        run(ours)
        assert ours.at == 0
        world.is_right()
    world.each_was_told_once()


def test_the_calls_of_a_run_grow_with_what_is_wanted_alone(
    world: World, run: Callable[[Clients], None]
) -> None:
    world.seed()
    one = ["BatchGetItem", "TransactWriteItems", "PutObject", "BatchGetItem", "TransactWriteItems"]
    for expected in (2, 0):
        ours = clients()
        run(ours)
        assert ours.calls == ["Query", *one * expected]
