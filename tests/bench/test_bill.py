from collections import Counter
from datetime import date
from typing import Any, NamedTuple

import pytest

from tests.bench.bill import Bill, bill, bills, read_usage
from tests.bench.declared import Stack, all_metrics_of, metrics_in
from tests.bench.prices import Price, PriceList
from tests.conftest import ROOT
from tests.proof.costs import cost_of, metering
from tests.proof.use_cases import USE_CASES
from trim_dependencies import OPERATIONS


class Run(NamedTuple):
    """Fits `Counted`."""

    use_case: str
    function: str
    calls: Counter[str]
    read_units: float
    write_units: float


DAY = date(2026, 11, 22)
STORED = {
    "customer": 100,
    "message": 10,
    "audit_line": 20,
    "order": 40,
    "message_months": 0.5,
    "other_months": 2,
    "log_months": 1,
}
USAGE: dict[str, Any] = {
    "texts_a_customer": 2,
    "scheduled": ["sweep"],
    "mix": {
        "fetch": {"share": 0.75, "then": ["audit"]},
        "order": {"share": 0.25, "then": ["audit", "publish"]},
    },
    "a_text": {"sms_in": 1},
    "each_month": {"sqs_request": 1_000},
    "data_keys": {"windows": 5, "requests_a_busy_window": 2, "requests_each_window": 1},
    "run": {
        "memory_gb": 0.5,
        "cold_starts": 0.5,
        "cold_start_seconds": 1,
        "seconds": {"receive_sms": 0.5, "write_audit": 0.5, "deliver_outbox": 0.5, "sweep": 0.5},
        "log_bytes": {"receive_sms": 9, "write_audit": 3, "deliver_outbox": 4, "sweep": 1},
    },
    "stored": STORED,
}
PRICES = PriceList(
    region="nowhere-1",
    prices={
        "dynamodb_read_unit": Price("dynamodb_read_unit", 1, "example", DAY),
        "dynamodb_write_unit": Price("dynamodb_write_unit", 10, "example", DAY, per=100),
        "lambda_request": Price("lambda_request", 2, "example", DAY, free=22),
        "lambda_gb_second": Price("lambda_gb_second", 0, "example", DAY),
        "log_gb": Price("log_gb", 0, "example", DAY),
        "log_gb_month": Price("log_gb_month", 0, "example", DAY),
        "dynamodb_gb_month": Price("dynamodb_gb_month", 1_000_000, "example", DAY),
        "dynamodb_recovery_gb_month": Price("dynamodb_recovery_gb_month", 0, "example", DAY),
        "sqs_request": Price("sqs_request", 0.5, "example", DAY, per=1_000),
        "kms_request": Price("kms_request", 0, "example", DAY),
        "event": Price("event", 3, "example", DAY),
        "alarm_month": Price("alarm_month", 7, "example", DAY),
        "api_request": Price("api_request", 0, "example", DAY),
        "sms_in": Price("sms_in", 1, "example", DAY),
        "sms_part": Price("sms_part", 5, "example", DAY, sure=False),
    },
    calls={
        "Get": "units",
        "Put": "units",
        "PutItem": "units",
        "PutEvents": "event",
        "Send": "sms_part",
    },
)
FETCH = Run("fetch", "receive_sms", Counter(Get=1, Send=1), 4, 5)
ORDER = Run("order", "receive_sms", Counter(Get=1, Put=1, Send=1), 4, 9)
MIX = read_usage()["mix"]
A_MONTH = {*MIX, *(name for kind in MIX.values() for name in kind["then"])}
A_MONTH |= set(read_usage()["scheduled"])
CALLS = read_usage()["calls"]
A_MONTH |= {*CALLS, *(name for call in CALLS.values() for name in call["then"])}
BEHIND = [
    Run("audit", "write_audit", Counter(PutItem=1), 0, 1),
    Run("publish", "deliver_outbox", Counter(PutEvents=1), 0, 6),
    Run("sweep", "sweep", Counter(Get=1), 8, 0),
]
STACK = Stack({"alarm_month": 2}, {"sweep": 3})


@pytest.fixture
def eight_texts() -> Bill:
    """Four customers: six fetches, two orders."""
    named = {run.use_case: run for run in (FETCH, ORDER, *BEHIND)}
    return bill(4, USAGE, PRICES, named=named, stack=STACK)


@pytest.mark.parametrize(
    ("what", "quantity"),
    [
        pytest.param("dynamodb_read_unit", 6 * 4 + 2 * 4 + 3 * 8, id="texts and sweeps"),
        pytest.param("dynamodb_write_unit", 6 * (5 + 1) + 2 * (9 + 1 + 6), id="and what follows"),
        pytest.param("lambda_request", 8 + 8 + 2 + 3, id="receive, audit, publish, sweep"),
        pytest.param("lambda_gb_second", 21 * 0.5 * (0.5 + 0.5), id="each with half a start"),
        pytest.param("log_gb", (8 * 9 + 8 * 3 + 2 * 4 + 3 * 1) / 1e9, id="bytes"),
        pytest.param("event", 2, id="orders"),
        pytest.param("sms_part", 8, id="replies"),
        pytest.param("sms_in", 8, id="texts"),
        pytest.param("kms_request", 5 * 2 + 5 * 1, id="never more windows than there are"),
        pytest.param("sqs_request", 1_000, id="the polls"),
        pytest.param("alarm_month", 2, id="the template's"),
        pytest.param(
            "dynamodb_gb_month", (4 * 100 + 8 * 10 * 0.5 + (8 * 20 + 2 * 40) * 2) / 1e9, id="kept"
        ),
    ],
)
def test_eight_texts_worked_out_by_hand(what: str, quantity: float, eight_texts: Bill) -> None:
    assert eight_texts.quantities[what] == pytest.approx(quantity)


def test_calls_over_http_are_on_the_bill() -> None:
    """Four customers, three calls each, each with two runs behind it."""
    call = Run("call", "api", Counter(Get=1, Put=1), 2, 3)
    calls = {"call": {"a_customer": 3, "then": ["audit", "publish"]}}
    run = USAGE["run"] | {"memory_gb_of": {"api": 2.0}}
    run |= {name: run[name] | {"api": 1} for name in ("seconds", "log_bytes")}
    named = {one.use_case: one for one in (FETCH, ORDER, call, *BEHIND)}
    without = bill(4, USAGE, PRICES, named=named, stack=STACK).quantities

    made = bill(4, USAGE | {"calls": calls, "run": run}, PRICES, named=named, stack=STACK)

    more = {name: made.quantities[name] - without.get(name, 0) for name in made.quantities}
    assert more["api_request"] == 12
    assert more["lambda_request"] == 36
    assert more["dynamodb_read_unit"] == 12 * 2
    assert more["dynamodb_write_unit"] == 12 * (3 + 1 + 6)
    assert more["lambda_gb_second"] == pytest.approx(12 * (2.0 * 1.5 + 2 * 0.5 * (0.5 + 0.5)))


def test_texts_have_a_sum_of_their_own(eight_texts: Bill) -> None:
    reads, writes, lambdas = 56 * 1, 68 * 0.10, 21 * 2
    table, polls, events, alarms = 0.92, 0.50, 2 * 3, 2 * 7

    assert eight_texts.sms == pytest.approx(8 * 5 + 8 * 1)
    assert eight_texts.without_sms == pytest.approx(
        reads + writes + lambdas + table + polls + events + alarms
    )
    assert eight_texts.without_sms - eight_texts.less_free == pytest.approx(lambdas)


def test_every_call_that_a_function_can_make_has_a_price() -> None:
    prices = PriceList.read()
    calls = {call for operations in OPERATIONS.values() for call in operations}

    assert calls == prices.calls.keys()
    assert set(prices.calls.values()) - {"units", "nothing"} <= prices.prices.keys()


def test_a_call_without_a_price_is_an_error() -> None:
    new = Run("new", "receive_sms", Counter(Publish=1, Get=1), 1, 0)

    with pytest.raises(LookupError, match=r"^Publish: no price"):
        PRICES.billed(new)


def test_the_bill_of_today_has_a_price_for_everything(template: dict[str, Any]) -> None:
    with metering() as meter:
        counted = [cost_of(use_case, meter) for use_case in USE_CASES if use_case.name in A_MONTH]

    made = bills(counted, template)

    assert {each.customers for each in made} == {1_000, 100_000}
    for each in made:
        assert each.quantities.keys() == PriceList.read().prices.keys()


def test_a_month_is_made_of_registered_use_cases() -> None:
    shares = [kind["share"] for kind in read_usage()["mix"].values()]

    assert sum(shares) == pytest.approx(1)
    assert {use_case.name for use_case in USE_CASES} >= A_MONTH


def test_every_schedule_is_on_the_bill(template: dict[str, Any]) -> None:
    function_of = {use_case.name: use_case.function for use_case in USE_CASES}
    scheduled = {function_of[name] for name in read_usage()["scheduled"]}

    assert scheduled == Stack.of(template).schedules.keys()


def test_the_stack_is_counted(template: dict[str, Any]) -> None:
    stack = Stack.of(template)

    assert stack.each_month["dashboard_month"] == 1
    assert stack.each_month["kms_key_month"] == 3
    assert stack.schedules == {
        "sweep_outbox": 8_640,
        "end_locks": 2_880,
        "lapse_orders": 720,
        "finish_erasures": 720,
        "tell_terms": 2_880,
        "schedule_vat": 43_200,
        "import_inverters": 720,
        "watch_payments": 720,
        "write_invoices": 43_200,
        "export_orders": 1,
    }
    assert metrics_in(ROOT / "functions" / "sweep_outbox" / "app.py") == 4
    assert all_metrics_of(ROOT / "functions" / "operator_api" / "app.py") == 4
    assert metrics_in(ROOT / "functions" / "export_orders" / "app.py") == 0
    assert metrics_in(ROOT / "functions" / "check_vat" / "app.py") == 2 * 4 + 2 + 4
