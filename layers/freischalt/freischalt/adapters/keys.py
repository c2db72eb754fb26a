"""Every key of the table, in one place.

| item          | PK                | SK                   | by_month              | by_due        |
| ------------- | ----------------- | -------------------- | --------------------- | ------------- |
| the switch    | SERVICE           | SERVICE              |                       |               |
| audit entry   | SERVICE           | AUDIT#<time>#<cause> |                       |               |
| account       | ACCOUNT#<number>  | ACCOUNT              |                       | ERASURES      |
| phone         | PHONE#<e164>      | PHONE                |                       |               |
| message       | MESSAGE#<id>      | MESSAGE              |                       |               |
| dongle        | DONGLE#<carat id> | DONGLE               |                       |               |
| audit entry   | DONGLE#<carat id> | AUDIT#<time>#<cause> |                       |               |
| order         | ORDER#<number>    | ORDER                | ORDERS#<month>#<0-15> | OUTBOX#<0-15> |
| order numbers | NUMBERS#<year>    | NUMBERS              |                       |               |
| import        | IMPORT#<id>       | IMPORT               |                       |               |
| lock          | ACCOUNT#<number>  | LOCK#<id>            |                       | LOCKS#<0-15>  |
| API key       | ACCOUNT#<number>  | KEY#<digest>         |                       |               |
| phone check   | ACCOUNT#<number>  | CHECK#<e164>         |                       |               |
| licence's row | ACCOUNT#<number>  | LICENCE#<time>#<id>  |                       |               |
| order's row   | ACCOUNT#<number>  | ORDER#<time>#<id>    |                       |               |
| audit entry   | ACCOUNT#<number>  | AUDIT#<time>#<cause> |                       |               |
| VAT question  | ACCOUNT#<number>  | VAT_DUE              |                       | VAT#<0-15>    |
| VAT record    | ACCOUNT#<number>  | VAT#<check id>       |                       |               |
| user          | USER#<id>         | USER                 |                       |               |
| session       | USER#<id>         | SESSION#<digest>     |                       |               |
| attempts      | SIGN_IN#<id>      | SIGN_IN              |                       |               |
| request       | REQUEST#<id>      | REQUEST              |                       |               |
| notice        | NOTICE#<id>       | NOTICE               |                       | NOTICES#<0-15>|
| account's name| NAMES#<two>       | NAME#<name>#<number> |                       |               |
| circuit       | CIRCUIT           | <VAT service>        |                       |               |
| plant         | ACCOUNT#<number>  | PLANT#<running>      |                       | TERMS#<0-15>  |
| inverter      | ACCOUNT#<number>  | INVERTER#<running>#… |                       |               |
| activation    | SERIAL#<serial>   | SERIAL               |                       |               |
| shared plant  | ACCOUNT#<guest>   | GUEST#<plant>        |                       |               |
| inverter list | ACCOUNT#<number>  | LIST#<id>            |                       | LISTS         |
| public plant  | PUBLIC            | <country>#<code>#<id>|                       |               |
| term order    | ACCOUNT#<number>  | TERM_ORDER#<number>  | TERMS#<month>#<0-15>  | UNPAID#<0-15> |
| whose order   | ORDER#<number>    | WHOSE                |                       |               |
| payment page  | ACCOUNT#<number>  | PAGE#<session>       |                       | PAGES#<0-15>  |
| payment       | PAYMENT#<id>      | PAYMENT              |                       | ASIDE#<0-15>  |
| invoice       | ACCOUNT#<number>  | INVOICE#<id>         | INVOICES#<month>#<0-15>| INVOICES     |
| invoice no.s  | INVOICES#<year>   | NUMBERS              |                       |               |
| event         | EVENT#<id>        | EVENT                |                       | EVENTS#<0-15> |
| repair order  | ACCOUNT#<number>  | REPAIR#<id>          |                       | REPAIRS#…     |
| withdrawal    | ACCOUNT#<number>  | WITHDRAWAL#<id>      |                       | WITHDRAWALS#… |
| anyone's      | WITHDRAWAL#<id>   | WITHDRAWAL           |                       | WITHDRAWALS#… |

`by_month` holds every order and invoice, for as long as books are kept; `by_due` only what is still
to be done: an order or event to be published, a notice to be sent, a lock to be ended, a VAT ID to
be asked about, an owner to be told that a term ends, an order to lapse, a page that may bring
money, money to be looked at, a repair to be offered or done, a list of inverters to come to its
end, an erasure to be finished; it goes when it is done. Invoices are written by one, and lists of
inverters and erasures are few: all of a kind wait in one place. All others are spread over 16
partitions by the thing's id. An account's rows are what its lists are made of, and its name's row
what a search by name finds: written from the stream.

>>> order(OrderNumber("2026-000123"))
{'PK': {'S': 'ORDER#2026-000123'}, 'SK': {'S': 'ORDER'}}
>>> month(OrderNumber("2026-000123"), datetime(2026, 11, 30, 23, 30)).startswith("ORDERS#2026-11#")
True
"""

