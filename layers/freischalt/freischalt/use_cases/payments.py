"""The money that has come in for an account's orders."""

from collections.abc import Iterator
from itertools import batched

from freischalt.account_ports import Ref
from freischalt.domain.ids import AccountNumber, PaymentId
from freischalt.domain.payment import Payment
from freischalt.domain.term_order import TermOrder
from freischalt.use_cases.office import A_PAGE, Office, found, things_of


def payments_of(number: AccountNumber, office: Office) -> Iterator[Payment]:
    """What counts, and what was put aside; without what was given to another account's order."""
    orders = things_of(TermOrder, number, office)
    ids = dict.fromkeys(id_ for order in orders for id_ in _named_by(order))
    for some in batched(ids, A_PAGE, strict=False):
        for payment in found(office, [Ref(Payment, (id_,)) for id_ in some]):
            if payment.account == number:
                yield payment


def _named_by(order: TermOrder) -> Iterator[PaymentId]:
    yield from (*order.payments, *order.put_aside)
    for correction in order.corrections:
        yield from correction.payments
