"""The phone page in headless Chromium, from the box to the SMS service and back."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local import phone, sms_service
from local.clock import FARTHEST, Clock, clock_in
from local.conversations import Conversations
from local.demo_phones import DEMO_PHONES
from local.inbound_sms import InboundSms, PublishError
from local.mails import Mail
from local.segments import count
from tests.local.live import serving, sms_client

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ARGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE, SERVICE = "+436601234567", "+436649477338"
FETCH = "cl.31.1234567890ABCDEF"
ANSWER = 'OK: Ihr Freischalt-Code lautet "3546-7F7E-DB74-3B66"'
PHONE_SCREEN = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


class Desk:
    """The licence desk behind the topic: answers every text over the SMS service."""

    def __init__(self, conversations: Conversations, clock: Clock) -> None:
        self.conversations = conversations
        self.clock = clock
        self.received: list[str] = []
        self.down = False
        self.phone_url = self.sms_url = ""
        self.mails: list[Mail] = []

    def publish(self, sms: InboundSms) -> str:
        if self.down:
            raise PublishError("no topic")
        self.received.append(sms.message_body)
        return "sns-1"

    async def sent_mails(self) -> list[Mail]:
        return self.mails

    def mail(self, to: str, subject: str, text: str) -> None:
        html = "<img src=x onerror=alert(1)>"
        at = datetime(2026, 11, 22, 4, len(self.mails), tzinfo=UTC)
        self.mails.append(Mail(to, "desk@freischalt.example", subject, text, html, at, None))

    def answer(self, text: str, to: str = PHONE) -> None:
        client = sms_client(self.sms_url)
        client.send_text_message(DestinationPhoneNumber=to, MessageBody=text)
        client.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = clock_in(tmp_path)
    with Conversations(tmp_path / "conversations.sqlite3") as conversations:
        made = Desk(conversations, clock)
        pages = phone.app(
            conversations, made.publish, made.sent_mails, SERVICE, DEMO_PHONES, clock=clock
        )
        with serving(pages, sms_service.app(conversations, now=clock.now)) as (
            made.phone_url,
            made.sms_url,
        ):
            yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("FREISCHALT_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium: install it, or set CHROMIUM to its path")
        pytest.skip("no Chromium on the PATH and CHROMIUM is not set")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield launched
        launched.close()


class Pages:
    """Opens the phone page, and notes what the browser complains about."""

    def __init__(self, browser: Browser, url: str, stack: ExitStack) -> None:
        self._browser, self._url, self._stack = browser, url, stack
        self.complaints: list[str] = []

    def open(self, viewport: dict[str, int] = PHONE_SCREEN, **options: Any) -> Page:
        size: Any = viewport
        context = self._browser.new_context(viewport=size, locale="de-AT", **options)
        self._stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self._complain(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self._url)
        expect(page.locator("#sender")).not_to_be_empty()
        return page

    def _complain(self, kind: str, text: str) -> None:
        # a refused call is part of some tests; the browser logs it as a failed resource
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            self.complaints.append(text)


@pytest.fixture
def pages(browser: Browser, desk: Desk) -> Iterator[Pages]:
    with ExitStack() as stack:
        made = Pages(browser, desk.phone_url, stack)
        yield made
    assert made.complaints == []


def box(page: Page) -> Any:
    return page.get_by_label("SMS an Freischalt")


def mine(page: Page) -> Any:
    return page.locator(".mine .bubble")


def theirs(page: Page) -> Any:
    return page.locator(".theirs .bubble")


def overflow(page: Page) -> int:
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(script))


@pytest.mark.parametrize("viewport", [PHONE_SCREEN, DESKTOP], ids=["phone", "desktop"])
def test_a_text_is_sent_by_enter_and_answered(
    pages: Pages, desk: Desk, viewport: dict[str, int]
) -> None:
    page = pages.open(viewport)
    box(page).fill(FETCH)
    expect(page.locator("#counter")).to_have_text("22 Zeichen · GSM-7 · 1 Segment")

    box(page).press("Enter")

    expect(mine(page)).to_have_text(FETCH)
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    assert desk.received == [FETCH]
    desk.answer(ANSWER)
    expect(theirs(page)).to_have_text(ANSWER)
    expect(page.locator(".theirs .meta")).to_contain_text("1 Segment")
    left, right = theirs(page).bounding_box(), mine(page).bounding_box()
    assert left["x"] < right["x"]  # from the sender's view: own texts on the right
    assert overflow(page) == 0


def test_the_button_sends_and_shift_enter_does_not(pages: Pages, desk: Desk) -> None:
    page = pages.open()
    box(page).type("eins")
    box(page).press("Shift+Enter")
    box(page).type("zwei")
    assert desk.received == []

    page.get_by_role("button", name="Senden").click()

    expect(mine(page)).to_have_text("eins\nzwei", use_inner_text=True)
    assert desk.received == ["eins\nzwei"]


def test_an_example_takes_one_tap_and_waits_for_enter(pages: Pages, desk: Desk) -> None:
    page = pages.open()
    page.get_by_role("button", name="Ich bestelle verbindlich 5P 1234567890ABCDEF").click()
    expect(box(page)).to_be_focused()
    assert desk.received == []

    page.keyboard.press("Enter")

    expect(mine(page)).to_have_text("Ich bestelle verbindlich 5P 1234567890ABCDEF")


def test_markup_is_text(pages: Pages, desk: Desk) -> None:
    page = pages.open()
    text = "<img src=x onerror=alert(1)><b>fett</b>&amp;"
    desk.answer(text)
    box(page).fill(text)
    box(page).press("Enter")

    expect(mine(page)).to_have_text(text)
    expect(theirs(page)).to_have_text(text)
    assert page.locator(".log img, .log b").count() == 0


def test_the_keyboard_is_enough(pages: Pages, desk: Desk) -> None:
    page = pages.open(DESKTOP)
    second = page.get_by_role("link", name="Müller Maschinenbau 2")
    for _ in range(5):
        page.keyboard.press("Tab")
        if second.evaluate("element => element === document.activeElement"):
            break
    expect(second).to_be_focused()
    assert second.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#sender")).to_have_text("+43 660 1234568 · Müller Maschinenbau 2")
    expect(second).to_be_focused()
    for _ in range(30):
        if box(page).evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("HILFE")
    page.keyboard.press("Enter")

    expect(mine(page)).to_have_text("HILFE")
    [entry] = desk.conversations.of("+436601234568")
    assert entry.text == "HILFE"


def test_new_messages_are_announced_and_everything_has_a_name(pages: Pages) -> None:
    page = pages.open()

    assert page.get_by_role("log", name="Unterhaltung").get_attribute("aria-live") == "polite"
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("button, a, input, textarea").count() > 10
    nameless = (
        "[...document.querySelectorAll('button, a, input, textarea')].filter(e => "
        "!(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert page.evaluate(nameless) == []
    assert page.locator("[onclick], div[role=button]").count() == 0


def test_a_small_screen_changes_phones_by_the_back_arrow(pages: Pages, desk: Desk) -> None:
    page = pages.open(PHONE_SCREEN)
    page.get_by_role("link", name="Telefon wechseln").click()
    expect(page.get_by_role("heading", name="Telefone")).to_be_visible()
    expect(box(page)).to_be_hidden()
    assert overflow(page) == 0

    page.get_by_role("link", name="Nicht registriert").click()

    box(page).fill("HILFE")
    box(page).press("Enter")
    expect(mine(page)).to_have_text("HILFE")
    assert len(desk.conversations.of("+436641112223")) == 1


def test_any_number_can_be_typed(pages: Pages, desk: Desk) -> None:
    page = pages.open(DESKTOP)
    number = page.get_by_label("Andere Nummer")
    number.fill("0660 1234567")
    number.press("Enter")
    expect(page.locator("#number-error")).to_contain_text("Ländervorwahl")

    number.fill("0049 (171) 1234567")
    number.press("Enter")

    expect(page.locator("#sender")).to_have_text("+49 171 1234567 · Andere Nummer")
    desk.answer("Hallo", to="+491711234567")
    expect(theirs(page)).to_have_text("Hallo")


def mails(page: Page) -> Any:
    return page.locator(".mail")


@pytest.mark.parametrize("viewport", [PHONE_SCREEN, DESKTOP], ids=["phone", "desktop"])
def test_mails_are_shown_as_text_the_newest_first(
    pages: Pages, desk: Desk, viewport: dict[str, int]
) -> None:
    markup = "<img src=x onerror=alert(1)><b>fett</b>&amp;"
    desk.mail("a@x.example", "Ihr Zugang", f"Guten Tag,\n{markup}")
    page = pages.open(viewport)
    if viewport is PHONE_SCREEN:
        page.get_by_role("link", name="Telefon wechseln").click()

    page.get_by_role("link", name="E-Mails").click()

    expect(mails(page)).to_have_count(1)
    expect(mails(page).locator(".mail-text")).to_have_text(
        f"Guten Tag,\n{markup}", use_inner_text=True
    )
    expect(box(page)).to_be_hidden()
    desk.mail("b@x.example", markup, "y" * 300)
    expect(mails(page).locator("h3")).to_have_text([markup, "Ihr Zugang"])
    assert page.locator(".mail img, .mail b").count() == 0
    assert overflow(page) == 0


def test_mails_to_one_address_and_back_to_the_phone(pages: Pages, desk: Desk) -> None:
    desk.mail("a@x.example", "eins", "1")
    desk.mail("b@x.example", "zwei", "2")
    page = pages.open(DESKTOP)
    page.get_by_role("link", name="E-Mails").click()
    address = page.get_by_label("An (leer: alle)")
    address.fill("a.example")
    address.press("Enter")
    expect(page.locator("#address-error")).to_contain_text("Adresse")
    expect(mails(page)).to_have_count(2)

    address.fill("A@x.example")
    address.press("Enter")
    expect(mails(page).locator("h3")).to_have_text(["eins"])
    address.fill("nobody@x.example")
    address.press("Enter")
    expect(page.locator("#mails-empty")).to_be_visible()
    address.fill("")
    address.press("Enter")
    expect(mails(page)).to_have_count(2)

    page.get_by_role("link", name="Müller Maschinenbau 1").click()
    expect(mails(page).first).to_be_hidden()
    box(page).fill("HILFE")
    box(page).press("Enter")
    expect(mine(page)).to_have_text("HILFE")


def test_the_clock_is_put_forward_by_keyboard_and_says_so(pages: Pages, desk: Desk) -> None:
    page = pages.open(DESKTOP, timezone_id="Europe/Vienna")
    expect(page.locator("#clock-ahead")).to_have_text("geht genau")

    page.get_by_role("button", name="41 Tage vorstellen").press("Enter")

    expect(page.locator("#clock-ahead")).to_have_text("41 Tage voraus; zurück geht sie nicht")
    then = datetime.now(ZoneInfo("Europe/Vienna")) + timedelta(days=41)
    expect(page.get_by_role("status")).to_contain_text(f"Die Uhr steht jetzt auf {then.day}. ")
    assert desk.clock.ahead() == timedelta(days=41)
    box(page).fill(FETCH)
    box(page).press("Enter")
    expect(mine(page)).to_have_text(FETCH)
    expect(page.locator(".day")).to_have_text("Heute")


def test_a_clock_that_goes_no_further_says_so(pages: Pages, desk: Desk) -> None:
    desk.clock.move(FARTHEST)
    page = pages.open(DESKTOP)

    page.get_by_role("button", name="1 Tag vorstellen").click()

    expect(page.locator("#clock-error")).to_contain_text("höchstens zehn Jahre")
    assert desk.clock.ahead() == FARTHEST


def test_each_phone_has_its_own_conversation(pages: Pages, desk: Desk) -> None:
    desk.answer("für eins")
    desk.answer("für zwei", to="+436601234568")
    page = pages.open(DESKTOP)
    expect(theirs(page)).to_have_text("für eins")

    page.get_by_role("link", name="Müller Maschinenbau 2").click()

    expect(theirs(page)).to_have_text("für zwei")
    page.go_back()
    expect(theirs(page)).to_have_text("für eins")


def test_a_text_that_was_not_published_stays_in_the_box(pages: Pages, desk: Desk) -> None:
    page = pages.open()
    desk.down = True
    box(page).fill(FETCH)
    box(page).press("Enter")
    expect(page.locator("#send-error")).to_contain_text("Nicht gesendet")
    expect(box(page)).to_have_value(FETCH)
    expect(mine(page)).to_have_count(0)

    desk.down = False
    box(page).press("Enter")

    expect(mine(page)).to_have_text(FETCH)
    expect(page.locator("#send-error")).to_be_empty()


def test_a_server_that_is_gone_is_said_and_taken_back(pages: Pages) -> None:
    page = pages.open()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("antwortet nicht")
    box(page).fill("HILFE")
    box(page).press("Enter")
    expect(page.locator("#send-error")).to_contain_text("antwortet nicht")
    expect(box(page)).to_have_value("HILFE")

    page.context.set_offline(False)

    expect(page.locator("#offline")).to_be_hidden()


def test_who_opted_out_is_told_and_can_come_back(pages: Pages, desk: Desk) -> None:
    page = pages.open()
    desk.conversations.opt_out(PHONE)
    expect(page.locator("#opted-out")).to_be_visible()

    page.get_by_role("button", name="Wieder anmelden").click()

    expect(page.locator("#opted-out")).to_be_hidden()
    assert not desk.conversations.is_opted_out(PHONE)


def test_a_text_too_long_cannot_be_sent(pages: Pages) -> None:
    page = pages.open()
    box(page).fill("🔑" * 1600)
    expect(page.locator("#counter")).to_have_text("1600 Zeichen · UCS-2 · 49 Segmente")
    expect(page.get_by_role("button", name="Senden")).to_be_enabled()

    box(page).fill("x" * 1601)

    expect(page.get_by_role("button", name="Senden")).to_be_disabled()


def test_the_page_counts_as_the_server_does(pages: Pages) -> None:
    chars = [chr(code) for code in range(1, 0xD800)] + [
        chr(code) for code in range(0xE000, 0x10FFF)
    ]
    around = [
        "",
        "x" * 160,
        "x" * 161,
        "€" * 80,
        "€" * 81,
        "ä" * 307,
        "„" * 70,
        "„" * 71,
        "🔑" * 67,
    ]
    inside = ["x" * 152 + "€" + "x" * n for n in (7, 8, 151, 152, 153)]
    texts = [*chars, *around, *inside, *["x" * n + "🔑" * 40 for n in (0, 1, 2, 3)]]
    page = pages.open()

    script = """async texts => {
        const { count } = await import("/segments.js");
        return texts.map(text => count(text)).map(c => [c.encoding, c.units, c.segments]);
    }"""
    counted = page.evaluate(script, texts)

    expected = [[c.encoding, c.units, c.segments] for c in map(count, texts)]
    differing = [
        text for text, one, other in zip(texts, counted, expected, strict=True) if one != other
    ]
    assert differing == []


@pytest.mark.parametrize("width", [320, 360, 600, 735, 736, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways(pages: Pages, desk: Desk, width: int, scheme: str) -> None:
    long = "Lizenz" * 40
    desk.conversations.add(PHONE, "in", long, datetime.now(UTC), "m-1", None)
    desk.answer(long)

    page = pages.open({"width": width, "height": 640}, color_scheme=scheme)

    expect(theirs(page)).to_have_text(long)
    assert overflow(page) == 0
    log = "(log => log.scrollWidth - log.clientWidth)(document.getElementById('log'))"
    assert page.evaluate(log) == 0
