"""Our clients and the stand-in for VIES and eVatR, each written from the services' papers alone.

Every VAT ID of the scenario is asked about over real HTTP, by the service that a German vendor
asks, or one elsewhere. What must come of it stands in the scenario, in words.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest

from freischalt.adapters.vat_services import EvatrClient, ViesClient
from freischalt.domain.vat import VatAnswer, VatQuestion, VatService, VatVerdict
from freischalt.domain.vat_routing import service_for
from freischalt.vat_ports import VatRegistry
from local import vat_scenario, vat_services
from local.vat_scenario import Entry
from local.vat_services import VIES
from tests.local.live import serving

SCENARIO = vat_scenario.read()
SELLER, ELSEWHERE = "DE999000009", "ATU99999993"
SECONDS = 0.8  # that we wait for an answer; some are slower on purpose

VERDICTS = {
    "valid": VatVerdict.VALID,
    "invalid": VatVerdict.INVALID,
    "mismatch": VatVerdict.MISMATCH,
    "unavailable": VatVerdict.UNDECIDED,
    "no verdict": VatVerdict.UNDECIDED,
    "undecided": VatVerdict.UNDECIDED,
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(vat_services.app(SCENARIO)) as [address]:
        yield address


type Registries = Mapping[tuple[str, VatService], VatRegistry]


@pytest.fixture(scope="module")
def registries(url: str) -> Registries:
    return {
        (SELLER, VatService.VIES): ViesClient(f"{url}{VIES}", SELLER, read_seconds=SECONDS),
        (ELSEWHERE, VatService.VIES): ViesClient(f"{url}{VIES}", ELSEWHERE, read_seconds=SECONDS),
        (SELLER, VatService.EVATR): EvatrClient(url, SELLER, read_seconds=SECONDS),
    }


def expected(entry: Entry) -> VatVerdict:
    """By the first words of what the scenario says."""
    (verdict,) = {
        verdict for words, verdict in VERDICTS.items() if re.match(rf"{words}\b", entry.tells)
    }
    return verdict


def ask(entry: Entry, registries: Registries) -> VatAnswer:
    seller = ELSEWHERE if entry.vies and not entry.vat_id.startswith("DE") else SELLER
    service = service_for(entry.vat_id, seller, country=_country(entry.vat_id))
    assert service
    entered: dict[str, str] = {
        "name": "Musterwerk GmbH",
        "street": "Beispielgasse 1",
        "postal_code": "10115",
        "city": "Berlin",
    }
    if entry.company:
        entered |= {field: str(getattr(entry.company, field)) for field in entered}
    entered |= {str(field): text for field, text in entry.enter.items()}
    question = VatQuestion(service=service, vat_id=entry.vat_id, **entered)
    return registries[seller, service].ask(question, now=lambda: datetime.now(UTC))


def _country(vat_id: str) -> str:
    return {"EL": "GR", "XI": "GB"}.get(vat_id[:2], vat_id[:2])


@pytest.mark.parametrize("entry", SCENARIO.all_entries, ids=lambda entry: entry.vat_id)
def test_what_the_service_says_is_read_as_what_it_means(
    entry: Entry, url: str, registries: Registries
) -> None:
    httpx.delete(f"{url}/_scenario").raise_for_status()
    if "after 3 seconds" in entry.tells:
        pytest.skip("as the one that takes 60 seconds, but patient")

    answer = ask(entry, registries)

    assert answer.reading.verdict is expected(entry), (entry.tells, answer.reading)


def test_each_service_is_asked_on_one_kept_connection(url: str, registries: Registries) -> None:
    httpx.delete(f"{url}/_scenario").raise_for_status()
    valid = [entry for entry in SCENARIO.all_entries if entry.tells == "valid"]

    assert len({ask(entry, registries).reading.verdict for entry in valid * 5}) == 1
    assert httpx.get(f"{url}/_asked").json()["most"] == {"vies": 1, "evatr": 1}
