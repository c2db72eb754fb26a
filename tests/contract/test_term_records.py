"""Plants, orders, money and invoices come back from DynamoDB as they were written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from freischalt.account_ports import Page, Put, Records, Ref
from freischalt.adapters.codecs import CODECS
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.invoice_items import invoice_item
from freischalt.domain.billing import order_placed
from freischalt.domain.ids import InverterSerial, InvoiceId, PaymentId, PlantId, withdrawal_id
from freischalt.domain.invoice import InvoiceNumbers
from freischalt.domain.locks import Lock
from freischalt.domain.payment import Mismatch
from freischalt.domain.payment_page import PageState
from freischalt.domain.plant import Inverter, Plant, Production, Told, UsedActivation
from freischalt.domain.public_plant import PublicPlant
from freischalt.domain.repair_order import RepairState
from freischalt.domain.setback import SetbackState
from freischalt.domain.shared_plant import SharedPlant
from freischalt.domain.term_order import Consent, WhoseOrder, Withdrawal, WithdrawalOutcome
from freischalt.domain.term_order_state import TermOrderState
from tests.account_factories import a_lock_record
from tests.account_fakes import VIENNA, FakeRecords
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.list_factories import FULL_LIST, a_list
from tests.term_factories import (
    ORDER,
    PLANT,
    SERIAL,
    TODAY,
    a_correction,
    a_payment,
    a_payment_page,
    a_plant,
    a_repair_order,
    a_setback,
    a_term,
    a_term_order,
    an_inverter,
    an_invoice,
    an_offer,
    details,
)

TEN_YEARS = datetime(2037, 1, 2, tzinfo=UTC)
FULL_PLANT = a_plant(
    details=details(
        description="Scheune", module_label="M1", generator_power_w=5_000, is_public=True
    ),
    unknown_inverters=1,
    imports=("l1",),
    terms=(a_term(), a_term(after=date(2027, 11, 23), ended=TODAY)),
    credit_cents=17,
    extended_on=TODAY,
    open_order=ORDER,
    ordered_w=10_000,
    guests=(ACCOUNT,),
    locks=(Lock(until=None),),
    production=Production(on=TODAY, day_wh=5, total_wh=10),
    told=Told(end=TODAY, days=14),
    ended_at=NOON,
    changed_by="user:anna",
    unsupported_inverters=1,
    revision=3,
    public_version=2,
)
PUBLIC = PublicPlant(
    plant=PLANT,
    public_id="0123456789abcdef",
    country="DE",
    postal_code="72555",
    city="Metzingen",
    ac_power_w=4_200,
    generator_power_w=5_000,
    production=Production(on=TODAY, day_wh=5, total_wh=10),
    spans=((TODAY, date(2027, 1, 2)), (date(2027, 1, 2), date(2028, 1, 3))),
    locks=(Lock(until=None),),
)
OFFER = an_offer()
THINGS = [
    a_plant(),
    FULL_PLANT,
    an_inverter(),
    an_inverter(name="WR 1", firmware="1.9", is_supported=False, import_id="l1"),
    UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, import_id="l1"),
    SharedPlant(guest=OTHER_ACCOUNT, plant=PLANT),
    a_list(),
    FULL_LIST,
    UsedActivation(
        serial=SERIAL, plant=PLANT, at=NOON, by="user:a", removed_at=NOON, removed_by="user:b"
    ),
    PUBLIC,
    replace(PUBLIC, generator_power_w=None, production=None, spans=(), locks=()),
    a_lock_record(carat_id=None, plant=PLANT),
    a_term_order(),
    a_term_order(
        consent=Consent(documents={"terms": "1"}, immediate_start=True),
        state=TermOrderState.WITHDRAWN,
        paid_cents=5_831,
        payments=(a_payment().id,),
        put_aside=(PaymentId("stripe:pi_9"),),
        activated_at=NOON,
        confirmed_at=NOON,
        ended_at=NOON,
        page="cs_2",
        under_way=("cs_1", "cs_2"),
        invoice=an_invoice().id,
        corrections=(
            a_correction(),
            a_correction(paid_cents=5_949, payments=(a_payment().id,), waived_cents=1),
        ),
        changed_by="user:anna",
    ),
    WhoseOrder(order=ORDER, account=ACCOUNT),
    Withdrawal(
        id=withdrawal_id(ACCOUNT, "1795341600000-9f2c"),
        order=ORDER,
        name="Anna Huber",
        email="anna@example.org",
        at=NOON,
        account=ACCOUNT,
    ),
    Withdrawal(id="w1", order=ORDER, name="Anna Huber", email="anna@example.org", at=NOON),
    Withdrawal(
        id="w2", order=ORDER, name="Anna Huber", email="anna@example.org", at=NOON, told_at=NOON
    ),
    a_payment(),
    a_payment(
        mismatch=Mismatch.TOO_MUCH,
        recorded_by="operator:1",
        settled_at=NOON,
        settled_by="operator:1",
        note="erstattet",
        refunded_cents=17,
        told_at=NOON,
    ),
    a_payment(
        setbacks=(
            a_setback(),
            a_setback(
                "re_1",
                state=SetbackState.REFUND_FAILED,
                reason="",
                answer_by=None,
                settled_at=NOON,
                settled_by="operator:1",
                note="überwiesen",
            ),
        ),
    ),
    a_payment_page(attempt=2, state=PageState.UNDER_WAY),
    a_payment(order=None, account=None, mismatch=Mismatch.NO_SUCH_ORDER),
    an_invoice(),
    an_invoice(
        number="R2026-000001",
        issued_on=TODAY,
        filed_at=NOON,
        of=InvoiceId("2026-000000"),
        paid=False,
    ),
    InvoiceNumbers(year=2026, last=41),
    order_placed(a_term_order()),
    a_repair_order(),
    a_repair_order(
        special_settings="cos phi",
        state=RepairState.ACCEPTED,
        offer=OFFER,
        answered_at=NOON,
        changed_by="user:anna",
    ),
    a_repair_order(
        state=RepairState.DONE,
        offer=OFFER,
        answered_at=NOON,
        done_at=NOON,
        changed_by="operator:o",
    ),
]


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_what_is_written_is_read(dynamodb: Any, thing: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, ZoneInfo("Europe/Berlin"))
    new = replace(thing, version=0)
    ref: Ref[Any] = Ref(type(thing), CODECS[type(thing)].id(thing))

    records.write(Put(new))

    assert replace(new, version=1) == records.read(ref)[ref]


# --- lists


@pytest.fixture(params=["fake", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Records:
    if request.param == "fake":
        return FakeRecords()
    return DynamoDbRecords(
        request.getfixturevalue("dynamodb"), TABLE, ZoneInfo("Europe/Berlin"), lambda _: None
    )


def pages[T](page_after: Callable[[str | None], Page[T]]) -> list[list[T]]:
    """Each page of a list, until none follows."""
    found, after = [], None
    while True:
        page = page_after(after)
        found.append(list(page.things))
        if page.next is None:
            return found
        after = page.next


def test_plants_come_newest_first_by_their_numbers_and_no_others(records: Records) -> None:
    for number in (2, 10, 9, 1):
        records.write(Put(a_plant(id=PlantId(f"{ACCOUNT}-{number}"), version=0)))
    records.write(Put(a_plant(id=PlantId(f"{OTHER_ACCOUNT}-11"), version=0)))

    found = pages(lambda after: records.page(Plant, ACCOUNT, after=after, limit=3))

    numbers = [[plant.id.rpartition("-")[2] for plant in page] for page in found]
    assert numbers == [["10", "9", "2"], ["1"]]


def test_inverters_come_by_their_serials_and_those_of_no_other_plant(records: Records) -> None:
    other = PlantId(f"{ACCOUNT}-11")
    for serial in ("SN-0003", "SN-0001", "SN-0002"):
        records.write(Put(an_inverter(serial=InverterSerial(serial), version=0)))
    records.write(Put(an_inverter(serial=InverterSerial("SN-0009"), plant=other, version=0)))

    found = pages(lambda after: records.inverters(PLANT, after=after, limit=2))
    of_the_account = records.page(Inverter, ACCOUNT, after=None, limit=10).things

    assert [[each.serial for each in page] for page in found] == [
        ["SN-0001", "SN-0002"],
        ["SN-0003"],
    ]
    assert len(of_the_account) == 4


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({}, TEN_YEARS),
        ({"settled_at": NOON}, NOON + timedelta(days=90)),
        ({"settled_at": NOON, "outcome": WithdrawalOutcome.WITHDRAWN}, TEN_YEARS),
    ],
    ids=["not-settled", "answered", "paid-back"],
)
def test_a_declaration_that_has_changed_nothing_is_kept_for_three_months(
    dynamodb: Any, changes: dict[str, Any], until: datetime
) -> None:
    declared = Withdrawal(
        id="1795341600000-9f2c", order=ORDER, name="Anna", email="anna@example.org", at=NOON
    )

    assert expiry(dynamodb, replace(declared, **changes)) == until


@pytest.mark.parametrize(
    ("state", "until"),
    [
        (RepairState.REQUESTED, None),
        (RepairState.OFFERED, None),
        (RepairState.ACCEPTED, TEN_YEARS),
        (RepairState.DONE, TEN_YEARS),
        (RepairState.DECLINED, None),
    ],
)
def test_what_was_agreed_of_a_repair_is_kept_as_long_as_books_are(
    dynamodb: Any, state: RepairState, until: datetime | None
) -> None:
    order = a_repair_order(state=state, offer=OFFER, answered_at=NOON, version=0)

    assert expiry(dynamodb, order) == until


def expiry(dynamodb: Any, thing: Any) -> datetime | None:
    """When DynamoDB takes it away; None: it does not."""
    DynamoDbRecords(dynamodb, TABLE, VIENNA).write(Put(thing))
    (item,) = dynamodb.scan(TableName=TABLE)["Items"]
    at = item.get("expires_at")
    return at and datetime.fromtimestamp(int(at["N"]), UTC)


def test_an_invoice_is_kept_ten_years_from_the_end_of_the_year_in_which_it_was_issued() -> None:
    """The last minute of a year in UTC is the next year's first in Vienna."""
    wanted_at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    invoice = an_invoice(wanted_at=wanted_at, number="R2027-000001", issued_on=date(2027, 1, 1))

    item = invoice_item(invoice, version=2)

    assert int(item["expires_at"]["N"]) >= datetime(2038, 1, 1, tzinfo=UTC).timestamp()
