import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from local import vat_scenario, vat_services
from local.vat_services import VIES
from tests.local.live import serving

OWN, OWN_AUSTRIAN = "DE999000009", "ATU99999993"
REQUESTER = {"requesterMemberStateCode": "DE", "requesterNumber": OWN[2:]}
GERMAN, FRENCH, ITALIAN, SPANISH = "DE999100018", "FR66999999014", "IT99999990015", "ESA99999013"
VIENNESE = "ATU99900009"
AT_FIRST_UNAVAILABLE = "DE999600013"
MUSTER = {
    "firmenname": "Muster & Partner GmbH",
    "strasse": "Beispielring 7",
    "plz": "1010",
    "ort": "Wien",
}

# by the facts about the services, not by the code under test
VIES_ERRORS = {
    *("INVALID_INPUT", "INVALID_REQUESTER_INFO", "SERVICE_UNAVAILABLE", "MS_UNAVAILABLE"),
    *("TIMEOUT", "VAT_BLOCKED", "IP_BLOCKED", "GLOBAL_MAX_CONCURRENT_REQ", "SERVER_BUSY"),
    *("GLOBAL_MAX_CONCURRENT_REQ_TIME", "MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME"),
    "VOW-ERR-1",
}
EVATR_STATUSES = {
    200: ("0000", "2002", "2006", "2008"),
    400: ("0002", "0003", "0004", "0005", "0012", "2003"),
    403: ("0006", "0007", "0008"),
    404: ("2001", "2005"),
    500: ("1002", "1003", "1004", "2004", "2007", "2011", "3011"),
    503: ("0011", "0013", "1001"),
}


@pytest.fixture(scope="module")
def scenario() -> vat_scenario.Scenario:
    return vat_scenario.read()


@pytest.fixture(scope="module")
def server(scenario: vat_scenario.Scenario) -> Iterator[httpx.Client]:
    with serving(vat_services.app(scenario)) as [url], httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def http(server: httpx.Client) -> httpx.Client:
    assert server.delete("/_scenario").status_code == 204
    return server


def ask_vies(http: httpx.Client, vat_id: str, **fields: Any) -> httpx.Response:
    body = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:], **REQUESTER, **fields}
    return http.post(f"{VIES}/check-vat-number", json=body)


def ask_evatr(http: httpx.Client, vat_id: str, **fields: Any) -> httpx.Response:
    body = {"anfragendeUstid": OWN, "angefragteUstid": vat_id, **fields}
    return http.post("/app/v1/abfrage", json=body)


def order(http: httpx.Client, **given: Any) -> None:
    answer = http.post("/_scenario", json=given)
    assert answer.status_code == 201, answer.text


def errors_of(answer: httpx.Response) -> list[str]:
    body = answer.json()
    assert body["actionSucceed"] is False
    return [wrapper["error"] for wrapper in body["errorWrappers"]]


# --- VIES