from datetime import date, datetime
from zlib import crc32

from freischalt.domain.ids import (
    AccountNumber,
    ImportId,
    InverterSerial,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    RepairOrderId,
    account_of,
    declared_by,
)
from freischalt.domain.licence import CaratId

type Key = dict[str, dict[str, str]]

SHARDS = range(16)
BY_MONTH = "by_month"
BY_DUE = "by_due"


def _key(noun: str, id_: str) -> Key:
    return {"PK": {"S": f"{noun}#{id_}"}, "SK": {"S": noun}}


CIRCUITS = "CIRCUIT"
SERVICE: Key = {"PK": {"S": "SERVICE"}, "SK": {"S": "SERVICE"}}


def account(number: AccountNumber) -> Key:
    return _key("ACCOUNT", number)


def phone(number: str) -> Key:
    return _key("PHONE", number)


def message(message_id: str) -> Key:
    return _key("MESSAGE", message_id)


def dongle(carat_id: CaratId) -> Key:
    return _key("DONGLE", carat_id)


def order(number: OrderNumber) -> Key:
    return _key("ORDER", number)


def order_numbers(year: int) -> Key:
    return _key("NUMBERS", str(year))


def import_(import_id: ImportId) -> Key:
    return _key("IMPORT", import_id)


AUDIT = "AUDIT#"


def audit(carat_id: CaratId, at: datetime, cause: str) -> Key:
    return _within(dongle(carat_id), f"{AUDIT}{_written(at)}#{cause}")


def switch_audit(at: datetime, cause: str) -> Key:
    return _within(SERVICE, f"{AUDIT}{_written(at)}#{cause}")


def account_audit(number: AccountNumber, at: datetime, cause: str) -> Key:
    return _within(account(number), f"{AUDIT}{_written(at)}#{cause}")


def _within(owner: Key, sort_key: str) -> Key:
    return {"PK": owner["PK"], "SK": {"S": sort_key}}


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


# --- what belongs to an account

LOCK, API_KEY, CHECK, LICENCE_ROW, ORDER_ROW = "LOCK#", "KEY#", "CHECK#", "LICENCE#", "ORDER#"


def lock(number: AccountNumber, lock_id: str) -> Key:
    return _within(account(number), LOCK + lock_id)


def api_key(number: AccountNumber, digest: str) -> Key:
    return _within(account(number), API_KEY + digest)


def phone_check(number: AccountNumber, phone_: str) -> Key:
    return _within(account(number), CHECK + phone_)


def licence_row(number: AccountNumber, since: datetime, carat_id: CaratId) -> Key:
    return _within(account(number), f"{LICENCE_ROW}{_written(since)}#{carat_id}")


