"""A day that has everything: texts, calls and schedules, all the way through the stack."""

import re
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from freischalt.account_ports import Put
from freischalt.adapters import keys
from freischalt.adapters.totp import totp_of
from freischalt.clock import utc_now
from freischalt.domain.ids import AccountNumber, OrderNumber, plant_id
from freischalt.domain.notice import NoticeKind
from freischalt.domain.purposes import SECOND_FACTOR
from freischalt.domain.vat import VatService
from freischalt.domain.vat_standing import VatState
from local import demo
from tests.account_factories import keep_many_locks
from tests.privilege.desk import Desk, event, eventually
from tests.privilege.erasures import a_half_erased_account
from tests.privilege.invoices import a_filed_invoice
from tests.privilege.people import (
    PASSWORD,
    VERSIONS,
    Caller,
    new_name,
    new_person,
    new_phone,
)
from tests.privilege.plants import A_PLANT, new_serial, printed_code
from tests.privilege.terms import (
    LONG_AGO,
    a_buyer,
    a_list_to_clear,
    a_term_for,
    an_ordered_term,
    an_uploaded_list,
    pay,
    pay_unheard,
)
from tests.term_factories import a_plant
from tests.waiting_checks import ASKED_AT_EVATR, ASKED_AT_VIES, WITH_NOBODYS

CUSTOMER, CONFIRMER, LEAVER = "+436601234567", "+436601234568", "+436601234569"
STRANGER = "+436641112223"
FETCH = "cl.31.1234567890ABCDEF"
TOO_MUCH = "cl.33.1234567890ABCDEF"
ORDER = "Ich bestelle verbindlich 5P 9ABCDEF012345678"
DEAR_ORDER = "Ich bestelle verbindlich 99P 9ABCDEF012345678"
ADDRESS = {"street": "Weg 1", "postalCode": "10115", "city": "Berlin", "country": "DE"}


def spend_a_day_at(desk: Desk) -> None:
    text(desk)
    operator = operator_of(desk)
    newcomer, number = registered(desk)
    serve_a_customer(desk, operator, newcomer, number)
    change_a_name(desk, operator, newcomer, number)
    keep_a_plant(desk, newcomer)
    lock_and_lift(desk, operator, number)
    let_a_lock_end(desk, operator, number)
    have_a_repair(operator, newcomer, number)
    tell_of_an_end(desk, newcomer, number)
    check_vat_ids(desk)
    sweep(desk)
    be_invoiced(desk)
    buy_a_term(desk)
    pay_unheard_or_never(desk)
    bring_lists(desk)
    finish_erasures(desk)
    eventually(lambda: desk.does("ExportOrders", event("export_orders.month")))
    keep_many_locks(desk.records, number)
    newcomer.does("GET", "/account/export", status=202)
    newcomer.does("DELETE", "/account", status=204)
    operator.does("PUT", "/operator/maintenance", {"on": True})
    operator.does("PUT", "/operator/maintenance", {"on": False})
    operator.does("GET", "/operator/maintenance")
    operator.does("DELETE", "/operator/sessions/current", status=204)


def text(desk: Desk) -> None:
    assert desk.text(CUSTOMER, FETCH).startswith("OK: Ihr Freischalt-Code")
    assert desk.text(CUSTOMER, FETCH).startswith("OK: Ihr Freischalt-Code")  # changes nothing now
    assert not desk.text(CUSTOMER, TOO_MUCH).startswith("OK")
    assert not desk.text(STRANGER, FETCH).startswith("OK")
    assert desk.text(CUSTOMER, ORDER).startswith("OK: Bestellung")
    assert desk.text(CONFIRMER, DEAR_ORDER).startswith("Bestellung bestätigen")
    assert desk.text(CONFIRMER, f"JA {desk.digits(CONFIRMER)}").startswith("OK: Bestellung")
    desk.send(LEAVER, "STOPP")
    eventually(lambda: desk.has_opted_out(LEAVER))
    eventually(lambda: len(desk.published()) == 2)
    eventually(lambda: {"retrieved", "ordered"} <= desk.trail())


