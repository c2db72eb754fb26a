"""What must hold after whatever happened: what there is, held against what the model says.

Every broken promise is a short sentence; none is the empty list.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from tests.proof.accounts import SOMETHING, Told, picture
from tests.proof.model import SENTENCES, Model, Said
from tests.proof.papers import is_password
from tests.proof.requests import Answer
from tests.proof.scene import Scene
from tests.proof.seen import Seen
from tests.proof.vat import due_at
from tests.proof.world import World

BESIDE_THE_MODEL = {"SERVICE", "NUMBERS", "CIRCUIT", "INVOICES"}
APOLOGY = "/14"
CONTRACT_AND_INVOICE = 3
WITH_INVOICE = {"term_order_confirmed", "term_credit_note", "term_correction"}
ON_TIME = timedelta(minutes=10)
"""More than redeliveries take, and less than tries are apart."""


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
        *_papers(model, seen),
        *_notices(seen, world, repeats),
        *_questions(model, seen),
        *_money(model, seen, repeats),
        *_pages(seen),
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
    for outbox_id in seen.texts.keys() - model.said.keys() - seen.notices.keys():
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
        if event["outbox_id"] in seen.billing:
            continue
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
    orders = {number: item["message_id"] for number, item in seen.orders.items()}
    rows = Counter({(row, of, orders.get(id_, id_)): n for (row, of, id_), n in seen.rows.items()})
    if rows != Counter(model.rows):
        yield "other rows of lists"
    if seen.files.keys() != model.files.keys():
        yield "other files"
        return
    for name, messages in model.files.items():
        numbers = {number for number, item in seen.orders.items() if item["message_id"] in messages}
        lines = seen.files[name].splitlines()[1:]
        if {line.partition(";")[0] for line in lines} != numbers or len(lines) != len(numbers):
            yield "other orders in the file"


# --- accounts


def _papers(model: Model, seen: Seen) -> Iterator[str]:
    for what, expected in picture(model).items():
        if seen.picture[what] != expected:
            yield f"other {what}"
            return
    for name, person in model.accounts.people.items():
        if not is_password(name, person, seen.papers):
            yield "another password"
    answered = [told for told in model.accounts.answered.values() if told.said]
    if len(seen.over_http) != len(answered) or not all(
        "answer" in item and "answered_at" in item for item in seen.over_http.values()
    ):
        yield "other records of fetches and orders"


def _notices(seen: Seen, world: World, repeats: int) -> Iterator[str]:
    """Each that was sent has left once; none has left that is not kept."""
    if seen.mails.keys() - seen.notices.keys():
        yield "a mail that nobody waits for"
    for id_, notice in seen.notices.items():
        is_sms = notice["kind"].startswith("sms_")
        mails = seen.mails.get(id_, [])
        texts = [*seen.texts.get(id_, Counter()).elements()] if is_sms else [m.text for m in mails]
        if any(mail.to != notice["to"] for mail in mails):
            yield "a mail to somebody else"
        if not texts and "sent_at" in notice:
            yield "a notice that has not left"
        if len(set(texts)) > 1:
            yield "two different notices"
        if len(texts) > 1 + repeats:
            yield "a notice repeated"
        if texts and not _holds(notice, texts[0], world):
            yield "a notice that does not hold its secret"


def _holds(notice: Mapping[str, Any], text: str, world: World) -> bool:
    details = notice["details"]
    match notice["kind"]:
        case "sms_phone_code":
            return world.digits(details["nonce"]) in text
        case "validate_registration":
            return world.link(details["user"], "validation", details["nonce"]) in text
        case "reset_password":
            return world.link(details["user"], "reset", details["nonce"]) in text
    return True


# --- VAT checks


def _questions(model: Model, seen: Seen) -> Iterator[str]:
    """Whatever is to be asked is due when it should be, or lies in its queue at least once."""
    accounts = model.accounts
    for number, item in seen.dues.items():
        at = due_at(accounts.firms[number])
        is_on_time = at and abs(item["due_at"] / 1000 - at.timestamp()) < ON_TIME.total_seconds()
        if ("claimed_by" in item) != (number in accounts.handed_out):
            yield "a question handed out or not, and it should be the other way round"
        elif "claimed_by" not in item and not is_on_time:
            yield "a question due at another time"
    if seen.questions is None:
        return
    firms = accounts.firms
    wanted = {(firm.entered.service, of) for of, firm in firms.items() if firm.entered}
    if seen.questions.keys() != {each for each in wanted if each[1] in accounts.handed_out}:
        yield "other questions in the queues"


# --- orders of terms, and their money; what there is of them is in the picture


def _money(model: Model, seen: Seen, repeats: int) -> Iterator[str]:
    heard = Counter(event["outbox_id"] for event in seen.events)
    for id_, kept in seen.billing.items():
        if heard[id_] > 1 + repeats:
            yield "an event of terms repeated"
        if seen.portions is not None and "due" not in kept and not heard[id_]:
            yield "an event of terms that has not left"
    for event in seen.events:
        told = seen.billing.get(event["outbox_id"], {}).get("detail")
        if told is not None and {"outbox_id": event["outbox_id"], **told} != event:
            yield "an event that is not what was to be told"
    if seen.portions is None:
        return
    yield from _invoices(seen)
    terms = model.accounts.terms
    if terms.handed_out and not seen.portions:
        yield "nothing in the queue of plants that are to be told of"


def _invoices(seen: Seen) -> Iterator[str]:
    """Each has its file, and its mail has it attached; no file is nobody's."""
    files = {name.rpartition("/")[2] for name in seen.invoices}
    wanted = {f"{item['number']}.pdf" for item in seen.filed if "filed_at" in item}
    if files != wanted:
        yield "other files of invoices"
    if any(not content.startswith(b"%PDF-") for content in seen.invoices.values()):
        yield "an invoice that is no PDF"
    for id_, notice in seen.notices.items():
        number = notice["details"].get("number")
        if not number or notice["kind"] not in WITH_INVOICE:
            continue
        for mail in seen.mails.get(id_, []):
            if f"{number}.pdf" not in mail.attachments:
                yield "a confirmation without its invoice"
            if len(mail.attachments) < CONTRACT_AND_INVOICE:
                yield "a confirmation without the contract"


