"""Changes of the table, old and new, become entries of the trail and rows of lists."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.adapters import keys
from freischalt.adapters.account_events import Row
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.codecs import CODECS
from freischalt.adapters.items import moment, order_item
from freischalt.adapters.stream_events import (
    audit_entries,
    committed_notice,
    due_vat_check,
    list_rows,
)
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber, ImportId, OrderNumber, withdrawal_id
from freischalt.domain.licence import Points
from freischalt.domain.locks import LockReason, LockScope
from freischalt.domain.order import Order, OrderKind
from freischalt.domain.payment import Mismatch
from freischalt.domain.plant import Production, UsedActivation
from freischalt.domain.public_plant import public_plant
from freischalt.domain.repair_order import RepairState, forgotten
from freischalt.domain.setback import SetbackState
from freischalt.domain.sign_in import SignInAttempts
from freischalt.domain.term_order import TermOrder, Withdrawal, WithdrawalOutcome
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.vat import VatService
from freischalt.domain.vat_standing import VatState
from freischalt.errors import MalformedMessage
from tests.account_factories import (
    ANNA,
    CHECK,
    COMPANY,
    EMAIL,
    HOUR,
    NAME,
    NEW_YEAR,
    VERSIONS,
    a_check,
    a_company,
    a_due,
    a_handled_request,
    a_link,
    a_lock_record,
    a_notice,
    a_password,
    a_session,
    a_standing,
    a_user,
    a_vat_record,
    an_account,
    an_api_key,
)
from tests.account_fakes import VIENNA
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_PHONE,
    PHONE,
    a_dongle,
    a_release,
)
from tests.term_factories import (
    PLANT,
    SERIAL,
    TODAY,
    a_correction,
    a_payment,
    a_plant,
    a_repair_order,
    a_setback,
    a_term,
    a_term_order,
    an_inverter,
    an_offer,
    details,
)

KEY = an_api_key("d" * 64)
ATTEMPTS = SignInAttempts(user=ANNA, account=ACCOUNT, at=(NOON,), version=1)
ORDER = Order(
    number=OrderNumber("2026-000123"),
    outbox_id="o1",
    account=ACCOUNT,
    kind=OrderKind.UPGRADE,
    type=Points(5),
    licence_number=NUMBER,
    net_cents=8_000,
    currency="EUR",
    placed_at=NOON - HOUR,
    message_id="user:u/r1",
)


WITHDRAWAL = Withdrawal(
    id=withdrawal_id(ACCOUNT, "1795341600000-9f2c"),
    order="2026-000123",
    name=NAME,
    email=EMAIL,
    at=NOON,
    outcome=WithdrawalOutcome.TOO_LATE,
    account=ACCOUNT,
)
OF_WITHDRAWAL = {"order": "2026-000123", "outcome": "too_late"}


def image(thing: Any) -> Any:
    if isinstance(thing, Order):
        return order_item(thing, VIENNA)
    write = CODECS[type(thing)].write
    assert write
    return write(thing, VIENNA, thing.version)


def changed(old: Any, new: Any) -> dict[str, Any]:
    """One record of the stream; nothing before is an insertion, nothing after a removal."""
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    item = image(new if new is not None else old)
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventName": name,
        "dynamodb": {
            "Keys": {part: item[part] for part in ("PK", "SK")},
            "ApproximateCreationDateTime": NOON.timestamp(),
            **{name: image(thing) for name, thing in images.items() if thing is not None},
        },
    }


def told(old: Any, new: Any) -> list[tuple[Event, str, dict[str, str]]]:
    entries = audit_entries(changed(old, new))
    assert all((entry.carat_id, entry.account) == (None, ACCOUNT) for entry in entries)
    return [(entry.event, entry.actor, dict(entry.details)) for entry in entries]


def rows(old: Any, new: Any) -> list[Row]:
    return list_rows(changed(old, new))


# --- the account's trail

PAYMENT = a_payment()
ORDER_NUMBER = PAYMENT.order or ""
OF_DISPUTE = {
    "payment": PAYMENT.id,
    "order": ORDER_NUMBER,
    "setback": "du_1",
    "state": "disputed",
    "amount_cents": "5831",
}
DISPUTE_SETTLED = a_setback(settled_at=NOON, settled_by="operator:o", note="gesperrt")

LOCK = a_lock_record(
    "1763812800000-abcdefabcdef",
    carat_id=CARAT_ID,
    reason=LockReason.CONTRACT,
    scope=LockScope.NEW,
    until=NEW_YEAR,
    note="Bitte zahlen",
    private_note="zahlt nie",
    set_at=NOON - timedelta(milliseconds=3_001),
)
WHAT = {"lock": LOCK.id, "licence": CARAT_ID, "reason": "contract", "until": "2027-01-01"}
LIFTED = replace(
    LOCK,
    lifted_at=NOON - timedelta(milliseconds=2_001),
    lifted_by="operator:p",
    resolution="bezahlt",
    version=2,
)
ENDED = replace(LOCK, ended_at=NOON - timedelta(milliseconds=1_001), version=2)
CHECKED = a_vat_record(at=NOON - timedelta(milliseconds=4_001))
DECIDED = replace(
    CHECKED,
    at=NOON - timedelta(milliseconds=5_001),
    state=VatState.INVALID,
    code=None,
    question=None,
    exchange=None,
    by="operator:o",
    reason="Papiere gesehen",
)
REPAIR = a_repair_order(changed_by=f"user:{ANNA}")
OFFERED = replace(
    REPAIR, state=RepairState.OFFERED, offer=an_offer(), changed_by="operator:o", version=2
)
ACCEPTED = replace(
    OFFERED,
    state=RepairState.ACCEPTED,
    answered_at=NOON,
    changed_by=f"user:{ANNA}",
    version=3,
)
ANNA_ = a_user(password=a_password("#1"))
BY_ANNA = f"user:{ANNA}"

ENDED_PLANT = a_plant(ended_at=NOON - timedelta(milliseconds=6_001), changed_by="user:x", version=2)
USED = UsedActivation(
    serial=SERIAL, plant=PLANT, at=NOON - timedelta(milliseconds=7_001), by="user:x", version=1
)
REMOVED = replace(
    USED, removed_at=NOON - timedelta(milliseconds=8_001), removed_by="user:y", version=2
)
OF_INVERTER = {"plant": PLANT, "serial": SERIAL}

TERM_ORDER = a_term_order(changed_by="user:x")
PAID_ORDER = replace(
    TERM_ORDER,
    state=TermOrderState.ACTIVE,
    activated_at=NOON,
    version=2,
)
OF_ORDER: dict[str, str] = {"order": TERM_ORDER.number}


def over(state: TermOrderState) -> TermOrder:
    return replace(TERM_ORDER, state=state, ended_at=NOON, version=2)


CASES: dict[str, tuple[Any, Any, list[tuple[Event, str, dict[str, str]]]]] = {
    "a-lock": (None, LOCK, [(Event.LOCK_SET, "operator:o", {**WHAT, "scope": "new"})]),
    "an-open-lock": (
        None,
        a_lock_record("l"),
        [(Event.LOCK_SET, "operator:o", {"lock": "l", "reason": "security", "scope": "all"})],
    ),
    "lifted": (
        LOCK,
        LIFTED,
        [(Event.LOCK_LIFTED, "operator:p", {**WHAT, "resolution": "bezahlt"})],
    ),
    "ended": (
        LOCK,
        ENDED,
        [(Event.LOCK_ENDED, "schedule", WHAT)],
    ),
    "nothing-more-of-a-lifted-lock": (LIFTED, replace(LIFTED, version=3), []),
    "an-order-of-terms": (None, TERM_ORDER, [(Event.TERM_ORDERED, "user:x", OF_ORDER)]),
    "one-of-nothing-to-pay": (
        None,
        PAID_ORDER,
        [
            (Event.TERM_ORDERED, "user:x", OF_ORDER),
            (Event.TERM_ACTIVATED, "user:x", OF_ORDER),
        ],
    ),
    "a-paid-order": (TERM_ORDER, PAID_ORDER, [(Event.TERM_ACTIVATED, "user:x", OF_ORDER)]),
    "a-cancelled-order": (
        TERM_ORDER,
        over(TermOrderState.CANCELLED),
        [(Event.TERM_ORDER_CANCELLED, "user:x", OF_ORDER)],
    ),
    "a-lapsed-order": (
        TERM_ORDER,
        over(TermOrderState.LAPSED),
        [(Event.TERM_ORDER_LAPSED, "user:x", OF_ORDER)],
    ),
    "a-withdrawn-order": (
        PAID_ORDER,
        over(TermOrderState.WITHDRAWN),
        [(Event.TERM_ORDER_WITHDRAWN, "user:x", OF_ORDER)],
    ),
    "a-withdrawal": (None, WITHDRAWAL, [(Event.WITHDRAWAL_DECLARED, "nobody", OF_WITHDRAWAL)]),
    "a-settled-withdrawal-without-the-vendors-note": (
        WITHDRAWAL,
        replace(WITHDRAWAL, settled_at=NOON, settled_by="operator:1", note="erstattet"),
        [(Event.WITHDRAWAL_SETTLED, "operator:1", OF_WITHDRAWAL)],
    ),
    "under-reported-power-without-the-vendors-reason": (
        PAID_ORDER,
        replace(PAID_ORDER, corrections=(a_correction(power_w=9_000),)),
        [
            (
                Event.TERM_REINVOICED,
                "user:x",
                {"plant": PLANT, "power_w": "9000", **OF_ORDER},
            )
        ],
    ),
    "an-order-that-stays": (PAID_ORDER, replace(PAID_ORDER, version=3), []),
    "a-key": (None, KEY, [(Event.API_KEY_MADE, BY_ANNA, {"key": KEY.id})]),
    "a-revoked-key": (
        KEY,
        replace(KEY, revoked_at=NOON, revoked_by="user:x", version=2),
        [(Event.API_KEY_REVOKED, "user:x", {"key": KEY.id})],
    ),
    "a-used-key": (KEY, replace(KEY, used_at=NOON, version=2), []),
    "an-erased-key": (KEY, None, []),
    "a-phone": (
        an_account(phones=(PHONE,)),
        an_account(phones=(PHONE, OTHER_PHONE), changed_by="user:x", version=2),
        [(Event.PHONE_REGISTERED, "user:x", {"phones": "…567"})],
    ),
    "a-released-phone": (
        an_account(phones=(PHONE,)),
        an_account(changed_by="operator:o", version=2),
        [(Event.PHONE_RELEASED, "operator:o", {"phones": "…567"})],
    ),
    "a-phone-by-the-vendors-tool": (
        an_account(),
        an_account(phones=(PHONE,), version=2),
        [(Event.PHONE_REGISTERED, "vendor", {"phones": "…567"})],
    ),
    "a-repair": (
        None,
        REPAIR,
        [(Event.REPAIR_REQUESTED, BY_ANNA, {"repair": REPAIR.id})],
    ),
    "an-offer": (
        REPAIR,
        OFFERED,
        [(Event.REPAIR_OFFERED, "operator:o", {"repair": REPAIR.id})],
    ),
    "another-offer": (
        OFFERED,
        replace(OFFERED, offer=an_offer(items=(("Tausch", 1),)), version=3),
        [(Event.REPAIR_OFFERED, "operator:o", {"repair": REPAIR.id})],
    ),
    "a-repair-accepted": (
        OFFERED,
        ACCEPTED,
        [(Event.REPAIR_ACCEPTED, BY_ANNA, {"repair": REPAIR.id})],
    ),
    "a-repair-declined": (
        OFFERED,
        replace(ACCEPTED, state=RepairState.DECLINED),
        [(Event.REPAIR_DECLINED, BY_ANNA, {"repair": REPAIR.id})],
    ),
    "a-repair-done": (
        ACCEPTED,
        replace(
            ACCEPTED,
            state=RepairState.DONE,
            done_at=NOON,
            changed_by="operator:o",
            version=4,
        ),
        [(Event.REPAIR_DONE, "operator:o", {"repair": REPAIR.id})],
    ),
    "a-repair-forgotten": (ACCEPTED, replace(forgotten(ACCEPTED), version=4), []),
    "a-repair-deleted": (REPAIR, None, []),
    "erased": (
        an_account(),
        an_account(erased=True, changed_by="user:x", version=2),
        [(Event.ERASED, "user:x", {})],
    ),
    "a-changed-address": (
        an_account(),
        an_account(registrant=COMPANY, changed_by="user:x", version=2),
        [(Event.ACCOUNT_CHANGED, "user:x", {})],
    ),
    "a-check": (
        None,
        CHECKED,
        [
            (
                Event.VAT_CHECKED,
                "schedule",
                {"check": CHECK, "state": "valid", "code": "evatr-0000"},
            )
        ],
    ),
    "a-check-that-was-given-up": (
        None,
        replace(CHECKED, state=VatState.GIVEN_UP, code="MS_UNAVAILABLE"),
        [
            (
                Event.VAT_CHECKED,
                "schedule",
                {"check": CHECK, "state": "given_up", "code": "MS_UNAVAILABLE"},
            )
        ],
    ),
    "an-operators-word": (
        None,
        DECIDED,
        [
            (
                Event.VAT_DECIDED,
                "operator:o",
                {"check": CHECK, "state": "invalid"},
            )
        ],
    ),
    "an-answer-that-came-too-late": (None, replace(CHECKED, counts=False), []),
    "evidence-that-expires": (CHECKED, None, []),
    "evidence-that-is-told-once": (CHECKED, replace(CHECKED, version=2), []),
    "a-question": (None, a_due(), []),
    "a-check-that-begins-or-ends": (
        a_company(vat=a_standing(VatState.PENDING)),
        a_company(changed_by="schedule", version=2),
        [],
    ),
    "an-account-that-stays": (an_account(), an_account(company="Huber AG", version=2), []),
    "an-invitation": (
        None,
        replace(ANNA_, invited_by="operator:o"),
        [(Event.REGISTERED, "operator:o", {"user": ANNA})],
    ),
    "a-registration-without-an-account": (None, a_user(accounts=()), []),
    "validated": (
        a_user(accounts=(), validation=a_link()),
        replace(ANNA_, version=2),
        [(Event.REGISTERED, BY_ANNA, {}), (Event.VALIDATED, BY_ANNA, {})],
    ),
    "an-accepted-invitation": (
        replace(ANNA_, password=None, validation=a_link()),
        replace(ANNA_, version=2),
        [(Event.VALIDATED, BY_ANNA, {})],
    ),
    "a-changed-password": (
        ANNA_,
        replace(ANNA_, password=a_password("#2"), epoch=1, version=2),
        [(Event.PASSWORD_CHANGED, BY_ANNA, {})],
    ),
    "all-sessions-ended": (
        ANNA_,
        replace(ANNA_, epoch=1, version=2),
        [(Event.SESSIONS_ENDED, BY_ANNA, {})],
    ),
    "accepted": (
        replace(ANNA_, accepted={}),
        replace(ANNA_, version=2),
        [(Event.DOCUMENTS_ACCEPTED, BY_ANNA, VERSIONS)],
    ),
    "a-mailed-link": (ANNA_, replace(ANNA_, reset=a_link(), version=2), []),
    "four-attempts": (ATTEMPTS, replace(ATTEMPTS, at=(NOON,) * 4, version=2), []),
    "a-locked-name": (
        ATTEMPTS,
        replace(ATTEMPTS, at=(NOON,) * 5, locked_until=NOON + HOUR, version=5),
        [(Event.SIGN_IN_LOCKED, "nobody", {"user": ANNA})],
    ),
    "a-name-that-nobody-has": (
        None,
        replace(ATTEMPTS, account=None, locked_until=NOON + HOUR),
        [],
    ),
    "a-payment": (
        None,
        PAYMENT,
        [
            (
                Event.PAYMENT_RECEIVED,
                "provider:stripe",
                {"payment": PAYMENT.id, "order": ORDER_NUMBER, "amount_cents": "5831"},
            )
        ],
    ),
    "a-transfer": (
        None,
        replace(PAYMENT, mismatch=Mismatch.TOO_MUCH, recorded_by="operator:o"),
        [
            (
                Event.PAYMENT_RECEIVED,
                "operator:o",
                {
                    "payment": PAYMENT.id,
                    "order": ORDER_NUMBER,
                    "amount_cents": "5831",
                    "mismatch": "too_much",
                },
            )
        ],
    ),
    "settled": (
        PAYMENT,
        replace(PAYMENT, settled_at=NOON, settled_by="operator:o", note="x", version=2),
        [
            (
                Event.PAYMENT_SETTLED,
                "operator:o",
                {"payment": PAYMENT.id, "order": ORDER_NUMBER},
            )
        ],
    ),
    "given-to-another-order-and-too-little": (
        PAYMENT,
        replace(PAYMENT, settled_by="operator:o", note="x", version=2),
        [
            (
                Event.PAYMENT_SETTLED,
                "operator:o",
                {"payment": PAYMENT.id, "order": ORDER_NUMBER},
            )
        ],
    ),
    "disputed": (
        PAYMENT,
        replace(PAYMENT, setbacks=(a_setback(),), version=2),
        [(Event.PAYMENT_DISPUTED, "provider:stripe", OF_DISPUTE)],
    ),
    "lost-after-it-was-settled": (
        replace(PAYMENT, setbacks=(DISPUTE_SETTLED,)),
        replace(PAYMENT, setbacks=(a_setback(state=SetbackState.LOST),), version=3),
        [(Event.PAYMENT_DISPUTED, "provider:stripe", {**OF_DISPUTE, "state": "lost"})],
    ),
    "evidence-for-a-dispute": (
        replace(PAYMENT, setbacks=(a_setback(),)),
        replace(PAYMENT, setbacks=(a_setback(at=NOON + HOUR),), version=3),
        [],
    ),
    "a-dispute-settled-without-the-vendors-note": (
        replace(PAYMENT, setbacks=(a_setback(),)),
        replace(PAYMENT, setbacks=(DISPUTE_SETTLED,), version=3),
        [
            (
                Event.SETBACK_SETTLED,
                "operator:o",
                {"payment": PAYMENT.id, "order": ORDER_NUMBER, "setback": "du_1"},
            )
        ],
    ),
    "a-refund-that-failed": (
        replace(PAYMENT, setbacks=(DISPUTE_SETTLED,)),
        replace(
            PAYMENT,
            setbacks=(DISPUTE_SETTLED, a_setback("re_1", state=SetbackState.REFUND_FAILED)),
            version=4,
        ),
        [
            (
                Event.REFUND_FAILED,
                "provider:stripe",
                {**OF_DISPUTE, "setback": "re_1", "state": "refund_failed"},
            )
        ],
    ),
    "a-refund": (PAYMENT, replace(PAYMENT, refunded_cents=1, told_at=NOON, version=2), []),
    "a-plant": (
        None,
        a_plant(changed_by="user:x"),
        [(Event.PLANT_CREATED, "user:x", {"plant": PLANT})],
    ),
    "other-details": (
        a_plant(),
        a_plant(details=details(is_public=True), changed_by="user:x", version=2),
        [(Event.PLANT_CHANGED, "user:x", {"plant": PLANT})],
    ),
    "an-outgrown-plant": (
        a_plant(terms=(a_term(),)),
        a_plant(power_w=9_000, extended_on=TODAY, changed_by="user:x", version=2),
        [(Event.PLANT_OUTGROWN, "user:x", {"plant": PLANT, "power_w": "9000"})],
    ),
    "a-new-licence-for-an-outgrown-plant": (
        a_plant(extended_on=TODAY),
        a_plant(terms=(a_term(),), version=2),
        [],
    ),
    "guests": (
        a_plant(guests=(OTHER_ACCOUNT,)),
        a_plant(guests=(AccountNumber("g"),), changed_by="user:x", version=2),
        [
            (Event.GUEST_ADDED, "user:x", {"plant": PLANT, "guest": "g"}),
            (Event.GUEST_REMOVED, "user:x", {"plant": PLANT, "guest": OTHER_ACCOUNT}),
        ],
    ),
    "a-published-list": (
        a_plant(imports=("l1", "l2")),
        a_plant(imports=("l2",), inverters=13, changed_by="user:x", version=2),
        [(Event.INVERTER_ADDED, "user:x", {"plant": PLANT, "list": "l1", "inverters": "12"})],
    ),
    "a-refused-list": (a_plant(imports=("l1",)), a_plant(version=2), []),
    "an-ended-plant": (
        a_plant(),
        ENDED_PLANT,
        [(Event.PLANT_ENDED, "user:x", {"plant": PLANT})],
    ),
    "an-erased-plant": (ENDED_PLANT, None, []),
    "a-report": (
        a_plant(),
        a_plant(production=Production(on=TODAY, day_wh=1, total_wh=1), version=2),
        [],
    ),
    "a-public-row": (None, public_plant(a_plant(details=details(is_public=True))), []),
    "an-inverter": (None, an_inverter(), []),
    "a-used-code": (None, USED, [(Event.INVERTER_ADDED, "user:x", OF_INVERTER)]),
    "a-code-that-a-list-used": (None, replace(USED, import_id="l1"), []),
    "a-code-whose-inverter-has-gone": (
        USED,
        REMOVED,
        [(Event.INVERTER_REMOVED, "user:y", OF_INVERTER)],
    ),
    "a-freed-code": (REMOVED, None, []),
    "a-session": (None, a_session(), []),
    "a-phone-check": (None, a_check(), []),
    "a-request": (None, a_handled_request(), []),
    "a-notice": (None, a_notice(), []),
}


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_what_a_change_means(
    old: Any, new: Any, expected: list[tuple[Event, str, dict[str, str]]]
) -> None:
    assert told(old, new) == expected


TIMES = {
    "a-lock": [LOCK.set_at],
    "lifted": [LIFTED.lifted_at],
    "ended": [ENDED.ended_at],
    "a-check": [CHECKED.at],
    "a-check-that-was-given-up": [CHECKED.at],
    "an-operators-word": [DECIDED.at],
    "validated": [ANNA_.created_at, NOON],
    "an-ended-plant": [ENDED_PLANT.ended_at],
    "a-used-code": [USED.at],
    "a-code-whose-inverter-has-gone": [REMOVED.removed_at],
}
"""What knows its own time has it in the trail; all else has the stream's."""


