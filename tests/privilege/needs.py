"""Each grant that MiniStack enforces, and an event that the function cannot handle without it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from freischalt.account_ports import Put
from freischalt.adapters import keys
from freischalt.clock import utc_now
from freischalt.domain.address import Registrant
from freischalt.domain.ids import AccountNumber, LockId, PlantId, RepairOrderId, plant_id
from freischalt.domain.locks import LockReason, LockRecord, LockScope
from freischalt.domain.notice import NoticeKind
from freischalt.domain.user import Role, user_id
from freischalt.domain.vat import VatService
from freischalt.domain.vat_standing import VatState
from tests.account_factories import keep_many_locks
from tests.privilege.day import CUSTOMER, FETCH, has_ended
from tests.privilege.desk import NOTICED, Desk, event, eventually, text_event
from tests.privilege.erasures import a_half_erased_account
from tests.privilege.grants import Json
from tests.privilege.invoices import a_filed_invoice, a_wanted_invoice
from tests.privilege.people import (
    PASSWORD,
    Person,
    asked_who,
    call,
    new_person,
)
from tests.privilege.plants import A_PLANT, new_serial, printed_code, put_plant
from tests.privilege.terms import (
    LONG_AGO,
    a_buyer,
    a_list_to_clear,
    a_term_for,
    an_ordered_term,
    an_uploaded_list,
    new_payment,
    pay_unheard,
)
from tests.term_factories import SMALL, a_plant, a_repair_order
from tests.waiting_checks import ASKED_AT_EVATR, ASKED_AT_VIES, WITH_NOBODYS

TESTER = NOTICED
OTHER_ORDER = "Ich bestelle verbindlich 5P 5566778812345678"


def nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Asked:
    """An event; what goes before each try, and what a function leaves undone without saying so."""

    event: Json
    before: Callable[[], None] = nothing
    is_done: Callable[[], bool] = lambda: True


type Prepare = Callable[[Desk], Asked]


def as_it_is(name: str) -> Prepare:
    return lambda _: Asked(event(name))


# --- texts


def a_text(phone: str, text: str) -> Prepare:
    return lambda _: Asked(text_event(phone, text))


def a_confirmation(carat_id: str) -> Prepare:
    """The JA to an order that waits for it."""

    def prepare(desk: Desk) -> Asked:
        order = text_event(TESTER, f"Ich bestelle verbindlich 99P {carat_id}90ABCDEF")
        eventually(lambda: desk.does("ReceiveSms", order))
        return Asked(text_event(TESTER, f"JA {desk.digits(TESTER)}"))

    return prepare


# --- what is to leave


def from_the_stream(name: str, item: Json, old: Json | None = None) -> Json:
    """events/<name>.json, with this change alone."""
    told = event(name)
    record = told["Records"][0]
    record["dynamodb"] |= {"Keys": {"PK": item["PK"], "SK": item["SK"]}, "NewImage": item}
    if old:
        record["eventName"] = "MODIFY"
        record["dynamodb"]["OldImage"] = old
    return {**told, "Records": [record]}


def an_order(desk: Desk) -> Asked:
    """An order that is pending, as the stream brings it."""
    number = min(desk.orders())
    desk.leave_behind(number)
    return Asked(from_the_stream("deliver_outbox.placed", desk.orders()[number]))


def a_swept_order(desk: Desk) -> Asked:
    """One that the stream did not publish."""
    number = min(desk.orders())
    return Asked(event("sweep_outbox.schedule"), before=lambda: desk.leave_behind(number))


def a_notice(kind: NoticeKind) -> Prepare:
    """A mail or a text that is pending, as the stream brings it."""

    def prepare(desk: Desk) -> Asked:
        notice = desk.put_notice(kind)
        told = from_the_stream("deliver_outbox.placed", desk.item(keys.notice(notice.id)))
        return Asked(told, is_done=lambda: desk.is_sent(notice))

    return prepare


def a_swept_notice(kind: NoticeKind) -> Prepare:
    """One that the stream did not bring."""

    def prepare(desk: Desk) -> Asked:
        notice = desk.put_notice(kind)
        return Asked(
            event("sweep_outbox.schedule"),
            before=lambda: desk.leave_notice_behind(notice),
            is_done=lambda: desk.is_sent(notice),
        )

    return prepare


def an_invoice(desk: Desk) -> Asked:
    """One that is wanted."""
    wanted = a_wanted_invoice(desk)
    return Asked(event("write_invoices.schedule"), is_done=lambda: wanted.is_filed(desk))


def a_confirmation_with_its_invoice(desk: Desk) -> Asked:
    """A mail that takes a file with it, as the stream brings it."""
    _, notice = a_filed_invoice(desk)
    told = from_the_stream("deliver_outbox.placed", desk.item(keys.notice(notice.id)))
    return Asked(told, is_done=lambda: desk.is_sent(notice))


def a_swept_confirmation(desk: Desk) -> Asked:
    """One that the stream did not bring."""
    _, notice = a_filed_invoice(desk)
    return Asked(
        event("sweep_outbox.schedule"),
        before=lambda: desk.leave_notice_behind(notice),
        is_done=lambda: desk.is_sent(notice),
    )


# --- what is noticed


def a_name_changed(desk: Desk) -> Asked:
    """An account's, as the stream brings it."""
    item = desk.item(keys.account(new_person(desk).account))
    old = {**item, "company": {"S": "Alter Name"}}
    return Asked(from_the_stream("write_audit.changes", item, old))