def order_row(number: AccountNumber, placed: datetime, order_number: OrderNumber) -> Key:
    return _within(account(number), f"{ORDER_ROW}{_written(placed)}#{order_number}")


VAT_RECORD = "VAT#"
VAT_DUE = "VAT_DUE"


def vat_due(number: AccountNumber) -> Key:
    return _within(account(number), VAT_DUE)


def vat_record(number: AccountNumber, check_id: str) -> Key:
    return _within(account(number), VAT_RECORD + check_id)


# --- plants and their terms

INVERTER, INVERTER_LIST = "INVERTER#", "LIST#"
PLANT, TERM_ORDER, INVOICE, REPAIR = "PLANT#", "TERM_ORDER#", "INVOICE#", "REPAIR#"
WITHDRAWAL = "WITHDRAWAL#"


def plant(id_: PlantId) -> Key:
    """Kept with its account, whose number is part of the id: one read finds both.

    >>> plant(PlantId("AB-10001-3"))
    {'PK': {'S': 'ACCOUNT#AB-10001'}, 'SK': {'S': 'PLANT#00003'}}
    """
    return _within(account(account_of(id_)), PLANT + _running(id_))


def inverters_of(id_: PlantId) -> str:
    """What the sort keys of all inverters of a plant begin with."""
    return f"{INVERTER}{_running(id_)}#"


def inverter(id_: PlantId, serial: InverterSerial) -> Key:
    return _within(account(account_of(id_)), inverters_of(id_) + serial)


def _running(id_: PlantId) -> str:
    return id_.rpartition("-")[2].zfill(5)


GUEST = "GUEST#"


def shared_plant(guest: AccountNumber, id_: PlantId) -> Key:
    """With the account that may see it, whose list it makes."""
    return _within(account(guest), GUEST + id_)


SERIAL = "SERIAL"


def used_activation(serial: InverterSerial) -> Key:
    return _key(SERIAL, serial)


def inverter_list(number: AccountNumber, list_id: str) -> Key:
    return _within(account(number), INVERTER_LIST + list_id)


PUBLIC = "PUBLIC"


def public_plant(country: str, postal_code: str, public_id: str) -> Key:
    return {"PK": {"S": PUBLIC}, "SK": {"S": f"{country}#{postal_code}#{public_id}"}}


def term_order(number: AccountNumber, order_number: OrderNumber) -> Key:
    return _within(account(number), TERM_ORDER + order_number)


def whose_order(order_number: OrderNumber) -> Key:
    return _within(order(order_number), "WHOSE")


def payment_page(number: AccountNumber, session_: str) -> Key:
    return _within(account(number), f"PAGE#{session_}")


def payment(id_: PaymentId) -> Key:
    return _key("PAYMENT", id_)


def invoice(number: AccountNumber, id_: InvoiceId) -> Key:
    return _within(account(number), INVOICE + id_)


def invoice_numbers(year: int) -> Key:
    return {"PK": {"S": f"INVOICES#{year}"}, "SK": {"S": "NUMBERS"}}


def repair_order(number: AccountNumber, id_: RepairOrderId) -> Key:
    return _within(account(number), REPAIR + id_)


def event(id_: str) -> Key:
    return _key("EVENT", id_)


def withdrawal(id_: str) -> Key:
    """With the account whose user declared it; else, whatever order it names, by itself."""
    number = declared_by(id_)
    return _within(account(number), WITHDRAWAL + id_) if number else _key("WITHDRAWAL", id_)


# --- accounts by name

NAME = "NAME#"


def folded(name: str) -> str:
    """How names are compared: without case, umlauts spelled out, spaces as one.

    >>> folded("Müller  GmbH")
    'mueller gmbh'
    """
    plain = name.casefold().translate({228: "ae", 246: "oe", 252: "ue"})
    return " ".join(plain.replace("#", " ").split())


def names(name: str) -> str:
    """The partition of all names that begin as this one does."""
    return f"NAMES#{folded(name)[:2]}"


