"""What holds for every plant, whatever happens to it: days, money and states."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from freischalt.domain.growth import growth
from freischalt.domain.ids import OrderNumber, PlantId
from freischalt.domain.locks import Lock
from freischalt.domain.plant import (
    Plant,
    Power,
    new_term_counts_from,
    ordered,
    released,
    with_power,
    without_terms_of,
)
from freischalt.domain.quote import quote
from freischalt.domain.term import (
    Rights,
    Term,
    TermState,
    is_renewable,
    may_use,
    next_change,
    state,
    trial_end,
)
from freischalt.domain.term_order import Consent, TermOrder, activated, starts_not_before, terms_of
from tests.term_factories import (
    CONSUMER,
    GERMAN_VAT,
    TERMS,
    a_plant,
    a_quote,
    a_term,
    a_term_order,
)

NO_HOLIDAYS: frozenset[date] = frozenset()

BEGUN = date(2026, 11, 22)
ONE_DAY = timedelta(days=1)
YEARS = 4 * 365


@dataclass
class History:
    """One plant, and its orders; every rule about a step is checked at the step.

    `open` waits for its money, `paid` are those that have it and were not withdrawn.
    """

    plant: Plant
    today: date = BEGUN
    orders: int = 0
    open: TermOrder | None = None
    paid: dict[OrderNumber, TermOrder] = field(default_factory=dict)
    extended: set[OrderNumber] = field(default_factory=set)

    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    def grow(self, watts: int) -> None:
        before, more = self.plant, Power(inverters=1, watts=watts)
        self.plant = with_power(before, more, self.today)
        warned = growth(before, more, vat=GERMAN_VAT, today=self.today, catalogue=TERMS)
        value = self.plant.credit_cents - before.credit_cents
        ended = [term for term in self.plant.terms if term not in before.terms]
        assert value == sum(term.value_left(self.today) for term in ended)
        assert all(term.ended == self.today and term.power_w < self.plant.power_w for term in ended)
        kills_order = self.plant.has_outgrown_order and not before.has_outgrown_order
        assert (warned is not None) is bool(ended or kills_order)
        assert warned is None or warned.end == self.plant.rights().end(self.today)

    def shrink(self) -> None:
        if self.plant.inverters > 1:
            fewer = Power(inverters=1, watts=self.plant.power_w // 2)
            self.plant = with_power(self.plant, -fewer, self.today)

    def order(self, days: int, *, at_once: bool) -> None:
        """Quote and order today; what credit it uses is nobody else's from now on."""
        live = self.plant.live_terms(self.today)
        if self.open or (live and not is_renewable(self.plant.rights(), self.today)):
            return
        self.orders += 1
        quoted = quote([self.plant], days, vat=GERMAN_VAT, today=self.today, catalogue=TERMS)
        self.open = a_term_order(
            number=f"2026-{self.orders:06d}",
            quote=a_quote(*quoted.lines, on=self.today),
            buyer=CONSUMER,
            consent=Consent(documents={}, immediate_start=at_once),
        )
        (line,) = self.open.lines
        self.plant = ordered(
            self.plant,
            self.open.number,
            power_w=line.power_w,
            credit_cents=line.credit_cents,
        )

    def pay(self) -> None:
        """The open order becomes active, whatever has happened to its plant since."""
        order, self.open = self.open, None
        if order is None:
            return
        before = self.plant
        not_before = starts_not_before(order, self.today, NO_HOLIDAYS)
        active, self.plant = activated_on(self.today, order, before)
        term = self.plant.terms[-1]
        (line,) = order.lines
        assert active.gross_cents == order.gross_cents
        assert (term.days, term.net_cents) == (line.days, line.list_cents)
        assert line.net_cents + line.credit_cents == term.net_cents
        assert (term.ended is not None) is before.has_outgrown_order
        self.paid[order.number] = active
        self._no_day_that_was_had_is_lost(before, term, not_before)

    def give_up(self) -> None:
        """The open order is cancelled or withdrawn, or lapses."""
        if self.open:
            (line,) = self.open.lines
            self.plant = released(self.plant, credit_cents=line.credit_cents)
            self.open = None

    def withdraw(self, which: int) -> None:
        """From a contract, if what it gave has not bought something else: its money goes back."""
        if not self.paid:
            return
        order = [*self.paid.values()][which % len(self.paid)]
        (line,) = order.lines
        after = without_terms_of(
            self.plant, order.number, credit_cents=line.credit_cents, today=self.today
        )
        if after:
            self.plant = after
            del self.paid[order.number]

    @property
    def paid_cents(self) -> int:
        """In money, by orders that still hold."""
        return sum(order.quote.net_cents for order in self.paid.values())

    @property
    def promised_cents(self) -> int:
        """Credit that the open order has taken."""
        return sum(line.credit_cents for line in self.open.lines) if self.open else 0

    @property
    def charged_terms(self) -> list[Term]:
        return [term for term in self.plant.terms if term.order in self.paid]

    def _no_day_that_was_had_is_lost(
        self, before: Plant, term: Term, not_before: date | None
    ) -> None:
        had_until = max(
            [self.today, *(last for _, last in spans(before.rights()) if last >= self.today)]
        )
        if not_before and not_before > had_until:
            assert term.after == not_before
        elif before.extended_on and had_until == self.today:
            assert before.extended_on <= term.after <= self.today  # the named exception
            assert term.end > self.today + ONE_DAY
            self.extended.add(term.order)
        else:
            assert term.after == had_until