@pytest.mark.parametrize("case", CASES)
def test_when_it_happened(case: str) -> None:
    old, new, expected = CASES[case]

    entries = audit_entries(changed(old, new))

    assert NOON not in {
        CHECKED.at,
        DECIDED.at,
        LOCK.set_at,
        LIFTED.lifted_at,
        ENDED.ended_at,
        ANNA_.created_at,
        ENDED_PLANT.ended_at,
        USED.at,
        REMOVED.removed_at,
    }
    assert [entry.at for entry in entries] == TIMES.get(case, [NOON] * len(expected))


def test_every_event_of_an_account_is_among_them() -> None:
    of_dongles = {
        Event.RETRIEVED,
        Event.ORDERED,
        Event.GRANTED,
        Event.GRANT_STAGED,
        Event.KEY_EXPORTED,
    }
    of_the_switch = {Event.MAINTENANCE_SWITCHED}
    written_at_once = {Event.ACTIVATION_FREED}
    seen = {event for _, _, expected in CASES.values() for event, _, _ in expected}

    assert seen == set(Event) - of_dongles - of_the_switch - written_at_once


def switch(on: bool | None, *, at: int = 7, unpublished: tuple[str, ...] = ()) -> Any:
    """The switch's item; None: nobody has switched it yet."""
    known = {"maintenance": on, "switched_by": "operator:o", "switched_at": at}
    if on is None:
        known = {}
    item: dict[str, object] = {**known, "unpublished": dict.fromkeys(unpublished, "x") or None}
    return keys.SERVICE | to_item(item)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, switch(True), ["on"]),
        (switch(None), switch(True), ["on"]),
        (switch(True), switch(False, at=8), ["off"]),
        (switch(True), switch(True, unpublished=("i1",)), []),
        (None, switch(None, unpublished=("i1",)), []),
    ],
)
def test_what_a_change_of_the_switch_means(old: Any, new: Any, expected: list[str]) -> None:
    change = {"Keys": keys.SERVICE, "ApproximateCreationDateTime": 8, "NewImage": new}
    record = {"eventName": "MODIFY", "dynamodb": {**change, **({"OldImage": old} if old else {})}}

    entries = audit_entries(record)

    assert [entry.details["to"] for entry in entries] == expected
    assert all(
        (entry.event, entry.actor, entry.carat_id, entry.account, entry.at)
        == (
            Event.MAINTENANCE_SWITCHED,
            "operator:o",
            None,
            None,
            moment(int(new["switched_at"]["N"])),
        )
        for entry in entries
    )


