from pathlib import Path

import pytest
from stdnum.eu import vat

from local.processes import ROOT
from local.vat_scenario import BrokenScenarioError, Scenario, read
from local.vat_table import table

WHOLE = """
vendors: [DE999000009]
discloses: {DE: nothing}
groups:
  - title: Some
    entries:
      - vat_id: ATU99900009
        company: {name: Muster AG, street: Ring 1, postal_code: "1010", city: Wien}
        evatr: [{code: evatr-1001}, {}]
        tells: valid in the end
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read()


def test_every_vat_id_passes_the_check_digits(scenario: Scenario) -> None:
    listed = [*scenario.vendors, *(entry.vat_id for entry in scenario.all_entries)]

    assert [vat_id for vat_id in listed if not vat.is_valid(vat_id)] == []
    assert [vat_id for vat_id in listed if vat.compact(vat_id) != vat_id] == []
    assert len({*listed}) == len(listed)


def test_none_is_one_that_public_sources_use_as_an_example(scenario: Scenario) -> None:
    real = {"DE136695976", "DE811115368", "DE111111125", "ATU33864707", "ATU13585627"}
    real |= {"XI432525179", "NL004495445B01", f"DE{123456788}", "ATU12345675"}

    assert real & {*scenario.vendors, *scenario.by_vat_id} == set()


def test_the_states_are_those_that_each_service_is_asked_about(scenario: Scenario) -> None:
    for entry in scenario.all_entries:
        assert not (entry.vies and entry.evatr), entry.vat_id
        if entry.vat_id.startswith("DE"):
            assert not entry.evatr
    assert {"AT", "FR", "NL", "EL", "XI"} <= {entry.vat_id[:2] for entry in scenario.all_entries}


def test_the_page_of_vat_ids_to_try_is_up_to_date(scenario: Scenario) -> None:
    page = (ROOT / "docs/vat-scenarios.md").read_text("utf-8")

    assert page == table(scenario)  # else: python -m local.vat_table > docs/vat-scenarios.md


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ATU99900009", "ATU99900008", "groups.0.entries.0.vat_id: Value error, ATU99900008 is no"),
        ("ATU99900009", "AT U99900009", "groups.0.entries.0.vat_id: Value error, AT U99900009 is"),
        ("ATU99900009", "GR094259216", "Greece is EL"),
        ("ATU99900009", "DE999100018", "eVatR refuses every question about a German"),
        ("ATU99900009", "DE999000009", "groups.0.entries.0"),
        ("vendors: [DE999000009]", "vendors: [ATU99900009]", "more than once: ATU99900009"),
        ("vendors: [DE999000009]", "vendors: []", "vendors: Tuple should have at least 1 item"),
        ("evatr-1001", "MS_UNAVAILABLE", "MS_UNAVAILABLE is no code of evatr"),
        ("evatr-1001", "evatr-9999", "evatr-9999 is not documented, so it needs `http`"),
        ("{code: evatr-1001}", "{kind: html, code: evatr-1001}", "html has neither code nor"),
        ("{code: evatr-1001}", "{kind: vanish}", "groups.0.entries.0.evatr.0.kind: Input should"),
        ("{code: evatr-1001}", "{seconds: 121}", "groups.0.entries.0.evatr.0.seconds: Input"),
        ('"1010"', "1010", "groups.0.entries.0.company.postal_code: Input should be a valid str"),
        (", city: Wien", "", "groups.0.entries.0.company.city: Field required"),
        ("tells:", "more: 1\n        tells:", "groups.0.entries.0.more: Extra inputs"),
        ("nothing", "everything", "discloses.DE: Input should be 'all', 'comparison' or"),
        ("groups:", "groups: [", "scenario.yaml: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(WHOLE.replace(old, new))

    with pytest.raises(BrokenScenarioError) as broken:
        read(path)

    assert told in str(broken.value)


def test_a_whole_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(WHOLE)

    assert [entry.vat_id for entry in read(path).all_entries] == ["ATU99900009"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenScenarioError, match="No such file"):
        read(tmp_path / "none.yaml")
