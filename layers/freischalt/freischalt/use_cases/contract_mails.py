"""The mails of a contract: what was ordered, in its language, with its documents attached.

A notice names the documents by kind and version, and the invoice by its file: they are fetched when
the mail is made. Consumers in Germany get the withdrawal notice, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Change, Put
from freischalt.domain.account import Account
from freischalt.domain.documents import attached_documents
from freischalt.domain.invoice import Invoice, file_of
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.term_order import TermOrder
from freischalt.use_cases.office import Office
from freischalt.use_cases.telling import Telling, to_each_user


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractMail:
    """`cause` is the same whenever the same thing is told. `of`: what `invoice` is about."""

    kind: NoticeKind
    cause: str
    at: datetime
    order: TermOrder
    invoice: Invoice | None = None
    of: Invoice | None = None


def contract_mails(account: Account, mail: ContractMail, office: Office) -> tuple[Change, ...]:
    """One to each user of the account, all in the language of the contract."""
    telling = Telling(kind=mail.kind, cause=mail.cause, at=mail.at, details=_details(mail, office))
    told = to_each_user(account, telling, office)
    return tuple(_in_the_language_of(mail.order, change) for change in told)


def _in_the_language_of(order: TermOrder, change: Change) -> Change:
    if isinstance(change, Put) and isinstance(change.thing, Notice):
        return Put(replace(change.thing, language=order.language))
    return change


def _details(mail: ContractMail, office: Office) -> Mapping[str, str]:
    order, invoice = mail.order, mail.invoice
    cents = invoice.gross_cents if invoice else order.gross_cents
    return {
        "order": order.number,
        "plants": ", ".join(line.name for line in order.quote.lines),
        "gross_cents": str(cents),
        "paid_cents": str(order.paid_cents) if order.paid_cents else "",
        "documents": attached_documents(office.catalogue, order),
        "number": (invoice.number if invoice else None) or "",
        "of": (mail.of.number if mail.of else None) or "",
        "invoice": file_of(invoice) if invoice and invoice.number else "",
    }
