"""Prices, quotes and orders of terms as clients see them."""

from datetime import timedelta

from freischalt.domain.invoicing import note_of
from freischalt.domain.quote import Quote
from freischalt.domain.term_catalogue import Seller, TermCatalogue
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.texts_api import unknown_inverters
from freischalt_api.repair_views import repair_prices_out
from freischalt_api.term_order_shapes import (
    BandOut,
    BankTransferOut,
    PricesOut,
    QuoteLineOut,
    QuoteOut,
    TermOrderOut,
    VatOut,
)

ONE_DAY = timedelta(days=1)


def prices_out(catalogue: TermCatalogue, language: Language) -> PricesOut:
    return PricesOut(
        note=catalogue.note.get(language.value),
        currency=catalogue.currency,
        terms=[
            BandOut(
                up_to_w=band.up_to_w,
                net_cents={str(days): cents for days, cents in band.net_cents.items()},
            )
            for band in catalogue.prices.bands
        ],
        unknown_power_w=catalogue.unknown_power_w,
        repairs=repair_prices_out(catalogue, language),
    )


def quote_out(quote: Quote, language: Language, *, to_company: bool) -> QuoteOut:
    return QuoteOut(
        lines=[
            QuoteLineOut(
                plant=line.plant,
                name=line.name,
                days=line.days,
                power_w=line.power_w,
                unknown=line.unknown_inverters,
                list_cents=line.list_cents,
                credit_cents=line.credit_cents,
                net_cents=line.net_cents,
                begins=line.after + ONE_DAY,
                ends=line.after + line.days * ONE_DAY,
            )
            for line in quote.lines
        ],
        net_cents=quote.net_cents,
        vat=VatOut(
            rule=quote.vat.rule,
            country=quote.vat.country,
            percent=f"{quote.vat.basis_points / 100:g}",
            cents=quote.vat_cents,
            note=note_of(quote.vat, language, to_company=to_company),
        ),
        gross_cents=quote.gross_cents,
        currency=quote.currency,
        on=quote.on,
        warnings=[
            unknown_inverters(line.plant, line.unknown_inverters, language)
            for line in quote.lines
            if line.unknown_inverters
        ],
    )


def term_order_out(order: TermOrder, seller: Seller, language: Language) -> TermOrderOut:
    is_open = order.state is TermOrderState.OPEN
    return TermOrderOut(
        order_number=order.number,
        state=order.state,
        placed_at=order.placed_at,
        pay_until=order.pay_before if is_open else None,
        paid_cents=order.paid_cents,
        open_cents=order.open_cents if is_open else 0,
        bank_transfer=_bank_transfer_out(order, seller) if is_open else None,
        activated_at=order.activated_at,
        quote=quote_out(order.quote, language, to_company=not order.is_consumers),
        invoice=order.invoice,
        language=order.language,
    )


def _bank_transfer_out(order: TermOrder, seller: Seller) -> BankTransferOut | None:
    if not (order.open_cents and seller.iban):
        return None
    return BankTransferOut(
        recipient=seller.name,
        iban=seller.iban,
        bic=seller.bic,
        reference=order.number,
        amount_cents=order.open_cents,
        currency=order.quote.currency,
    )