def operator_of(desk: Desk) -> Caller:
    factor = totp_of(desk.secrets.secret(SECOND_FACTOR, "demo"))
    return Caller(desk).signs_in(
        "/operator/sessions",
        userName=demo.OPERATOR,
        password=demo.OPERATOR_PASSWORD,
        totp=factor.now(),
    )


def registered(desk: Desk) -> tuple[Caller, AccountNumber]:
    """A customer who came all the way: the mail's link opened, its password changed."""
    name, nobody = new_name(), Caller(desk)
    address = f"{name}@example.org"
    body = {
        "userName": name,
        "email": address,
        "kind": "person",
        "name": f"Kundin {name}",
        "address": ADDRESS,
        "accepted": VERSIONS,
    }
    nobody.does("POST", "/registrations", body, status=202)
    mail = desk.mail(address)
    given, token = found(r"Passwort: (\S+)", mail), found(r"token=(\S+)", mail)
    opened = nobody.does("POST", "/registrations/validation", {"token": token})
    nobody.does("POST", "/sessions", {"userName": name, "password": "Falsch-1234"}, status=403)
    newcomer = nobody.signs_in("/sessions", userName=name, password=given)
    newcomer.does("PUT", "/password", {"current": given, "new": PASSWORD}, status=204)
    again = nobody.signs_in("/sessions", userName=name, password=PASSWORD)
    again.does("DELETE", "/sessions/current", status=204)
    return newcomer, AccountNumber(opened.json()["account"])


def serve_a_customer(desk: Desk, operator: Caller, customer: Caller, number: AccountNumber) -> None:
    carat_id, phone = f"{uuid4().hex[:7].upper()}A", new_phone()
    released = {"caratId": carat_id, "points": 5}
    asked = {"type": "7P", "licenceNumber": f"{carat_id}90ABCDEF"}
    operator.does("POST", f"/operator/accounts/{number}/releases", released, status=201)
    customer.does("POST", "/orders", asked, status=201)
    customer.does("POST", "/codes", asked)
    for path in ("/licences", "/orders", "/locks", "/account", "/account/audit-trail", "/phones"):
        customer.does("GET", path)

    customer.does("POST", "/phones", {"phone": phone}, status=202)
    digits = found(r": (\d{6}) \(", eventually(lambda: desk.answers(phone))[-1])
    customer.does("POST", f"/phones/{phone}/confirmation", {"code": digits})

    made = customer.does("POST", "/api-keys", {"name": "Leitstand"}, status=201).json()
    Caller(desk, made["token"]).does("GET", "/licences")
    customer.does("DELETE", f"/api-keys/{made['id']}", status=204)
    customer.does("POST", f"/licences/{carat_id}/locks", {"note": "gestohlen"}, status=201)


def change_a_name(desk: Desk, operator: Caller, customer: Caller, number: AccountNumber) -> None:
    """The row that a search finds goes with the name."""

    def accounts(name: str) -> list[str]:
        answer = operator.does("GET", "/operator/accounts", params={"name": name}).json()
        return [account["number"] for account in answer["accounts"]]

    before = customer.does("GET", "/account")
    old, new = before.json()["name"], f"Neuer Name {uuid4().hex[:8]}"
    eventually(lambda: accounts(old) == [number])
    customer.does(
        "PUT",
        "/account",
        {"kind": "person", "name": new, "address": ADDRESS},
        headers={"If-Match": before.headers["ETag"]},
    )
    eventually(lambda: accounts(new) == [number] and not accounts(old))


def keep_a_plant(desk: Desk, customer: Caller) -> None:
    """From its first inverter to its end."""
    plant = f"/plants/{customer.does('POST', '/plants', A_PLANT, status=201).json()['id']}"
    serial = new_serial()
    body = {"serial": serial, "activationCode": printed_code(desk, serial)}
    customer.does("POST", f"{plant}/inverters", body, status=201)
    read = customer.does("GET", f"{plant}/inverters/{serial}").headers["etag"]
    named = {"name": "WR 1"}
    customer.does("PUT", f"{plant}/inverters/{serial}", named, headers={"If-Match": read})
    customer.does("GET", f"{plant}/inverters")
    customer.does("DELETE", f"{plant}/inverters/{serial}", status=204)
    customer.does("DELETE", plant, status=204)


