"""The composition root of the functions that speak with Stripe: they have its library."""

import os
from functools import cache
from typing import TYPE_CHECKING

from freischalt.adapters.sdk import client
from freischalt.adapters.ssm_secrets import SsmSecret
from freischalt.adapters.stripe_pages import StripePages
from freischalt.api_settings import StripeSettings, WebhookSettings
from freischalt.payment_ports import PaymentPages

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ssm import SSMClient

    from freischalt.adapters.stripe_signature import StripeSignature


def ssm() -> "Callable[[], SSMClient]":
    """One for each secret, made when it is first asked for."""
    return cache(lambda: client("ssm", read_seconds=5))


def stripe_settings() -> StripeSettings:
    return StripeSettings.of(os.environ)


def payment_pages() -> PaymentPages:
    settings = stripe_settings()
    return StripePages(SsmSecret(ssm(), settings.key_arn), api=settings.api)


def stripe_signature() -> "StripeSignature":
    from freischalt.adapters.stripe_signature import StripeSignature  # noqa: PLC0415 - a library

    return StripeSignature(SsmSecret(ssm(), WebhookSettings.of(os.environ).secret_arn))
