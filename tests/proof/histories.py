"""Random histories: whatever happens in whatever order, the desk ends as the model does.

Several phones write; the queue delivers at least once, in any order, to workers that go on one
call at a time, die, fail and lose replies; the vendor changes things meanwhile; time passes.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from freischalt.domain.locks import Lock
from freischalt.use_cases.desk import Ending
from tests.factories import STRANGER
from tests.proof.chance import Chance, may_happen
from tests.proof.judge import Judge, Letter
from tests.proof.office import SMS_TIMEOUT, How, Office, a_file
from tests.proof.stepping import Worker

CUSTOMER, COLLEAGUE = "+436601234567", "+436601234568"
NEIGHBOUR, CAREFUL = "+436771234567", "+436601234569"
ACCOUNTS = {"10001": (CUSTOMER, COLLEAGUE), "10002": (NEIGHBOUR,), "10003": (CAREFUL,)}
DONGLES = ("12345678", "9ABCDEF0", "00000001")
USERS = ("90ABCDEF", "DEADBEEF")
TYPES = ("1", "3", "5", "E")
FILES = {
    "points": a_file("10001", DONGLES[:2], 3, e=False),
    "points and E": a_file("10002", DONGLES[1:], 5, e=True),
}
MOST_WORKERS = 5

ALL_NUMBERS = tuple(dongle + user for dongle in DONGLES for user in USERS)
PHONES = (CUSTOMER, COLLEAGUE, NEIGHBOUR, CAREFUL, STRANGER)

WHICH = st.integers(0, 7)
LATE = st.sampled_from([timedelta(seconds=seconds) for seconds in (0, 0, 0, 1, 3)])
SPELLED = st.sampled_from(["as usual", "small", "wide"])


def spell(words: str, spelled: str) -> str:
    """In another way that means the same."""
    if spelled == "small":
        return words.lower()
    return f"  {words} " if spelled == "wide" else words


def pick[T](some: Sequence[T], which: int) -> T:
    return some[which % len(some)]


def a_worker_is_at_work(desk: Any) -> bool:
    return bool(desk.office.workers)


def a_worker_is_free(desk: Any) -> bool:
    return len(desk.office.workers) < MOST_WORKERS


def something_is_queued(desk: Any) -> bool:
    return a_worker_is_free(desk) and bool(desk.office.queue)


def something_is_in_hand(desk: Any) -> bool:
    return a_worker_is_free(desk) and bool(desk.office.in_hand)


def something_is_done(desk: Any) -> bool:
    return a_worker_is_free(desk) and bool(desk.office.done)


def something_was_written(desk: Any) -> bool:
    return bool(desk.office.written)


def something_is_dead(desk: Any) -> bool:
    return bool(desk.office.dead)


def a_worker_stands_before(*names: str) -> Callable[[Any], bool]:
    return lambda desk: bool(desk.standing_before(*names))


SDK_REPEATS = ("read", "dongle", "commit", "mark_answered", "claim", "mark_published")
CONFLICTS = ("commit", "commit_apology", "write", "register", "unregister", "stage")


class Cast(NamedTuple):
    """Who and what a history is about: the fewer, the more they get in each other's way."""

    phones: list[str]
    numbers: list[str]
    types: list[str]

    @property
    def accounts(self) -> list[str]:
        of_phones = [one for one, phones in ACCOUNTS.items() if {*phones} & {*self.phones}]
        return of_phones or list(ACCOUNTS)

    @property
    def dongles(self) -> list[str]:
        return [number[:8] for number in self.numbers]


CASTS = st.builds(
    Cast,
    phones=st.lists(st.sampled_from(PHONES), min_size=1, max_size=4, unique=True),
    numbers=st.lists(st.sampled_from(ALL_NUMBERS), min_size=1, max_size=4, unique=True),
    types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=4, unique=True),
)


def of_the_cast(part: str) -> Callable[[Any], Any]:
    return lambda desk: st.sampled_from(getattr(desk.cast, part))