def _pages(seen: Seen) -> Iterator[str]:
    """Whoever asks again within the hour gets the page that was made, and its state is known."""
    if len({page["expires_at"] for page in seen.at_the_provider}) < len(seen.at_the_provider):
        yield "a second page at the provider"
    for page in seen.at_the_provider:
        kept = seen.pages.get(page["id"])
        if kept and (kept["state"] == "open") != (page["status"] == "open"):
            yield "a page open or not, and its provider says the other thing"
    if seen.at_the_provider and not any(page["id"] in seen.pages for page in seen.at_the_provider):
        yield "a page at the provider that nobody has"


# --- what the client was told


def answers_broken(scene: Scene, seen: Seen, *, a_reply_got_lost: bool) -> list[str]:
    """The same answer each time, and the right one."""
    if not scene.asked or scene.told is None:
        return []
    is_the_same = scene.asked.key or scene.asked.stays
    if not is_the_same and a_reply_got_lost:
        return []  # a request that cannot be repeated may have been the second of its kind
    answers = scene.answers if is_the_same else scene.answers[:1]
    if not answers:
        return ["no answer to the request"]
    if any(answer != answers[0] for answer in answers):
        return ["another answer to the repeated request"]
    return [*_answer(scene, seen, scene.told, answers[0]), *_attempts(scene, seen)]


def _answer(scene: Scene, seen: Seen, told: Told, answer: Answer) -> Iterator[str]:
    if answer.status != told.status:
        yield f"{answer.status} instead of {told.status}"
        return
    for name, value in told.says.items():
        found = answer.says.get(name)
        if not found if value == SOMETHING else found != value:
            yield f"another {name} in the answer"
    text = str(answer.says.get("text"))
    is_yes = told.said and told.said.row in {"code", "ordered"}
    if told.said and is_yes and not _is(told.said, text, seen, scene.world):
        yield "the wrong text in the answer"
    token = str(answer.says.get("token", ""))
    if token and not any(_opened_by(token, item) for item in seen.papers):
        yield "a token that opens nothing"


def _attempts(scene: Scene, seen: Seen) -> Iterator[str]:
    """Each wrong password counts once or, if its reply got lost, twice; a locked name none."""
    if not scene.sign_ins or not scene.asked:
        return
    name = scene.asked.body["userName"]
    counted, at_least = seen.attempts.get(name, 0), scene.model.accounts.wrong.get(name, 0)
    is_locked = scene.model.accounts.is_locked_out(name)
    at_most = at_least if is_locked else 2 * scene.sign_ins
    if not at_least <= counted <= at_most:
        yield "another number of attempts counted"


def _opened_by(token: str, item: Mapping[str, Any]) -> bool:
    """Sessions and keys are kept by the digest of what their token ends with."""
    return bool(item["SK"].endswith(f"#{sha256(token[-43:].encode()).hexdigest()}"))