def account_name(name: str, number: AccountNumber) -> Key:
    return {"PK": {"S": names(name)}, "SK": {"S": f"{NAME}{folded(name)}#{number}"}}


# --- users


def user(user_id: str) -> Key:
    return _key("USER", user_id)


SESSION = "SESSION#"


def session(user_id: str, digest: str) -> Key:
    return _within(user(user_id), SESSION + digest)


def sign_in(user_id: str) -> Key:
    return _key("SIGN_IN", user_id)


def request(request_id: str) -> Key:
    return _key("REQUEST", request_id)


def notice(notice_id: str) -> Key:
    return _key("NOTICE", notice_id)


def month(number: OrderNumber, placed: datetime) -> str:
    """`placed` is in the vendor's time zone: a month there is a month on the bill."""
    return month_shard(placed.year, placed.month, _shard(number))


def month_shard(year: int, month_: int, shard: int) -> str:
    return f"ORDERS#{year}-{month_:02d}#{shard}"


def term_month(number: OrderNumber, placed: datetime) -> str:
    """As `month`, of an order of terms."""
    return term_month_shard(placed.year, placed.month, _shard(number))


def term_month_shard(year: int, month_: int, shard: int) -> str:
    return f"TERMS#{year}-{month_:02d}#{shard}"


def outbox(number: OrderNumber) -> str:
    return outbox_shard(_shard(number))


def outbox_shard(shard: int) -> str:
    return f"OUTBOX#{shard}"


def lock_shard(shard: int) -> str:
    return f"LOCKS#{shard}"


def due_lock(lock_id: str) -> str:
    return lock_shard(_shard(lock_id))


def vat_shard(shard: int) -> str:
    return f"VAT#{shard}"


def due_vat(number: AccountNumber) -> str:
    return vat_shard(_shard(number))


def notice_shard(shard: int) -> str:
    return f"NOTICES#{shard}"


def due_notice(notice_id: str) -> str:
    return notice_shard(_shard(notice_id))


DUE_INVOICES = "INVOICES"
DUE_LISTS = "LISTS"
DUE_ERASURES = "ERASURES"


def term_shard(shard: int) -> str:
    return f"TERMS#{shard}"


def due_term(id_: PlantId) -> str:
    """By the account: whoever tells its users finds all of its plants together, and them once.

    >>> due_term(PlantId("10001-1")) == due_term(PlantId("10001-2"))
    True
    """
    return term_shard(_shard(account_of(id_)))


def unpaid_shard(shard: int) -> str:
    return f"UNPAID#{shard}"


def due_unpaid(number: OrderNumber) -> str:
    return unpaid_shard(_shard(number))


def page_shard(shard: int) -> str:
    return f"PAGES#{shard}"


def due_page(session_: str) -> str:
    return page_shard(_shard(session_))


def aside_shard(shard: int) -> str:
    return f"ASIDE#{shard}"


def due_aside(id_: PaymentId) -> str:
    return aside_shard(_shard(id_))


def repair_shard(state: str, shard: int) -> str:
    return f"REPAIRS#{state}#{shard}"


def due_repair(state: str, id_: RepairOrderId) -> str:
    return repair_shard(state, _shard(id_))


def withdrawal_shard(shard: int) -> str:
    return f"WITHDRAWALS#{shard}"


def due_withdrawal(id_: str) -> str:
    return withdrawal_shard(_shard(id_))


def event_shard(shard: int) -> str:
    return f"EVENTS#{shard}"


def due_event(id_: str) -> str:
    return event_shard(_shard(id_))


def invoice_month(id_: InvoiceId, issued: date) -> str:
    return invoice_month_shard(issued.year, issued.month, _shard(id_))


def invoice_month_shard(year: int, month_: int, shard: int) -> str:
    return f"INVOICES#{year}-{month_:02d}#{shard}"


def _shard(id_: str) -> int:
    return crc32(id_.encode()) % len(SHARDS)
