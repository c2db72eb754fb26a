"""Planted: a VAT ID counts as asked about for five minutes before its answer is kept."""

from datetime import timedelta
from typing import Any

from freischalt.domain.request import Request
from freischalt.use_cases import check_vat


def plant() -> None:
    prepared = check_vat._prepared

    def prepare_and_mark(number: Any, office: Any, request: Request) -> Any:
        asking = prepared(number, office, request)
        known = check_vat._known(number, office)
        if asking and known:
            check_vat._put_off(known, request.at + timedelta(minutes=5), office)
        return asking

    check_vat._prepared = prepare_and_mark