def a_lock_that_is_due(desk: Desk) -> Asked:
    """On an account with a phone and a user."""
    account, now = new_person(desk).account, utc_now()
    lock = LockRecord(
        id=LockId(f"{int(now.timestamp() * 1000):013d}-{uuid4().hex[:12]}"),
        account=account,
        carat_id=None,
        reason=LockReason.SECURITY,
        scope=LockScope.ALL,
        note="",
        private_note="",
        set_by="vendor",
        set_at=now - timedelta(days=3),
        until=now.date() - timedelta(days=1),
    )
    desk.records.write(Put(lock))
    key = keys.lock(account, lock.id)
    return Asked(event("end_locks.schedule"), is_done=lambda: "ended_at" in desk.item(key))


# --- plants


def stored_plant(desk: Desk, **changes: Any) -> tuple[Person, PlantId]:
    """One of a new customer's, whose trial ended long ago; nobody was told."""
    person = new_person(desk)
    id_ = plant_id(person.account, 1)
    over = {"trial_from": utc_now().date() - timedelta(days=90), "version": 0, **changes}
    desk.records.write(Put(a_plant(id=id_, **over)))
    return person, id_


def an_end_that_is_due(desk: Desk) -> Asked:
    """As the schedule finds it."""
    stored_plant(desk)
    return Asked(event("tell_terms.schedule"))


def an_end_to_be_told(desk: Desk) -> Asked:
    """As the queue brings its portion."""
    _, id_ = stored_plant(desk)
    shard = int(keys.due_term(id_).partition("#")[2])
    portion = event("tell_terms.portion")
    portion["Records"][0]["body"] = json.dumps({"shard": shard})
    return Asked(portion, is_done=lambda: "told" in desk.item(keys.plant(id_)))


def an_entitlement(desk: Desk) -> Asked:
    person, id_ = stored_plant(desk, trial_from=utc_now().date())
    return Asked(call("GET", f"/entitlements/{id_}", told=person.told))


# --- orders and their money


def a_term(desk: Desk) -> Asked:
    person, plant = a_buyer(desk)
    wants = call("POST", "/term-orders", a_term_for(plant), told=person.told)
    return Asked(wants, before=lambda: desk.start_anew("TermApi"))  # it may have numbers left


def a_page_to_pay(desk: Desk) -> Asked:
    wants = an_ordered_term(desk).wants_its_page
    return Asked(wants, before=lambda: desk.start_anew("PaymentPage"))


def a_payment_told(desk: Desk) -> Asked:
    ordered, payment = an_ordered_term(desk), new_payment()
    return Asked(
        ordered.paid(payment),
        before=lambda: desk.start_anew("StripeWebhook"),
        is_done=lambda: ordered.is_in_state(desk, "active"),
    )