@pytest.mark.parametrize("old", [{"maintenance": {"BOOL": True}}, switch(True)])
def test_a_switch_by_a_version_that_does_not_say_who(old: Any) -> None:
    new = {**old, "maintenance": {"BOOL": False}}
    change = {"Keys": keys.SERVICE, "ApproximateCreationDateTime": 8}
    record = {"eventName": "MODIFY", "dynamodb": {**change, "OldImage": old, "NewImage": new}}

    (entry,) = audit_entries(record)

    assert (entry.actor, entry.details) == ("vendor", {"to": "off"})
    assert entry.at == moment(8_000)


@pytest.mark.parametrize(("old", "new", "_"), CASES.values(), ids=CASES)
def test_the_same_change_twice_is_the_same_entry(old: Any, new: Any, _: object) -> None:
    once, twice = (audit_entries(changed(old, new)) for _ in range(2))

    assert [(entry.account, entry.at, entry.id) for entry in once] == [
        (entry.account, entry.at, entry.id) for entry in twice
    ]


def test_different_changes_of_one_moment_are_different_entries() -> None:
    other_lock = replace(LOCK, id=type(LOCK.id)("1763812800000-bbbbbbbbbbbb"))
    entries: list[AuditEntry] = [
        entry
        for old, new in (
            (None, LOCK),
            (None, other_lock),
            (LOCK, LIFTED),
            (a_user("carl", accounts=(), validation=a_link()), a_user("carl", version=2)),
            (None, KEY),
            (None, an_api_key("e" * 64)),
            (an_account(), an_account(phones=(PHONE,), version=2)),
            (an_account(version=2), an_account(phones=(OTHER_PHONE,), version=3)),
            (ANNA_, replace(ANNA_, epoch=1, version=2)),
            (ANNA_, replace(ANNA_, epoch=2, version=3)),
            (None, a_user("bob.b")),
            (None, CHECKED),
            (None, DECIDED),
            (None, replace(CHECKED, id="1795348800001-abcdefabcdef")),
            (None, ANNA_),
        )
        for entry in audit_entries(changed(old, new))
    ]

    assert len({entry.id for entry in entries}) == len(entries) == 16


