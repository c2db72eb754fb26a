"""Erasures that were cut off are found and finished: in memory, and by DynamoDB's index."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from freischalt.account_ports import Change, Put, Records, Ref
from freischalt.adapters.dynamodb_erasures import DynamoDbErasures
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, PlantId
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.public_plant import PublicPlant, public_plant
from freischalt.domain.repair_order import RepairOrder
from freischalt.domain.sign_in import ApiKey
from freischalt.domain.user import User
from freischalt.erasure_ports import UnfinishedErasures
from freischalt.use_cases.erasing import erase
from freischalt.use_cases.finish_erasures import finish_erasures
from freischalt.use_cases.office import Office
from tests.account_factories import (
    ANNA,
    COMPANY,
    HOUR,
    MINUTE,
    a_request,
    a_user,
    an_account,
    an_api_key,
)
from tests.account_fakes import VIENNA, FakeErasures, FakeRecords, an_office
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.term_factories import PLANT, SERIAL, a_plant, a_repair_order, an_inverter, details

PUBLIC = a_plant(details=details(is_public=True), public_version=1)
ROW: Any = public_plant(PUBLIC)
OTHERS = [
    an_account(number=OTHER_ACCOUNT, registrant=COMPANY),
    a_plant(id=PlantId(f"{OTHER_ACCOUNT}-1")),
]
WRITES = 6  # the decision, its key, its plant, the inverter, the repair, its user
SOON = NOON + 3 * MINUTE


@dataclass
class Dying:
    """Records of a worker that is killed at one of its writes: before it acts, or after that."""

    records: Records
    writes: int
    acts: bool

    def read(self, *refs: Any) -> Any:
        return self.records.read(*refs)

    def page(self, kind: Any, account: AccountNumber, **more: Any) -> Any:
        return self.records.page(kind, account, **more)

    def inverters(self, plant: PlantId, **more: Any) -> Any:
        return self.records.inverters(plant, **more)

    def write(self, *changes: Change) -> None:
        self.writes -= 1
        if self.writes >= 0 or (self.writes == -1 and self.acts):
            self.records.write(*changes)
        if self.writes < 0:
            raise KeyboardInterrupt


@pytest.fixture(params=["fake", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Records:
    records: Records = FakeRecords()
    if request.param == "dynamodb":
        records = DynamoDbRecords(request.getfixturevalue("dynamodb"), TABLE, VIENNA)
    things: list[Any] = [an_account(users=(ANNA,), registrant=COMPANY), a_user()]
    things += [an_api_key("d" * 64), PUBLIC, ROW, an_inverter(), a_repair_order(), *OTHERS]
    records.write(*(Put(replace(thing, version=0)) for thing in things))
    return records


@pytest.fixture
def unfinished(records: Records, request: pytest.FixtureRequest) -> UnfinishedErasures:
    if isinstance(records, FakeRecords):
        return FakeErasures(records)
    return DynamoDbErasures(request.getfixturevalue("dynamodb"), TABLE)


def office(records: Records) -> Office:
    return replace(an_office().office, records=records)


def is_left(records: Records) -> set[type]:
    refs: tuple[Ref[Any], ...] = (
        Ref(User, (ANNA,)),
        Ref(ApiKey, (ACCOUNT, "d" * 64)),
        Ref(Plant, (PLANT,)),
        Ref(PublicPlant, ROW.id),
        Ref(Inverter, (PLANT, SERIAL)),
        Ref(RepairOrder, (ACCOUNT, a_repair_order().id)),
    )
    seen = records.read(*refs)
    return {ref.kind for ref in refs if seen[ref]}


def account_in(records: Records) -> Account:
    ref = Ref(Account, (ACCOUNT,))
    account = records.read(ref)[ref]
    assert account
    return account


def begin(records: Records, *, writes: int, acts: bool) -> None:
    dying = office(Dying(records, writes, acts))
    with pytest.raises(KeyboardInterrupt):
        erase(ACCOUNT, dying, a_request("erase", actor="user:x"))


@pytest.mark.parametrize("acts", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("writes", range(1, WRITES))
def test_an_erasure_that_was_cut_off_anywhere_goes_on_by_itself(
    writes: int, acts: bool, records: Records, unfinished: UnfinishedErasures
) -> None:
    begin(records, writes=writes, acts=acts)
    is_done = acts and writes == WRITES - 1

    early = finish_erasures(unfinished, office(records), now=NOON + MINUTE)
    done = finish_erasures(unfinished, office(records), now=SOON)
    again = finish_erasures(unfinished, office(records), now=SOON + HOUR)

    assert (early, done, again) == ([], [] if is_done else [ACCOUNT], [])
    assert is_left(records) == set()
    account = account_in(records)
    assert (account.erased, account.erasing_since, account.users) == (True, None, ())


@pytest.mark.parametrize("writes", range(WRITES - 1))
def test_a_run_that_is_killed_itself_leaves_the_rest_for_the_next(
    writes: int, records: Records, unfinished: UnfinishedErasures
) -> None:
    begin(records, writes=0, acts=True)

    with pytest.raises(KeyboardInterrupt):
        finish_erasures(unfinished, office(Dying(records, writes, acts=False)), now=SOON)

    assert is_left(records)
    assert finish_erasures(unfinished, office(records), now=SOON + HOUR) == [ACCOUNT]
    assert is_left(records) == set()


def test_what_was_not_decided_is_not_begun(
    records: Records, unfinished: UnfinishedErasures
) -> None:
    begin(records, writes=0, acts=False)

    assert finish_erasures(unfinished, office(records), now=SOON) == []
    assert is_left(records) == {User, ApiKey, Plant, PublicPlant, Inverter, RepairOrder}


def test_one_that_cannot_be_finished_holds_up_no_other_and_stays_due(
    records: Records, unfinished: UnfinishedErasures
) -> None:
    begin(records, writes=0, acts=True)
    other = replace(an_account(number=OTHER_ACCOUNT, version=1), erased=True, erasing_since=NOON)
    records.write(Put(other))
    told: list[tuple[AccountNumber, str]] = []

    class Broken(Dying):
        def page(self, kind: Any, account: AccountNumber, **more: Any) -> Any:
            if account == ACCOUNT:
                raise ConnectionError
            return super().page(kind, account, **more)

    done = finish_erasures(
        unfinished,
        office(Broken(records, writes=99, acts=True)),
        now=SOON,
        failed=lambda number, error: told.append((number, type(error).__name__)),
    )

    assert (done, told) == ([OTHER_ACCOUNT], [(ACCOUNT, "ConnectionError")])
    assert finish_erasures(unfinished, office(records), now=SOON + HOUR) == [ACCOUNT]
