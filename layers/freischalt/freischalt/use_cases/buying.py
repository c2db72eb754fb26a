"""An order over HTTP: placed, if the VAT checks let the account buy.

A verdict that is too old is asked for again, and the order refused until then: it never waits. What
a crash leaves behind: a check that was begun, or not; an order that was placed, or not.
"""

from dataclasses import replace
from datetime import datetime

from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sms_grammar import PlaceOrder
from freischalt.domain.vat_purchase import may_buy
from freischalt.use_cases.answer_request import Answered, answer_request
from freischalt.use_cases.desk import Counter
from freischalt.use_cases.office import Office
from freischalt.use_cases.vat_checks import start_check


def place_order(
    order: PlaceOrder, number: AccountNumber, desk: Counter, office: Office, request: Request
) -> Answered | Refusal:
    done = answer_request(
        order, number, desk, request, may=lambda account: may_not_buy(account, office, request.at)
    )
    if isinstance(done, Refusal) and done.code is RefusalCode.VAT_CHECK_RUNNING:
        start_check(number, office, replace(request, repeatable=False))
    return done


def may_not_buy(account: Account, office: Office, now: datetime) -> Refusal | None:
    """Why the account may not buy. One that the vendor made has nothing to be checked."""
    if account.registrant is None:
        return None
    return may_buy(
        account.registrant,
        account.vat,
        now,
        office.vat_policy,
        allowed_without_vat_id=account.buys_without_vat_id,
    )