@pytest.mark.parametrize(("old", "new", "_"), CASES.values(), ids=CASES)
def test_the_trail_holds_no_personal_data(old: Any, new: Any, _: object) -> None:
    text = repr(audit_entries(changed(old, new)))

    for personal in (NAME, EMAIL, PHONE, OTHER_PHONE, "Huber", "zahlt nie", "#1", "#2", "ATU"):
        assert personal not in text


# --- rows of lists


def test_a_dongles_new_accounts_get_a_row_each() -> None:
    staged = {ImportId("i1"): {OTHER_ACCOUNT: Grant(5, e_protocol=False)}}
    both = a_dongle(staged=staged, version=2)

    assert rows(None, a_dongle()) == [Row(keys.licence_row(ACCOUNT, NOON, CARAT_ID))]
    assert rows(a_dongle(), both) == [Row(keys.licence_row(OTHER_ACCOUNT, NOON, CARAT_ID))]
    folded = a_dongle({ACCOUNT: a_release(), OTHER_ACCOUNT: a_release()}, version=3)
    assert rows(both, folded) == []
    assert rows(folded, None) == []


def test_an_order_gets_a_row_at_its_own_time() -> None:
    assert rows(None, ORDER) == [Row(keys.order_row(ACCOUNT, NOON - HOUR, ORDER.number))]
    assert rows(ORDER, ORDER) == []


