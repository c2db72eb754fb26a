"""The owner of a plant: signs in after each step of the clock, buys, pays and reads the mails."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import httpx
from pypdf import PdfReader

from tests.e2e.api import PASSWORD, VERSIONS, Api, Caller, new_name, problem
from tests.e2e.running import wait_until

VIENNA = ZoneInfo("Europe/Vienna")  # the vendor's calendar
ONE_DAY = timedelta(days=1)
TERM = timedelta(days=365)
NEXT_PASSWORD = "Geheim-5678"
VAT_ID = "DE999100026"
COMPANY = {
    "kind": "company",
    "name": "Müller Maschinenbau GmbH",
    "nameLatin": "Mueller Maschinenbau GmbH",
    "vatId": VAT_ID,
    "address": {
        "street": "Hauptstraße 12",
        "streetLatin": "Hauptstrasse 12",
        "postalCode": "80331",
        "city": "München",
        "cityLatin": "Muenchen",
        "country": "DE",
    },
}
CITY = "München"
PLANT = {
    "name": "Dach Süd",
    "site": {
        "country": "DE",
        "postalCode": "80331",
        "city": CITY,
        "latitude": 48.14,
        "longitude": 11.58,
    },
    "temperatureCoefficient": -0.38,
    "azimuth": 180,
    "tilt": 30,
    "moduleArea": 60.0,
    "feedInTariff": 8.1,
    "public": True,
}
CONTRACT = ["Nutzungsbedingungen.html", "AGB.html", "Datenschutzerklaerung.html", "FAQ.html"]
XML = "factur-x.xml"


class Entitlement(NamedTuple):
    allowed: bool
    state: str | None
    until: str | None
    renewable: bool


def with_vat(net_cents: int) -> int:
    """Germany's 19 %, rounded to the cent."""
    return net_cents + (net_cents * 19 + 50) // 100


def german(day: date) -> str:
    return f"{day:%d.%m.%Y}"


