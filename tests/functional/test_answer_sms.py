"""A text goes in, an answer comes out: every sentence of the source document, and the rules."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.domain.answer import AnswerCode
from freischalt.domain.conversation import HandledMessage, Service
from freischalt.domain.dongle import Dongle, Grant
from freischalt.domain.ids import ImportId, KeyId
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import Points
from freischalt.domain.locks import Lock
from freischalt.domain.order import OrderKind
from freischalt.errors import KeyNotInRing, LostRace, StillInHand, TooManyRaces
from freischalt.use_cases.answer_sms import answer_sms
from freischalt.use_cases.apologise import apologise
from freischalt.use_cases.desk import Ending, Outcome
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    INFORMATION,
    KEY,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_INFORMATION,
    OTHER_NUMBER,
    OTHER_PHONE,
    OWN_NUMBER,
    PHONE,
    STRANGER,
    a_dongle,
    a_policy,
    a_release,
    a_sender,
    a_sms,
)
from tests.fakes import FakeCodeMaker, FakeDesk, FakeMessages

FETCH = f"cl.31.{NUMBER}"
ORDER = f"Ich bestelle verbindlich 5P {NUMBER}"
UNREGISTERED = "Ihre Rufnummer ist nicht für den automatisierten Abruf registriert"
UNAVAILABLE = "Dieser Dienst ist momentan leider nicht erreichbar"


def desk(*dongles: Dongle, **sender: Any) -> FakeDesk:
    """A desk with one registered phone and these dongles."""
    messages = FakeMessages(
        senders={PHONE: a_sender(**sender), OTHER_PHONE: a_sender(OTHER_PHONE, account="10002")},
        dongles={dongle.carat_id: dongle for dongle in dongles},
    )
    return FakeDesk(messages=messages)


def text(fake: FakeDesk, words: str, **sms: object) -> str:
    """The answer to a text, "" if there is none; every call is a new message."""
    before = len(fake.sms.sent)
    message = a_sms(words, **{"id": f"m{len(fake.messages.messages)}", **sms})  # type: ignore[arg-type]
    answer_sms(message, fake.desk, now=message.queued_at, attempt=f"a{message.id}")
    sent = fake.sms.sent[before:]
    assert len(sent) <= 1
    return sent[0][1] if sent else ""


bound = a_release(user_information=OTHER_INFORMATION)


@pytest.mark.parametrize(
    ("words", "dongle", "expected"),
    [
        pytest.param(
            "bestelle", None, "Der angegebene Befehl ist nicht korrekt", id="2-no-command"
        ),
        pytest.param("cl.31", None, "Falsche Anzahl an Parametern", id="3-too-few"),
        pytest.param(f"cl.2.{NUMBER}", None, "Lizenz-Typ nicht korrekt", id="4-not-sold"),
        pytest.param(
            "cl.31.1234-5678-90AB-CDEF", None, "Lizenz-Nummer muss 16-stellig sein", id="5-hyphens"
        ),
        pytest.param(
            "cl.31.1234567890ABCDEG", None, "Parameter nicht korrekt", id="6-not-hexadecimal"
        ),
        pytest.param(
            "cl.31.1234567800000000", None, "Benutzer-Information nicht korrekt", id="7-no-user"
        ),
        pytest.param(
            FETCH,
            None,
            "Carat-ID wurde noch nicht freigegeben. "
            "Bestellen mit: Ich bestelle verbindlich 31P 1234567890ABCDEF",
            id="8-no-release",
        ),
        pytest.param(
            FETCH,
            a_dongle({OTHER_ACCOUNT: a_release()}),
            "Carat-ID wurde noch nicht freigegeben. "
            "Bestellen mit: Ich bestelle verbindlich 31P 1234567890ABCDEF",
            id="8-a-release-of-another-account-looks-the-same",
        ),
        pytest.param(
            FETCH,
            a_dongle({ACCOUNT: bound}),
            "Benutzer-Information wurde geändert. "
            "Bestellen mit: Ich bestelle verbindlich 31P 1234567890ABCDEF",
            id="9-user-changed",
        ),
        pytest.param(
            f"cl.33.{NUMBER}",
            a_dongle(),
            "33P nicht freigegeben. Bestellen mit: Ich bestelle verbindlich 33P 1234567890ABCDEF",
            id="10-more-points",
        ),
        pytest.param(
            f"cl.e.{NUMBER}",
            a_dongle({ACCOUNT: a_release(e_protocol=False)}),
            "E-Protokoll nicht freigegeben. "
            "Bestellen mit: Ich bestelle verbindlich E 1234567890ABCDEF",
            id="11-no-e",
        ),
        pytest.param(
            f"cl.e.{NUMBER}",
            a_dongle({ACCOUNT: bound}),
            "Benutzer-Information stimmt nicht überein",
            id="12-e-user-differs",
        ),
        pytest.param(
            ORDER, a_dongle(), "Bestellung nicht möglich, Menge bereits freigegeben", id="13-has-it"
        ),
        pytest.param(
            FETCH,
            a_dongle({ACCOUNT: replace(bound, locks=(Lock(date(2026, 12, 31)),))}),
            "Lizenz gesperrt bis 31.12.2026",
            id="a-lock-comes-before-9",
        ),
        pytest.param(
            ORDER,
            a_dongle({ACCOUNT: replace(bound, locks=(Lock(None),))}),
            "Lizenz gesperrt bis auf Widerruf",
            id="a-lock-comes-before-13",
        ),
        pytest.param(
            FETCH,
            a_dongle({ACCOUNT: a_release(locks=(Lock(date(2026, 11, 22)),))}),
            None,
            id="a-lock-until-today-holds-no-more",
        ),
    ],
)
def test_every_refusal_to_the_letter(
    words: str, dongle: Dongle | None, expected: str | None
) -> None:
    fake = desk(*([dongle] if dongle else []))

    answer = text(fake, words)

    if expected is None:
        assert answer.startswith("OK: Ihr Freischalt-Code lautet")
    else:
        assert answer == expected
        assert fake.messages.dongles.get(CARAT_ID) == dongle  # a refusal changes nothing
        assert not fake.messages.orders


def test_given_a_release_when_it_is_fetched_then_the_code_comes_and_binds_the_user() -> None:
    fake = desk(a_dongle())
    code = FakeCodeMaker().unlock_code(NUMBER, Points(31), KEY)

    answer = text(fake, FETCH)

    assert answer == f'OK: Ihr Freischalt-Code lautet "{code}"'
    assert fake.messages.dongles[CARAT_ID].releases[ACCOUNT].user_information == INFORMATION


def test_given_a_fetch_when_it_is_repeated_then_the_code_is_the_same_and_nothing_changes() -> None:
    fake = desk(a_dongle())
    first = text(fake, FETCH)
    stored = fake.messages.dongles[CARAT_ID]

    again = text(fake, FETCH)

    assert again == first
    assert fake.messages.dongles[CARAT_ID] == stored


def test_given_e_is_fetched_first_then_points_are_bound_to_the_same_user() -> None:
    fake = desk(a_dongle())
    text(fake, f"cl.E.{NUMBER}")

    assert text(fake, f"cl.1.{OTHER_NUMBER}").startswith("Benutzer-Information wurde geändert")


def test_a_code_says_what_it_is_for() -> None:
    fake = desk(a_dongle())

    codes = {text(fake, f"cl.{asked}.{NUMBER}") for asked in ("E", "1", "3", "31P")}

    assert len(codes) == 4


# --- orders


@pytest.mark.parametrize(
    ("words", "release", "kind", "cents", "after"),
    [
        pytest.param(
            ORDER, None, OrderKind.NEW, 12_900, a_release(points=5, e_protocol=False), id="new"
        ),
        pytest.param(
            f"Ich bestelle verbindlich E {NUMBER}",
            None,
            OrderKind.NEW,
            29_000,
            a_release(points=0, e_protocol=True),
            id="new-e",
        ),
        pytest.param(
            ORDER,
            bound,
            OrderKind.CHANGED,
            12_900,
            a_release(points=5, e_protocol=False, user_information=INFORMATION),
            id="changed-user-replaces-points-and-drops-e",
        ),
        pytest.param(
            f"Ich bestelle verbindlich 33P {NUMBER}",
            a_release(),
            OrderKind.UPGRADE,
            4_000,
            a_release(points=33),
            id="upgrade-costs-the-difference",
        ),
        pytest.param(
            f"Ich bestelle verbindlich 1P {NUMBER}",
            a_release(points=0),
            OrderKind.UPGRADE,
            4_900,
            a_release(points=1),
            id="first-points-after-e",
        ),
        pytest.param(
            f"Ich bestelle verbindlich E {NUMBER}",
            a_release(e_protocol=False, user_information=INFORMATION),
            OrderKind.E_EXTENSION,
            29_000,
            a_release(user_information=INFORMATION),
            id="e-extension",
        ),
    ],
)
def test_an_order_changes_the_release_and_has_its_price(
    words: str, release: object, kind: OrderKind, cents: int, after: object
) -> None:
    fake = desk(a_dongle({ACCOUNT: release} if release else {}))  # type: ignore[dict-item]
    what = words.split()[3]

    answer = text(fake, words)

    assert answer == f"OK: Bestellung 2026-000001, {what}. Code mit cl.{what}.1234567890ABCDEF"
    (order,) = fake.messages.orders.values()
    assert (order.kind, order.net_cents, order.currency) == (kind, cents, "EUR")
    assert (order.account, order.message_id) == (ACCOUNT, "m0")
    assert fake.messages.dongles[CARAT_ID].releases[ACCOUNT] == after


def test_an_order_for_a_new_dongle_is_served_by_the_active_key() -> None:
    fake = desk()
    fake.codes.ring = KeyRing.read("1=verify-only=arn:a,2=active=arn:b")

    text(fake, ORDER)

    assert fake.messages.dongles[CARAT_ID].key_id == "2"


def test_a_dongle_keeps_its_key_when_the_ring_turns() -> None:
    fake = desk(a_dongle())
    before = text(fake, FETCH)
    fake.codes.ring = KeyRing.read("1=verify-only=arn:fake,2=active=arn:b")

    assert text(fake, FETCH) == before


def test_another_accounts_release_is_neither_seen_nor_touched() -> None:
    theirs = a_release(points=99)
    fake = desk(a_dongle({OTHER_ACCOUNT: theirs}))

    text(fake, ORDER)

    assert fake.messages.dongles[CARAT_ID].releases[OTHER_ACCOUNT] == theirs


def test_given_an_order_when_its_text_comes_again_under_a_new_id_then_it_is_confirmed_again() -> (
    None
):
    fake = desk()
    first = text(fake, ORDER)

    again = text(fake, f"  {ORDER.lower()} ", at=NOON + timedelta(minutes=9))
    late = text(fake, ORDER, at=NOON + timedelta(minutes=10))
    other = text(fake, ORDER.replace("5P", "5"), at=NOON + timedelta(minutes=1))
    foreign = text(fake, ORDER, sender=OTHER_PHONE)

    assert again == first
    assert late == other == "Bestellung nicht möglich, Menge bereits freigegeben"
    assert foreign.startswith("OK: Bestellung 2026-000002")  # another account, another order
    assert len(fake.messages.orders) == 2


def test_an_order_redriven_after_a_day_is_not_executed() -> None:
    fake = desk()

    answer = text(fake, ORDER, queued_at=NOON + timedelta(days=1, seconds=1))

    assert answer == (
        "Ihre Bestellung ist älter als 24 Stunden und wurde nicht ausgeführt. "
        "Bitte neu bestellen: Ich bestelle verbindlich 5P 1234567890ABCDEF"
    )
    assert not fake.messages.orders


def test_an_order_that_waited_two_days_in_the_queue_is_executed() -> None:
    fake = desk()

    answer_sms(a_sms(ORDER), fake.desk, now=NOON + timedelta(days=2), attempt="a")

    assert fake.sms.texts[0].startswith("OK: Bestellung 2026-")


# --- confirmation


def confirm_code(answer: str) -> str:
    assert answer.startswith("Bestellung bestätigen mit: JA ")
    return answer[-4:]


def test_given_an_account_that_confirms_when_it_answers_ja_then_the_order_takes_effect() -> None:
    fake = desk(confirms_orders=True)

    digits = confirm_code(text(fake, ORDER))
    assert not fake.messages.orders
    answer = text(fake, f"ja {digits}", at=NOON + timedelta(minutes=14))
    again = text(fake, f"JA  {digits}", at=NOON + timedelta(minutes=14))

    assert answer == again == "OK: Bestellung 2026-000001, 5P. Code mit cl.5P.1234567890ABCDEF"
    assert len(fake.messages.orders) == 1


def test_the_same_order_asked_for_again_keeps_its_digits_and_has_fifteen_minutes_more() -> None:
    fake = desk(confirms_orders=True)

    first = text(fake, ORDER)
    again = text(fake, ORDER, at=NOON + timedelta(minutes=14))
    answer = text(fake, f"JA {confirm_code(first)}", at=NOON + timedelta(minutes=16))

    assert again == first
    assert answer.startswith("OK: Bestellung")


def test_a_backlog_worked_off_days_later_still_knows_its_duplicates() -> None:
    fake = desk()
    other = f"Ich bestelle verbindlich 5P {OTHER_NUMBER}"
    fake.messages.dongles[CARAT_ID] = a_dongle({ACCOUNT: a_release(points=1, user_information="X")})

    for minute, words in enumerate((ORDER, other, ORDER)):
        sms = a_sms(words, id=f"m{minute}", at=NOON + timedelta(minutes=minute))
        answer_sms(sms, fake.desk, now=NOON + timedelta(days=2), attempt=f"a{minute}")

    assert len(fake.messages.orders) == 2
    assert fake.sms.texts[0] == fake.sms.texts[2]


def test_an_event_is_known_by_its_message_so_a_reused_number_is_another_order() -> None:
    before, after = desk(), desk()
    text(before, ORDER, id="m1")
    text(after, ORDER, id="m2")  # restored to an earlier time: the numbers begin again

    (one,), (other,) = before.messages.orders.values(), after.messages.orders.values()
    assert one.number == other.number
    assert one.outbox_id != other.outbox_id


def test_a_confirmation_has_three_tries_and_fifteen_minutes() -> None:
    fake = desk(confirms_orders=True)
    digits = confirm_code(text(fake, ORDER))
    wrong = f"{(int(digits) + 1) % 10_000:04d}"

    tries = [text(fake, f"JA {wrong}") for _ in range(3)]
    fourth = text(fake, f"JA {digits}")
    digits = confirm_code(text(fake, ORDER))
    late = text(fake, f"JA {digits}", at=NOON + timedelta(minutes=15))

    assert tries == ["Bestätigung nicht korrekt. Bestellung wurde nicht ausgeführt"] * 3
    assert fourth == late == "Keine Bestellung zu bestätigen. Bitte neu bestellen"
    assert not fake.messages.orders


def test_a_confirmation_redriven_after_a_day_is_not_executed() -> None:
    fake = desk(confirms_orders=True)
    digits = confirm_code(text(fake, ORDER))

    answer = text(fake, f"JA {digits}", queued_at=NOON + timedelta(days=1, seconds=1))

    assert answer.startswith("Ihre Bestellung ist älter als 24 Stunden")
    assert not fake.messages.orders


def test_the_vendor_may_ask_above_an_amount() -> None:
    fake = desk()
    fake.policy = a_policy(confirm_above=12_900)

    assert text(fake, ORDER).startswith("OK: ")
    assert confirm_code(text(fake, "Ich bestelle verbindlich 7P 9234567890ABCDEF"))


def test_ja_without_an_order() -> None:
    assert text(desk(), "JA 4711") == "Keine Bestellung zu bestätigen. Bitte neu bestellen"


# --- who is answered


def test_an_unregistered_phone_is_answered_once_a_day() -> None:
    fake = desk()

    answers = [
        text(fake, FETCH, sender=STRANGER, at=NOON + timedelta(hours=hours))
        for hours in (0, 23, 24)
    ]

    assert answers == [UNREGISTERED, "", UNREGISTERED]


def test_silence_for_an_unregistered_phone_writes_nothing() -> None:
    fake = desk()
    text(fake, FETCH, sender=STRANGER)
    commits = fake.messages.commits

    text(fake, FETCH, sender=STRANGER, id="another")

    assert fake.messages.commits == commits


def test_a_phone_gets_thirty_replies_in_any_hour() -> None:
    fake = desk(a_dongle())
    minutes = [*range(0, 60, 2), 59, 60, 61, 62]

    answered = [
        bool(text(fake, FETCH, id=f"i{n}", at=NOON + timedelta(minutes=minute)))
        for n, minute in enumerate(minutes)
    ]

    assert answered == [True] * 30 + [False, True, False, True]


def test_past_the_limit_nothing_is_ordered() -> None:
    fake = desk()
    for n in range(30):
        text(fake, "HILFE", id=f"h{n}")

    assert text(fake, ORDER) == ""
    assert not fake.messages.orders


@pytest.mark.parametrize("words", [FETCH, ORDER, "STOPP", "HILFE"])
def test_our_own_number_is_never_answered(words: str) -> None:
    fake = desk()

    assert text(fake, words, sender=OWN_NUMBER) == ""
    assert fake.messages.reads == 0
    assert not fake.sms.opted_out


@pytest.mark.parametrize("sender", ["+15551234567", "INFO", "00436601234567", "+43660abc"])
def test_a_country_that_is_not_served_is_never_answered(sender: str) -> None:
    fake = desk()

    assert text(fake, FETCH, sender=sender) == ""
    assert fake.messages.reads == 0


def test_stopp_opts_out_without_an_answer_from_anyone() -> None:
    fake = desk(a_dongle())

    assert [text(fake, " Stopp "), text(fake, "STOP", sender=STRANGER)] == ["", ""]
    assert fake.sms.opted_out == {PHONE, STRANGER}
    outcome = answer_sms(a_sms(FETCH), fake.desk, now=NOON, attempt="a")
    assert outcome == Outcome(Ending.UNDELIVERABLE, AnswerCode.CODE)
    assert fake.messages.messages["m1"].answered  # not an error that is tried again


def test_hilfe_answers_registered_phones_only() -> None:
    fake = desk()

    assert text(fake, "hilfe").startswith("Abruf: cl.")
    assert text(fake, "hilfe", sender=STRANGER) == UNREGISTERED


def test_maintenance_is_told_at_once_and_the_message_is_finished() -> None:
    fake = desk(a_dongle())
    fake.messages.service = Service(maintenance=True)

    assert text(fake, ORDER, id="m1") == UNAVAILABLE
    assert text(fake, ORDER, sender=STRANGER, id="m2") == UNREGISTERED
    fake.messages.service = Service()
    assert text(fake, ORDER, id="m1") == ""
    assert not fake.messages.orders


# --- deliveries


def test_given_an_answered_message_when_it_is_delivered_again_then_it_costs_one_read() -> None:
    fake = desk()
    text(fake, ORDER, id="m1")
    reads, commits = fake.messages.reads, fake.messages.commits

    assert text(fake, ORDER, id="m1") == ""

    assert (fake.messages.reads, fake.messages.commits) == (reads + 1, commits)


def committed_but_not_sent(fake: FakeDesk, words: str) -> None:
    """The worker died between the commit and the send."""
    answer_sms(a_sms(words), fake.desk, now=NOON, attempt="dead")
    fake.messages.messages["m1"] = replace(fake.messages.messages["m1"], answered=False)
    fake.sms.sent.clear()


def test_given_a_message_in_another_workers_hand_then_it_goes_back_to_the_queue() -> None:
    fake = desk(a_dongle())
    committed_but_not_sent(fake, FETCH)

    with pytest.raises(StillInHand):
        answer_sms(a_sms(FETCH), fake.desk, now=NOON + timedelta(seconds=4), attempt="b")
    assert not fake.sms.sent


def test_given_a_dead_worker_then_the_same_answer_is_sent_and_nothing_is_done_twice() -> None:
    fake = desk()
    expected = text(desk(), ORDER)
    committed_but_not_sent(fake, ORDER)

    answer_sms(a_sms(ORDER), fake.desk, now=NOON + timedelta(seconds=5), attempt="b")

    assert fake.sms.texts == [expected]
    assert len(fake.messages.orders) == 1


def test_given_a_key_that_is_gone_then_the_message_comes_back_and_nobody_gets_a_wrong_code() -> (
    None
):
    fake = desk(a_dongle(key_id=KeyId("gone")))

    with pytest.raises(KeyNotInRing):
        text(fake, FETCH)
    assert not fake.sms.sent


class LateMessages(FakeMessages):
    """The commit seems to lose a race against itself: its first try was still under way."""

    def commit(self, *args: Any, **kwargs: Any) -> None:
        super().commit(*args, **kwargs)
        raise LostRace


def test_a_worker_that_finds_its_own_commit_goes_on_and_sends() -> None:
    fake = FakeDesk(messages=LateMessages(senders={PHONE: a_sender()}))

    assert text(fake, ORDER).startswith("OK: Bestellung")
    assert len(fake.messages.orders) == 1


class LosingMessages(FakeMessages):
    """Somebody is always faster."""

    def commit(self, *args: object, **kwargs: object) -> None:
        raise LostRace


def test_a_message_that_loses_every_race_goes_back_to_the_queue_after_five_tries() -> None:
    fake = FakeDesk(messages=LosingMessages(senders={PHONE: a_sender()}))

    with pytest.raises(TooManyRaces):
        text(fake, ORDER)
    assert fake.pauses == [1, 2, 3, 4]
    assert fake.messages.reads == 5


# --- apologies


def test_the_apology_is_sent_once_and_a_redrive_answers_properly() -> None:
    fake = desk(a_dongle())
    sms = a_sms(FETCH)

    assert apologise(sms, fake.desk, now=NOON, attempt="a")
    assert not apologise(sms, fake.desk, now=NOON, attempt="b")
    answer_sms(sms, fake.desk, now=NOON + timedelta(hours=1), attempt="c")

    assert fake.sms.texts[0] == UNAVAILABLE
    assert fake.sms.texts[1].startswith("OK: Ihr Freischalt-Code")
    assert len(fake.sms.sent) == 2


def test_no_apology_for_stopp() -> None:
    fake = desk()

    assert not apologise(a_sms("Stopp"), fake.desk, now=NOON, attempt="a")


@pytest.mark.parametrize("sender", [STRANGER, OWN_NUMBER, "+15551234567"])
def test_no_apology_to_who_is_not_known(sender: str) -> None:
    fake = desk()

    assert not apologise(a_sms(FETCH, sender=sender), fake.desk, now=NOON, attempt="a")
    assert not fake.sms.sent


def test_no_apology_after_the_answer() -> None:
    fake = desk(a_dongle())
    text(fake, FETCH, id="m1")

    assert not apologise(a_sms(FETCH), fake.desk, now=NOON, attempt="a")


def test_a_committed_answer_survives_the_apology() -> None:
    fake = desk()
    committed_but_not_sent(fake, ORDER)
    before: HandledMessage = fake.messages.messages["m1"]

    apologise(a_sms(ORDER), fake.desk, now=NOON + timedelta(minutes=3), attempt="z")
    answer_sms(a_sms(ORDER), fake.desk, now=NOON + timedelta(minutes=9), attempt="y")

    assert fake.messages.messages["m1"].answer == before.answer
    assert len(fake.messages.orders) == 1
    assert fake.sms.texts[-1].startswith("OK: Bestellung")


# --- grants of an import


def test_a_staged_grant_counts_from_the_moment_its_import_is_published() -> None:
    staged = {ImportId("i1"): {ACCOUNT: Grant(points=5, e_protocol=False)}}
    fake = desk(a_dongle({}, staged=staged))
    fake.messages.service = Service(unpublished=frozenset({ImportId("i1")}))

    before = text(fake, f"cl.5.{NUMBER}")
    fake.messages.service = Service()
    after = text(fake, f"cl.5.{NUMBER}")

    assert before.startswith("Carat-ID wurde noch nicht freigegeben")
    assert after.startswith("OK: ")
    assert not fake.messages.dongles[CARAT_ID].staged


def test_an_order_keeps_what_is_staged_and_not_published() -> None:
    staged = {ImportId("i1"): {ACCOUNT: Grant(points=7, e_protocol=True)}}
    fake = desk(a_dongle({}, staged=staged))
    fake.messages.service = Service(unpublished=frozenset({ImportId("i1")}))

    text(fake, ORDER)
    fake.messages.service = Service()

    assert text(fake, f"cl.7.{NUMBER}").startswith("OK: ")
    assert text(fake, f"cl.E.{NUMBER}").startswith("OK: ")