def lock_and_lift(desk: Desk, operator: Caller, number: AccountNumber) -> None:
    base, phone = f"/operator/accounts/{number}", new_phone()
    operator.does("POST", f"{base}/phones", {"phone": phone}, status=201)
    operator.does("GET", "/operator/accounts", params={"phone": phone})
    lock = lock_of(operator, number, reason="security")
    operator.does("POST", f"{base}/locks/{lock}/lifting", {"resolution": "aufgeklärt"}, status=201)
    operator.does("GET", f"{base}/locks")
    operator.does("DELETE", f"{base}/phones/{phone}", status=204)


def have_a_repair(operator: Caller, customer: Caller, number: AccountNumber) -> None:
    """From the request to the yes."""
    body = {
        "contact": {"name": "Anna Huber", "email": "anna@example.org"},
        "device": {"category": "new", "type": "AE 3TL 23", "serial": "SN-0001"},
        "remoteMonitoring": "keine",
        "fault": "Läuft nicht an.",
    }
    repair = customer.does("POST", "/repair-orders", body, status=201).json()["id"]
    customer.does("GET", "/repair-orders")
    operator.does("GET", "/operator/repair-orders")
    offer = {
        "items": [{"text": "Pauschale", "netCents": 25_000}],
        "text": "Wir kommen.",
        "validUntil": f"{utc_now() + timedelta(days=14):%Y-%m-%d}",
    }
    base = f"/operator/accounts/{number}/repair-orders/{repair}"
    operator.does("POST", f"{base}/offer", offer, status=201)
    place = f"/repair-orders/{repair}/acceptance"
    customer.does("POST", place, headers={"If-Match": '"2"'}, status=201)
    operator.does("GET", "/operator/repair-orders?state=accepted")
    operator.does("POST", f"{base}/completion", status=201)


def let_a_lock_end(desk: Desk, operator: Caller, number: AccountNumber) -> None:
    """One on the account, which still has the customer's own phone."""
    until = (utc_now() + timedelta(days=3)).date().isoformat()
    key = keys.lock(number, lock_of(operator, number, reason="security", until=until))
    desk.change_item(key, due_at={"N": "0"})
    eventually(lambda: desk.does("EndLocks", event("end_locks.schedule")))
    assert "ended_at" in desk.item(key)


def tell_of_an_end(desk: Desk, customer: Caller, number: AccountNumber) -> None:
    """Of a trial that ended long ago: by the schedule, through the queue; an app has asked before.

    The next run finds it told, so the queue has nothing for the one after it.
    """
    id_ = plant_id(number, 2)  # beside the one that was kept
    begun = utc_now().date() - timedelta(days=90)
    desk.records.write(Put(a_plant(id=id_, trial_from=begun, version=0)))
    customer.does("GET", f"/entitlements/{id_}")
    customer.does("GET", "/plants/public")
    eventually(lambda: desk.does("TellTerms", event("tell_terms.schedule")))
    eventually(lambda: "told" in desk.item(keys.plant(id_)))


def check_vat_ids(desk: Desk) -> None:
    """Asked at once and by the schedule, at both registries, and at one that was down."""
    for registrant, verdict in [
        (ASKED_AT_VIES, VatState.VALID),
        (ASKED_AT_EVATR, VatState.VALID),
        (WITH_NOBODYS, VatState.INVALID),
    ]:
        company = new_person(desk, registrant=registrant)
        Caller(desk, company.token).does("POST", "/account/vat-checks", status=202)
        eventually(partial(has_ended, desk, company.account, verdict))

    late = new_person(desk, registrant=ASKED_AT_VIES).account
    desk.vat_check_is_due(late, VatService.VIES, in_seconds=5)  # the stream comes too early
    eventually(
        lambda: (
            desk.does("ScheduleVat", event("schedule_vat.schedule"))
            and has_ended(desk, late, VatState.VALID)
        )
    )

    desk.open_circuit(VatService.EVATR, since=utc_now() - timedelta(hours=1))
    eventually(lambda: closes_the_circuit(desk))  # a worker that has just looked does not look


