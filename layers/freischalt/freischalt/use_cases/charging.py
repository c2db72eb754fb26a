"""The VAT that an account is charged: one rule for quotes, growth and offers of repairs."""

from datetime import date

from freischalt.domain.account import Account
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.vat_charge import VatCharge, VatRule, vat_charge


def charge(account: Account, today: date, catalogue: TermCatalogue) -> VatCharge:
    """On what it buys today; of whom nothing is known, the seller's own.

    A VAT ID without a verdict is taken to be valid: else the price would jump once its check has
    ended. Whoever binds anybody to a price asks `may_not_buy` before.
    """
    customer, vat = account.registrant, account.vat
    if customer is None:
        home = catalogue.seller.country
        return VatCharge(VatRule.DOMESTIC, home, catalogue.vat_rate(home, today))
    is_refuted = vat is not None and vat.refutes(customer)
    return vat_charge(customer, vat_id_is_valid=not is_refuted, day=today, catalogue=catalogue)
