"""What use cases are made of: what comes in, from whom, and what is so beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import yaml

from tests.conftest import ROOT
from tests.proof.accounts import Firm, Key, Person, Sitting
from tests.proof.model import Model, Owned, Phone
from tests.proof.vat import MUSTER, Company, Standing, Waiting

CUSTOMER, CAREFUL = "+436601234567", "+436601234569"
NEIGHBOUR, STRANGER = "+436771234567", "+436991234567"
FAR_AWAY = "+15551234567"  # of a country that is not served
ACCOUNT, OTHER_ACCOUNT = "10001", "10002"

# --- what comes in


class Said(NamedTuple):
    """Words from a phone; {right} and {wrong} stand for digits that it was asked for, or not."""

    words: str
    phone: str = CUSTOMER


@dataclass(frozen=True)
class Text:
    """A text to the service, by way of the queue."""

    said: Said
    function: str = "receive_sms"


@dataclass(frozen=True)
class Changes:
    """All that the texts before have changed in the table, by way of its stream."""

    function: str


@dataclass(frozen=True)
class Schedule:
    """The clock, some time after the texts before; {now} in the event is the vendor's time."""

    function: str
    later: timedelta
    event: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Call:
    """A request over HTTP, which the client repeats with the same key until it is answered.

    `does` is method and path, or TOKEN: then API Gateway asks whose token it is. Words in {braces}
    are what was mailed, texted or shown: `{validation}`, `{reset}`, `{digits}`, `{lock}`, `{key}`.
    `read` is the version that is to be changed. The answer `stays` the same without a key, too.
    """

    function: str
    does: str
    body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    who: str = "nobody"
    account: str = ""
    key: str = "once"
    read: str = ""
    stays: bool = False


@dataclass(frozen=True)
class Question:
    """A message that an account's VAT ID is to be asked about, from its service's queue."""

    account: str
    function: str = "check_vat"


@dataclass(frozen=True)
class Paid:
    """Stripe tells that the page of an order was paid, until it hears that we know."""

    cents: int
    order: str = "{order}"
    function: str = "stripe_webhook"


@dataclass(frozen=True)
class Refunded:
    """Stripe tells how much of the first payment was given back, until it hears that we know."""

    cents: int
    function: str = "stripe_webhook"


@dataclass(frozen=True)
class Disputed:
    """Stripe tells that the bank of whoever has paid wants all of it back, until it hears us."""

    function: str = "stripe_webhook"


type Money = Paid | Refunded | Disputed
"""What Stripe tells."""


@dataclass(frozen=True)
class PaidUnheard:
    """The page that was opened is paid, and Stripe's word of it is lost."""


@dataclass(frozen=True)
class Portion:
    """A message that plants of this account, among others, are to be told of."""

    account: str
    function: str = "tell_terms"


@dataclass(frozen=True)
class Upload:
    """A message that a customer has uploaded the file of this list of inverters."""

    list: str
    function: str = "import_inverters"


@dataclass(frozen=True)
class Ran:
    """A function that a schedule has started before, and what the model makes of that."""

    function: str
    then: Callable[[Model, datetime], None]


type Trigger = Text | Changes | Schedule | Call | Question | Money | Portion | Upload
type Before = Said | Call | Question | Money | PaidUnheard | Ran


class Costs(NamedTuple):
    """What one delivery costs, exactly: calls of DynamoDB, other calls, write and read units."""

    calls: int
    others: int
    writes: float
    reads: float


# --- a use case


@dataclass(frozen=True)
class UseCase:
    """`then` says what the model makes of what comes by the stream or by a schedule.

    `given` is what is so beforehand that no text or call has brought about.

    `replies_before` are those that the customer's phone has had in the last minutes. The text
    arrived `arrived_before` it entered the queue: it was redriven. An operation that is
    `out_of_order` fails at the text's last delivery, until it is redriven. Faults are left out
    where they would meet the same calls as in another use case (`with_faults`).
    """

    name: str
    trigger: Trigger
    costs: Costs
    before: tuple[Before, ...] = ()
    given: Callable[[Model, datetime], None] = lambda _model, _now: None
    maintenance: bool = False
    locked_until: date | None = None
    replies_before: int = 0
    arrived_before: timedelta = timedelta()
    out_of_order: str = ""
    delivered_before: bool = False
    with_faults: bool = True
    then: Callable[[Model, datetime], None] = lambda _model, _now: None

    @property
    def function(self) -> str:
        return self.trigger.function