def activated_on(day: date, order: TermOrder, plant: Plant) -> tuple[TermOrder, Plant]:
    plants = {plant.id: plant}
    terms = terms_of(order, plants, day, NO_HOLIDAYS)
    active, (bought,) = activated(order, plants, terms, at=order.placed_at, today=day)
    return active, bought


def spans(rights: Rights) -> list[tuple[date, date]]:
    """First and last day of each right: the rule, written down a second time."""
    found = [
        (term.after, term.after + timedelta(days=term.days))
        for term in rights.terms
        if term.ended is None
    ]
    if rights.trial_from:
        found.append((rights.trial_from, rights.trial_from + timedelta(days=40)))
    return found


def charged_days(term: Term) -> set[date]:
    """The days whose price was kept: all, or those up to the day on which it ended."""
    last = term.after + timedelta(days=term.days)
    if term.ended:
        last = min(last, max(term.ended, term.after))
    return {term.after + timedelta(days=n) for n in range(1, (last - term.after).days + 1)}


watts = st.sampled_from([1_000, 4_200, 9_000, 23_000])
waits = st.tuples(st.just("wait"), st.integers(1, 420))
grows = st.tuples(st.just("grow"), watts)
orders = st.tuples(st.just("order"), st.sampled_from([365, 730]), st.booleans())
pays, gives_up = st.tuples(st.just("pay")), st.tuples(st.just("give_up"))
withdraws = st.tuples(st.just("withdraw"), st.integers(0, 9))
steps = st.one_of(
    st.tuples(waits),
    st.tuples(grows),
    st.tuples(st.tuples(st.just("shrink"))),
    st.tuples(orders),
    st.tuples(pays),
    st.tuples(gives_up),
    st.tuples(withdraws),
    st.tuples(orders, st.tuples(st.just("wait"), st.integers(0, 14)), pays),
    st.tuples(orders, pays, grows, orders, withdraws, pays | gives_up),  # credit that two want
)


def lived(happened: Sequence[Sequence[tuple[Any, ...]]]) -> History:
    new = a_plant(id=PlantId("10001-1"), inverters=0, power_w=0, trial_from=None)
    history = History(with_power(new, Power(inverters=1, watts=4_200), BEGUN))
    for name, *arguments in chain.from_iterable(happened):
        match name:
            case "wait":
                history.wait(*arguments)
            case "grow":
                history.grow(*arguments)
            case "shrink":
                history.shrink()
            case "order":
                days, at_once = arguments
                history.order(days, at_once=at_once)
            case "pay":
                history.pay()
            case "give_up":
                history.give_up()
            case "withdraw":
                history.withdraw(*arguments)
        assert history.plant.credit_cents >= 0
        assert history.plant.open_order == (history.open.number if history.open else None)
    return history


histories = st.lists(steps, max_size=12).map(lived)


def test_a_term_that_still_covers_the_power_outlives_one_that_does_not() -> None:
    """Bought for much, made smaller, renewed for less, and grown within what still runs."""
    runs = a_term(after=BEGUN, days=365, power_w=10_000)
    renewed = a_term(order=OrderNumber("2026-000002"), after=BEGUN + timedelta(days=365))
    plant = a_plant(power_w=4_200, terms=(runs, renewed))
    today = BEGUN + timedelta(days=340)

    grown = with_power(plant, Power(inverters=1, watts=1_000), today)

    assert [term.ended for term in grown.terms] == [None, today]
    assert grown.credit_cents == renewed.net_cents
    assert state(grown.rights(), today) is TermState.EXPIRING


@given(histories)
@settings(max_examples=120, deadline=None)
def test_what_was_paid_is_what_was_used_and_what_is_credited(history: History) -> None:
    """To the cent, whoever grows, cancels, lapses, withdraws or pays, and in whatever order."""
    kept = sum(
        term.net_cents - (term.value_left(term.ended) if term.ended else 0)
        for term in history.charged_terms
    )

    assert history.paid_cents == kept + history.plant.credit_cents + history.promised_cents


