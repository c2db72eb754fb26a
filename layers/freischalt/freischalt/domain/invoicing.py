"""What becomes an invoice, a credit note or a correction, and what each of them says.

All are fixed here, in the transaction of their cause; number, date of issue and PDF come later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import assert_never

from freischalt.domain.ids import InvoiceId, PlantId
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from freischalt.domain.quote import QuoteLine
from freischalt.domain.term import Term
from freischalt.domain.term_order import TermOrder
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge, VatRule

ONE_DAY = timedelta(days=1)


def invoice_of_order(
    order: TermOrder, terms: Mapping[PlantId, Term], *, at: datetime, today: date
) -> Invoice:
    """The invoice of an order that has just become active: `terms` are what its lines became.

    A line's first day is that on which its term begins to count, not the day of activation. Raises
    KeyError for a line without a term.
    """
    return Invoice(
        id=InvoiceId(order.number),
        kind=InvoiceKind.INVOICE,
        account=order.account,
        order=order.number,
        buyer=order.buyer,
        buyer_vat_id=order.buyer_vat_id,
        language=order.language,
        lines=tuple(
            invoiced
            for line in order.quote.lines
            for invoiced in _sold(line, terms[line.plant], order.language)
        ),
        vat=order.quote.vat,
        currency=order.quote.currency,
        wanted_at=at,
        supplied_on=today,
    )


def by_rate_of_supply(invoice: Invoice, vat: VatCharge) -> Invoice:
    """The invoice over the gross price that was agreed, by the rate of the day of supply.

    That may be another than the day of the order's (§ 27 (1) UStG). What the net amount changes by
    is a line of its own. If none comes to the very cent, it is a cent less.
    """
    more = vat.net_within(invoice.gross_cents) - invoice.net_cents
    if vat == invoice.vat or not more:
        return replace(invoice, vat=vat)
    text = _by(
        invoice.language,
        "Anpassung an den Umsatzsteuersatz am Tag der Leistung; der Bruttopreis bleibt",
        "Adjustment to the VAT rate on the day of supply; the gross price stays",
    )
    return replace(invoice, vat=vat, lines=(*invoice.lines, InvoiceLine(text=text, net_cents=more)))


def _sold(line: QuoteLine, term: Term, language: Language) -> Iterator[InvoiceLine]:
    power = watts(line.power_w, language)
    sold = _by(
        language,
        f"Nutzungslizenz für {line.days} Tage, Anlage {line.plant} „{line.name}“, {power}",
        f"Licence for {line.days} days, plant {line.plant} “{line.name}”, {power}",
    )
    first, last = term.after + ONE_DAY, term.end - ONE_DAY
    yield InvoiceLine(text=sold, net_cents=line.list_cents, begins=first, ends=last)
    if line.credit_cents:
        credited = _by(
            language,
            f"Anrechnung des Restwerts der bisherigen Lizenz, Anlage {line.plant}",
            f"Credit for the remaining value of the earlier licence, plant {line.plant}",
        )
        yield InvoiceLine(text=credited, net_cents=-line.credit_cents)


def credit_note_of(
    invoice: Invoice, *, at: datetime, today: date, withheld_cents: int = 0
) -> Invoice:
    """What gives the invoice's money back, as after a withdrawal: one for each invoice.

    `withheld_cents`, net, stay with the seller: the days that a consumer has used who wanted the
    service to begin at once (§ 357a (2) BGB). Raises ValueError for more than was invoiced.
    """
    if not 0 <= withheld_cents <= invoice.net_cents:
        raise ValueError(f"{withheld_cents} of {invoice.net_cents} cents cannot be withheld")
    lines = invoice.lines
    if withheld_cents:
        used = _by(invoice.language, "Wertersatz für genutzte Tage", "Value of the days used")
        lines = (*lines, InvoiceLine(text=used, net_cents=-withheld_cents))
    return _following(
        invoice,
        id_=InvoiceId(f"{invoice.id}-credit"),
        kind=InvoiceKind.CREDIT_NOTE,
        lines=lines,
        at=at,
        today=today,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recharge:
    """A term whose plant had more power than was said: `net_cents` is what was paid too little."""

    line: QuoteLine
    term: Term
    power_w: int
    net_cents: int


def correction_of(
    invoice: Invoice, recharge: Recharge, *, cause: str, at: datetime, today: date
) -> Invoice:
    """What is charged later for under-reported power (source 004, 11), still to be paid.

    One for each `cause`: the same cause again is the same correction.
    """
    return _following(
        invoice,
        id_=InvoiceId(f"{invoice.id}-correction-{cause}"),
        kind=InvoiceKind.CORRECTION,
        lines=(_recharged(recharge, invoice.language),),
        at=at,
        today=today,
        paid=False,
    )


def _recharged(recharge: Recharge, language: Language) -> InvoiceLine:
    line, term = recharge.line, recharge.term
    real, said = watts(recharge.power_w, language), watts(line.power_w, language)
    text = _by(
        language,
        f"Nachberechnung, Anlage {line.plant} „{line.name}“, {real} statt {said}",
        f"Licence fee charged later, plant {line.plant} “{line.name}”, {real} instead of {said}",
    )
    return InvoiceLine(
        text=text,
        net_cents=recharge.net_cents,
        begins=term.after + ONE_DAY,
        ends=term.last_day,
    )


def _following(
    invoice: Invoice,
    *,
    id_: InvoiceId,
    kind: InvoiceKind,
    lines: tuple[InvoiceLine, ...],
    at: datetime,
    today: date,
    paid: bool = True,
) -> Invoice:
    return Invoice(
        id=id_,
        kind=kind,
        account=invoice.account,
        order=invoice.order,
        buyer=invoice.buyer,
        buyer_vat_id=invoice.buyer_vat_id,
        language=invoice.language,
        lines=lines,
        vat=invoice.vat,
        currency=invoice.currency,
        wanted_at=at,
        supplied_on=today,
        paid=paid,
        of=invoice.id,
    )


def vat_note(invoice: Invoice) -> str:
    """What the law wants the invoice to say about its VAT; empty for the seller's own VAT."""
    return note_of(invoice.vat, invoice.language, to_company=invoice.buyer_is_company)


