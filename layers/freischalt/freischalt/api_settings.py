"""The environment of the functions behind the API, and of those that send notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from freischalt.domain.key_ring import KeyRing
from freischalt.settings import COMPILED_CATALOGUE, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """The table, the key of all secrets but codes, the catalogue, and what a day is."""

    table: str
    time_zone: ZoneInfo
    secret_key: str
    catalogue: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        reader = Reader(environ)
        settings = cls(
            table=reader.text("TABLE_NAME"),
            time_zone=reader.zone("TIME_ZONE"),
            secret_key=reader.text("SECRET_KEY"),
            catalogue=reader.read(
                "CATALOGUE_FILE", Path, "is no path", default=str(COMPILED_CATALOGUE)
            ),
        )
        reader.check()
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    """The master keys."""

    key_ring: KeyRing

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        reader = Reader(environ)
        settings = cls(
            key_ring=reader.read("KEY_RING", KeyRing.read, "is not id=state=arn,…, one active")
        )
        reader.check()
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverSettings:
    """The bucket for files that are too large for an answer."""

    bucket: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        reader = Reader(environ)
        settings = cls(bucket=reader.text("HANDOVER_BUCKET"))
        reader.check()
        return settings


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
        reader = Reader(environ)
        settings = cls(
            table=reader.text("TABLE_NAME"),
            secret_key=reader.text("SECRET_KEY"),
            mail_sender=reader.text("MAIL_SENDER"),
            site=reader.text("SITE"),
            origination_identity=reader.text("ORIGINATION_IDENTITY"),
            configuration_set=reader.text("CONFIGURATION_SET_NAME"),
            opt_out_list=reader.text("OPT_OUT_LIST_NAME"),
        )
        reader.check()
        return settings