@given(histories)
@settings(max_examples=120, deadline=None)
def test_no_day_is_charged_twice_nor_one_of_the_trial(history: History) -> None:
    trial = history.plant.trial_from
    assert trial == BEGUN
    days: set[date] = {trial + timedelta(days=n) for n in range(1, 41)}
    for term in history.charged_terms:
        charged = charged_days(term)
        assert len(charged) == term.days - (term.days_left(term.ended) if term.ended else 0)
        assert not days & charged
        days |= charged


@given(histories, st.lists(st.tuples(st.integers(0, YEARS), st.booleans()), max_size=2))
@settings(max_examples=40, deadline=None)
def test_each_day_has_the_state_that_its_rights_are_the_cause_of(
    history: History, locked: list[tuple[int, bool]]
) -> None:
    locks = tuple(
        Lock(until=None if for_good and n > YEARS // 2 else BEGUN + timedelta(days=n))
        for n, for_good in locked
    )
    rights = history.plant.rights(locks)
    free = replace(rights, locks=())
    days = [BEGUN + timedelta(days=n) for n in range(YEARS)]
    covered = {day for first, last in spans(rights) for day in days if first <= day <= last}
    last_day = max(last for _, last in spans(rights))
    until: dict[date, date | None] = {}  # the first day without, seen from each day
    for day in reversed(days):
        until[day] = None
        if day in covered:
            until[day] = until.get(day + ONE_DAY) or day + ONE_DAY

    for day in days[:-1]:
        is_locked = any(lock.until is None or day < lock.until for lock in locks)
        now = state(rights, day)
        assert may_use(free, day) is (day in covered)
        assert may_use(rights, day) is (day in covered and not is_locked)
        assert (now is TermState.LOCKED) is is_locked
        if until[day] != days[-1] + ONE_DAY:
            assert rights.end(day) == until[day]
        assert is_renewable(rights, day) is ((last_day - day).days < 40)
        if not is_locked:
            assert now is expected(rights, day, rights.end(day))
        if (before := next_change(rights, day)) is None or before > day + ONE_DAY:
            assert state(rights, day + ONE_DAY) is now


def expected(rights: Rights, day: date, end: date | None) -> TermState:
    if end is None:
        return TermState.EXPIRED
    if rights.trial_from and day < trial_end(rights.trial_from):
        return TermState.TRIAL
    last = max(last for _, last in spans(rights))
    return TermState.EXPIRING if (last - day).days < 40 else TermState.ACTIVE


@given(histories)
@settings(max_examples=60, deadline=None)
def test_a_change_comes_on_the_day_that_was_named_or_something_was_bought(
    history: History,
) -> None:
    """Whoever keeps an answer until `next_change` never shows a plant a day too long."""
    rights, day = history.plant.rights(), history.today

    while (following := next_change(rights, day)) is not None:
        assert day < following
        between = [day + timedelta(days=n) for n in range((following - day).days)]
        assert {state(rights, each) for each in between} == {state(rights, day)}
        assert {rights.end(each) for each in between} == {rights.end(day)}
        assert {is_renewable(rights, each) for each in between} == {is_renewable(rights, day)}
        day = following
    assert state(rights, day) is TermState.EXPIRED


def test_a_term_that_is_over_binds_nobody() -> None:
    """It grew long after its licence was over: the next one loses no day, and is not outgrown."""
    over = Term(order=OrderNumber("2026-000001"), after=BEGUN, days=365, power_w=4_200, net_cents=9)
    later = BEGUN + timedelta(days=500)

    plant = with_power(a_plant(terms=(over,)), Power(inverters=1, watts=9_000), later)
    bought_on = later + timedelta(days=90)
    quoted = quote([plant], 365, vat=GERMAN_VAT, today=bought_on, catalogue=TERMS)
    _, bought = activated_on(bought_on, a_term_order(quote=quoted), plant)

    assert plant.extended_on is None
    assert new_term_counts_from(plant, bought_on, days=365) == bought_on
    assert state(bought.rights(), bought_on) is TermState.ACTIVE
    assert bought.credit_cents == 0


def test_a_consumer_who_has_not_asked_for_it_begins_when_the_right_of_withdrawal_is_over() -> None:
    order = a_term_order(buyer=CONSUMER)
    plant = a_plant(trial_from=BEGUN - timedelta(days=50))
    contract = BEGUN  # a Sunday: the fourteenth day is a Sunday, too, and gives way to Monday

    _, bought = activated_on(contract, order, plant)

    assert state(bought.rights(), date(2026, 12, 7)) is TermState.EXPIRED
    assert state(bought.rights(), date(2026, 12, 8)) is TermState.ACTIVE
    assert bought.rights().next_begin(contract) == date(2026, 12, 8)
