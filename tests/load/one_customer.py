"""One customer's items as the product itself stores them: what a large table is filled with.

So whatever the product stores otherwise tomorrow, the large table holds otherwise, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.clock import pause, utc_now
from freischalt.domain.account import Account
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId
from freischalt.use_cases.publish_orders import sweep
from freischalt.use_cases.vendor import Act, make_release, register_phone
from tests.fakes import FakeBus, FakeCodeMaker
from tests.load.full_world import TABLE, Item, call
from tests.proof.model import Text
from tests.proof.scene import is_done, sqs_event

ACCOUNT = AccountNumber("A000000")
PHONE = "+436690000000"
CARAT_ID = CaratId("F0F0F0F0")
NUMBER = f"{CARAT_ID}90ABCDEF"
MESSAGE_ID = "ba5eba11-66b9-564c-8309-000000000000"


@dataclass(frozen=True, kw_only=True)
class OneCustomer:
    """What stays after a release, a fetch and an order; the order before and after it has left."""

    account: Item
    phone: Item
    dongle: Item
    audit: Item
    message: Item
    pending: Item
    published: Item


def one_customer(client: Any) -> OneCustomer:
    """Be that customer, on an empty table."""
    desk, outbox = DynamoDbVendorDesk(client, TABLE), DynamoDbOrders(client, TABLE)
    now = utc_now()
    desk.add_account(Account(number=ACCOUNT, company="Müller Maschinenbau GmbH", created_at=now))
    register_phone(PHONE, ACCOUNT, desk=desk, pause=pause)
    make_release(
        CARAT_ID,
        ACCOUNT,
        Grant(31, e_protocol=True),
        act=Act(id="0" * 32, actor="vendor:load", at=now),
        desk=desk,
        codes=FakeCodeMaker(),
        pause=pause,
    )
    text(f"cl.31.{NUMBER}", MESSAGE_ID)
    fetched = dict(_stored(client))
    text(f"Ich bestelle verbindlich 33P {NUMBER}", "an-order")
    pending = dict(_stored(client))["ORDER"]
    sweep(by="load", bus=FakeBus(), outbox=outbox, now=utc_now() + timedelta(minutes=5))
    return OneCustomer(
        account=fetched["ACCOUNT"],
        phone=fetched["PHONE"],
        dongle=fetched["DONGLE"],
        audit=fetched["AUDIT"],
        message=fetched["MESSAGE"],
        pending=pending,
        published=dict(_stored(client))["ORDER"],
    )


def text(words: str, message_id: str) -> None:
    now = utc_now()
    sent = Text(id=message_id, phone=PHONE, words=words, arrived=now, queued=now)
    if not is_done({"result": call("receive_sms", sqs_event(sent, receives=1))}):
        raise RuntimeError(f"not answered: {words}")


def _stored(client: Any) -> Iterator[tuple[str, Item]]:
    """All items and their nouns."""
    for item in client.scan(TableName=TABLE, ConsistentRead=True)["Items"]:
        noun = item["SK"]["S"]
        yield keys.AUDIT.rstrip("#") if noun.startswith(keys.AUDIT) else noun, item