def test_an_accounts_name_is_found_until_it_changes_or_goes() -> None:
    def name(company: str) -> Any:
        return keys.account_name(company, ACCOUNT)

    first, renamed = an_account(), an_account(company="Maier AG", version=2)
    erased = an_account(company="(gelöscht)", erased=True, version=3)

    assert rows(None, first) == [Row(name("Huber GmbH"))]
    assert rows(first, renamed) == [Row(name("Huber GmbH"), gone=True), Row(name("Maier AG"))]
    assert rows(renamed, replace(renamed, phones=(PHONE,), version=3)) == []
    assert rows(renamed, erased) == [Row(name("Maier AG"), gone=True)]
    assert rows(first, None) == [Row(name("Huber GmbH"), gone=True)]


def test_nothing_else_is_listed() -> None:
    others = [
        ANNA_,
        LOCK,
        KEY,
        ATTEMPTS,
        CHECKED,
        a_due(),
        a_session(),
        a_check(),
        a_notice(),
        a_handled_request(),
    ]

    assert [rows(None, thing) for thing in others] == [[]] * len(others)


# --- questions that are due


def test_what_has_just_become_due_is_brought() -> None:
    due = a_due(service=VatService.VIES)

    assert due_vat_check(changed(None, due)) == due
    put_off = replace(due, at=NOON + HOUR, version=2)
    assert due_vat_check(changed(due, put_off)) == put_off


