"""What there is, read from the outside: texts, mails, rows of the table, files, events."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from local.mails import Mail
from tests.proof.accounts import Picture
from tests.proof.model import Owned, Placed
from tests.proof.papers import Names

OF_TERMS = {
    *("PLANT", "INVERTER", "SERIAL", "TERM_ORDER", "WHOSE", "PAYMENT"),
    *("REPAIR", "WITHDRAWAL", "LIST"),
}
"""Sort keys of what the picture shows alone."""

type Item = dict[str, Any]


@dataclass
class Seen:
    """What there is, read from the outside; `questions` is None if nobody has looked for any."""

    texts: dict[str, Counter[str]] = field(default_factory=dict)
    messages: dict[str, Item] = field(default_factory=dict)
    owned: dict[tuple[str, str], Owned] = field(default_factory=dict)
    orders: dict[str, Item] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    phones: dict[str, Item] = field(default_factory=dict)
    trail: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    events: list[Item] = field(default_factory=list)
    rows: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    mails: dict[str, list[Mail]] = field(default_factory=dict)
    notices: dict[str, Item] = field(default_factory=dict)
    over_http: dict[str, Item] = field(default_factory=dict)
    picture: Picture = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    papers: list[Item] = field(default_factory=list)
    dues: dict[str, Item] = field(default_factory=dict)
    evidence: list[Item] = field(default_factory=list)
    questions: Counter[tuple[str, str]] | None = None
    billing: dict[str, Item] = field(default_factory=dict)
    portions: set[int] | None = None
    invoices: dict[str, bytes] = field(default_factory=dict)
    filed: list[Item] = field(default_factory=list)
    pages: dict[str, Item] = field(default_factory=dict)
    at_the_provider: list[Item] = field(default_factory=list)
    others: set[str] = field(default_factory=set)

    @property
    def state(self) -> Any:
        """All that a delivery too many must not change."""
        in_texts = (self.texts, self.messages, self.orders, self.phones, self.owned, self.trail)
        return (*in_texts, self.rows, self.picture, self.over_http, list(self.mails))

    def read(self, item: Item, names: Names) -> None:  # noqa: C901, PLR0912 - a table
        kind, _, id_ = item["PK"].partition("#")
        match item["SK"].partition("#"):
            case ["MESSAGE", *_] if "/" in id_:
                self.over_http[id_] = item
            case ["MESSAGE", *_]:
                self.messages[id_] = item
            case ["PHONE", *_]:
                self.phones[id_] = item
            case ["ORDER", "", _]:
                item["message_id"] = names[item["message_id"]]
                self.orders[id_] = item
                self.placed.append(_placed(item))
            case ["DONGLE", *_]:
                for account, release in item["releases"].items():
                    self.owned[account, id_] = Owned(
                        release["points"],
                        release.get("e", False),
                        release.get("info"),
                        [_day(lock) for lock in release.get("locks", ())],
                    )
            case ["AUDIT", *_]:
                cause = names[item["actor"]].partition(":")[2]
                self.trail[item["event"], id_, cause] += 1
            case ["LICENCE" | "ORDER" as row, "#", what]:
                self.rows[row, id_, what.rpartition("#")[2]] += 1
            case ["NOTICE", *_]:
                self.notices[id_] = item
            case ["SIGN_IN", *_]:
                self.attempts[names[id_]] = len(item.get("at", ()))
            case ["VAT_DUE", *_]:
                self.dues[names[id_]] = item
            case ["VAT", "#", _]:
                self.evidence.append(item)
            case ["EVENT", *_]:
                self.billing[id_] = item
            case ["INVOICE", *_]:
                self.filed.append(item)
            case ["PAGE", *_]:
                self.pages[item["session"]] = item
            case [of_terms, *_] if of_terms in OF_TERMS:
                pass
            case ["USER" | "ACCOUNT" | "SESSION" | "KEY" | "LOCK" | "CHECK" | "REQUEST", *_]:
                self.papers.append(item)
            case _:
                self.others.add(kind)


def _day(lock: Item) -> date | None:
    return date.fromisoformat(lock["until"]) if "until" in lock else None


def _placed(order: Item) -> Placed:
    return Placed(
        message=order["message_id"],
        account=order["account"],
        kind=order["kind"],
        what=order["type"].removesuffix("P"),
        number=order["licence_number"],
        cents=order["net_cents"],
    )
