"""The environment of the functions behind the API, and of those that send notices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from freischalt.domain.key_ring import KeyRing
from freischalt.domain.quiet_hours import QuietHours, quiet_hours
from freischalt.domain.vat import VatService
from freischalt.domain.vat_ladder import VatPolicy
from freischalt.settings import COMPILED_CATALOGUE, COMPILED_TERMS, Reader

OWN_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}")
URL = re.compile(r"https?://[^\s/]+(/[^\s]*[^\s/])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """The table, the key of all secrets but codes, the catalogues, what a day is, VAT checks."""

    table: str
    time_zone: ZoneInfo
    secret_key: str
    catalogue: Path
    terms: Path
    seller_vat_id: str
    vat_policy: VatPolicy

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                table=reader.text("TABLE_NAME"),
                time_zone=reader.zone("TIME_ZONE"),
                secret_key=reader.text("SECRET_KEY"),
                catalogue=reader.read(
                    "CATALOGUE_FILE", Path, "is no path", default=str(COMPILED_CATALOGUE)
                ),
                terms=reader.read("TERMS_FILE", Path, "is no path", default=str(COMPILED_TERMS)),
                seller_vat_id=reader.read(
                    "SELLER_VAT_ID", _vat_id, "is no VAT ID, as in DE136695976"
                ),
                vat_policy=VatPolicy(
                    repeated_after=timedelta(days=reader.whole("VAT_REPEATED_AFTER_DAYS") or 1),
                    good_to_buy_for=timedelta(hours=reader.whole("VAT_GOOD_TO_BUY_HOURS") or 1),
                    quiet=reader.read(
                        "VAT_QUIET_HOURS", _quiet, "is neither 23:00-05:00 nor `none`"
                    ),
                ),
            )


def _vat_id(text: str) -> str:
    if not OWN_VAT_ID.fullmatch(text):
        raise ValueError
    return text


def _quiet(text: str) -> QuietHours | None:
    """Hours as Germany's clocks show them, wherever the vendor is: eVatR rests there."""
    return None if text == "none" else quiet_hours(text, ZoneInfo("Europe/Berlin"))


def _url(text: str) -> str:
    if not URL.fullmatch(text):
        raise ValueError
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """Where the VAT registries are."""

    vies: str
    evatr: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                vies=reader.read("VIES_URL", _url, "is no address"),
                evatr=reader.read("EVATR_URL", _url, "is no address"),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class VatQueueSettings:
    """The table, and a queue for each registry."""

    table: str
    queues: Mapping[VatService, str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                table=reader.text("TABLE_NAME"),
                queues={
                    VatService.VIES: reader.text("VIES_QUEUE_URL"),
                    VatService.EVATR: reader.text("EVATR_QUEUE_URL"),
                },
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TermQueueSettings:
    """The queue of the plants that are to be told of."""

    queue: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(queue=reader.text("TERM_QUEUE_URL"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    """The master keys."""

    key_ring: KeyRing

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                key_ring=reader.read("KEY_RING", KeyRing.read, "is not id=state=arn,…, one active")
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSettings:
    """Where Stripe is, and the parameter that has our key; `site` is empty for the API's own."""

    api: str
    key_arn: str
    site: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                api=reader.read("STRIPE_URL", _url, "is no address"),
                key_arn=reader.text("STRIPE_KEY_ARN"),
                site=environ.get("SITE", ""),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """The parameter that has the secret with which Stripe signs what it tells."""

    secret_arn: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(secret_arn=reader.text("STRIPE_WEBHOOK_SECRET_ARN"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverSettings:
    """The bucket for files that are too large for an answer."""

    bucket: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(bucket=reader.text("HANDOVER_BUCKET"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSettings:
    """The table, and the bucket that customers leave their lists of inverters in."""

    table: str
    bucket: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(table=reader.text("TABLE_NAME"), bucket=reader.text("LISTS_BUCKET"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSettings:
    """The bucket of all invoices."""

    bucket: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(bucket=reader.text("INVOICES_BUCKET"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """Where mails and texts leave from, and where their links lead."""

    table: str
    secret_key: str
    mail_sender: str
    site: str
    origination_identity: str
    configuration_set: str
    opt_out_list: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                table=reader.text("TABLE_NAME"),
                secret_key=reader.text("SECRET_KEY"),
                mail_sender=reader.text("MAIL_SENDER"),
                site=reader.text("SITE"),
                origination_identity=reader.text("ORIGINATION_IDENTITY"),
                configuration_set=reader.text("CONFIGURATION_SET_NAME"),
                opt_out_list=reader.text("OPT_OUT_LIST_NAME"),
            )