def test_a_question_that_is_claimed_or_gone_is_not_brought() -> None:
    claimed = changed(a_due(), a_due(at=NOON + HOUR))
    claimed["dynamodb"]["NewImage"]["claimed_by"] = {"S": "stream"}

    assert due_vat_check(claimed) is None
    assert due_vat_check(changed(a_due(), None)) is None


@pytest.mark.parametrize("other", [an_account(), CHECKED, a_notice(), ORDER])
def test_nothing_else_is_a_question(other: Any) -> None:
    assert due_vat_check(changed(None, other)) is None


@pytest.mark.parametrize("field", ["service", "due_at", "version", None])
def test_a_question_that_cannot_be_read_is_named(field: str | None) -> None:
    record = changed(None, a_due())
    item = record["dynamodb"]["NewImage"]
    if field:
        del item[field]
    else:
        item["service"] = {"S": "hmrc"}

    with pytest.raises(MalformedMessage, match=f"ACCOUNT#{ACCOUNT}"):
        due_vat_check(record)


# --- notices


def test_a_committed_notice_is_brought_once() -> None:
    notice = a_notice()

    assert committed_notice(changed(None, notice)) == notice
    assert committed_notice(changed(notice, replace(notice, version=2))) is None
    assert committed_notice(changed(notice, None)) is None
    assert committed_notice(changed(None, LOCK)) is None


@pytest.mark.parametrize("read", [committed_notice, audit_entries, list_rows])
def test_what_this_version_cannot_read_is_named(read: Any) -> None:
    thing = {committed_notice: a_notice(), audit_entries: LOCK, list_rows: ORDER}[read]
    record = changed(None, thing)
    for field in ("details", "reason", "placed_at"):
        record["dynamodb"]["NewImage"].pop(field, None)

    with pytest.raises(MalformedMessage, match=record["dynamodb"]["Keys"]["PK"]["S"]):
        read(record)


def test_what_happened_has_the_streams_time() -> None:
    record = changed(ANNA_, replace(ANNA_, epoch=1, version=2))
    record["dynamodb"]["ApproximateCreationDateTime"] = (NOON + timedelta(seconds=7)).timestamp()

    (entry,) = audit_entries(record)

    assert entry.at == NOON + timedelta(seconds=7)
