"""What must hold after whatever happened: what there is, held against what the model says.

Every broken promise is a short sentence; none is the empty list.
"""

import re
from collections import Counter
from collections.abc import Iterator

from tests.proof.model import SENTENCES, Model, Said
from tests.proof.world import Seen, World

BESIDE_THE_MODEL = {"SERVICE", "NUMBERS"}
APOLOGY = "/14"


def broken(
    model: Model, seen: Seen, world: World, *, repeats: int = 0, apologies_get_lost: bool = False
) -> list[str]:
    """Which promises are broken. `repeats` of a text or an event are forgiven."""
    if not apologies_get_lost and any(
        f"{id_}{APOLOGY}" not in seen.texts for id_ in model.apologies
    ):
        return ["no apology"]
    return [
        *_texts(model, seen, world, repeats),
        *_records(model, seen),
        *_orders(model, seen, repeats),
        *_phones(model, seen),
        *_what_follows(model, seen),
    ]


# --- texts


def _texts(model: Model, seen: Seen, world: World, repeats: int) -> Iterator[str]:
    for message, said in model.said.items():
        sent = seen.texts.get(message, Counter())
        if not sent:
            yield "no answer"
        elif len(sent) > 1:
            yield "two different answers"
        elif not _is(said, next(iter(sent)), seen, world):
            yield "the wrong answer"
        elif sent.total() > 1 + repeats:
            yield "an answer repeated"
    for outbox_id in seen.texts.keys() - model.said.keys():
        message = outbox_id.removesuffix(APOLOGY)
        if message == outbox_id or message not in model.apologies:
            yield "a text that nobody waits for"
        elif seen.texts[outbox_id] != {SENTENCES["row 14"]: 1}:
            yield "not one apology"


def _is(said: Said, text: str, seen: Seen, world: World) -> bool:
    if said.row == "ask":
        return bool(re.fullmatch(said.sentence.format(digits=r"\d{4}"), text))
    numbers = [number for number, item in seen.orders.items() if item["message_id"] == said.order]
    return text == said.sentence.format(
        code=world.code(said.what, said.number) if said.row == "code" else "",
        order=numbers[0] if len(numbers) == 1 else "",
    )


def _records(model: Model, seen: Seen) -> Iterator[str]:
    for message in model.said:
        record = seen.messages.get(message, {})
        if "answer" not in record:
            yield "an answer without a record"
        elif "answered_at" not in record:
            yield "an answer that is not marked"
    for message in seen.messages.keys() - model.said.keys():
        if message not in model.apologies:
            yield "a record of nothing"
    if seen.others - BESIDE_THE_MODEL:
        yield "rows of an unknown kind"


# --- orders, and what accounts own


def _orders(model: Model, seen: Seen, repeats: int) -> Iterator[str]:
    if seen.placed != sorted(model.orders, key=lambda order: order.message):
        yield "other orders"
    if len({order["outbox_id"] for order in seen.orders.values()}) != len(seen.orders):
        yield "two orders with one outbox id"
    if seen.owned != model.owned:
        yield "another release"
    yield from _events(model, seen, repeats)
    for order in seen.orders.values():
        if ("due" in order) == (order["message_id"] in model.published):
            yield "an order pending or not, and it should be the other way round"


def _events(model: Model, seen: Seen, repeats: int) -> Iterator[str]:
    told: Counter[str | None] = Counter()
    for event in seen.events:
        order = seen.orders.get(event["order_number"], {})
        told[order.get("message_id")] += 1
        if any(event[name] != order.get(name) for name in ("outbox_id", "net_cents", "account")):
            yield "an event that is not its order"
    if told.keys() != model.published:
        yield "other events"
    elif told and max(told.values()) > 1 + repeats:
        yield "an event repeated"


# --- phones


def _phones(model: Model, seen: Seen) -> Iterator[str]:
    for number, phone in model.phones.items():
        item = seen.phones.get(number, {})
        if sum(name.startswith("reply_") for name in item) != len(phone.replies):
            yield "another number of replies counted"
        if ("turned_away_at" in item) != (phone.turned_away is not None):
            yield "turned away or not"
        stored, waiting = item.get("confirmation"), phone.waiting
        if bool(stored) != bool(waiting):
            yield "waiting for a confirmation or not"
        elif stored and waiting:
            if stored["wrong_tries"] != waiting.wrong:
                yield "another number of wrong tries"
            if ("order_number" in stored) != (waiting.order is not None):
                yield "confirmed or not"
    if seen.opted_out != model.opted_out:
        yield "opted out or not"


# --- what follows


def _what_follows(model: Model, seen: Seen) -> Iterator[str]:
    if seen.trail != Counter(model.trail):
        yield "another audit trail"
    if seen.files.keys() != model.files.keys():
        yield "other files"
        return
    for name, messages in model.files.items():
        numbers = {number for number, item in seen.orders.items() if item["message_id"] in messages}
        lines = seen.files[name].splitlines()[1:]
        if {line.partition(";")[0] for line in lines} != numbers or len(lines) != len(numbers):
            yield "other orders in the file"
