import re
import subprocess
import sys
from typing import NamedTuple

import pytest

from freischalt.adapters import keys
from freischalt.domain.dongle import Grant
from freischalt.domain.licence import UserInformation
from local.demo_phones import DEMO_PHONES
from tests.conftest import ROOT
from tests.e2e.running import Running, wait_until

pytestmark = pytest.mark.e2e

ACCOUNT, OTHER_ACCOUNT = "10001", "10002"
PHONE, ORDERING, CAREFUL, LEAVING, ASKING = (
    phone.number for phone in DEMO_PHONES if phone.account == ACCOUNT
)
(STRANGER,) = (phone.number for phone in DEMO_PHONES if phone.account is None)
OTHERS = UserInformation("AAAAAAAA")


class Row(NamedTuple):
    """A row of the source's table: what is released to whom, what is texted, what is answered."""

    text: str
    answer: str
    grant: Grant | None = None
    account: str = ACCOUNT
    phone: str = PHONE


ROWS = {
    "1-unregistered": Row(
        "cl.31.1234567890ABCDEF",
        "Ihre Rufnummer ist nicht für den automatisierten Abruf registriert",
        phone=STRANGER,
    ),
    "2-unknown-command": Row("Guten Morgen", "Der angegebene Befehl ist nicht korrekt"),
    "3-one-parameter": Row("cl.31", "Falsche Anzahl an Parametern"),
    "3-order-without-number": Row("Ich bestelle verbindlich 5P", "Falsche Anzahl an Parametern"),
    "4-quantity-not-sold": Row("cl.2.1234567890ABCDEF", "Lizenz-Typ nicht korrekt"),
    "5-with-hyphens": Row("cl.31.1234-5678-90AB-CDEF", "Lizenz-Nummer muss 16-stellig sein"),
    "6-no-hex-digit": Row("cl.31.1234567890ABCDEG", "Parameter nicht korrekt"),
    "7-no-user-information": Row("cl.31.1234567800000000", "Benutzer-Information nicht korrekt"),
    "8-nothing-released": Row(
        "cl.5.E2E0080090ABCDEF",
        "Carat-ID wurde noch nicht freigegeben. "
        "Bestellen mit: Ich bestelle verbindlich 5P E2E0080090ABCDEF",
    ),
    "8-released-to-another-account": Row(
        "cl.5P.E2E0080190ABCDEF",
        "Carat-ID wurde noch nicht freigegeben. "
        "Bestellen mit: Ich bestelle verbindlich 5P E2E0080190ABCDEF",
        Grant(5, e_protocol=False),
        OTHER_ACCOUNT,
    ),
    "9-other-information-for-points": Row(
        "cl.5.E2E0090090ABCDEF",
        "Benutzer-Information wurde geändert. "
        "Bestellen mit: Ich bestelle verbindlich 5P E2E0090090ABCDEF",
        Grant(5, e_protocol=True, user_information=OTHERS),
    ),
    "10-more-points-than-released": Row(
        "cl.7.E2E0100090ABCDEF",
        "7P nicht freigegeben. Bestellen mit: Ich bestelle verbindlich 7P E2E0100090ABCDEF",
        Grant(5, e_protocol=True),
    ),
    "11-no-e-protocol": Row(
        "cl.e.e2e0110090abcdef",
        "E-Protokoll nicht freigegeben. Bestellen mit: Ich bestelle verbindlich E E2E0110090ABCDEF",
        Grant(5, e_protocol=False),
    ),
    "12-other-information-for-e": Row(
        "cl.E.E2E0120090ABCDEF",
        "Benutzer-Information stimmt nicht überein",
        Grant(5, e_protocol=True, user_information=OTHERS),
    ),
    "13-points-released-already": Row(
        "Ich bestelle verbindlich 5P E2E0130090ABCDEF",
        "Bestellung nicht möglich, Menge bereits freigegeben",
        Grant(5, e_protocol=False),
    ),
    "13-e-released-already": Row(
        "Ich bestelle verbindlich E E2E0130190ABCDEF",
        "Bestellung nicht möglich, Menge bereits freigegeben",
        Grant(5, e_protocol=True),
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_each_row_of_the_source_is_answered_to_the_letter(desk: Running, row: Row) -> None:
    if row.grant:
        desk.release(row.text[-16:-8].upper(), row.account, row.grant)

    answer = desk.ask(row.phone, row.text)

    assert answer == row.answer


def test_row_14_is_the_answer_during_maintenance_and_no_longer_afterwards(desk: Running) -> None:
    desk.release("E2E01400", ACCOUNT, Grant(5, e_protocol=False))
    fetch = "cl.5.E2E0140090ABCDEF"

    with desk.maintenance():
        during = desk.ask(CAREFUL, fetch)
    after = desk.ask(CAREFUL, fetch)

    assert during == "Dieser Dienst ist momentan leider nicht erreichbar"
    assert after.startswith("OK: Ihr Freischalt-Code lautet ")


def test_the_sources_example_gives_a_code_that_the_offline_reference_finds_right(
    desk: Running,
) -> None:
    answer = desk.ask(PHONE, "cl.31.1234567890ABCDEF")

    code = the_code_in(answer)
    key = the_key_in(desk.tool("dongle-key", "export", "12345678"))
    assert check_offline("1234567890ABCDEF", "31", code, key) == (0, "")
    assert check_offline("1234567890ABCDEF", "29", code, key) == (1, "The code is wrong\n")


def test_an_order_is_confirmed_and_what_was_ordered_can_be_fetched(desk: Running) -> None:
    refused = desk.ask(ORDERING, "cl.5P.E2E0200090ABCDEF")
    instruction = refused.partition("Bestellen mit: ")[2]

    confirmed = desk.ask(ORDERING, instruction)

    order = re.fullmatch(
        r"OK: Bestellung (20\d\d-\d{6,}), 5P\. Code mit (cl\.5P\.E2E0200090ABCDEF)", confirmed
    )
    assert order, confirmed
    number, fetch = order.groups()
    code = the_code_in(desk.ask(ORDERING, fetch))
    key = the_key_in(desk.tool("dongle-key", "export", "E2E02000"))
    assert check_offline("E2E0200090ABCDEF", "5P", code, key) == (0, "")
    stored = desk.items("ORDER")[number]
    assert (stored["account"], stored["type"]) == (ACCOUNT, "5P")
    assert stored["licence_number"] == "E2E0200090ABCDEF"


def test_after_stopp_nothing_is_said_until_the_phone_has_opted_in_again(desk: Running) -> None:
    assert not desk.is_opted_out(LEAVING)
    desk.text(LEAVING, "STOPP")
    wait_until(lambda: desk.is_opted_out(LEAVING), "STOPP opts the phone out")

    unheard = desk.text(LEAVING, "HILFE")
    wait_until(lambda: is_done(desk, unheard), "the text after STOPP is done")

    assert desk.answers(LEAVING) == []

    desk.opt_in(LEAVING)
    desk.ask(LEAVING, "Guten Morgen")

    wait_until(lambda: desk.waiting() == 0, "the queue is empty")
    assert desk.answers(LEAVING) == ["Der angegebene Befehl ist nicht korrekt"]


def test_hilfe_is_answered_with_the_syntax(desk: Running) -> None:
    assert desk.ask(ASKING, " hilfe ") == (
        "Abruf: cl.5P.1234567890ABCDEF Bestellung: Ich bestelle verbindlich 5P 1234567890ABCDEF "
        "(Typ 1P, 3P, 5P usw. oder E, Nummer 16-stellig) Abmelden: STOPP"
    )


def is_done(desk: Running, message_id: str) -> bool:
    return "answered_at" in (desk.item(keys.message(message_id)) or {})


def the_code_in(answer: str) -> str:
    success = re.fullmatch(
        r'OK: Ihr Freischalt-Code lautet "((?:[0-9A-F]{4}-){3}[0-9A-F]{4})"', answer
    )
    assert success, answer
    return success[1]


def the_key_in(said: str) -> str:
    key = re.search(r"^dongle key +([0-9A-F]{64})$", said, re.MULTILINE)
    assert key, said
    return key[1]


def check_offline(number: str, type_: str, code: str, key: str) -> tuple[int, str]:
    """Exit code and complaint of the reference check, alone with the standard library."""
    script = str(ROOT / "reference" / "check_code.py")
    done = subprocess.run(
        [sys.executable, "-I", script, number, type_, code, key],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr
