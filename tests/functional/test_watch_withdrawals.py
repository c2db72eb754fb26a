"""The vendor is told of withdrawals that nobody has settled: each once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.account_ports import Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_withdrawals import DynamoDbWithdrawals
from freischalt.domain.notice import NoticeKind
from freischalt.domain.term_order import Withdrawal, WithdrawalOutcome
from freischalt.term_ports import OpenWithdrawals
from freischalt.use_cases.deciding_withdrawals import settle_withdrawal
from freischalt.use_cases.watch_withdrawals import tell_of_withdrawals
from tests.account_factories import DAY, EMAIL, a_request
from tests.account_fakes import VIENNA, an_office
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON
from tests.payment_fakes import FakeWithdrawals
from tests.term_factories import ORDER

ID = f"{ACCOUNT}-1795341600000-9f2c"
KEPT = Withdrawal(
    id=ID,
    order=ORDER,
    name="Anna Huber",
    email=EMAIL,
    at=NOON,
    outcome=WithdrawalOutcome.WITHDRAWN,
    account=ACCOUNT,
    refund_cents=4_760,
    version=1,
)
LATE = NOON + 4 * DAY  # of a Sunday: Monday, Tuesday, Wednesday


@pytest.mark.parametrize(("later", "is_told"), [(3 * DAY, False), (4 * DAY, True)])
def test_three_working_days(later: timedelta, *, is_told: bool) -> None:
    fake = an_office(KEPT)

    found = tell_of_withdrawals(FakeWithdrawals(fake.records), fake.office, now=NOON + later)

    assert (found.waiting, found.told) == (([ID], [ID]) if is_told else ([], []))


def test_the_mail_says_what_is_owed_and_names_nobody() -> None:
    fake = an_office(KEPT)

    tell_of_withdrawals(FakeWithdrawals(fake.records), fake.office, now=LATE)

    (mail,) = fake.told(NoticeKind.WITHDRAWAL_WAITS)
    assert mail.to == "rechnung@example.com"
    assert mail.details["refund_cents"] == "4760"
    assert (mail.details["since"], mail.details["until"]) == ("2026-11-22", "2026-12-06")
    assert not {"Anna Huber", EMAIL} & set(mail.details.values())


def test_one_that_cannot_be_told_holds_up_no_other() -> None:
    fake = an_office(KEPT)
    gone = Withdrawal(id="w1", order=ORDER, name="Max", email=EMAIL, at=NOON)

    class AsTheIndexHasIt:
        """It is a moment behind the table."""

        def unsettled(self, *, now: object) -> list[Withdrawal]:
            return [gone, KEPT]

    waiting: OpenWithdrawals = AsTheIndexHasIt()
    assert tell_of_withdrawals(waiting, fake.office, now=LATE).told == [ID]


@pytest.mark.parametrize("in_memory", [True, False], ids=["fake", "dynamodb"])
def test_each_is_told_once_and_waits_until_it_is_settled(dynamodb: Any, *, in_memory: bool) -> None:
    fake = an_office()
    records = fake.records if in_memory else DynamoDbRecords(dynamodb, TABLE, VIENNA)
    office = replace(fake.office, records=records)
    waiting: OpenWithdrawals = FakeWithdrawals(fake.records)
    if not in_memory:
        waiting = DynamoDbWithdrawals(dynamodb, TABLE)
    records.write(Put(replace(KEPT, version=0)))

    runs = [tell_of_withdrawals(waiting, office, now=LATE) for _ in range(3)]
    settle_withdrawal(ID, "erstattet", office, a_request("s", at=LATE))

    assert [(run.waiting, run.told) for run in runs] == [([ID], [ID]), ([ID], []), ([ID], [])]
    assert tell_of_withdrawals(waiting, office, now=LATE).waiting == []
