"""An account whose erasure somebody has left half done."""

from dataclasses import dataclass, replace
from datetime import timedelta

from freischalt.account_ports import Put, Ref
from freischalt.clock import utc_now
from freischalt.domain.account import Account
from freischalt.domain.ids import plant_id
from freischalt.domain.plant import Plant
from tests.privilege.desk import Desk
from tests.privilege.people import new_person
from tests.term_factories import a_plant

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HalfErased:
    account: Ref[Account]
    plant: Ref[Plant]

    def is_finished(self, desk: Desk) -> bool:
        seen = desk.records.read(self.account, self.plant)
        account = seen[self.account]
        assert account
        return account.erasing_since is None and seen[self.plant] is None


def a_half_erased_account(desk: Desk) -> HalfErased:
    """It was decided, and then whoever had begun it was gone: there is a plant, and a user."""
    number = new_person(desk).account
    half = HalfErased(Ref(Account, (number,)), Ref(Plant, (plant_id(number, 1),)))
    account = desk.records.read(half.account)[half.account]
    assert account
    erased = replace(account, erased=True, erasing_since=utc_now() - AN_HOUR)
    desk.records.write(Put(erased), Put(a_plant(id=plant_id(number, 1), version=0)))
    return half