def test_germany_confirms_and_discloses_nothing(http: httpx.Client) -> None:
    answer = ask_vies(http, GERMAN, traderName="Anders GmbH", traderCity="Berlin")

    body = answer.json()
    assert (answer.status_code, body["valid"]) == (200, True)
    assert (body["countryCode"], body["vatNumber"]) == ("DE", GERMAN[2:])
    assert (body["name"], body["address"]) == ("---", "---")
    assert {body[f"trader{part}Match"] for part in ("Name", "City", "Street")} == {"NOT_PROCESSED"}
    assert re.fullmatch(r"[A-Za-z0-9]{16}", body["requestIdentifier"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["requestDate"])


def test_other_states_show_and_compare(http: httpx.Client) -> None:
    entered = {"traderName": "ESEMPIO MECCANICA SRL", "traderStreet": "Via del Campione 6"}
    body = ask_vies(http, ITALIAN, **entered, traderPostalCode="00118", traderCity="Milano").json()

    assert (body["name"], body["address"]) == (
        "Esempio Meccanica S.r.l.",
        "Via del Campione 6\n00118 Roma",
    )
    verdicts = [body[f"trader{part}Match"] for part in ("Name", "Street", "PostalCode", "City")]
    assert verdicts == ["VALID", "VALID", "VALID", "INVALID"]
    assert (body["traderCity"], body["traderCompanyType"]) == ("Milano", "---")


def test_spain_compares_and_shows_nothing(http: httpx.Client) -> None:
    body = ask_vies(http, SPANISH, traderName="Ejemplo Industrial SA", traderCity="Toledo").json()

    assert (body["name"], body["address"]) == ("---", "---")
    assert (body["traderNameMatch"], body["traderCityMatch"]) == ("VALID", "INVALID")


@pytest.mark.parametrize("vat_id", ["DE999100034", "DE999100042", "DE999100059"])
def test_what_is_not_registered_today_is_invalid(http: httpx.Client, vat_id: str) -> None:
    body = ask_vies(http, vat_id).json()

    assert (body["valid"], body["requestIdentifier"], body["name"]) == (False, "", "---")


@pytest.mark.parametrize(
    "requester",
    [
        {},
        {"requesterMemberStateCode": "DE"},
        {"requesterNumber": OWN[2:]},
        {"requesterCountryCode": "DE", "requesterVatNumber": OWN[2:]},  # SOAP's names
    ],
)
def test_no_proof_number_without_who_asks(http: httpx.Client, requester: dict[str, str]) -> None:
    body = {"countryCode": "DE", "vatNumber": GERMAN[2:], **requester}
    answer = http.post(f"{VIES}/check-vat-number", json=body).json()

    assert (answer["valid"], answer["requestIdentifier"]) == (True, "")


def test_soaps_name_for_the_postal_code_is_not_compared(http: httpx.Client) -> None:
    assert ask_vies(http, ITALIAN, traderPostcode="0").json()["traderPostalCodeMatch"] == (
        "NOT_PROCESSED"
    )


@pytest.mark.parametrize(
    ("fields", "error", "http_status"),
    [
        ({"countryCode": ""}, "INVALID_INPUT", 400),
        ({"countryCode": "GR"}, "INVALID_INPUT", 400),
        ({"countryCode": "GB"}, "INVALID_INPUT", 400),
        ({"vatNumber": ""}, "INVALID_INPUT", 400),
        ({"vatNumber": "99 91"}, "INVALID_INPUT", 400),
        ({"vatNumber": 999100018}, "INVALID_INPUT", 400),
        ({"requesterNumber": OWN}, "INVALID_REQUESTER_INFO", 400),  # with its prefix
        ({"requesterNumber": "999999999"}, "INVALID_REQUESTER_INFO", 400),
    ],
)
def test_vies_refuses_a_wrong_question(
    http: httpx.Client, fields: dict[str, Any], error: str, http_status: int
) -> None:
    answer = ask_vies(http, GERMAN, **fields)

    assert (answer.status_code, errors_of(answer)) == (http_status, [error])


def test_an_austrian_vendor_asks_vies(http: httpx.Client) -> None:
    requester = {"requesterMemberStateCode": "AT", "requesterNumber": OWN_AUSTRIAN[2:]}

    assert ask_vies(http, FRENCH, **requester).json()["requestIdentifier"]


@pytest.mark.parametrize("in_the_envelope", [True, False])
@pytest.mark.parametrize("error", sorted(VIES_ERRORS))
def test_each_error_of_vies(
    http: httpx.Client, scenario: vat_scenario.Scenario, error: str, in_the_envelope: bool
) -> None:
    [vat_id] = [
        entry.vat_id
        for entry in scenario.all_entries
        if entry.vat_id.startswith("DE") and len(entry.vies) == 1
        for answer in entry.vies
        if answer.code == error and (answer.http == 200) is in_the_envelope
    ]
    answer = ask_vies(http, vat_id)

    assert answer.status_code == 200 if in_the_envelope else answer.status_code in {400, 500}
    assert errors_of(answer) == [error]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("100", True),
        ("200", False),
        ("201", "INVALID_INPUT"),
        ("202", "INVALID_REQUESTER_INFO"),
        ("300", "SERVICE_UNAVAILABLE"),
        ("301", "MS_UNAVAILABLE"),
        ("302", "TIMEOUT"),
        ("400", "VAT_BLOCKED"),
        ("401", "IP_BLOCKED"),
        ("500", "GLOBAL_MAX_CONCURRENT_REQ"),
        ("501", "GLOBAL_MAX_CONCURRENT_REQ_TIME"),
        ("600", "MS_MAX_CONCURRENT_REQ"),
        ("601", "MS_MAX_CONCURRENT_REQ_TIME"),
        ("999", "SERVICE_UNAVAILABLE"),
    ],
)
def test_the_test_services_numbers(http: httpx.Client, number: str, said: bool | str) -> None:
    body = {"countryCode": "AT", "vatNumber": number}
    answer = http.post(f"{VIES}/check-vat-test-service", json=body)

    if isinstance(said, str):
        assert errors_of(answer) == [said]
    else:
        assert answer.json()["valid"] is said
        assert answer.json()["name"] == ("John Doe" if said else "---")


