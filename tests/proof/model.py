"""The desk by the sentences of its specification: plain data, one thing at a time.

It shares no code with the product and knows nothing of tables, calls and faults. Whatever the
product meets on its way, it must end as this does.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from tests.proof.accounts import Accounts

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CONFIRM_WITHIN = timedelta(minutes=15)
TRIES = 3

FETCH = re.compile(r"cl\.(?P<what>\d+|E)P?\.(?P<number>[0-9A-F]{16})")
ORDER = re.compile(r"Ich bestelle verbindlich (?P<what>\d+|E)P? (?P<number>[0-9A-F]{16})")
CONFIRM = re.compile(r"JA (?P<digits>\d{4})")

ORDERING = ". Bestellen mit: Ich bestelle verbindlich {what} {number}"
SENTENCES = {
    "code": 'OK: Ihr Freischalt-Code lautet "{code}"',
    "ordered": "OK: Bestellung {order}, {what}. Code mit cl.{what}.{number}",
    "ask": "Bestellung bestätigen mit: JA {digits}",
    "help": (
        "Abruf: cl.5P.1234567890ABCDEF Bestellung: Ich bestelle verbindlich 5P 1234567890ABCDEF "
        "(Typ 1P, 3P, 5P usw. oder E, Nummer 16-stellig) Abmelden: STOPP"
    ),
    "row 1": "Ihre Rufnummer ist nicht für den automatisierten Abruf registriert",
    "row 2": "Der angegebene Befehl ist nicht korrekt",
    "row 8": "Carat-ID wurde noch nicht freigegeben" + ORDERING,
    "locked": "Lizenz gesperrt bis {until}",
    "row 9": "Benutzer-Information wurde geändert" + ORDERING,
    "row 10": "{what} nicht freigegeben" + ORDERING,
    "row 11": "E-Protokoll nicht freigegeben" + ORDERING,
    "row 12": "Benutzer-Information stimmt nicht überein",
    "row 13": "Bestellung nicht möglich, Menge bereits freigegeben",
    "row 14": "Dieser Dienst ist momentan leider nicht erreichbar",
    "too old": (
        "Ihre Bestellung ist älter als 24 Stunden und wurde nicht ausgeführt. "
        "Bitte neu bestellen: Ich bestelle verbindlich {what} {number}"
    ),
    "nothing to confirm": "Keine Bestellung zu bestätigen. Bitte neu bestellen",
    "wrong digits": "Bestätigung nicht korrekt. Bestellung wurde nicht ausgeführt",
}


@dataclass(frozen=True)
class Text:
    """One text. `words` are in one of the forms that the patterns above read, or none.

    `digits_are_right` says whether a `JA 4711` has the digits that the customer was asked for.
    """

    id: str
    phone: str
    words: str
    arrived: datetime
    queued: datetime
    digits_are_right: bool = False


@dataclass(frozen=True)
class Said:
    """An answer; `order` is the id of the message that placed the order it names."""

    row: str
    what: str = ""
    number: str = ""
    until: str = ""
    order: str | None = None

    @property
    def sentence(self) -> str:
        """The German text, with {code}, {order} and {digits} left open."""
        what = self.what if self.what == "E" else f"{self.what}P"
        closed = {"{what}": what, "{number}": self.number, "{until}": self.until}
        sentence = SENTENCES[self.row]
        for name, value in closed.items():
            sentence = sentence.replace(name, value)
        return sentence


@dataclass
class Owned:
    """What an account has for a dongle; `user` None is still free. `locks` are this licence's."""

    points: int = 0
    e: bool = False
    user: str | None = None
    locks: list[date | None] = field(default_factory=list)


@dataclass(frozen=True)
class Placed:
    """An order by the message that brought it about; `cents` are net."""

    message: str
    account: str
    kind: str
    what: str
    number: str
    cents: int


@dataclass
class Waiting:
    """An order that somebody was asked to confirm; `order` is the message that did.

    `asked` is the message whose answer had the digits that count.
    """

    words: str
    what: str
    number: str
    until: datetime
    wrong: int = 0
    order: str | None = None
    asked: str = ""


@dataclass
class Phone:
    """A phone; `account` None is a stranger's."""

    account: str | None = None
    asks: bool = False
    replies: list[datetime] = field(default_factory=list)
    waiting: Waiting | None = None
    turned_away: datetime | None = None