@dataclass
class Owner:
    """A company's user, and the company's app, which asks with a key of its own.

    `told` are the subjects of all mails that have come, in order.
    """

    api: Api
    name: str
    person: Caller
    app: Caller
    account: str
    password: str = PASSWORD
    plant: str = ""
    told: list[str] = field(default_factory=list)

    # --- time

    def today(self) -> date:
        return today(self.api)

    def go_to(self, day: date) -> None:
        self.api.desk.move_clock(days=(day - self.today()).days)
        assert self.today() == day

    def sign_in(self) -> None:
        """Once more: each step of the clock ends all sessions, and a year the password."""
        told = self.api.sign_in(self.name, self.password).json()
        self.person = self.api.holding(told["token"])
        if told["mustChangePassword"]:
            body = {"current": self.password, "new": NEXT_PASSWORD}
            assert self.person.put("/password", body).status_code == 204
            self.password = NEXT_PASSWORD
            self.reads("Ihr Passwort wurde geändert")

    # --- what is seen

    def mails(self) -> list[dict[str, Any]]:
        return list(self.api.mails(f"{self.name}@example.org"))

    def reads(self, subject: str) -> dict[str, Any]:
        """The next mail, which is this one."""
        known = len(self.told)
        new = wait_until(lambda: self.mails()[known:], f"the mail {subject!r}")
        self.told.append(subject)
        assert [mail["subject"] for mail in new] == [subject]
        return new[0]

    def entitlement(self) -> Entitlement:
        told = self.app.get(f"/entitlements/{self.plant}").json()
        return Entitlement(told["allowed"], told["state"], told["until"], told["renewable"])

    def is_public(self) -> bool:
        """Whether anybody is shown the one plant of this stack."""
        shown = self.api.anybody().get("/plants/public").json()["plants"]
        assert len(shown) <= 1
        return [each["city"] for each in shown] == [CITY]

    def order(self, number: str) -> dict[str, Any]:
        told: dict[str, Any] = self.app.get(f"/term-orders/{number}").json()
        return told

    def orders(self) -> list[str]:
        """Their numbers, oldest first."""
        told = self.app.get("/term-orders").json()["orders"]
        return [order["orderNumber"] for order in reversed(told)]

    def invoiced(self) -> dict[str, int]:
        """What each order was charged; an order that was charged twice is an error."""
        told = self.app.get("/invoices").json()["invoices"]
        charged = {one["orderNumber"]: one["grossCents"] for one in told if one["number"]}
        assert len(charged) == len(told)
        return charged

    # --- what is done

    def add_inverter(self, serial: str, type_: str, *, accept: bool = False) -> httpx.Response:
        printed = self.api.printed_on(serial)
        body = {**printed, "type": type_, "acceptGrowth": accept}
        return self.person.post(f"/plants/{self.plant}/inverters", body)

    def buys(self, *, net: int, begins: date, credit: int = 0) -> str:
        """Ask what a year costs, order at that price, read the acknowledgement; the number."""
        wanted = {"plants": [self.plant], "days": TERM.days}
        quote = self.person.post("/quotes", wanted).json()
        (line,) = quote["lines"]
        assert (line["netCents"], line["creditCents"]) == (net, credit)
        assert (line["begins"], line["ends"]) == (str(begins), str(begins + TERM - ONE_DAY))
        assert (quote["netCents"], quote["grossCents"]) == (net, with_vat(net))
        order = {
            **wanted,
            "grossCents": quote["grossCents"],
            "acceptedDocuments": VERSIONS,
            "language": "de",
        }
        placed = wait_until(lambda: self._placed(order), "the VAT ID was checked once more")
        assert (placed["state"], placed["openCents"]) == ("open", with_vat(net))
        number: str = placed["orderNumber"]
        mail = self.reads(f"Ihre Bestellung {number} ist bei uns eingegangen")
        assert mail["attachments"] == CONTRACT
        return number

    def _placed(self, order: dict[str, Any]) -> dict[str, Any]:
        """Nothing while the VAT ID is checked: the verdict is older than a day."""
        answer = self.person.post("/term-orders", order)
        if answer.status_code == 409:
            problem(answer, 409, "vat_check_running")
            return {}
        assert answer.status_code == 201, answer.text
        placed: dict[str, Any] = answer.json()
        return placed

    def pays_by_card(self, number: str) -> None:
        """On the provider's page, which then tells by its signed webhook; and once more."""
        page = self.person.post(f"/term-orders/{number}/payment-page")
        assert page.status_code == 200, page.text
        provider, _, session = page.json()["url"].rpartition("/c/pay/")
        assert provider == self.api.desk.stack.pay
        done = self.api.http.post(f"{provider}/_pages/{session}", json={"choice": "card"})
        assert done.json()["status"] == "complete"
        events = f"{provider}/_events"

        def told() -> list[dict[str, Any]]:
            known = self.api.http.get(events).json()
            return [each for each in known if each["session"] == session and each["answers"]]

        (event,) = wait_until(told, "the webhook was answered")
        active = self.order(number)
        assert (event["answers"], active["state"]) == ([200], "active")
        again = self.api.http.post(f"{events}/{event['id']}", json={}).json()
        assert again["answers"] == [200, 200]
        assert self.order(number) == active

    def reads_invoice(self, number: str, *, net: int) -> None:
        """With the confirmation; invoices are written each minute of the stack's clock."""
        self.api.desk.move_clock(hours=1)
        mail = self.reads(f"Auftragsbestätigung zu Ihrer Bestellung {number}")
        file, *documents = mail["attachments"]
        assert documents == CONTRACT
        path = f"{self.api.desk.stack.phone}/mails/{mail['id']}/attachments/0"
        read = PdfReader(BytesIO(self.api.http.get(path).content))
        gross = f"{with_vat(net) // 100}.{with_vat(net) % 100:02d}"
        xml = read.attachments[XML][0].decode()
        assert re.findall(r"GrandTotalAmount>([0-9.]+)<", xml) == [gross]
        shown = "\n".join(page.extract_text() for page in read.pages)
        assert gross.replace(".", ",") in shown
        assert f"Rechnung {file.removesuffix('.pdf')}" in mail["text"]


def today(api: Api) -> date:
    return api.desk.now().astimezone(VIENNA).date()


def a_company(api: Api) -> Owner:
    """Registered, its VAT ID confirmed, by HTTP and mail alone. It is mid-morning then."""
    hour = api.desk.now().astimezone(VIENNA).hour
    api.desk.move_clock(hours=(10 - hour) % 24 or 24)  # so that no midnight comes on the way
    name = new_name()
    user = {"userName": name, "email": f"{name}@example.org", "accepted": VERSIONS}
    assert api.anybody().post("/registrations", {**user, **COMPANY}).status_code == 202
    password, token = api.mailed(name)
    assert api.anybody().post("/registrations/validation", {"token": token}).is_success
    confirmed = f"USt-IdNr. {VAT_ID} bestätigt"
    api.mail(f"{name}@example.org", confirmed)
    person = api.signed_in(name, password)
    changed = person.put("/password", {"current": password, "new": PASSWORD})
    assert changed.status_code == 204, changed.text
    key = person.post("/api-keys", {"name": "App"}).json()["token"]
    owner = Owner(api, name, person, api.holding(key), person.account)
    owner.told = ["Ihre Registrierung bei Freischalt", confirmed]
    owner.reads("Ihr Passwort wurde geändert")
    return owner
