"""Things that are valid by default: a test names only what it is about."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freischalt.domain.catalogue import Catalogue
from freischalt.domain.conversation import InboundSms, Sender
from freischalt.domain.dongle import Dongle, Release
from freischalt.domain.ids import AccountNumber, KeyId
from freischalt.domain.licence import CaratId, LicenceNumber
from freischalt.use_cases.desk import Policy

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PHONE = "+436601234567"
OTHER_PHONE = "+436771234567"
STRANGER = "+436991234567"
OWN_NUMBER = "+436649477338"
ACCOUNT = AccountNumber("10001")
OTHER_ACCOUNT = AccountNumber("10002")
CARAT_ID = CaratId("12345678")
NUMBER = LicenceNumber.of("1234567890ABCDEF")
INFORMATION = NUMBER.user_information
OTHER_NUMBER = LicenceNumber.of("12345678DEADBEEF")
OTHER_INFORMATION = OTHER_NUMBER.user_information
KEY = KeyId("1")

CATALOGUE = Catalogue(
    currency="EUR", points={n: n * 2_000 + 2_900 for n in range(1, 100, 2)}, e_protocol=29_000
)


def a_sms(
    text: str,
    *,
    sender: str = PHONE,
    id: str = "m1",  # noqa: A002 - the field's name
    at: datetime = NOON,
    queued_at: datetime | None = None,
) -> InboundSms:
    return InboundSms(id=id, sender=sender, text=text, arrived_at=at, queued_at=queued_at or at)


def a_sender(phone: str = PHONE, **changes: Any) -> Sender:
    return Sender(**{"phone": phone, "account": ACCOUNT, "revision": 1, **changes})


def a_release(**changes: Any) -> Release:
    return Release(**{"points": 31, "e_protocol": True, **changes})


def a_dongle(
    releases: Mapping[AccountNumber, Release] | None = None,
    **changes: Any,
) -> Dongle:
    if releases is None:
        releases = {ACCOUNT: a_release()}
    fields = {"carat_id": CARAT_ID, "version": 1, "key_id": KEY, "releases": releases}
    return Dongle(**{**fields, **changes})


def a_policy(**changes: Any) -> Policy:
    fields = {
        "catalogue": CATALOGUE,
        "own_numbers": {OWN_NUMBER},
        "served_prefixes": ("+43", "+49"),
        "replies_an_hour": 30,
        "repeated_order_within": timedelta(minutes=10),
        "confirm_above": None,
        "in_hand_for": timedelta(seconds=5),
        "time_zone": ZoneInfo("Europe/Vienna"),
    }
    return Policy(**{**fields, **changes})