# --- who they are

ANNA, TILL, OLGA = "user:anna.huber", "key:till", "operator:olga.ordner"
ANNAS, OTHERS = "anna@kunde.example", "bert@anderer.example"
PASSWORD, CHOSEN = "geheim-123-Anna", "neues-4711-Wort"
SECOND_PHONE = CAREFUL
OF_THE_ACCOUNT = f"POST /operator/accounts/{ACCOUNT}"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def an_office(model: Model, _now: datetime) -> None:
    """The customer's account with its user and two phones; she is signed in, as is its machine."""
    accounts = model.accounts
    accounts.people["anna.huber"] = Person(ANNAS, ACCOUNT, PASSWORD)
    accounts.firms[ACCOUNT] = Firm("Huber GmbH", ["anna.huber"], [CUSTOMER, SECOND_PHONE])
    accounts.sittings.append(Sitting("anna.huber"))
    accounts.keys.append(Key(ACCOUNT, "till"))


def a_call(name: str, call: Call, costs: Costs, **more: Any) -> UseCase:
    return UseCase(name, call, costs, **{"given": an_office, **more})


def of_anna(does: str, function: str = "customer_api", key: str = "once", **body: Any) -> Call:
    return Call(function, does, body, ANNA, ACCOUNT, key)


def of_olga(does: str, **body: Any) -> Call:
    return Call("operator_api", does, body, OLGA)


def also(change: Callable[[Model, datetime], object]) -> Callable[[Model, datetime], None]:
    """The office, and what else is so."""

    def given(model: Model, now: datetime) -> None:
        an_office(model, now)
        change(model, now)

    return given


def a_company(
    company: Company = MUSTER,
    *,
    decided: timedelta | None = None,
    waits: timedelta | None = None,
    tries: int = 0,
    told: bool = False,
    handed_out: bool = False,
) -> Callable[[Model, datetime], None]:
    """The customer's; found valid or beginning to wait so long ago. Its next try is due now."""

    def change(model: Model, now: datetime) -> None:
        standing = Standing()
        if decided is not None:
            standing = Standing("valid", now - decided, "evatr-0000")
        if waits is not None:
            began, code = now - waits, "evatr-1002" if tries else None
            standing.waiting = Waiting(began, began if not tries else now, tries, code, told)
        firm = model.accounts.firms[ACCOUNT]
        firm.company, firm.entered, firm.vat = company.name, company, standing
        if handed_out:
            model.accounts.handed_out.add(ACCOUNT)

    return also(change)


@cache
def prices() -> dict[str, int]:
    """Net cents by what is sold, as the vendor wrote them down."""
    catalogue = (ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8")
    products = yaml.safe_load(catalogue)["products"]
    points = {str(points): cents for points, cents in products["points"]["prices"].items()}
    return points | {"E": products["e_protocol"]["price"]}


def a_model(use_case: UseCase, now: datetime) -> Model:
    """The desk as it is before anything comes in."""
    lately = [now - timedelta(minutes=10)] * use_case.replies_before
    model = Model(
        prices=prices(),
        maintenance=use_case.maintenance,
        phones={
            CUSTOMER: Phone(ACCOUNT, replies=lately),
            CAREFUL: Phone(ACCOUNT, asks=True),
            NEIGHBOUR: Phone(OTHER_ACCOUNT),
        },
        locks={ACCOUNT: [use_case.locked_until]} if use_case.locked_until else {},
        owned={
            (ACCOUNT, "12345678"): Owned(31, e=True),
            (ACCOUNT, "11112222"): Owned(7, e=True, user="DEADBEEF"),
            (OTHER_ACCOUNT, "33334444"): Owned(9),
        },
    )
    use_case.given(model, now)
    return model