PHONE, NUMBER, TYPE = of_the_cast("phones"), of_the_cast("numbers"), of_the_cast("types")
ACCOUNT, DONGLE = of_the_cast("accounts"), of_the_cast("dongles")


class Desk(Chance):
    """Thirty replies an hour; nobody but the careful one is asked to confirm an order."""

    themes = ("failures", "vendor", "locks", "orders", "days")
    replies_an_hour: ClassVar[int] = 30
    confirm_above: ClassVar[int | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.judge = Judge(
            replies_an_hour=self.replies_an_hour,
            confirm_above=self.confirm_above,
            in_hand_for=SMS_TIMEOUT,
        )
        self.office = Office(self.judge)
        for account, phones in ACCOUNTS.items():
            self.office.open_account(account, phones, asks=CAREFUL in phones)
        self.office.go_to_the_end(self.office.make_release("10001", DONGLES[0], 3, e=False))
        self.locks: dict[str, list[Lock]] = {account: [] for account in ACCOUNTS}

    @initialize(cast=CASTS)
    def this_is_about(self, cast: Cast) -> None:
        self.cast = cast

    # --- somebody writes

    def _goes(self, letter: Letter, *, how_far: str) -> bool:
        if how_far != "waits" and a_worker_is_free(self):
            worker = self.office.deliver(letter)
            if how_far == "is answered":
                self.office.go_to_the_end(worker)
        return True

    HOW_FAR = st.sampled_from(["waits", "is in hand", "is answered"])

    @may_happen("texts", 6, phone=PHONE, what=TYPE, number=NUMBER, spelled=SPELLED, how_far=HOW_FAR)
    def somebody_wants_a_code(
        self, phone: str, what: str, number: str, spelled: str, how_far: str
    ) -> bool:
        words = f"cl.{what}.{number}"
        return self._goes(self.office.write(phone, words, spell(words, spelled)), how_far=how_far)

    @may_happen("texts", 8, phone=PHONE, what=TYPE, number=NUMBER, spelled=SPELLED, how_far=HOW_FAR)
    def somebody_orders(
        self, phone: str, what: str, number: str, spelled: str, how_far: str
    ) -> bool:
        words = f"Ich bestelle verbindlich {what} {number}"
        return self._goes(self.office.write(phone, words, spell(words, spelled)), how_far=how_far)

    @property
    def asked(self) -> dict[str, int]:
        """The digits that each phone was last asked for, as far as it was told."""
        return {to: int(text[-4:]) for to, text, _ in self.judge.fake.sms.sent if " JA " in text}

    @may_happen(
        "texts",
        8,
        when=lambda desk: desk.asked,
        phone=lambda desk: st.sampled_from(sorted(desk.asked)),
        right=st.sampled_from([True, True, False]),
        how_far=HOW_FAR,
    )
    def somebody_confirms(self, phone: str, right: bool, how_far: str) -> bool:
        digits = self.asked[phone]
        words = f"JA {digits if right else (digits + 1) % 10_000:04d}"
        return self._goes(self.office.write(phone, words, words), how_far=how_far)

    @may_happen(
        "texts",
        2,
        phone=PHONE,
        words=st.sampled_from(["HILFE", "Hallo", "JA 0815"]),
        how_far=HOW_FAR,
    )
    def somebody_writes_something_else(self, phone: str, words: str, how_far: str) -> bool:
        return self._goes(self.office.write(phone, words, words), how_far=how_far)

    @may_happen(
        "days",
        1,
        phone=PHONE,
        how_far=HOW_FAR,
        when=lambda desk: not desk.judge.fake.sms.opted_out,
    )
    def somebody_opts_out(self, phone: str, how_far: str) -> bool:
        return self._goes(self.office.write(phone, "STOPP", "Stopp"), how_far=how_far)

    @may_happen("days", 2, when=lambda desk: desk.judge.fake.sms.opted_out)
    def the_vendor_clears_the_opt_out_list(self) -> bool:
        self.judge.fake.sms.opted_out.clear()
        return True

    @may_happen(
        "texts",
        3,
        when=something_was_written,
        which=WHICH,
        later=st.sampled_from([timedelta(minutes=minutes) for minutes in (0, 2, 10, 12)]),
        how_far=HOW_FAR,
    )
    def a_gateway_sends_it_twice(self, which: int, later: timedelta, how_far: str) -> bool:
        letter = pick(list(self.office.written.values())[::-1], which)
        return self._goes(self.office.write_again(letter, later), how_far=how_far)

    @may_happen("texts", 2, when=something_was_written, which=WHICH)
    def the_topic_brings_it_twice(self, which: int) -> bool:
        self.office.bring_twice(pick(list(self.office.written.values())[::-1], which))
        return True

    # --- the queue

    @may_happen("texts", 6, when=something_is_queued, which=WHICH, late=LATE)
    def a_text_is_delivered(self, which: int, late: timedelta) -> bool:
        self.office.deliver(pick(self.office.queue, which), late=late)
        return True

    @may_happen("texts", 3, when=something_is_in_hand, which=WHICH, late=LATE)
    def a_text_in_hand_is_delivered_again(self, which: int, late: timedelta) -> bool:
        self.office.deliver(pick(self.office.in_hand, which), late=late)
        return True

    @may_happen("texts", 2, when=something_is_done, which=WHICH, late=LATE)
    def a_text_is_delivered_though_it_is_done(self, which: int, late: timedelta) -> bool:
        letter = pick(self.office.done, which)
        self.office.bring_back(letter)
        self.office.deliver(letter, late=late)
        return True

    @may_happen("failures", 1, when=something_is_queued, which=WHICH)
    def a_worker_has_no_time_to_begin(self, which: int) -> bool:
        self.office.deliver(pick(self.office.queue, which), in_time=False)
        return True

    @may_happen("failures", 2, when=lambda desk: desk.office.queue, which=WHICH)
    def receives_are_counted_that_nobody_saw(self, which: int) -> bool:
        letter = pick(self.office.queue, which)
        letter.receives += 2
        return True

    @may_happen("texts", 4, when=something_is_dead, which=WHICH, crashes=st.booleans())
    def a_dead_letter_is_redriven(self, which: int, crashes: bool) -> bool:
        self.office.redrive(pick(self.office.dead, which), crashes=crashes)
        return True

    # --- workers

    def standing_before(self, *names: str) -> list[Worker]:
        return [one for one in self.office.workers if one.call and one.call.name in names]

    @may_happen("texts", 20, when=a_worker_is_at_work, which=WHICH)
    def a_worker_goes_on(self, which: int) -> bool:
        self.office.go_on(pick(self.office.workers, which))
        return True

    @may_happen("texts", 6, when=a_worker_is_at_work, which=WHICH)
    def a_worker_goes_on_to_its_end(self, which: int) -> bool:
        self.office.go_to_the_end(pick(self.office.workers, which))
        return True

    @may_happen("failures", 2, when=a_worker_is_at_work, which=WHICH)
    def a_worker_dies(self, which: int) -> bool:
        self.office.dies(pick(self.office.workers, which))
        return True

    @may_happen("failures", 2, when=a_worker_is_at_work, which=WHICH)
    def a_call_fails(self, which: int) -> bool:
        self.office.go_on(pick(self.office.workers, which), How.FAILS)
        return True

    @may_happen("failures", 3, when=a_worker_is_at_work, which=WHICH)
    def a_call_acts_and_its_reply_is_lost(self, which: int) -> bool:
        self.office.go_on(pick(self.office.workers, which), How.LOSES_ITS_REPLY)
        return True

    @may_happen("failures", 2, when=a_worker_stands_before(*SDK_REPEATS), which=WHICH)
    def a_reply_is_lost_and_the_sdk_calls_again(self, which: int) -> bool:
        self.office.go_on(pick(self.standing_before(*SDK_REPEATS), which), How.IS_MADE_AGAIN)
        return True

    @may_happen("failures", 4, when=a_worker_stands_before(*CONFLICTS), which=WHICH)
    def a_transaction_conflicts(self, which: int) -> bool:
        self.office.go_on(pick(self.standing_before(*CONFLICTS), which), How.CONFLICTS)
        return True

    @may_happen("failures", 4, when=a_worker_stands_before("send"), which=WHICH)
    def a_send_is_throttled(self, which: int) -> bool:
        self.office.go_on(pick(self.standing_before("send"), which), How.FAILS)
        return True

    @may_happen("texts", 3, when=lambda desk: desk.about_to_read_a_dongle, which=WHICH)
    def a_read_is_torn(self, which: int) -> bool:
        self.office.go_on(pick(self.about_to_read_a_dongle, which), How.IS_TORN)
        return True

    @property
    def about_to_read_a_dongle(self) -> list[Worker]:
        return [
            one
            for one in self.standing_before("read")
            if one.call and one.call.named["carat_id"] is not None
        ]

    # --- orders leave

    @may_happen(
        "orders", 3, when=lambda desk: a_worker_is_free(desk) and desk.office.can_stream, late=LATE
    )
    def the_stream_brings_orders(self, late: timedelta) -> bool:
        self.office.stream(late=late)
        return True

    @may_happen(
        "orders",
        3,
        when=lambda desk: a_worker_is_free(desk) and desk.judge.messages.orders,
        late=LATE,
    )
    def the_sweep_runs(self, late: timedelta) -> bool:
        self.office.sweep(late=late)
        return True

    @may_happen("orders", 3, when=lambda desk: desk.standing_before("pending", "claim", "publish"))
    def the_sweep_runs_at_once_with_another(self) -> bool:
        self.office.go_on(self.office.sweep())
        return True

    @may_happen("orders", 1, when=lambda desk: desk.judge.messages.orders)
    def the_index_is_late(self) -> bool:
        self.office.index_is_late()
        return True

    @may_happen("orders", 2, when=lambda desk: desk.judge.messages.orders, which=WHICH)
    def the_bus_refuses_an_order(self, which: int) -> bool:
        number = pick(list(self.judge.messages.orders), which)
        known = number in self.judge.bus.refuses
        self.judge.bus.refuses.add(number)
        return not known

    @may_happen("orders", 3, when=lambda desk: desk.judge.bus.refuses)
    def the_bus_takes_everything_again(self) -> bool:
        self.judge.bus.refuses.clear()
        return True

    # --- time

    @may_happen("texts", 3, seconds=st.sampled_from([1, 2]))
    def a_moment_passes(self, seconds: int) -> bool:
        self.office.time_passes(timedelta(seconds=seconds))
        return True

    @may_happen("texts", 2, seconds=st.sampled_from([5, 30]))
    def the_time_of_workers_is_up(self, seconds: int) -> bool:
        self.office.time_passes(timedelta(seconds=seconds))
        return True

    @may_happen("texts", 2, minutes=st.sampled_from([3, 10, 15, 57, 60]))
    def a_while_passes(self, minutes: int) -> bool:
        self.office.time_passes(timedelta(minutes=minutes))
        return True

    @may_happen("days", 1, hours=st.sampled_from([13, 24, 49]))
    def a_long_time_passes(self, hours: int) -> bool:
        self.office.time_passes(timedelta(hours=hours))
        return True

    # --- the vendor

    @may_happen(
        "locks",
        4,
        when=lambda desk: desk.accounts_in_hand,
        account=lambda desk: st.sampled_from(desk.accounts_in_hand),
    )
    def an_account_is_locked_meanwhile(self, account: str) -> bool:
        return self.an_account_is_locked(account, None)

    @property
    def accounts_in_hand(self) -> list[str]:
        """Those that somebody has read and not yet written."""
        phones = self.judge.model.phones
        readers = [letter.sms.sender for letter in self.office.in_hand]
        return sorted({phones[one].account or "" for one in readers if one in phones} - {""})

    @may_happen("locks", 2, account=ACCOUNT, days=st.sampled_from([None, 1, 3]))
    def an_account_is_locked(self, account: str, days: int | None) -> bool:
        today = self.office.now.date()
        lock = Lock(today + timedelta(days=days) if days else None)
        self.locks[account].append(lock)
        self.office.lock(account, self.locks[account])
        return True

    @may_happen("locks", 3, when=lambda desk: any(desk.locks.values()), which=WHICH)
    def a_lock_is_lifted(self, which: int) -> bool:
        account = pick([one for one, locks in self.locks.items() if locks], which)
        self.locks[account].pop()
        self.office.lock(account, self.locks[account])
        return True

    @may_happen("locks", 1, on=st.booleans())
    def maintenance_is_switched(self, on: bool) -> bool:
        return self.office.switch_maintenance(on=on)

    @may_happen(
        "vendor",
        1,
        when=a_worker_is_free,
        account=ACCOUNT,
        dongle=DONGLE,
        points=st.sampled_from([0, 2, 3, 5]),
        e=st.booleans(),
    )
    def the_vendor_makes_a_release(self, account: str, dongle: str, points: int, e: bool) -> bool:
        self.office.make_release(account, dongle, points, e=e)
        return True

    @may_happen(
        "vendor",
        1,
        when=a_worker_is_free,
        phone=st.sampled_from([STRANGER, COLLEAGUE]),
        account=ACCOUNT,
    )
    def a_phone_is_registered(self, phone: str, account: str) -> bool:
        self.office.register(phone, account)
        return True

    @may_happen(
        "vendor", 1, when=a_worker_is_free, phone=st.sampled_from([STRANGER, COLLEAGUE, CAREFUL])
    )
    def a_phone_is_released(self, phone: str) -> bool:
        self.office.release_phone(phone)
        return True

    @may_happen("vendor", 2, when=a_worker_is_free, file=st.sampled_from(sorted(FILES)))
    def the_vendor_imports_a_file(self, file: str) -> bool:
        self.office.import_releases(FILES[file])
        return True

    @may_happen(
        "vendor",
        2,
        when=a_worker_stands_before("read_the_rest", "dongle"),
        file=st.sampled_from(sorted(FILES)),
    )
    def the_vendor_imports_a_file_meanwhile(self, file: str) -> bool:
        self.office.go_to_the_end(self.office.import_releases(FILES[file]))
        return True

    @may_happen("vendor", 1, when=a_worker_is_free, file=st.sampled_from(sorted(FILES)))
    def the_vendor_discards_an_import(self, file: str) -> bool:
        self.office.discard_import(FILES[file])
        return True

    @may_happen("vendor", 1, when=lambda desk: not desk.office.key_is_rotated)
    def the_master_key_is_rotated(self) -> bool:
        self.office.rotate_key()
        return True

    # --- what always holds

    def what_always_holds(self) -> None:
        """Asked after every step; not as invariants, which would fill what a failure prints."""
        judge, orders = self.judge, self.judge.messages.orders
        assert judge.orders_are_the_models(), "other orders than the model's"
        assert len({order.outbox_id for order in orders.values()}) == len(orders)
        assert judge.owned() == judge.model.owned, "somebody has something else than the model says"
        assert judge.outbox.published <= orders.keys()
        for outbox_id, texts in judge.texts_by_outbox_id():
            assert len(texts) == 1, f"{outbox_id} has two texts"

    # --- the end

    def comes_to_rest(self) -> None:
        self.office.come_to_rest()
        self.what_always_holds()
        self.everything_has_come_to_its_end()
        self.tally.met.update(self.judge.met)

    def everything_has_come_to_its_end(self) -> None:
        judge, model = self.judge, self.judge.model
        for id_ in self.office.written:
            assert judge.endings[id_], f"{id_} has not come to its end"
            if id_ in model.said:
                assert judge.was_told(id_), f"{id_} was not answered"
            else:
                assert judge.endings[id_] <= SILENT
        assert {order.number for order in judge.bus.taken} == judge.messages.orders.keys()


SILENT = {Ending.OPTED_OUT, Ending.OVER_THE_LIMIT, Ending.TURNED_AWAY_BEFORE}


class ThirtyReplies(Desk):
    """As the product comes."""


class FewReplies(Desk):
    """So few that the limit is met; and large orders are to be confirmed by everybody."""

    replies_an_hour = 5
    confirm_above = 20_000
