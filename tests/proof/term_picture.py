"""Plants, terms and their money as the table has them, told in the model's words."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.proof.terms import NEW

SEEDED = "-9"
"""So begin the running numbers of orders that were there before."""

type Item = dict[str, Any]


def picture_of(kinds: Mapping[str, list[Item]]) -> dict[str, Any]:
    """What there is, in the model's words: see `terms.picture`. `kinds` are items by sort key."""

    def of(kind: str) -> list[Item]:
        return kinds.get(kind, [])

    numbers = [item for item in of("NUMBERS") if item["PK"].startswith("INVOICES#")]
    return {
        "plants": {item["id"]: _plant_in(item) for item in of("PLANT#")},
        "numbers of plants": {
            item["PK"].partition("#")[2]: (item["plants"], item.get("ended_plants", 0))
            for item in of("ACCOUNT")
            if item.get("plants")
        },
        "inverters": {item["serial"]: (item["plant"], item["type"]) for item in of("INVERTER#")},
        "used codes": {item["PK"].partition("#")[2]: "removed_at" in item for item in of("SERIAL")},
        "orders of terms": {
            order_name(item["number"]): _order_in(item) for item in of("TERM_ORDER#")
        },
        "payment pages": Counter(
            (order_name(item["order"]), item["state"]) for item in of("PAGE#")
        ),
        "payments": Counter(
            (
                item["provider"],
                item["amount_cents"],
                order_name(item.get("order", "")),
                item.get("mismatch"),
                "told_at" in item,
                "settled_at" in item,
                item.get("refunded_cents", 0),
                [one["state"] for one in item.get("setbacks", ())] == ["disputed"],
            )
            for item in of("PAYMENT")
        ),
        "invoices": {_invoice_name(item): _invoice_in(item) for item in of("INVOICE#")},
        "numbers of invoices": (
            sorted(int(item["number"][-6:]) for item in of("INVOICE#") if "number" in item),
            sum(item["last"] for item in numbers),
        ),
        "events for billing": Counter(
            (item["kind"], _about(item, of("INVOICE#")), "due" not in item) for item in of("EVENT")
        ),
        "repairs": Counter((item["state"], _offered(item)) for item in of("REPAIR#")),
        "withdrawals": Counter(
            (
                order_name(item["order"]),
                item["outcome"],
                item.get("refund_cents", 0),
                "told_at" in item,
                "settled_at" in item,
            )
            for item in of("WITHDRAWAL#")
        ),
        "lists of inverters": {item["id"]: item["state"] for item in of("LIST#")},
    }


def order_name(number: str) -> str:
    """As the model calls it."""
    return number if not number or SEEDED in number else NEW


def _plant_in(item: Item) -> tuple[Any, ...]:
    told = item.get("told")
    return (
        item["inverters"],
        item["power_w"],
        _day(item.get("trial_from")),
        [
            (
                order_name(term["order"]),
                _day(term["after"]),
                term["days"],
                term["power_w"],
                term["net_cents"],
                _day(term.get("ended")),
            )
            for term in item.get("terms", ())
        ],
        item.get("credit_cents", 0),
        _day(item.get("extended_on")),
        order_name(item.get("open_order", "")),
        item.get("ordered_w"),
        (_day(told["end"]), told["days"]) if told else None,
        "ended_at" in item,
        list(item.get("imports", ())),
    )


def _order_in(item: Item) -> tuple[Any, ...]:
    return (
        item["state"],
        sorted(line["plant"] for line in item["quote"]["lines"]),
        _gross(item["quote"]),
        item.get("paid_cents", 0),
        len(item.get("payments", ())),
        "confirmed_at" in item,
        [
            (
                charged["plant"],
                charged["power_w"],
                charged["net_cents"],
                charged["gross_cents"],
                charged["paid_cents"],
                len(charged["payments"]),
            )
            for charged in item.get("corrections", ())
        ],
    )


def _invoice_in(item: Item) -> tuple[Any, ...]:
    net = sum(line["net_cents"] for line in item["lines"])
    return item["kind"], order_name(item["order"]), net, "filed_at" in item, "unpaid" not in item


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _gross(quote: Item) -> int:
    net = sum(line["list_cents"] - line["credit_cents"] for line in quote["lines"])
    return int(net + (net * quote["vat"]["basis_points"] + 5_000) // 10_000)


def _invoice_name(item: Item) -> str:
    return order_name(item["order"]) + str(item["id"]).removeprefix(item["order"])


def _about(event: Item, invoices: list[Item]) -> str:
    """The order that was placed, or the invoice that was issued."""
    if event["kind"] in {"OrderPlaced", "OrderEnded"}:
        return order_name(event["detail"]["order_number"])
    number = event["detail"]["invoice_number"]
    return ", ".join(_invoice_name(one) for one in invoices if one.get("number") == number)


def _offered(item: Item) -> int:
    return sum(each["net_cents"] for each in item.get("offer", {}).get("items", ()))