def a_payment_not_told(desk: Desk) -> Asked:
    """Stripe's event never came."""
    ordered = an_ordered_term(desk)
    eventually(lambda: desk.does("PaymentPage", ordered.wants_its_page))
    pay_unheard(desk, ordered)
    return Asked(
        event("watch_payments.schedule"),
        before=lambda: desk.start_anew("WatchPayments"),
        is_done=lambda: ordered.is_in_state(desk, "active"),
    )


def an_order_not_paid(desk: Desk) -> Asked:
    ordered = an_ordered_term(desk, placed_at=utc_now() - LONG_AGO)
    return Asked(
        event("lapse_orders.schedule"), is_done=lambda: ordered.is_in_state(desk, "lapsed")
    )


def an_erasure_cut_off(desk: Desk) -> Asked:
    half = a_half_erased_account(desk)
    return Asked(event("finish_erasures.schedule"), is_done=lambda: half.is_finished(desk))


# --- lists of inverters


def a_list(desk: Desk) -> Asked:
    """As the queue tells of its file."""
    listed = an_uploaded_list(desk)
    return Asked(listed.uploaded, is_done=lambda: listed.is_in_state(desk, "published"))


def a_list_left_behind(desk: Desk) -> Asked:
    """As the schedule finds it."""
    listed = a_list_to_clear(desk)
    return Asked(event("import_inverters.schedule"), is_done=lambda: listed.is_cleared(desk))


# --- VAT IDs


def a_question(desk: Desk) -> Asked:
    """One that is due, as the stream brings it."""
    account = new_person(desk, registrant=ASKED_AT_VIES).account
    desk.vat_check_is_due(account, VatService.VIES)
    told = from_the_stream("deliver_outbox.placed", desk.item(keys.vat_due(account)))
    return Asked(told, is_done=lambda: desk.was_handed_out(account))


def a_question_left_behind(desk: Desk) -> Asked:
    """One that the stream did not bring."""
    account = new_person(desk, registrant=ASKED_AT_VIES).account
    return Asked(
        event("schedule_vat.schedule"),
        before=lambda: desk.vat_check_is_due(account, VatService.VIES),
        is_done=lambda: desk.was_handed_out(account),
    )


def a_check(registrant: Registrant, state: VatState) -> Prepare:
    """One that ends so."""

    def prepare(desk: Desk) -> Asked:
        account = new_person(desk, registrant=registrant).account
        desk.vat_check_is_due(account, VatService.VIES)
        return Asked(about(account), is_done=lambda: has_ended(desk, account, state))

    return prepare


def about(account: AccountNumber) -> Json:
    told = event("check_vat.question")
    told["Records"][0]["body"] = json.dumps({"account": account})
    return told


def a_check_while_the_registry_is_down(desk: Desk) -> Asked:
    """It is not asked, as the circuit is open; who cannot read that asks."""
    account = new_person(desk, registrant=ASKED_AT_EVATR).account

    def is_done() -> bool:
        standing = desk.vat(account)
        return bool(standing and standing.waiting and standing.waiting.code == "CIRCUIT_OPEN")

    return Asked(about(account), lambda: prepare_at_evatr(desk, account, utc_now()), is_done)


def a_check_that_closes_the_circuit(desk: Desk) -> Asked:
    account = new_person(desk, registrant=ASKED_AT_EVATR).account
    long_ago = utc_now() - timedelta(hours=1)
    return Asked(
        about(account),
        before=lambda: prepare_at_evatr(desk, account, long_ago),
        is_done=lambda: desk.circuit_is_closed(VatService.EVATR),
    )


def prepare_at_evatr(desk: Desk, account: AccountNumber, down_since: datetime) -> None:
    desk.vat_check_is_due(account, VatService.EVATR)
    desk.open_circuit(VatService.EVATR, since=down_since)


# --- calls


def a_token(role: Role) -> Prepare:
    """Of a session that is used for the first time in a while."""
    return lambda desk: Asked(asked_who(new_person(desk, role).token))