def has_ended(desk: Desk, account: AccountNumber, state: VatState) -> bool:
    standing = desk.vat(account)
    return standing is not None and standing.state is state


def closes_the_circuit(desk: Desk) -> bool:
    account = new_person(desk, registrant=ASKED_AT_EVATR).account
    desk.vat_check_is_due(account, VatService.EVATR)
    eventually(lambda: has_ended(desk, account, VatState.VALID))
    return desk.circuit_is_closed(VatService.EVATR)


def lock_of(operator: Caller, number: AccountNumber, **body: str) -> str:
    path = f"/operator/accounts/{number}/locks"
    made: Any = operator.does("POST", path, body, status=201).json()
    return str(made["id"])


def sweep(desk: Desk) -> None:
    """An order, a mail and a text that the stream has not brought."""
    eventually(lambda: len(desk.published()) == 3)
    first = desk.published()[0]
    mail, sms = (
        desk.put_notice(kind) for kind in (NoticeKind.RESET_PASSWORD, NoticeKind.SMS_PHONE_CODE)
    )
    eventually(lambda: desk.is_sent(mail) and desk.is_sent(sms))
    desk.leave_behind(first)
    for notice in (mail, sms):
        desk.leave_notice_behind(notice)
    eventually(lambda: desk.does("SweepOutbox", event("sweep_outbox.schedule")))
    assert first in desk.published()
    assert desk.is_sent(mail)
    assert desk.is_sent(sms)


def be_invoiced(desk: Desk) -> None:
    """The confirmation takes the invoice with it: once by the stream, once by the sweep."""
    _, confirmation = a_filed_invoice(desk)
    eventually(lambda: desk.is_sent(confirmation))

    def swept() -> bool:
        """On a busy machine a worker may give up; its claim would hold for minutes."""
        desk.leave_notice_behind(confirmation)
        desk.does("SweepOutbox", event("sweep_outbox.schedule"))
        return desk.is_sent(confirmation)

    eventually(swept)


def buy_a_term(desk: Desk) -> None:
    """Ordered, paid on the page, and told by Stripe."""
    person, plant = a_buyer(desk)
    buyer = Caller(desk, person.token)
    placed = buyer.does("POST", "/term-orders", a_term_for(plant), status=201)
    number = OrderNumber(placed.json()["orderNumber"])
    buyer.does("POST", f"/term-orders/{number}/payment-page")
    pay(desk, person.account, number)
    path = f"/term-orders/{number}"
    eventually(lambda: buyer.does("GET", path).json()["state"] == "active")


def pay_unheard_or_never(desk: Desk) -> None:
    """What was paid without a word is found, what was never paid lapses."""
    unheard = an_ordered_term(desk)
    Caller(desk, unheard.person.token).does(
        "POST", f"/term-orders/{unheard.order.number}/payment-page"
    )
    pay_unheard(desk, unheard)
    eventually(lambda: desk.does("WatchPayments", event("watch_payments.schedule")))
    assert unheard.is_in_state(desk, "active")
    unpaid = an_ordered_term(desk, placed_at=utc_now() - LONG_AGO)
    eventually(lambda: desk.does("LapseOrders", event("lapse_orders.schedule")))
    assert unpaid.is_in_state(desk, "lapsed")


def finish_erasures(desk: Desk) -> None:
    half = a_half_erased_account(desk)
    eventually(lambda: desk.does("FinishErasures", event("finish_erasures.schedule")))
    assert half.is_finished(desk)


def bring_lists(desk: Desk) -> None:
    """One all the way from its file, and one that somebody has left half done."""
    listed = an_uploaded_list(desk)
    eventually(lambda: listed.is_in_state(desk, "published"))
    left_behind = a_list_to_clear(desk)
    eventually(lambda: desk.does("ImportInverters", event("import_inverters.schedule")))
    assert left_behind.is_cleared(desk)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in the text"
    return match[1]
