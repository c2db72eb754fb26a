"""The privacy policy says for how long data is kept, and what keeps it says the same."""

import re
from datetime import timedelta
from typing import Any

import pytest

from freischalt.adapters.account_items import NOTICES_KEPT, REVOKED_KEPT
from freischalt.adapters.dynamodb_messages import MESSAGES_KEPT, TURNED_AWAY_KEPT
from freischalt.adapters.inverter_list_items import LISTS_KEPT
from freischalt.adapters.items import YEARS_KEPT
from freischalt.adapters.packaged_documents import FOLDER
from freischalt.adapters.payment_page_items import PAGES_KEPT
from freischalt.adapters.phone_updates import UNREGISTERED_KEPT
from freischalt.adapters.term_order_items import ANSWERED_KEPT
from freischalt.domain.user import REGISTRATION_KEPT

SMS_KEPT = timedelta(days=90)
"""At most, as the specification says; each conversation is its messages' records."""

DAYS = {"de": (r"(\d+) Tag", "zehn Jahre"), "en": (r"(\d+) day", "ten years")}


def policy(language: str) -> str:
    (file,) = FOLDER.glob(f"privacy.*.{language}.html")
    return file.read_text("utf-8")


def periods(language: str) -> list[str]:
    return re.findall("<li>(.+?)</li>", policy(language))


def expiring(template: dict[str, Any], bucket: str) -> set[int]:
    rules = template["Resources"][bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    return {rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}


@pytest.mark.parametrize("language", DAYS)
def test_each_period_is_the_one_that_is_kept(language: str, template: dict[str, Any]) -> None:
    days, ten_years = DAYS[language]
    *said, papers = periods(language)

    assert [{int(number) for number in re.findall(days, line)} for line in said] == [
        {MESSAGES_KEPT.days, NOTICES_KEPT.days},
        {SMS_KEPT.days},
        {TURNED_AWAY_KEPT.days, UNREGISTERED_KEPT.days},
        {REGISTRATION_KEPT.days},
        expiring(template, "Lists") | expiring(template, "Handover"),
        {LISTS_KEPT.days, PAGES_KEPT.days, REVOKED_KEPT.days, ANSWERED_KEPT.days},
        {max(template["Parameters"]["LogDays"]["AllowedValues"])},
    ]
    assert ten_years in papers
    assert (YEARS_KEPT, MESSAGES_KEPT <= SMS_KEPT) == (10, True)
