"""The life of a licence: trial, purchase, renewal, growth, expiry, and every mail of it.

On a stack of its own, whose clock goes three years ahead in less than a minute. All days are those
of the vendor's calendar; an `end` is the first day without the right.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from local.stack import a_free_choice_of_ports
from tests.e2e.api import Api, found, problem
from tests.e2e.owner import ONE_DAY, PLANT, TERM, Entitlement, Owner, a_company, german, with_vat
from tests.e2e.running import SOON, running

pytestmark = pytest.mark.e2e

TRIAL = timedelta(days=40)
UP_TO_10_KW, UP_TO_30_KW = 4_900, 9_900  # net cents for 365 days, as in terms.yaml
NOBODYS_RIGHT = Entitlement(allowed=False, state="expired", until=None, renewable=True)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with (
        running(tmp_path, a_free_choice_of_ports(), keep_state=False) as desk,
        httpx.Client(base_url=desk.stack.api, timeout=SOON) as http,
    ):
        yield Api(desk, http)


def test_a_licence_from_its_trial_to_its_end(api: Api) -> None:
    owner = a_company(api)

    trial_end = begins_a_trial(owner)
    first_end = buys_by_card(owner, trial_end)
    is_told_of_the_end(owner, first_end)
    second_end = renews_by_transfer(owner, first_end)
    third_end = outgrows_it(owner, second_end)
    is_told_of_the_end(owner, third_end)
    lets_it_expire(owner, third_end)

    first, second, third = owner.orders()
    charged = owner.invoiced()
    assert list(charged) == [third, second, first]
    assert charged[first] == charged[second] == with_vat(UP_TO_10_KW)
    trial, *terms = (german(end - ONE_DAY) for end in (trial_end, first_end, third_end))
    assert [mail["subject"] for mail in owner.mails()] == [
        "Ihre Registrierung bei Freischalt",
        "USt-IdNr. DE999100026 bestätigt",
        "Ihr Passwort wurde geändert",
        f"Testzeitraum für Dach Süd endet am {trial}",
        f"Ihre Bestellung {first} ist bei uns eingegangen",
        f"Auftragsbestätigung zu Ihrer Bestellung {first}",
        *[f"Nutzungslizenz für Dach Süd endet am {terms[0]}"] * 3,
        "Ihr Passwort wurde geändert",
        f"Ihre Bestellung {second} ist bei uns eingegangen",
        f"Auftragsbestätigung zu Ihrer Bestellung {second}",
        "Mehr Leistung als lizenziert: Dach Süd",
        f"Ihre Bestellung {third} ist bei uns eingegangen",
        f"Auftragsbestätigung zu Ihrer Bestellung {third}",
        *[f"Nutzungslizenz für Dach Süd endet am {terms[1]}"] * 3,
        "Nutzungslizenz für Dach Süd ist abgelaufen",
    ]


def begins_a_trial(owner: Owner) -> date:
    """40 days from the first inverter on; its end."""
    owner.plant = owner.person.post("/plants", PLANT).json()["id"]
    assert owner.entitlement() == Entitlement(False, None, None, False)
    assert not owner.is_public()

    assert owner.add_inverter("SN-0001", "AE 3TL 8").status_code == 201

    end = owner.today() + TRIAL + ONE_DAY
    assert owner.entitlement() == Entitlement(True, "trial", str(end), False)
    assert owner.is_public()
    owner.go_to(end - timedelta(days=14))
    owner.reads(f"Testzeitraum für Dach Süd endet am {german(end - ONE_DAY)}")
    return end


def buys_by_card(owner: Owner, trial_end: date) -> date:
    """In the trial, of which no day is lost; the term's end."""
    owner.sign_in()
    number = owner.buys(net=UP_TO_10_KW, begins=trial_end)
    assert owner.entitlement().until == str(trial_end)

    owner.pays_by_card(number)

    end = trial_end + TERM
    assert owner.entitlement() == Entitlement(True, "trial", str(end), False)
    owner.reads_invoice(number, net=UP_TO_10_KW)
    return end


def is_told_of_the_end(owner: Owner, end: date) -> None:
    """40, 14 and 3 days before."""
    for days in (40, 14, 3):
        owner.go_to(end - timedelta(days=days))
        mail = owner.reads(f"Nutzungslizenz für Dach Süd endet am {german(end - ONE_DAY)}")
        link = found(r"(http\S+/renewal)", mail["text"])
        assert owner.api.anybody().get(link).headers["content-type"].startswith("text/html")
        assert owner.entitlement() == Entitlement(True, "expiring", str(end), True)


def renews_by_transfer(owner: Owner, first_end: date) -> date:
    """Three days before the end, of which none is lost; the second term's end."""
    owner.sign_in()
    number = owner.buys(net=UP_TO_10_KW, begins=first_end)
    transfer = {
        "amountCents": with_vat(UP_TO_10_KW),
        "receivedOn": str(owner.today()),
        "reference": f"Bestellung {number}",
    }

    path = f"/operator/accounts/{owner.account}/term-orders/{number}/payments"
    operator = owner.api.operator()
    received = operator.post(path, transfer)
    again = operator.post(path, transfer)

    assert (received.status_code, received.json()["aside"]) == (201, False)
    assert again.json() == received.json()
    end = first_end + TERM
    assert owner.order(number)["state"] == "active"
    assert owner.entitlement() == Entitlement(True, "active", str(end), False)
    owner.reads_invoice(number, net=UP_TO_10_KW)
    return end


def outgrows_it(owner: Owner, second_end: date) -> date:
    """The right ends at once, and what is left of it pays for a part of the new one; its end."""
    days_left = 265
    extended = second_end - ONE_DAY - timedelta(days=days_left)
    owner.go_to(extended)
    owner.sign_in()
    credit = UP_TO_10_KW * days_left // TERM.days
    net = UP_TO_30_KW - credit

    warned = problem(owner.add_inverter("SN-0002", "AE 3TL 10"), 409, "GROWTH_NOT_ACCEPTED")
    assert warned["growth"]["creditCents"] == credit
    offer, _two_years = warned["growth"]["offers"]
    assert (offer["netCents"], offer["grossCents"]) == (net, with_vat(net))
    assert owner.entitlement() == Entitlement(True, "active", str(second_end), False)

    assert owner.add_inverter("SN-0002", "AE 3TL 10", accept=True).status_code == 201
    assert owner.entitlement() == NOBODYS_RIGHT
    assert not owner.is_public()
    owner.reads("Mehr Leistung als lizenziert: Dach Süd")

    owner.go_to(extended + timedelta(days=2))
    owner.sign_in()
    number = owner.buys(net=net, credit=credit, begins=extended + ONE_DAY)
    owner.pays_by_card(number)
    end = extended + ONE_DAY + TERM
    assert owner.entitlement() == Entitlement(True, "active", str(end), False)
    assert owner.is_public()
    owner.reads_invoice(number, net=net)
    return end


def lets_it_expire(owner: Owner, end: date) -> None:
    owner.go_to(end)
    owner.reads("Nutzungslizenz für Dach Süd ist abgelaufen")
    assert owner.entitlement() == NOBODYS_RIGHT
    assert not owner.is_public()