def a_sign_in(desk: Desk) -> Asked:
    credentials = {"userName": new_person(desk).name, "password": PASSWORD}
    return Asked(call("POST", "/sessions", credentials))


def a_customer(method: str, path: str, body: Any = None) -> Prepare:
    """Calls; `{phone}` is the customer's own."""

    def prepare(desk: Desk) -> Asked:
        person = new_person(desk)
        return Asked(call(method, path.format(phone=person.phone), body, told=person.told))

    return prepare


def a_large_export(desk: Desk) -> Asked:
    person = new_person(desk)
    keep_many_locks(desk.records, person.account)
    return Asked(call("GET", "/account/export", told=person.told))


def an_operator(method: str, path: str, body: Any = None) -> Prepare:
    """Calls; `{account}` is a customer's."""

    def prepare(desk: Desk) -> Asked:
        person = new_person(desk, Role.OPERATOR)
        account = new_person(desk).account
        return Asked(call(method, path.format(account=account), body, told=person.told))

    return prepare


def an_owner(method: str, path: str, body: Any = None, *, if_match: str = "") -> Prepare:
    """Calls about a plant of its own; `{plant}` is its path, `{serial}` its inverter's."""

    def prepare(desk: Desk) -> Asked:
        person = new_person(desk)
        plant, serial = put_plant(desk, person.account)
        asked = call(method, path.format(plant=plant, serial=serial), body, told=person.told)
        if if_match:
            asked["headers"]["if-match"] = if_match
        return Asked(asked)

    return prepare


def an_offer(desk: Desk) -> Asked:
    """For a repair that was asked for."""
    operator, customer, now = new_person(desk, Role.OPERATOR), new_person(desk), utc_now()
    repair = a_repair_order(
        id=RepairOrderId(f"{int(now.timestamp() * 1000):013d}-{uuid4().hex[:12]}"),
        account=customer.account,
        requested_by=user_id(customer.name),
        requested_at=now,
        version=0,
    )
    desk.records.write(Put(repair))
    offer = {
        "items": [{"text": "Pauschale", "netCents": 25_000}],
        "text": "Wir kommen.",
        "validUntil": f"{now + timedelta(days=14):%Y-%m-%d}",
    }
    path = f"/operator/accounts/{customer.account}/repair-orders/{repair.id}/offer"
    return Asked(call("POST", path, offer, told=operator.told))


def a_new_inverter(desk: Desk) -> Asked:
    person, serial = new_person(desk), new_serial()
    plant, _ = put_plant(desk, person.account)
    body = {"serial": serial, "activationCode": printed_code(desk, serial)}
    return Asked(call("POST", f"{plant}/inverters", body, told=person.told))


A_KEY = a_customer("POST", "/api-keys", {"name": "Leitstand"})
AN_ORDER = a_customer("POST", "/orders", {"type": "5P", "licenceNumber": "5566778912345678"})
LOCKS = "/operator/accounts/{account}/locks"

NEEDS: dict[tuple[str, str], Prepare] = {
    ("ReceiveSms", "dynamodb:BatchGetItem"): a_text(TESTER, "HILFE"),
    ("ReceiveSms", "dynamodb:ConditionCheckItem"): a_text(CUSTOMER, FETCH),
    ("ReceiveSms", "dynamodb:GetItem"): a_confirmation("AAAA0001"),
    ("ReceiveSms", "dynamodb:PutItem"): a_text(TESTER, OTHER_ORDER),
    ("ReceiveSms", "dynamodb:UpdateItem"): a_text(TESTER, "HILFE"),
    ("ReceiveSms", "kms:GenerateMac"): a_confirmation("AAAA0002"),
    ("DeliverOutbox", "events:PutEvents"): an_order,
    ("DeliverOutbox", "dynamodb:UpdateItem"): an_order,
    ("DeliverOutbox", "ses:SendEmail"): a_notice(NoticeKind.RESET_PASSWORD),
    ("DeliverOutbox", "kms:GenerateMac"): a_notice(NoticeKind.SMS_PHONE_CODE),
    ("DeliverOutbox", "sqs:SendMessage"): a_question,
    ("SweepOutbox", "dynamodb:Query"): a_swept_order,
    ("SweepOutbox", "events:PutEvents"): a_swept_order,
    ("SweepOutbox", "dynamodb:UpdateItem"): a_swept_order,
    ("SweepOutbox", "ses:SendEmail"): a_swept_notice(NoticeKind.RESET_PASSWORD),
    ("SweepOutbox", "kms:GenerateMac"): a_swept_notice(NoticeKind.SMS_PHONE_CODE),
    ("WriteAudit", "dynamodb:PutItem"): as_it_is("write_audit.changes"),
    ("WriteAudit", "dynamodb:DeleteItem"): a_name_changed,
    ("ExportOrders", "dynamodb:Query"): as_it_is("export_orders.month"),
    ("ExportOrders", "s3:PutObject"): as_it_is("export_orders.month"),
    ("AuthorizeCustomers", "dynamodb:BatchGetItem"): a_token(Role.CUSTOMER),
    ("AuthorizeCustomers", "dynamodb:PutItem"): a_token(Role.CUSTOMER),
    ("AuthorizeOperators", "dynamodb:BatchGetItem"): a_token(Role.OPERATOR),
    ("AuthorizeOperators", "dynamodb:PutItem"): a_token(Role.OPERATOR),
    ("SignIn", "dynamodb:BatchGetItem"): a_sign_in,
    ("SignIn", "dynamodb:ConditionCheckItem"): a_sign_in,
    ("SignIn", "dynamodb:DeleteItem"): a_sign_in,
    ("SignIn", "dynamodb:PutItem"): a_sign_in,
    ("SignIn", "kms:GenerateMac"): a_sign_in,
    ("CustomerApi", "dynamodb:BatchGetItem"): a_customer("GET", "/account"),
    ("CustomerApi", "dynamodb:ConditionCheckItem"): AN_ORDER,
    ("CustomerApi", "dynamodb:DeleteItem"): a_customer("DELETE", "/sessions/current"),
    ("CustomerApi", "dynamodb:PutItem"): A_KEY,
    ("CustomerApi", "dynamodb:Query"): a_customer("GET", "/orders"),
    ("CustomerApi", "dynamodb:UpdateItem"): a_customer("DELETE", "/phones/{phone}"),
    ("CustomerApi", "kms:GenerateMac"): A_KEY,
    ("CustomerApi", "s3:PutObject"): a_large_export,
    ("TermApi", "dynamodb:BatchGetItem"): an_owner("GET", "{plant}"),
    ("TermApi", "dynamodb:ConditionCheckItem"): an_owner(
        "PUT", "{plant}/inverters/{serial}", {"type": SMALL, "name": "WR 1"}, if_match='"1"'
    ),
    ("TermApi", "dynamodb:DeleteItem"): an_owner("DELETE", "{plant}/inverters/{serial}"),
    ("TermApi", "dynamodb:PutItem"): a_customer("POST", "/plants", A_PLANT),
    ("TermApi", "dynamodb:Query"): a_customer("GET", "/plants"),
    ("TermApi", "dynamodb:UpdateItem"): a_term,
    ("TermApi", "kms:GenerateMac"): a_new_inverter,
    ("OperatorApi", "dynamodb:BatchGetItem"): an_operator("GET", "/operator/accounts/{account}"),
    ("OperatorApi", "dynamodb:ConditionCheckItem"): an_offer,
    ("OperatorApi", "dynamodb:DeleteItem"): an_operator("DELETE", "/operator/sessions/current"),
    ("OperatorApi", "dynamodb:GetItem"): an_operator("GET", "/operator/maintenance"),
    ("OperatorApi", "dynamodb:PutItem"): an_operator("POST", LOCKS, {"reason": "security"}),
    ("OperatorApi", "dynamodb:Query"): an_operator("GET", LOCKS),
    ("OperatorApi", "dynamodb:UpdateItem"): an_operator(
        "PUT", "/operator/maintenance", {"on": False}
    ),
    ("DeliverOutbox", "s3:GetObject"): a_confirmation_with_its_invoice,
    ("SweepOutbox", "s3:GetObject"): a_swept_confirmation,
    ("WriteInvoices", "dynamodb:BatchGetItem"): an_invoice,
    ("WriteInvoices", "dynamodb:PutItem"): an_invoice,
    ("WriteInvoices", "dynamodb:Query"): an_invoice,
    ("WriteInvoices", "s3:PutObject"): an_invoice,
    ("PaymentPage", "dynamodb:BatchGetItem"): a_page_to_pay,
    ("PaymentPage", "dynamodb:PutItem"): a_page_to_pay,
    ("PaymentPage", "ssm:GetParameter"): a_page_to_pay,
    ("StripeWebhook", "dynamodb:BatchGetItem"): a_payment_told,
    ("StripeWebhook", "dynamodb:PutItem"): a_payment_told,
    ("StripeWebhook", "ssm:GetParameter"): a_payment_told,
    ("WatchPayments", "dynamodb:BatchGetItem"): a_payment_not_told,
    ("WatchPayments", "dynamodb:PutItem"): a_payment_not_told,
    ("WatchPayments", "dynamodb:Query"): a_payment_not_told,
    ("WatchPayments", "ssm:GetParameter"): a_payment_not_told,
    ("LapseOrders", "dynamodb:BatchGetItem"): an_order_not_paid,
    ("LapseOrders", "dynamodb:PutItem"): an_order_not_paid,
    ("LapseOrders", "dynamodb:Query"): an_order_not_paid,
    ("FinishErasures", "dynamodb:BatchGetItem"): an_erasure_cut_off,
    ("FinishErasures", "dynamodb:DeleteItem"): an_erasure_cut_off,
    ("FinishErasures", "dynamodb:PutItem"): an_erasure_cut_off,
    ("FinishErasures", "dynamodb:Query"): an_erasure_cut_off,
    ("ImportInverters", "dynamodb:BatchGetItem"): a_list,
    ("ImportInverters", "dynamodb:DeleteItem"): a_list_left_behind,
    ("ImportInverters", "dynamodb:PutItem"): a_list,
    ("ImportInverters", "dynamodb:Query"): a_list_left_behind,
    ("ImportInverters", "kms:GenerateMac"): a_list,
    ("ImportInverters", "s3:GetObject"): a_list,
    ("EndLocks", "dynamodb:BatchGetItem"): a_lock_that_is_due,
    ("EndLocks", "dynamodb:PutItem"): a_lock_that_is_due,
    ("EndLocks", "dynamodb:Query"): a_lock_that_is_due,
    ("EndLocks", "dynamodb:UpdateItem"): a_lock_that_is_due,
    ("TellTerms", "dynamodb:BatchGetItem"): an_end_to_be_told,
    ("TellTerms", "dynamodb:PutItem"): an_end_to_be_told,
    ("TellTerms", "dynamodb:Query"): an_end_that_is_due,
    ("TellTerms", "sqs:SendMessage"): an_end_that_is_due,
    ("Entitlements", "dynamodb:BatchGetItem"): an_entitlement,
    ("Entitlements", "dynamodb:Query"): lambda _: Asked(call("GET", "/plants/public")),
    ("ScheduleVat", "dynamodb:Query"): a_question_left_behind,
    ("ScheduleVat", "dynamodb:UpdateItem"): a_question_left_behind,
    ("ScheduleVat", "sqs:SendMessage"): a_question_left_behind,
    ("CheckVat", "dynamodb:BatchGetItem"): a_check(ASKED_AT_VIES, VatState.VALID),
    ("CheckVat", "dynamodb:DeleteItem"): a_check(WITH_NOBODYS, VatState.INVALID),
    ("CheckVat", "dynamodb:PutItem"): a_check(ASKED_AT_VIES, VatState.VALID),
    # eVatR's circuit: a worker keeps for five seconds what it saw of VIES's above
    ("CheckVat", "dynamodb:GetItem"): a_check_while_the_registry_is_down,
    ("CheckVat", "dynamodb:UpdateItem"): a_check_that_closes_the_circuit,
}