def test_vies_status(http: httpx.Client) -> None:
    body = http.get(f"{VIES}/check-status").json()

    assert body["vow"] == {"available": True}
    states = [country["countryCode"] for country in body["countries"]]
    assert (len(states), {"EL", "XI"} <= {*states}, {"GR", "GB"} & {*states}) == (28, True, set())


# --- eVatR


@pytest.mark.parametrize(
    ("status", "http_status"), [(s, code) for code, each in EVATR_STATUSES.items() for s in each]
)
def test_each_status_of_evatr(
    http: httpx.Client, scenario: vat_scenario.Scenario, status: str, http_status: int
) -> None:
    [vat_id] = [
        entry.vat_id for entry in scenario.all_entries if entry.vat_id.startswith(f"ATU999{status}")
    ]
    answer = ask_evatr(http, vat_id, **MUSTER)

    assert (answer.status_code, answer.json()["status"]) == (http_status, f"evatr-{status}")
    assert re.fullmatch(r"[0-9a-f]{16}", answer.json()["id"])


def test_the_time_of_an_answer_has_nine_digits_of_a_second(http: httpx.Client) -> None:
    said = ask_evatr(http, VIENNESE).json()["anfrageZeitpunkt"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+0[12]:00", said)
    assert abs(datetime.fromisoformat(said).timestamp() - time.time()) < 5


def letters(answer: httpx.Response) -> str:
    names = ("ergFirmenname", "ergStrasse", "ergPlz", "ergOrt")
    return "".join(answer.json().get(name, "-") for name in names)


@pytest.mark.parametrize(
    ("asked", "compared"),
    [
        ({}, "----"),  # a simple question
        (MUSTER, "AAAA"),
        (MUSTER | {"firmenname": "MUSTER UND PARTNER GMBH"}, "BAAA"),
        (MUSTER | {"firmenname": "muster partner gmbh", "ort": "Graz"}, "AAAB"),
        ({"firmenname": "Muster & Partner GmbH", "ort": "Wien"}, "ACCA"),
        (MUSTER | {"strasse": " ", "plz": ""}, "ACCA"),
    ],
)
def test_letters_of_a_qualified_answer(
    http: httpx.Client, asked: dict[str, str], compared: str
) -> None:
    assert letters(ask_evatr(http, VIENNESE, **asked)) == compared


def test_a_transliterated_name_matches(http: httpx.Client) -> None:
    answer = ask_evatr(http, FRENCH, firmenname="Exemple Mecanique SARL", ort="PARIS")

    assert letters(answer) == "ACCA"


def test_a_state_may_not_tell(http: httpx.Client) -> None:
    asked = MUSTER | {"firmenname": "Proef Machines B.V.", "ort": "Rotterdam"}

    assert letters(ask_evatr(http, "NL000009039B99", **asked)) == "ADDA"


def test_a_peculiarity_comes_with_letters(http: httpx.Client) -> None:
    answer = ask_evatr(http, "ATU99920087", **MUSTER)

    assert (answer.json()["status"], letters(answer)) == ("evatr-2008", "AAAA")


@pytest.mark.parametrize(
    ("given", "status", "http_status"),
    [
        ({"angefragteUstid": ""}, "0002", 400),
        ({"anfragendeUstid": None}, "0002", 400),
        ({"anfragendeUstid": f"DE{12345678}"}, "0004", 400),
        ({"anfragendeUstid": OWN_AUSTRIAN}, "0004", 400),
        ({"anfragendeUstid": "DE999999999"}, "2005", 404),
        ({"angefragteUstid": GERMAN}, "0006", 403),
        ({"angefragteUstid": "GR999999999"}, "2003", 400),
        ({"angefragteUstid": "GB999999973"}, "2003", 400),
        ({"angefragteUstid": "ATU1"}, "0005", 400),
        ({"angefragteUstid": "ATU12345679"}, "0012", 400),
        ({"firmenname": "Muster & Partner GmbH"}, "0003", 400),
        ({"ort": "Wien", "firmenname": " "}, "0003", 400),
        ({"strasse": "Beispielring 7"}, "0003", 400),
    ],
)
def test_evatr_refuses_a_wrong_question(
    http: httpx.Client, given: dict[str, Any], status: str, http_status: int
) -> None:
    answer = ask_evatr(http, **{"vat_id": VIENNESE} | given)

    assert (answer.status_code, answer.json()["status"]) == (http_status, f"evatr-{status}")


def test_only_a_valid_number_can_lack_fields(http: httpx.Client) -> None:
    assert ask_evatr(http, "ATU99920014", ort="Wien").json()["status"] == "evatr-2001"


def test_vat_ids_may_be_written_as_people_do(http: httpx.Client) -> None:
    body = {"anfragendeUstid": "de 999 000 009", "angefragteUstid": "atu-999.000.09"}

    assert http.post("/app/v1/abfrage", json=body).json()["status"] == "evatr-0000"


@pytest.mark.parametrize(
    ("vat_id", "since", "until"),
    [
        ("ATU99920023", "2099-01-01", None),
        ("XI000000391", "01.01.2099", None),
        ("ATU99920069", "2020-01-01", "2024-12-31"),
        ("EL666600034", "01.01.2020", "31.12.2024"),
    ],
)
def test_dates_have_either_form(
    http: httpx.Client, vat_id: str, since: str, until: str | None
) -> None:
    body = ask_evatr(http, vat_id).json()

    assert (body["gueltigAb"], body.get("gueltigBis")) == (since, until)


def test_evatrs_own_tables(http: httpx.Client) -> None:
    messages = http.get("/app/v1/info/statusmeldungen").json()
    states = http.get("/app/v1/info/eu_mitgliedstaaten").json()

    assert {each["status"]: each["httpcode"] for each in messages} == {
        f"evatr-{status}": code for code, each in EVATR_STATUSES.items() for status in each
    }
    assert {each["kategorie"] for each in messages} == {"Ergebnis", "Hinweis", "Fehler"}
    assert {"alpha2": "EL", "name": "Griechenland", "verfuegbar": True} in states


# --- trouble on the way


@pytest.mark.parametrize(("service", "block"), [("vies", "DE9993"), ("evatr", "ATU9998")])
def test_trouble_on_the_way(
    http: httpx.Client, scenario: vat_scenario.Scenario, service: str, block: str
) -> None:
    ask = ask_vies if service == "vies" else ask_evatr
    met = {}
    for entry in scenario.all_entries:
        [answer, *_] = (*entry.vies, *entry.evatr, None)
        if entry.vat_id.startswith(block) and answer and not answer.seconds:
            try:
                met[entry.tells] = ask(http, entry.vat_id)
            except (httpx.RemoteProtocolError, httpx.ReadError):
                met[entry.tells] = httpx.Response(0)

    assert met["unavailable: the connection is cut"].status_code == 0
    page = met["unavailable: an HTML page with HTTP 200"]
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert met["unavailable: an HTML page with HTTP 503"].status_code == 503
    half, empty = met["unavailable: half an answer"], met["unavailable: an empty answer"]
    assert (half.text[0], half.text[-1] == "}", empty.content) == ("{", False, b"")
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        half.json()


def test_a_wrong_echo(http: httpx.Client) -> None:
    other_number, other_state = ask_vies(http, "DE999300060"), ask_vies(http, "DE999300078")

    assert other_number.json()["vatNumber"] == "999999999"
    assert (other_state.json()["countryCode"], other_state.json()["valid"]) == ("AT", True)


def test_what_nobody_has_documented(http: httpx.Client) -> None:
    assert errors_of(ask_vies(http, "DE999300086")) == ["NEVER_HEARD_OF"]
    status = ask_evatr(http, "ATU99980066")
    assert (status.status_code, status.json()["status"]) == (200, "evatr-9999")
    assert ask_vies(http, "DE999300117").json()["valid"] == "true"
    assert "valid" not in ask_vies(http, "DE999300125").json()


@pytest.mark.parametrize("body", ["{", "[]", '"DE"', ""])
def test_a_body_that_is_no_object(http: httpx.Client, body: str) -> None:
    json = {"Content-Type": "application/json"}
    vies = http.post(f"{VIES}/check-vat-number", content=body, headers=json)
    evatr = http.post("/app/v1/abfrage", content=body, headers=json)

    assert (vies.status_code, errors_of(vies)) == (500, ["VOW-ERR-1"])
    assert (evatr.status_code, evatr.json()["status"]) == (403, "evatr-0007")


def test_a_page_of_another_site_is_kept_away(http: httpx.Client) -> None:
    path = f"{VIES}/check-vat-number"

    assert http.post(path, content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert http.get("/_asked", headers={"Host": "evil.example"}).status_code == 421


# --- sequences and orders


def test_a_sequence_stays_at_its_last_answer_and_begins_anew_after_a_reset(
    http: httpx.Client,
) -> None:
    for _ in range(2):
        assert errors_of(ask_vies(http, AT_FIRST_UNAVAILABLE)) == ["MS_UNAVAILABLE"]
        assert [ask_vies(http, AT_FIRST_UNAVAILABLE).json()["valid"] for _ in "ab"] == [True, True]
        http.delete("/_scenario")


def test_a_refused_question_uses_up_no_answer(http: httpx.Client) -> None:
    ask_vies(http, AT_FIRST_UNAVAILABLE, requesterNumber="1")

    assert errors_of(ask_vies(http, AT_FIRST_UNAVAILABLE)) == ["MS_UNAVAILABLE"]


def test_an_order_for_one_vat_id(http: httpx.Client) -> None:
    gives = [{"code": "evatr-2007"}, {"fields": {"ergOrt": "B", "id": None}}]
    order(http, service="evatr", vatId=VIENNESE, gives=gives)

    assert ask_evatr(http, VIENNESE, **MUSTER).status_code == 500
    second = ask_evatr(http, VIENNESE, **MUSTER)
    assert (letters(second), "id" in second.json()) == ("AAAB", False)
    assert ask_evatr(http, FRENCH).json()["status"] == "evatr-0000"
    assert ask_vies(http, VIENNESE).json()["valid"] is True


@pytest.mark.parametrize("service", ["vies", "evatr"])
def test_a_service_that_is_down_does_not_look_at_the_question(
    http: httpx.Client, service: str
) -> None:
    ask, other = (ask_vies, ask_evatr) if service == "vies" else (ask_evatr, ask_vies)
    info = f"{VIES}/check-status" if service == "vies" else "/app/v1/info/statusmeldungen"
    order(http, service=service, vatId=FRENCH, gives=[{}])
    order(http, service=service, down="503")

    assert (ask(http, FRENCH).status_code, ask(http, "XX").status_code) == (503, 503)
    assert http.get(info).status_code == 503
    assert other(http, FRENCH).status_code == 200
    order(http, service=service, down="html")
    assert ask(http, FRENCH).text.startswith("<!DOCTYPE html>")
    order(http, service=service, down="cut")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        ask(http, FRENCH)
    order(http, service=service, up=True)
    assert ask(http, FRENCH).status_code == 200


def test_a_whole_service_can_say_one_thing(http: httpx.Client) -> None:
    gives = [{"code": "IP_BLOCKED", "http": 200}]
    order(http, service="vies", gives=gives)

    assert {*errors_of(ask_vies(http, GERMAN)), *errors_of(ask_vies(http, "XX"))} == {"IP_BLOCKED"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"service": "vies"},
        {"service": "vies", "up": False},
        {"service": "vies", "down": "cut", "up": True},
        {"service": "vies", "vatId": GERMAN, "down": "cut"},
        {"service": "vies", "gives": []},
        {"service": "vies", "gives": [{"code": "evatr-0000"}]},
        {"service": "evatr", "gives": [{"code": "evatr-9999"}]},
        {"service": "evatr", "gives": [{"kind": "html", "code": "evatr-0000"}]},
        {"service": "evatr", "gives": [{"kind": "cut", "http": 200}]},
        {"service": "evatr", "seconds": -1},
        {"service": "finanzonline", "up": True},
        {"service": "vies", "up": True, "more": 1},
    ],
)
def test_an_order_that_makes_no_sense(http: httpx.Client, given: dict[str, Any]) -> None:
    answer = http.post("/_scenario", json=given)

    assert answer.status_code == 422
    assert all({"field", "rule"} == {*error} for error in answer.json()["errors"])