@dataclass
class Model:
    """All that the desk knows. `prices` are net cents by points, and of "E".

    Whose clock is late by up to `clocks_differ` may count a reply that others no longer count.
    """

    prices: Mapping[str, int]
    replies_an_hour: int = 30
    ask_above: int | None = None
    repeated_within: timedelta = timedelta(minutes=10)
    clocks_differ: timedelta = timedelta(0)
    served: tuple[str, ...] = ("+43", "+49")
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Vienna"))
    maintenance: bool = False
    phones: dict[str, Phone] = field(default_factory=dict)
    locks: dict[str, list[date | None]] = field(default_factory=dict)
    owned: dict[tuple[str, str], Owned] = field(default_factory=dict)
    orders: list[Placed] = field(default_factory=list)
    recent: list[tuple[str, str, datetime, str]] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    apologies: set[str] = field(default_factory=set)
    opted_out: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    trail: set[tuple[str, str, str]] = field(default_factory=set)
    rows: set[tuple[str, str, str]] = field(default_factory=set)
    files: dict[str, set[str]] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)

    # --- texts

    def text(self, text: Text, now: datetime) -> Said | None:
        """What is said to it, if anything; the same message again changes nothing."""
        if text.id in self.said:
            return self.said[text.id]
        if not text.phone.startswith(self.served):
            return None
        if text.words.upper() in {"STOPP", "STOP"}:
            self.opted_out.add(text.phone)
            return None
        phone = self.phones.setdefault(text.phone, Phone())
        if phone.account is None:
            if phone.turned_away and now - phone.turned_away < DAY:
                return None
            phone.turned_away = now
            said = Said("row 1")
        elif self.replies_left(phone, now):
            phone.replies.append(now)
            said = self._answer(text, phone, phone.account, now)
        else:
            return None
        self.said[text.id] = said
        return said

    def replies_left(self, phone: Phone, now: datetime) -> int:
        hour = HOUR - self.clocks_differ
        return self.replies_an_hour - sum(now - at < hour for at in phone.replies)

    def may_be_silent(self, phone: str, now: datetime) -> bool:
        """Whether the phone has had its share: of the day, or, if it is registered, of the hour."""
        known = self.phones.get(phone, Phone())
        if known.account is None:
            return known.turned_away is not None and now - known.turned_away < DAY
        return sum(now - at < HOUR for at in known.replies) >= self.replies_an_hour

    def apologise(self, text: Text, now: datetime) -> None:
        self.phones[text.phone].replies.append(now)
        self.apologies.add(text.id)

    def _answer(self, text: Text, phone: Phone, account: str, now: datetime) -> Said:
        if self.maintenance:
            return Said("row 14")
        if text.words.upper() == "HILFE":
            return Said("help")
        if CONFIRM.fullmatch(text.words):
            return self._confirm(text, phone, account, now)
        if found := FETCH.fullmatch(text.words):
            return self.fetch(account, found["what"], found["number"], now)
        if found := ORDER.fullmatch(text.words):
            return self._order(text, phone, account, found["what"], found["number"], now)
        return Said("row 2")

    # --- fetches

    def fetch(self, account: str, what: str, number: str, now: datetime) -> Said:
        has = self.owned.get((account, number[:8]))
        if has is None:
            return Said("row 8", what, number)
        if until := self._locked(account, now, has):
            return Said("locked", until=until)
        same_user = has.user in {None, number[8:]}
        if what == "E":
            if not has.e:
                return Said("row 11", what, number)
            if not same_user:
                return Said("row 12")
        elif not same_user:
            return Said("row 9", what, number)
        elif int(what) > has.points:
            return Said("row 10", what, number)
        has.user = number[8:]
        return Said("code", what, number)

    def locks_on(self, account: str, dongle: str = "") -> list[date | None]:
        """Those of the account itself, or of its licence for a dongle."""
        return self.owned[account, dongle].locks if dongle else self.locks.setdefault(account, [])

    def _locked(self, account: str, now: datetime, has: Owned | None) -> str:
        """Until when, in German; "" if not at all."""
        today = now.astimezone(self.zone).date()
        locks = [*self.locks.get(account, ()), *(has.locks if has else ())]
        ends = [end for end in locks if end is None or today < end]
        if None in ends:
            return "auf Widerruf"
        return max((f"{end:%d.%m.%Y}" for end in ends if end), key=_sortable, default="")

    # --- orders

    def order(self, message: str, account: str, what: str, number: str, now: datetime) -> Said:
        """One that is placed by who is known already, and is asked nothing."""
        text = Text(message, message, f"{what} {number}", now, now)
        decided = self._before_any_order(text, text.words, account, what, number, now)
        if isinstance(decided, Said):
            return decided
        return self._place(text, text.words, account, what, number, decided)

    def _order(
        self, text: Text, phone: Phone, account: str, what: str, number: str, now: datetime
    ) -> Said:
        decided = self._before_any_order(text, text.words, account, what, number, now)
        if isinstance(decided, Said):
            return decided
        cents = decided[1]
        if phone.asks or (self.ask_above is not None and cents > self.ask_above):
            old = phone.waiting
            if old and _open(old, text) and old.words == text.words and not old.order:
                old.until = now + CONFIRM_WITHIN
            else:
                until = now + CONFIRM_WITHIN
                phone.waiting = Waiting(text.words, what, number, until, asked=text.id)
            return Said("ask")
        return self._place(text, text.words, account, what, number, decided)

    def _confirm(self, text: Text, phone: Phone, account: str, now: datetime) -> Said:
        waiting = phone.waiting
        if waiting is None or not _open(waiting, text):
            return Said("nothing to confirm")
        if not text.digits_are_right:
            waiting.wrong += 1
            return Said("wrong digits")
        what, number = waiting.what, waiting.number
        if waiting.order:
            return Said("ordered", what, number, order=waiting.order)
        decided = self._before_any_order(text, waiting.words, account, what, number, now)
        if isinstance(decided, Said):
            return decided
        waiting.order = text.id
        return self._place(text, waiting.words, account, what, number, decided)

    def _before_any_order(
        self, text: Text, words: str, account: str, what: str, number: str, now: datetime
    ) -> Said | tuple[str, int]:
        """The kind and the price of the order, or why there is none."""
        if text.queued - text.arrived > DAY:
            return Said("too old", what, number)
        for phone, old, at, message in self.recent:
            near = abs(text.arrived - at) < self.repeated_within
            if (phone, old) == (text.phone, words) and near:
                return Said("ordered", what, number, order=message)
        has = self.owned.get((account, number[:8]))
        if until := self._locked(account, now, has):
            return Said("locked", until=until)
        full = self.prices[what]
        if has is None:
            return "new", full
        if has.user not in {None, number[8:]}:
            return "changed", full
        if what == "E":
            return Said("row 13") if has.e else ("e_extension", full)
        if int(what) <= has.points:
            return Said("row 13")
        covered = [
            cents for sold, cents in self.prices.items() if sold != "E" and int(sold) <= has.points
        ]
        return "upgrade", full - max(covered, default=0)

    def _place(
        self, text: Text, words: str, account: str, what: str, number: str, decided: tuple[str, int]
    ) -> Said:
        kind, cents = decided
        points, e = (0, True) if what == "E" else (int(what), False)
        has = self.owned.get((account, number[:8]))
        if has is None:
            self.owned[account, number[:8]] = Owned(points, e)
        elif kind == "changed":
            self.owned[account, number[:8]] = Owned(points, e, number[8:])
        elif e:
            has.e = True
        else:
            has.points = points
        self.orders.append(Placed(text.id, account, kind, what, number, cents))
        self.recent.append((text.phone, words, text.arrived, text.id))
        return Said("ordered", what, number, order=text.id)

    # --- the vendor

    def register(self, number: str, account: str | None, *, asks: bool = False) -> None:
        """From now on it is a phone of that account, or of nobody; what it was asked is void."""
        phone = self.phones.setdefault(number, Phone())
        phone.account, phone.asks, phone.waiting = account, asks, None
        if account:
            phone.turned_away = None

    def grant(
        self, account: str, dongle: str, points: int, *, e: bool, user: str | None = None
    ) -> None:
        """At least so much is released; for another user than the bound one it starts anew."""
        has = self.owned.get((account, dongle))
        if has is None or (user and has.user not in {None, user}):
            self.owned[account, dongle] = Owned(points, e, user)
            return
        has.points = max(has.points, points)
        has.e = has.e or e
        has.user = has.user or user

    # --- what follows from texts

    def publish(self) -> None:
        self.published |= {order.message for order in self.orders}

    def write_trail(self) -> None:
        self.trail |= {*self._lines(), *self.accounts.happened}
        for order in self.orders:
            self.rows.add(("ORDER", order.account, order.message))
        for order in self.orders:
            if order.kind == "new":
                self.rows.add(("LICENCE", order.account, order.number[:8]))

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        for message, said in self.said.items():
            if said.row == "code":
                yield "retrieved", said.number[:8], message
        for order in self.orders:
            yield "ordered", order.number[:8], order.message.rpartition(":")[2]

    def export(self, now: datetime) -> None:
        """One file of orders; of texts and codes there are no orders of terms and no invoices."""
        month, before = f"{now:%Y-%m}", f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
        self.files[f"orders/{month}.csv"] = {order.message for order in self.orders}
        for name in (f"terms-{before}", f"terms-{month}", f"invoices-{month}"):
            self.files[f"orders/{name}.csv"] = set()

    # --- one moment, kept

    def fork(self) -> Self:
        """The same knowledge, going its own way from here."""
        return replace(
            self,
            phones={
                number: replace(
                    phone,
                    replies=[*phone.replies],
                    waiting=phone.waiting and replace(phone.waiting),
                )
                for number, phone in self.phones.items()
            },
            locks={account: [*locks] for account, locks in self.locks.items()},
            owned={key: replace(owned, locks=[*owned.locks]) for key, owned in self.owned.items()},
            orders=[*self.orders],
            recent=[*self.recent],
            said={**self.said},
            apologies={*self.apologies},
            opted_out={*self.opted_out},
            published={*self.published},
            trail={*self.trail},
            rows={*self.rows},
            files={**self.files},
        )


def _open(waiting: Waiting, text: Text) -> bool:
    return text.arrived < waiting.until and waiting.wrong < TRIES


def _sortable(german: str) -> tuple[str, ...]:
    """31.12.2026, to be put in order.

    >>> max(["01.01.2027", "31.12.2026"], key=_sortable)
    '01.01.2027'
    """
    return tuple(reversed(german.split(".")))
