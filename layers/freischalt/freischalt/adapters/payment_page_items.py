"""The stored shape of payment pages."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import millis, moment
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.payment_page import PageState, PaymentPage

PAGES_KEPT = timedelta(days=90)


def payment_page_item(page: PaymentPage, *, version: int) -> Wire:
    item: dict[str, object] = {
        "order": page.order,
        "account": page.account,
        "session": page.session,
        "url": page.url,
        "amount_cents": page.amount_cents,
        "page_ends_at": millis(page.expires_at),
        "attempt": page.attempt,
        "state": page.state.value,
        "version": version,
        "expires_at": int((page.expires_at + PAGES_KEPT).timestamp()),
    }
    if page.state is not PageState.OVER:
        item |= {"due": keys.due_page(page.session), "due_at": millis(page.expires_at)}
    return keys.payment_page(page.account, page.session) | to_item(item)


def payment_page_of(item: Mapping[str, Any]) -> PaymentPage:
    read = from_item(item)
    return PaymentPage(
        order=OrderNumber(read["order"]),
        account=AccountNumber(read["account"]),
        session=read["session"],
        url=read["url"],
        amount_cents=read["amount_cents"],
        expires_at=moment(read["page_ends_at"]),
        attempt=read["attempt"],
        state=PageState(read["state"]),
        version=read["version"],
    )