def note_of(vat: VatCharge, language: Language, *, to_company: bool) -> str:
    """The same before there is an invoice: what is quoted says why, too."""
    rule, country = vat.rule, vat.country
    match rule:
        case VatRule.DOMESTIC:
            return ""
        case VatRule.REVERSE_CHARGE:
            return _by(
                language,
                "Steuerschuldnerschaft des Leistungsempfängers",
                "Reverse charge: the recipient is liable for the VAT"
                " (Steuerschuldnerschaft des Leistungsempfängers)",
            )
        case VatRule.OUTSIDE_EU:
            return _by(
                language,
                "Nicht im Inland steuerbare Leistung (§ 3a Abs. 2 UStG)"
                if to_company
                else "Nicht im Inland steuerbare Leistung (§ 3a Abs. 5 UStG)",
                "Service not taxable in the seller's country",
            )
        case VatRule.CONSUMER:
            return _by(
                language,
                f"Umsatzsteuer des Landes des Leistungsempfängers ({country}), § 3a Abs. 5 UStG",
                f"VAT of the customer's country ({country})",
            )
        case _:
            assert_never(rule)


def watts(power_w: int, language: Language) -> str:
    """In the language's way of writing numbers.

    >>> watts(4200, Language.GERMAN), watts(4200, Language.ENGLISH)
    ('4.200 W', '4,200 W')
    """
    grouped = f"{power_w:,} W"
    return _by(language, grouped.replace(",", "."), grouped)


def _by(language: Language, german: str, english: str) -> str:
    return german if language is Language.GERMAN else english
