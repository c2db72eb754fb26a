"""The stand-ins for what the product asks outside AWS, each served while a campaign lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.conversations import Conversations
from local.sms_service import app as sms_service
from local.vat_scenario import read as vat_scenario
from local.vat_services import app as vat_services
from tests.local.live import serving


@contextmanager
def the_sms_service(folder: Path) -> Iterator[tuple[str, Conversations]]:
    """The stand-in's address, and what it remembers."""
    with (
        Conversations(folder / "conversations.sqlite3") as conversations,
        serving(sms_service(conversations)) as (url,),
    ):
        yield url, conversations


@contextmanager
def the_registries() -> Iterator[str]:
    """Where the stand-in for VIES and eVatR is; it answers as its scenario file says."""
    with serving(vat_services(vat_scenario())) as (url,):
        yield url