# --- how much at a time


def test_what_was_asked_is_listed(http: httpx.Client) -> None:
    ask_vies(http, GERMAN)
    ask_evatr(http, VIENNESE, ort="Wien")

    body = http.get("/_asked").json()
    first, second = body["asked"]
    assert (first["service"], first["vatId"], first["parallel"]) == ("vies", GERMAN, 1)
    assert (second["service"], second["vatId"]) == ("evatr", VIENNESE)
    assert second["body"]["ort"] == "Wien"
    assert datetime.fromisoformat(first["at"]) <= datetime.fromisoformat(second["at"])
    assert body["most"] == {"vies": 1, "evatr": 1}
    http.delete("/_scenario")
    assert http.get("/_asked").json() == {"asked": [], "most": {"vies": 0, "evatr": 0}}


def test_questions_at_a_time_are_counted_for_each_service(http: httpx.Client) -> None:
    order(http, service="vies", seconds=0.3)
    together = threading.Barrier(3)

    def ask(_: int) -> float:
        together.wait()
        began = time.monotonic()
        assert ask_vies(http, GERMAN).status_code == 200
        return time.monotonic() - began

    with ThreadPoolExecutor(3) as pool:
        took = list(pool.map(ask, range(3)))
    ask_evatr(http, VIENNESE)

    body = http.get("/_asked").json()
    assert body["most"] == {"vies": 3, "evatr": 1}
    assert [one["parallel"] for one in body["asked"]] == [1, 2, 3, 1]
    assert min(took) >= 0.3


def test_a_client_that_gives_up_is_not_counted_any_longer(http: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask_impatiently(http, "DE999300027")  # takes 60 seconds
    for _ in range(50):  # the server learns a moment later that nobody waits
        ask_vies(http, GERMAN)
        if http.get("/_asked").json()["asked"][-1]["parallel"] == 1:
            return
        time.sleep(0.02)
    pytest.fail("still counted")


def ask_impatiently(http: httpx.Client, vat_id: str) -> None:
    with httpx.Client(base_url=http.base_url, timeout=0.2) as impatient:
        ask_vies(impatient, vat_id)


def test_the_log_holds_no_company(http: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    ask_evatr(http, VIENNESE, **MUSTER)

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("local")]
    assert ours == ["evatr: register 200"]
