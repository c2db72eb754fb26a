"""Planted: whoever asks for a payment page again asks the provider under another key."""

from dataclasses import replace
from uuid import uuid4

from freischalt.adapters.stripe_pages import StripePages
from freischalt.domain.payment_page import WantedPage
from freischalt.payment_ports import MadePage


def plant() -> None:
    make = StripePages.make

    def make_anew(self: StripePages, wanted: WantedPage) -> MadePage:
        return make(self, replace(wanted, key=uuid4().hex))

    StripePages.make = make_anew  # type: ignore[method-assign]
