"""Invoices that are wanted, at a deployed desk."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from freischalt.account_ports import Put
from freischalt.adapters import keys
from freischalt.adapters.account_items import notice_of
from freischalt.clock import utc_now
from freischalt.domain.ids import InvoiceId, OrderNumber
from freischalt.domain.invoice import Invoice
from freischalt.domain.notice import Notice
from freischalt.domain.term_order import Consent
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import user_id
from tests.privilege.desk import Desk, event, eventually
from tests.privilege.people import Person, new_person
from tests.term_factories import a_term_order, an_invoice


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose it is, and what it is."""

    person: Person
    invoice: Invoice

    def is_filed(self, desk: Desk) -> bool:
        return "filed_at" in desk.item(keys.invoice(self.person.account, self.invoice.id))

    @property
    def notice_id(self) -> str:
        return f"term_order_confirmed-{self.invoice.id}-{user_id(self.person.name)}"


def a_wanted_invoice(desk: Desk) -> Wanted:
    """Of an order that has just been paid."""
    person = new_person(desk)
    number = OrderNumber(f"2026-{uuid4().int % 10**12:012d}")
    order = a_term_order(
        state=TermOrderState.ACTIVE,
        number=number,
        account=person.account,
        placed_by=user_id(person.name),
        consent=Consent(documents={"terms": "2026-11"}),
        version=0,
    )
    invoice = an_invoice(
        id=InvoiceId(number),
        account=person.account,
        order=number,
        wanted_at=utc_now(),
        version=0,
    )
    desk.records.write(Put(order), Put(invoice))
    return Wanted(person, invoice)


def a_filed_invoice(desk: Desk) -> tuple[Wanted, Notice]:
    """One that has been written, and the mail of an hour ago that its file goes with."""
    wanted = a_wanted_invoice(desk)
    asked = event("write_invoices.schedule")
    eventually(lambda: desk.does("WriteInvoices", asked) and wanted.is_filed(desk))
    kept = notice_of(desk.item(keys.notice(wanted.notice_id)))
    email, then = f"{wanted.person.name}@example.org", kept.created_at - timedelta(hours=1)
    return wanted, replace(kept, to=email, created_at=then)
