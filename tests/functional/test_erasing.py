"""An account is exported and erased: accounts.md, the last rule."""

import contextlib
import json
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest

from freischalt.domain.account import Account
from freischalt.domain.address import Address, Registrant
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Sender
from freischalt.domain.correction import Correction
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import (
    InverterSerial,
    InvoiceId,
    LockId,
    OrderNumber,
    PaymentId,
    PlantId,
    withdrawal_id,
)
from freischalt.domain.invoice import Invoice
from freischalt.domain.latin import LatinCompany
from freischalt.domain.licence import CaratId, Points
from freischalt.domain.locks import LockReason, LockRecord, LockScope
from freischalt.domain.order import Order, OrderKind
from freischalt.domain.payment import Mismatch
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.plant import Inverter, Plant, Production, UsedActivation
from freischalt.domain.public_plant import PublicPlant, public_plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.repair_order import FORGOTTEN, RepairOrder, RepairState
from freischalt.domain.shared_plant import SharedPlant
from freischalt.domain.sign_in import ApiKey
from freischalt.domain.term_order import (
    Consent,
    TermOrder,
    WhoseOrder,
    Withdrawal,
    WithdrawalOutcome,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language, User
from freischalt.use_cases.erasing import ERASED, erase
from freischalt.use_cases.exporting import exported
from freischalt.use_cases.forgetting import MOST_CHANGES
from freischalt.use_cases.locking import Lifting, NewLock, lift_lock, set_lock
from freischalt.use_cases.office import A_PAGE
from freischalt.use_cases.own_account import ask_for_phone, make_api_key
from freischalt.use_cases.plants import make_plant, report_production
from freischalt.use_cases.quoting import Wanted
from freischalt.use_cases.term_orders import NewTermOrder, place_term_order
from tests.account_factories import (
    ANNA,
    COMPANY,
    EMAIL,
    NAME,
    NEW_YEAR,
    VERSIONS,
    a_check,
    a_lock_record,
    a_password,
    a_request,
    a_standing,
    a_user,
    an_account,
    an_api_key,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_PHONE,
    PHONE,
    a_dongle,
    a_sender,
)
from tests.list_factories import FULL_LIST
from tests.term_factories import (
    ORDER,
    PLANT,
    SERIAL,
    TODAY,
    a_payment,
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

OWING = Refusal(RefusalCode.OPEN_OBLIGATIONS)
NO_ACCOUNT = Refusal(RefusalCode.NO_ACCOUNT)


def an_order(n: int = 1) -> Order:
    return Order(
        number=OrderNumber(f"2026-{n:06d}"),
        outbox_id="o1",
        account=ACCOUNT,
        kind=OrderKind.UPGRADE,
        type=Points(5),
        licence_number=NUMBER,
        net_cents=8_000,
        currency="EUR",
        placed_at=NOON,
        message_id="m1",
    )


def office(*things: Any, **account: Any) -> FakeOffice:
    fields = {"phones": (PHONE,), "users": (ANNA,), "registrant": COMPANY, **account}
    return an_office(
        an_account(**fields),
        a_user(password=a_password("#0#geheim")),
        a_sender(),
        an_api_key("d" * 64),
        a_check(OTHER_PHONE),
        an_order(),
        a_dongle(),
        a_lock_record(),
        *things,
    )


def erased(fake: FakeOffice, **changes: Any) -> Any:
    return erase(ACCOUNT, fake.office, a_request(**{"id": "erase", "actor": "user:x", **changes}))


# --- its plants

PLANTS = [
    a_plant(details=details(is_public=True), guests=(OTHER_ACCOUNT,), public_version=1),
    a_plant(id=PlantId(f"{ACCOUNT}-2"), inverters=0, power_w=0),
]
ROW = public_plant(PLANTS[0])
PAID_ORDER = a_term_order(state=TermOrderState.ACTIVE, invoice=an_invoice().id)
A_PAYMENT = a_payment()
LAPSED = a_term_order(state=TermOrderState.LAPSED, put_aside=(A_PAYMENT.id,))
CHARGED = Correction(
    invoice=InvoiceId("2026-000001-c1"),
    plant=PLANT,
    power_w=30_000,
    net_cents=4_900,
    gross_cents=5_831,
    until=NEW_YEAR,
)
SETTLED = replace(CHARGED, paid_cents=5_831, payments=(A_PAYMENT.id,))
LET_OFF = replace(SETTLED, paid_cents=5_000, waived_cents=831)
TOO_MUCH: dict[str, Any] = {"mismatch": Mismatch.TOO_MUCH}
TOO_LATE: dict[str, Any] = {"mismatch": Mismatch.ORDER_NOT_OPEN}
WITHDRAWN = Withdrawal(
    id=withdrawal_id(ACCOUNT, "1795341600000-9f2c"), order=ORDER, name=NAME, email=EMAIL, at=NOON
)
BY_A_STRANGER = replace(WITHDRAWN, id="1795341600001-9f2c", email="x@example.org", account=ACCOUNT)
ACCEPTED = a_repair_order(state=RepairState.ACCEPTED, offer=an_offer(), answered_at=NOON)
SHARED = SharedPlant(guest=OTHER_ACCOUNT, plant=PLANT, version=1)


def test_plants_go_with_their_inverters_and_rows_and_invoices_stay() -> None:
    many = [an_inverter(serial=InverterSerial(f"SN-{n:04d}")) for n in range(2 * MOST_CHANGES + 1)]
    others = a_plant(id=PlantId(f"{OTHER_ACCOUNT}-1"))
    used = UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, version=1)
    fake = office(*PLANTS, ROW, SHARED, *many, others, used, an_invoice())

    assert erased(fake) == {"account": ACCOUNT}

    assert fake.records.all(Plant) == [others]
    assert [fake.records.all(of) for of in (Inverter, PublicPlant, SharedPlant)] == [[], [], []]
    assert fake.records.all(Invoice) == [an_invoice()]
    assert fake.records.all(UsedActivation) == [used]


@pytest.mark.parametrize(
    ("things", "owing"),
    [
        pytest.param([a_term_order()], True, id="an open order"),
        pytest.param([a_plant(terms=(a_term(),))], True, id="a term that runs"),
        pytest.param(
            [a_plant(terms=(a_term(after=date(2027, 1, 1)),))], True, id="a term that will run"
        ),
        pytest.param([a_plant()], False, id="a trial"),
        pytest.param(
            [a_plant(terms=(a_term(after=date(2025, 11, 1)),))], False, id="a term that is over"
        ),
        pytest.param([a_plant(terms=(a_term(),), ended_at=NOON)], False, id="an ended plant"),
        pytest.param([PAID_ORDER], False, id="an order that is paid"),
        pytest.param(
            [replace(PAID_ORDER, payments=(A_PAYMENT.id,)), replace(A_PAYMENT, **TOO_MUCH)],
            True,
            id="more money than was asked for",
        ),
        pytest.param([LAPSED, replace(A_PAYMENT, **TOO_LATE)], True, id="money that came too late"),
        pytest.param(
            [LAPSED, replace(A_PAYMENT, **TOO_LATE, settled_at=NOON)], False, id="money paid back"
        ),
        pytest.param(
            [
                replace(PAID_ORDER, payments=(A_PAYMENT.id,)),
                replace(A_PAYMENT, setbacks=(a_setback(),)),
            ],
            True,
            id="a payment that is disputed",
        ),
        pytest.param(
            [
                replace(PAID_ORDER, payments=(A_PAYMENT.id,)),
                replace(A_PAYMENT, setbacks=(a_setback(settled_at=NOON),)),
            ],
            False,
            id="a dispute that is settled",
        ),
        pytest.param(
            [LAPSED, replace(A_PAYMENT, **TOO_LATE, account=OTHER_ACCOUNT)],
            False,
            id="money that an operator has given to another's order",
        ),
        pytest.param([replace(PAID_ORDER, corrections=(CHARGED,))], True, id="a correction"),
        pytest.param([replace(PAID_ORDER, corrections=(SETTLED,))], False, id="a paid correction"),
        pytest.param([replace(PAID_ORDER, corrections=(LET_OFF,))], False, id="a rest let off"),
        pytest.param(
            [replace(PAID_ORDER, corrections=(SETTLED,)), replace(A_PAYMENT, **TOO_MUCH)],
            True,
            id="more money than a correction was for",
        ),
        pytest.param([WITHDRAWN], True, id="a declaration that nobody has settled"),
        pytest.param([replace(WITHDRAWN, settled_at=NOON)], False, id="a settled one"),
        pytest.param([BY_A_STRANGER], False, id="a stranger's declaration"),
        pytest.param([a_repair_order()], False, id="a repair that was asked for"),
        pytest.param([ACCEPTED], True, id="a repair that was accepted"),
        pytest.param(
            [replace(ACCEPTED, state=RepairState.DONE, done_at=NOON)], False, id="one that is done"
        ),
    ],
)
def test_what_is_still_owed_for_plants(things: list[Any], owing: bool) -> None:
    fake = office(*things)
    before = dict(fake.records.things)

    assert erased(fake) == (OWING if owing else {"account": ACCOUNT})
    if owing:
        assert fake.records.things == before


@pytest.mark.parametrize(
    "order",
    [
        PAID_ORDER,
        a_term_order(state=TermOrderState.WITHDRAWN, invoice=an_invoice().id),
        a_term_order(state=TermOrderState.LAPSED, payments=(A_PAYMENT.id,)),
        LAPSED,
    ],
    ids=["active", "withdrawn", "paid-in-part", "paid-too-late"],
)
def test_of_an_order_the_books_keep_what_they_need_without_the_person(order: TermOrder) -> None:
    fake = office(order, whose := WhoseOrder(order=ORDER, account=ACCOUNT, version=1))

    assert erased(fake) == {"account": ACCOUNT}

    (kept,) = fake.records.all(TermOrder)
    where = Address(FORGOTTEN, FORGOTTEN, FORGOTTEN, order.buyer.address.country)
    (line,) = order.lines
    assert kept == replace(
        order,
        buyer=Registrant(order.buyer.kind, FORGOTTEN, where),
        buyer_vat_id=None,
        quote=replace(order.quote, lines=(replace(line, name=FORGOTTEN),)),
        version=2,
    )
    assert (kept.gross_cents, kept.is_consumers) == (order.gross_cents, order.is_consumers)
    assert fake.records.all(WhoseOrder) == [whose]


@pytest.mark.parametrize(
    "state", [TermOrderState.LAPSED, TermOrderState.CANCELLED, TermOrderState.WITHDRAWN]
)
def test_an_order_that_no_book_knows_of_goes(state: TermOrderState) -> None:
    fake = office(a_term_order(state=state), WhoseOrder(order=ORDER, account=ACCOUNT, version=1))

    assert erased(fake) == {"account": ACCOUNT}
    assert (fake.records.all(TermOrder), fake.records.all(WhoseOrder)) == ([], [])


def test_of_declarations_those_are_kept_by_which_something_was_paid_back() -> None:
    settled = replace(WITHDRAWN, settled_at=NOON, note="erstattet", version=2)
    acted = replace(settled, outcome=WithdrawalOutcome.WITHDRAWN, refund_cents=5_831)
    too_late = replace(
        settled, id=withdrawal_id(ACCOUNT, "1795341600002-9f2c"), outcome=WithdrawalOutcome.TOO_LATE
    )
    fake = office(acted, too_late, BY_A_STRANGER)

    assert erased(fake) == {"account": ACCOUNT}
    assert fake.records.all(Withdrawal) == [
        replace(acted, name=FORGOTTEN, email=FORGOTTEN, version=3),
        BY_A_STRANGER,
    ]


def test_a_declaration_that_comes_meanwhile_waits_for_an_operator() -> None:
    fake = office()
    fake.records.quicker.append(lambda: fake.records.put(WITHDRAWN))

    assert erased(fake) == {"account": ACCOUNT}
    assert fake.records.all(Withdrawal) == [WITHDRAWN]


@pytest.mark.parametrize(
    ("ended", "confirmed", "refused"),
    [(None, False, True), (None, True, False), (NOON, False, False)],
    ids=["not-confirmed", "confirmed", "ended-before"],
)
def test_credit_is_given_up_by_whoever_confirms_that(
    ended: datetime | None, confirmed: bool, refused: bool
) -> None:
    fake = office(a_plant(credit_cents=4_900, ended_at=ended))
    before = dict(fake.records.things)

    done = erase(ACCOUNT, fake.office, a_request(actor="user:x"), confirmed=confirmed)

    if refused:
        assert done == Refusal(RefusalCode.ERASING_NOT_CONFIRMED)
        assert fake.records.things == before
    else:
        assert done == {"account": ACCOUNT}
        assert fake.records.all(Plant) == []


def test_what_is_owed_is_not_given_up_by_a_confirmation() -> None:
    fake = office(a_plant(credit_cents=4_900), ACCEPTED)

    assert erase(ACCOUNT, fake.office, a_request(actor="user:x"), confirmed=True) == OWING


def ordered(fake: FakeOffice) -> TermOrder | Refusal:
    """A term of 365 days for the plant, as its customer orders it."""
    new = NewTermOrder(
        wanted=Wanted(account=ACCOUNT, plants=[PLANT], days=365),
        gross_cents=4_900,
        consent=Consent(documents=VERSIONS),
        language=Language.GERMAN,
        placed_by=ANNA,
    )
    return place_term_order(new, fake.numbers, fake.office, a_request("order"))


def test_an_order_that_is_placed_meanwhile_keeps_the_account_with_all_that_it_has() -> None:
    fake = office(*PLANTS, ROW, SHARED, an_inverter(), vat=a_standing())
    fake.records.quicker.append(partial(ordered, fake))

    assert erased(fake) == OWING
    assert not fake.records.get(Account, ACCOUNT).erased
    assert [len(fake.records.all(kind)) for kind in (Plant, PublicPlant, Inverter)] == [2, 1, 1]
    assert [len(fake.records.all(kind)) for kind in (ApiKey, PhoneCheck, User)] == [1, 1, 1]


def test_no_term_is_ordered_for_an_account_that_is_erased_meanwhile() -> None:
    fake = office(a_plant(), vat=a_standing())
    fake.records.quicker.append(partial(erased, fake))

    assert ordered(fake) == NO_ACCOUNT
    assert (fake.records.all(TermOrder), fake.records.all(Plant)) == ([], [])


@pytest.mark.parametrize("when", [0, 2, 3])
def test_a_plant_that_is_made_or_changed_meanwhile_goes_too(when: int) -> None:
    """Before the decision it is made; after it, one that was there before is changed at most."""
    fake = office(*PLANTS, ROW, SHARED, plants=2)
    report = Production(on=TODAY, day_wh=5, total_wh=10)
    ways = {
        0: partial(make_plant, ACCOUNT, details(), fake.office, a_request("make")),
        2: partial(report_production, PLANT, report, fake.office, a_request("report")),
        3: partial(report_production, PLANT, report, fake.office, a_request("report")),
    }
    fake.records.quicker += [*[lambda: None] * when, ways[when]]

    assert erased(fake) == {"account": ACCOUNT}
    assert not fake.records.quicker
    assert (fake.records.all(Plant), fake.records.all(PublicPlant)) == ([], [])


def test_hundreds_of_plants_go_twenty_at_a_time() -> None:
    made = [
        a_plant(id=PlantId(f"{ACCOUNT}-{n}"), details=details(is_public=True), public_version=1)
        for n in range(1, 101)
    ]
    fake = office(*made, *filter(None, map(public_plant, made)))

    assert erased(fake) == {"account": ACCOUNT}
    assert (fake.records.all(Plant), fake.records.all(PublicPlant)) == ([], [])
    others = 4  # the decision, its key, its phone check, its user
    assert fake.records.writes == 100 // 20 + others


def nothing_is_left(fake: FakeOffice) -> None:
    assert fake.records.get(Account, ACCOUNT).erasing_since is None
    for kind in (User, ApiKey, PhoneCheck, Plant, PublicPlant, Inverter, RepairOrder):
        assert fake.records.all(kind) == []


@pytest.mark.parametrize("after", range(1, 8))
def test_what_a_crash_leaves_behind_goes_when_it_is_asked_for_again(after: int) -> None:
    """As one of its users, who can sign in until everything else is gone."""
    repair = a_repair_order()
    fake = office(*PLANTS, ROW, SHARED, an_inverter(), repair)

    def crash() -> None:
        raise ConnectionError

    fake.records.quicker += [*[lambda: None] * after, crash]
    with contextlib.suppress(ConnectionError):
        erased(fake)
    fake.records.quicker.clear()

    whole = after >= 7
    assert fake.records.get(Account, ACCOUNT).erased
    assert (fake.records.all(User) == []) is whole
    assert erased(fake, id="again") == (NO_ACCOUNT if whole else {"account": ACCOUNT})
    nothing_is_left(fake)


def test_the_export_has_plants_inverters_and_orders_of_terms() -> None:
    report = Production(on=TODAY, day_wh=5, total_wh=10)
    plant = a_plant(terms=(a_term(),), production=report, guests=(OTHER_ACCOUNT,))
    invoice = an_invoice(number="R2026-000001", issued_on=TODAY)
    order = a_term_order(payments=(A_PAYMENT.id,))
    used = UsedActivation(serial=SERIAL, plant=PLANT, at=NOON, by=f"user:{ANNA}", version=1)
    fake = office(
        *(plant, an_inverter(name="WR 1"), used, FULL_LIST),
        *(order, replace(A_PAYMENT, setbacks=(a_setback(),)), invoice, WITHDRAWN, BY_A_STRANGER),
    )

    whole = exported(fake.records.get(Account, ACCOUNT), fake.office, fake.records)

    (shown,) = json.loads(json.dumps(whole))["plants"]
    assert (shown["city"], shown["latitude"], shown["guests"]) == (
        *("Metzingen", "48.5376"),
        [OTHER_ACCOUNT],
    )
    assert shown["terms"][0]["netCents"] == 4_900
    assert shown["production"] == {"on": "2026-11-22", "dayWh": 5, "totalWh": 10}
    assert whole["inverters"][0]["name"] == "WR 1"
    (shown,) = whole["termOrders"]
    assert (shown["state"], shown["grossCents"]) == ("open", 5_831)
    assert shown["immediateStart"] is order.consent.immediate_start
    assert shown["buyer"]["street"] == order.buyer.address.street
    assert shown["lines"] == [{"plant": PLANT, "days": 365, "netCents": 4_900}]
    (invoice_shown,) = whole["invoices"]
    assert (invoice_shown["number"], invoice_shown["grossCents"]) == ("R2026-000001", 5_831)
    assert [one["email"] for one in whole["withdrawals"]] == [EMAIL]
    (payment,) = whole["payments"]
    assert (payment["id"], payment["amountCents"]) == (A_PAYMENT.id, 5_831)
    (setback,) = payment["setbacks"]
    assert (setback["id"], setback["state"], setback["amountCents"]) == ("du_1", "disputed", 5_831)
    assert whole["usedCodes"] == [
        {
            "serial": SERIAL,
            "plant": PLANT,
            "at": NOON.isoformat(),
            "by": f"user:{ANNA}",
            "list": None,
        }
    ]
    (list_,) = whole["inverterLists"]
    assert (list_["id"], list_["state"]) == (FULL_LIST.id, FULL_LIST.state.value)
    assert len(list_["problems"]) == len(FULL_LIST.problems) > 0


def test_a_code_that_another_account_has_used_since_is_not_exported() -> None:
    """The inverter is what a refused list has left behind."""
    theirs = UsedActivation(serial=SERIAL, plant=PlantId(f"{OTHER_ACCOUNT}-1"), at=NOON, version=1)

    assert export(office(a_plant(), an_inverter(), theirs))["usedCodes"] == []


@pytest.mark.parametrize("put_aside", [(), (A_PAYMENT.id,)], ids=["counted", "put-aside"])
def test_the_export_has_each_payment_once_and_none_of_another_account(
    put_aside: tuple[PaymentId, ...],
) -> None:
    """One that was put aside was given to an order later: of the same account, or of another."""
    orders = [
        a_term_order(put_aside=put_aside),
        a_term_order(number=OrderNumber("2026-000999"), payments=(A_PAYMENT.id,)),
    ]

    of_it, of_another = (
        export(office(*orders, replace(A_PAYMENT, account=account)))["payments"]
        for account in (ACCOUNT, OTHER_ACCOUNT)
    )

    assert [payment["id"] for payment in of_it] == [A_PAYMENT.id]
    assert of_another == []


# --- erasing


def test_personal_data_goes() -> None:
    fake = office()

    assert erased(fake) == {"account": ACCOUNT}

    assert fake.records.all(Account) == [
        an_account(company=ERASED, erased=True, changed_by="user:x", version=3)
    ]
    for kind in (User, ApiKey, PhoneCheck):
        assert fake.records.all(kind) == []
    assert fake.records.all(Sender) == [Sender(phone=PHONE, revision=2)]
    kept = repr([thing for thing in fake.records.things.values() if thing.__class__ is not Sender])
    for personal in (NAME, EMAIL, PHONE, OTHER_PHONE, "Huber", "Weg 1", "ATU13585627"):
        assert personal not in kept


def test_accounting_keeps_what_it_needs() -> None:
    fake = office()

    erased(fake)

    assert fake.records.all(Order) == [an_order()]
    assert fake.records.all(Dongle) == [a_dongle()]
    assert fake.records.all(LockRecord) == [a_lock_record()]


def test_what_other_accounts_have_stays() -> None:
    phone, key = a_sender(OTHER_PHONE, account=OTHER_ACCOUNT), an_api_key(account=OTHER_ACCOUNT)
    fake = office(phone, key, phones=(PHONE, OTHER_PHONE))

    erased(fake)

    assert fake.records.get(Sender, OTHER_PHONE) == phone
    assert fake.records.all(ApiKey) == [key]


def test_a_user_of_two_accounts_stays_in_the_other_and_is_signed_out() -> None:
    fake = office(a_user(accounts=(ACCOUNT, OTHER_ACCOUNT)))

    erased(fake)

    assert fake.records.all(User) == [a_user(accounts=(OTHER_ACCOUNT,), epoch=1, version=2)]


@pytest.mark.parametrize(
    ("lock", "owing"),
    [
        ({"reason": LockReason.CONTRACT}, True),
        ({"reason": LockReason.CONTRACT, "scope": LockScope.NEW}, True),
        ({"reason": LockReason.CONTRACT, "until": NEW_YEAR}, True),
        ({"reason": LockReason.CONTRACT, "until": date(2026, 11, 22)}, False),
        ({"reason": LockReason.CONTRACT, "lifted_at": NOON}, False),
        ({"reason": LockReason.CONTRACT, "account": OTHER_ACCOUNT}, False),
        ({"reason": LockReason.SECURITY}, False),
        ({"reason": LockReason.CUSTOMER}, False),
    ],
)
@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_what_is_still_owed_keeps_the_account(
    carat_id: CaratId | None, lock: dict[str, Any], owing: bool
) -> None:
    fake = office(a_lock_record("0000000000002-bb", carat_id=carat_id, **lock))

    assert erased(fake) == (OWING if owing else {"account": ACCOUNT})
    assert fake.records.get(Account, ACCOUNT).erased is not owing


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_an_account_can_be_erased_when_what_was_owed_is_paid(carat_id: CaratId | None) -> None:
    fake = office()
    new = NewLock(account=ACCOUNT, carat_id=carat_id, reason=LockReason.CONTRACT)
    lock = set_lock(new, fake.office, a_request("lock"))
    assert not isinstance(lock, Refusal)

    assert erased(fake) == OWING
    lifting = Lifting(account=ACCOUNT, lock=LockId(lock["lock"]), resolution="bezahlt")
    lift_lock(lifting, fake.office, a_request("lift"))

    assert erased(fake) == {"account": ACCOUNT}


def test_an_old_lock_behind_many_others_is_still_owed() -> None:
    lifted = [a_lock_record(f"{n:013d}-cc", lifted_at=NOON) for n in range(2, 2 * A_PAGE + 2)]
    fake = office(a_lock_record("0000000000000-bb", reason=LockReason.CONTRACT), *lifted)

    assert erased(fake) == OWING


def test_a_lock_that_is_set_meanwhile_keeps_the_account() -> None:
    fake = office()
    new = NewLock(account=ACCOUNT, carat_id=None, reason=LockReason.CONTRACT)
    lock = partial(set_lock, new, fake.office, a_request("lock"))
    fake.records.quicker.append(lock)

    assert erased(fake) == OWING
    assert not fake.records.get(Account, ACCOUNT).erased


@pytest.mark.parametrize("carat_id", [None, CARAT_ID])
def test_a_refused_erasure_changes_nothing(carat_id: CaratId | None) -> None:
    fake = office(a_lock_record("0000000000002-bb", carat_id=carat_id, reason=LockReason.CONTRACT))
    before = dict(fake.records.things)

    assert erased(fake) == OWING

    assert fake.records.things == before
    assert fake.records.writes == 0


@pytest.mark.parametrize(
    "changed", [an_api_key("d" * 64, version=2), a_check(OTHER_PHONE, wrong_tries=1, version=2)]
)
def test_what_is_used_meanwhile_is_erased(changed: Any) -> None:
    fake = office()
    quicker = partial(fake.records.put, changed)
    decided = [lambda: None] if isinstance(changed, ApiKey) else [lambda: None] * 2
    fake.records.quicker += [*decided, quicker]

    assert erased(fake) == {"account": ACCOUNT}
    assert fake.records.all(type(changed)) == []


@pytest.mark.parametrize("what", ["key", "check"])
def test_what_is_made_meanwhile_is_erased(what: str) -> None:
    """It commits before the erasure does, on the account as it was."""
    fake = office()

    def made() -> None:
        if what == "key":
            make_api_key("machine", ACCOUNT, fake.office, a_request("make"))
        else:
            ask_for_phone("+436609999999", ACCOUNT, Language.GERMAN, fake.office, a_request("ask"))
        assert fake.records.all(ApiKey if what == "key" else PhoneCheck)

    fake.records.quicker.append(made)

    assert erased(fake) == {"account": ACCOUNT}
    assert (fake.records.all(ApiKey), fake.records.all(PhoneCheck)) == ([], [])


def test_many_keys_are_erased() -> None:
    keys = [an_api_key(f"{n:064d}") for n in range(2 * A_PAGE + 1)]
    fake = office(*keys)

    assert erased(fake) == {"account": ACCOUNT}
    assert fake.records.all(ApiKey) == []


@pytest.mark.parametrize("fake", [an_office(), an_office(an_account(erased=True))])
def test_there_is_nothing_to_erase_where_no_account_is(fake: FakeOffice) -> None:
    assert erased(fake) == NO_ACCOUNT


def test_an_erased_account_is_erased_once() -> None:
    fake = office()

    results = [erased(fake, id="erase", repeatable=True) for _ in range(3)]

    assert results == [{"account": ACCOUNT}] * 3
    assert erased(fake, id="again") == NO_ACCOUNT
    assert fake.records.get(Account, ACCOUNT).version == 3


def test_a_phone_that_joins_meanwhile_is_released_too() -> None:
    fake = office()

    def joins() -> None:
        phones = (PHONE, OTHER_PHONE)
        fake.records.put(an_account(phones=phones, users=(ANNA,), version=2))
        fake.records.put(a_sender(OTHER_PHONE))

    fake.records.quicker.append(joins)
    erased(fake)

    assert fake.records.get(Account, ACCOUNT).version == 4
    assert all(phone.account is None for phone in fake.records.all(Sender))


# --- the export


def export(fake: FakeOffice) -> Any:
    return exported(fake.records.get(Account, ACCOUNT), fake.office, fake.records)


def test_all_that_is_kept_of_an_account_is_exported() -> None:
    entry = AuditEntry(
        carat_id=None,
        at=NOON,
        id="a1",
        event=Event.LOCK_SET,
        actor="operator:o",
        account=ACCOUNT,
        details={"lock": "l"},
    )
    own, others = (
        AuditEntry(
            carat_id=CARAT_ID,
            at=NOON,
            id=f"of-{number}",
            event=Event.RETRIEVED,
            actor="sms:1",
            account=number,
        )
        for number in (ACCOUNT, OTHER_ACCOUNT)
    )
    latin = LatinCompany(name="Huber Latin", street="Weg 1", city="Vienna")
    fake = office(registrant=replace(COMPANY, latin=latin))
    fake.records.entries += [entry, own, others]

    found = json.loads(json.dumps(export(fake)))

    assert found["account"] == {
        "number": ACCOUNT,
        "name": "Huber GmbH",
        "createdAt": NOON.isoformat(),
        "registrant": {
            "kind": "company",
            "name": "Huber GmbH",
            "street": "Weg 1",
            "postalCode": "1010",
            "city": "Wien",
            "country": "AT",
            "vatId": "ATU13585627",
            "nameLatin": "Huber Latin",
            "streetLatin": "Weg 1",
            "cityLatin": "Vienna",
        },
        "phones": [PHONE],
    }
    assert [(user["name"], user["email"]) for user in found["users"]] == [(NAME, EMAIL)]
    (key,) = found["apiKeys"]
    assert (key["id"], key["name"]) == (an_api_key("d" * 64).id, an_api_key("d" * 64).name)
    assert found["licences"] == [CARAT_ID]
    assert [order["number"] for order in found["orders"]] == ["2026-000001"]
    assert [lock["id"] for lock in found["locks"]] == [a_lock_record().id]
    assert [line["event"] for line in found["auditTrail"]] == ["lock_set"]
    assert [line["actor"] for line in found["licenceTrails"][CARAT_ID]] == ["sms:1"]


def test_a_company_without_latin_letters_of_its_own_is_exported_without_them() -> None:
    registrant = export(office())["account"]["registrant"]

    assert [registrant[name] for name in ("nameLatin", "streetLatin", "cityLatin")] == [None] * 3


def test_neither_secrets_nor_private_notes_are_exported() -> None:
    fake = office(a_lock_record(private_note="zahlt nie"))

    text = json.dumps(export(fake))

    for secret in ("#0#geheim", "d" * 64, "zahlt nie"):
        assert secret not in text


def test_lists_longer_than_a_page_are_exported_whole() -> None:
    many = range(2 * A_PAGE + 1)
    dongles = [a_dongle(carat_id=CaratId(f"{n:08d}")) for n in many]
    fake = office(*dongles, *(an_order(n) for n in many))

    found = export(fake)

    assert len(set(found["licences"])) == len(found["licences"]) == len(dongles) + 1
    assert len({order["number"] for order in found["orders"]}) == len(many)
