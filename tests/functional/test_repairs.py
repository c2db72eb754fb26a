"""Repair orders from request to answer: source, III, and 7."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.account_ports import Put, Ref
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, RepairOrderId
from freischalt.domain.locks import Lock
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.repair_order import FORGOTTEN, RepairOrder, RepairState
from freischalt.domain.request import Request
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge, VatRule
from freischalt.domain.vat_record import VatDue
from freischalt.domain.vat_standing import VatState
from freischalt.use_cases.erasing import erase
from freischalt.use_cases.exporting import exported
from freischalt.use_cases.office import Result
from freischalt.use_cases.repairs import (
    MOST_UNANSWERED,
    Answer,
    NewOffer,
    answer_offer,
    complete_repair,
    offer_repair,
    request_repair,
)
from tests.account_factories import (
    ADVOCATE,
    COMPANY,
    DOCUMENTED,
    a_company,
    a_request,
    a_standing,
    a_user,
    an_account,
    repeatable,
)
from tests.account_fakes import VIENNA, FakeOffice, an_office
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.term_factories import GERMAN_VAT, REVERSE_CHARGE, TODAY, a_repair_order, an_offer

DAY = timedelta(days=1)
ID = RepairOrderId("1795348800000-abcdef012345")
NEW = a_repair_order(id=ID, version=0)
REQUESTED = replace(NEW, version=1)
OFFERED = replace(NEW, state=RepairState.OFFERED, offer=an_offer(), version=2)
PAUSCHALE = NewOffer(items=(("Pauschale", 25_000),), text="Gern.", valid_until=TODAY + 14 * DAY)
DONE = {"repair": ID}
GERMAN = replace(COMPANY, address=replace(COMPANY.address, country="DE"), vat_id="DE811115368")


def ask(fake: FakeOffice, order: RepairOrder = NEW, request: Request | None = None) -> Any:
    return request_repair(order, fake.office, request or a_request())


def offer(fake: FakeOffice, new: NewOffer = PAUSCHALE, **request: Any) -> Result | Refusal:
    return offer_repair(ACCOUNT, ID, new, fake.office, a_request(actor="operator:o", **request))


def answer(fake: FakeOffice, **changes: Any) -> Result | Refusal:
    account = changes.pop("account", ACCOUNT)
    said = Answer(**{"accepts": True, "version": 2, **changes})
    return answer_offer(account, ID, said, fake.office, a_request(actor="user:x"))


def stored(fake: FakeOffice) -> RepairOrder:
    return fake.records.get(RepairOrder, ACCOUNT, ID)


def waiting(fake: FakeOffice, state: RepairState) -> Sequence[RepairOrder]:
    return fake.repair_desk.waiting(state, after=None, limit=5).things


def mails(fake: FakeOffice) -> list[tuple[NoticeKind, str]]:
    return [(notice.kind, notice.to) for notice in fake.records.all(Notice)]


# --- the request


def test_a_request_is_stored_and_told_to_the_advocate_in_one_transaction() -> None:
    fake = an_office(a_company())

    assert ask(fake, request=repeatable()) == DONE

    assert stored(fake) == REQUESTED
    assert mails(fake) == [(NoticeKind.REPAIR_REQUESTED, ADVOCATE)]
    assert (fake.records.reads, fake.records.writes) == (1, 1)


def test_the_advocate_is_told_of_the_case_and_the_device_and_of_no_person() -> None:
    fake = an_office(a_company())

    ask(fake, replace(NEW, language=Language.ENGLISH))

    (notice,) = fake.told(NoticeKind.REPAIR_REQUESTED)
    assert notice.language is Language.ENGLISH
    assert notice.details == {
        "repair": ID,
        "account": ACCOUNT,
        "type": NEW.device.type,
        "category": "New devices",
    }


def test_where_no_advocate_is_named_nobody_is_told_and_the_list_has_it() -> None:
    fake = an_office(a_company(), catalogue=replace(DOCUMENTED, contacts={"advocate": ""}))

    assert ask(fake) == DONE

    assert mails(fake) == []
    assert waiting(fake, RepairState.REQUESTED) == [REQUESTED]


def test_the_same_request_again_is_the_same_repair() -> None:
    fake = an_office(a_company())
    ask(fake, request=repeatable())

    again = replace(NEW, id=RepairOrderId("1795348800000-000000000000"))

    assert ask(fake, again, request=repeatable()) == DONE
    assert fake.records.all(RepairOrder) == [REQUESTED]
    assert len(mails(fake)) == 1


def test_twenty_are_unanswered_at_most_until_an_advocate_has_answered_one() -> None:
    fake = an_office(a_company())
    for number in range(MOST_UNANSWERED):
        assert ask(fake, a_numbered(number)) == {"repair": a_numbered(number).id}

    assert ask(fake) == Refusal(RefusalCode.TOO_MANY_REPAIRS)
    order = fake.records.get(RepairOrder, ACCOUNT, a_numbered(3).id)
    fake.records.put(replace(order, state=RepairState.OFFERED, offer=an_offer()))
    assert ask(fake) == DONE


def test_of_two_requests_at_once_the_second_counts_the_first() -> None:
    fake = an_office(a_company())
    for number in range(1, MOST_UNANSWERED):
        ask(fake, a_numbered(number))
    fake.records.quicker = [lambda: ask(fake, a_numbered(0))]

    assert ask(fake) == Refusal(RefusalCode.TOO_MANY_REPAIRS)


def a_numbered(number: int) -> RepairOrder:
    return replace(NEW, id=RepairOrderId(f"1795348800000-{number:012d}"))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (VatState.INVALID, RefusalCode.VAT_ID_INVALID),
        (VatState.MISMATCH, RefusalCode.VAT_DATA_DIFFERS),
        (VatState.GIVEN_UP, RefusalCode.VAT_CHECK_GIVEN_UP),
    ],
)
def test_a_company_whose_vat_id_is_not_valid_gets_no_repair(
    state: VatState, code: RefusalCode
) -> None:
    fake = an_office(a_company(vat=a_standing(state)))

    refused = ask(fake)

    assert isinstance(refused, Refusal)
    assert refused.code is code
    assert fake.records.all(RepairOrder) == []


def test_a_verdict_that_is_too_old_is_asked_for_again() -> None:
    fake = an_office(a_company())

    refused = ask(fake, request=a_request(at=NOON + 2 * DAY))

    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.VAT_CHECK_RUNNING
    assert [due.account for due in fake.records.all(VatDue)] == [ACCOUNT]


def test_a_lock_holds_up_no_repair() -> None:
    fake = an_office(a_company(locks=(Lock(until=None),)))

    assert ask(fake) == DONE


@pytest.mark.parametrize("account", [None, an_account(erased=True)], ids=["unknown", "erased"])
def test_without_an_account_there_is_no_repair(account: Account | None) -> None:
    fake = an_office(*([account] if account else []))

    assert ask(fake) == Refusal(RefusalCode.NO_ACCOUNT)
    assert fake.records.all(RepairOrder) == []


def test_nothing_is_kept_of_an_account_that_is_erased_meanwhile() -> None:
    fake = an_office(a_company())
    gone = an_account(erased=True, version=2)
    fake.records.quicker.append(lambda: fake.records.put(gone))

    assert ask(fake) == Refusal(RefusalCode.NO_ACCOUNT)
    assert fake.records.all(RepairOrder) == []


# --- the offer


def test_an_offer_goes_to_the_contact_with_the_vat_of_the_day() -> None:
    fake = an_office(a_company(), REQUESTED)

    assert offer(fake) == DONE

    made = stored(fake).offer
    assert made == an_offer(
        text="Gern.", valid_until=PAUSCHALE.valid_until, vat=REVERSE_CHARGE, at=NOON
    )
    assert mails(fake) == [(NoticeKind.REPAIR_OFFERED, "anna@example.org")]
    assert waiting(fake, RepairState.REQUESTED) == []


@pytest.mark.parametrize(
    ("account", "vat"),
    [
        pytest.param(a_company(), REVERSE_CHARGE, id="valid-abroad"),
        pytest.param(a_company(vat=a_standing(VatState.INVALID)), GERMAN_VAT, id="invalid-abroad"),
        pytest.param(
            a_company(registrant=replace(COMPANY, name="Huber AG")),
            GERMAN_VAT,
            id="the-verdict-is-about-other-data",
        ),
        pytest.param(a_company(registrant=GERMAN), GERMAN_VAT, id="at-home"),
        pytest.param(an_account(), GERMAN_VAT, id="made-by-the-vendor"),
        pytest.param(
            a_company(registrant=replace(COMPANY, address=replace(COMPANY.address, country="CH"))),
            VatCharge(VatRule.OUTSIDE_EU, "CH", 0),
            id="outside",
        ),
    ],
)
def test_an_offer_bears_the_vat_that_a_purchase_would(account: Account, vat: VatCharge) -> None:
    fake = an_office(account, REQUESTED)

    offer(fake)

    made = stored(fake).offer
    assert made
    assert made.vat == vat


def test_another_offer_is_another_mail() -> None:
    fake = an_office(a_company(), REQUESTED)
    offer(fake)

    assert offer(fake, replace(PAUSCHALE, items=(("Tausch", 49_900),))) == DONE

    first, second = fake.told(NoticeKind.REPAIR_OFFERED)
    assert first.id != second.id
    assert second.details["items"] == "Tausch|49900"


@pytest.mark.parametrize(
    ("until", "fits"),
    [(TODAY - DAY, False), (TODAY, True), (TODAY + 365 * DAY, True), (TODAY + 366 * DAY, False)],
)
def test_an_offer_holds_for_a_year_at_most(until: Any, fits: bool) -> None:
    fake = an_office(a_company(), REQUESTED)

    done = offer(fake, replace(PAUSCHALE, valid_until=until))

    if fits:
        assert done == DONE
    else:
        assert isinstance(done, Refusal)
        assert [problem.pointer for problem in done.problems] == ["/validUntil"]


def test_nobody_offers_what_is_not_there_or_answered() -> None:
    assert offer(an_office(a_company())) == Refusal(RefusalCode.NOT_FOUND)
    accepted = replace(OFFERED, state=RepairState.ACCEPTED)
    fake = an_office(a_company(), accepted)
    assert offer(fake) == Refusal(RefusalCode.REPAIR_ANSWERED)
    assert mails(fake) == []


# --- the answer


@pytest.mark.parametrize(
    ("accepts", "state", "kind"),
    [
        (True, RepairState.ACCEPTED, NoticeKind.REPAIR_ACCEPTED),
        (False, RepairState.DECLINED, NoticeKind.REPAIR_DECLINED),
    ],
)
def test_an_answer_is_told_to_the_advocate(
    accepts: bool, state: RepairState, kind: NoticeKind
) -> None:
    fake = an_office(a_company(), OFFERED)

    assert answer(fake, accepts=accepts) == DONE

    after = stored(fake)
    assert (after.state, after.answered_at, after.changed_by) == (state, NOON, "user:x")
    (notice,) = fake.told(kind)
    assert notice.to == ADVOCATE
    assert notice.details == {
        "repair": ID,
        "account": ACCOUNT,
        "gross_cents": "29750",
        "currency": "EUR",
    }
    assert (fake.records.reads, fake.records.writes) == (1, 1)


def test_an_offer_that_was_changed_meanwhile_is_not_accepted() -> None:
    fake = an_office(a_company(), OFFERED)
    dearer = replace(OFFERED, offer=an_offer(items=(("Pauschale", 99_000),)), version=3)
    fake.records.quicker.append(lambda: fake.records.put(dearer))

    assert answer(fake) == Refusal(RefusalCode.CHANGED_MEANWHILE)
    assert stored(fake) == dearer
    assert mails(fake) == []


def test_of_two_answers_at_once_one_counts() -> None:
    fake = an_office(a_company(), OFFERED)
    fake.records.quicker.append(lambda: answer(fake, accepts=False))

    assert answer(fake) == Refusal(RefusalCode.REPAIR_ANSWERED)
    assert stored(fake).state is RepairState.DECLINED
    assert [kind for kind, _ in mails(fake)] == [NoticeKind.REPAIR_DECLINED]


def test_whoever_accepts_while_the_account_is_erased_finds_no_offer() -> None:
    """Else the vendor would owe a repair to somebody whom nobody knows any more."""
    fake = an_office(a_company(), a_user(), OFFERED)
    fake.records.quicker.append(lambda: erase(ACCOUNT, fake.office, a_request()))

    assert answer(fake) == Refusal(RefusalCode.NOT_FOUND)
    assert fake.records.all(RepairOrder) == []


def test_another_account_knows_of_no_offer() -> None:
    fake = an_office(a_company(), OFFERED)

    refused = answer(fake, account=AccountNumber(OTHER_ACCOUNT))

    assert refused == Refusal(RefusalCode.NOT_FOUND)


# --- what was accepted is done


def completed(fake: FakeOffice) -> Result | Refusal:
    return complete_repair(ACCOUNT, ID, fake.office, a_request(actor="operator:o"))


def test_what_was_accepted_waits_for_the_vendor_until_it_is_noted_as_done() -> None:
    fake = an_office(a_company(), OFFERED)
    answer(fake)
    accepted = stored(fake)
    assert waiting(fake, RepairState.ACCEPTED) == [accepted]

    assert completed(fake) == completed(fake) == DONE

    assert stored(fake) == replace(
        accepted, state=RepairState.DONE, done_at=NOON, changed_by="operator:o", version=4
    )
    assert waiting(fake, RepairState.ACCEPTED) == []


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ([], RefusalCode.NOT_FOUND),
        ([REQUESTED], RefusalCode.REPAIR_NOT_ACCEPTED),
        ([OFFERED], RefusalCode.REPAIR_NOT_ACCEPTED),
        ([replace(OFFERED, state=RepairState.DECLINED)], RefusalCode.REPAIR_NOT_ACCEPTED),
    ],
    ids=["unknown", "requested", "offered", "declined"],
)
def test_nothing_else_can_be_done(order: list[RepairOrder], code: RefusalCode) -> None:
    fake = an_office(a_company(), *order)

    assert completed(fake) == Refusal(code)
    assert fake.records.all(RepairOrder) == order


# --- what it costs


def test_each_step_is_one_transaction_and_only_a_request_counts_others(dynamodb: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    records.write(Put(a_company(version=0)))
    office = replace(an_office().office, records=records)
    calls: list[str] = []
    dynamodb.meta.events.register(
        "before-call.dynamodb", lambda model, **_: calls.append(model.name)
    )

    request_repair(NEW, office, repeatable("r1"))
    offer_repair(ACCOUNT, ID, PAUSCHALE, office, repeatable("r2", actor="operator:o"))
    said = Answer(accepts=True, version=2)
    answer_offer(ACCOUNT, ID, said, office, repeatable("r3", actor="user:x"))

    step = ["BatchGetItem", "TransactWriteItems"]
    assert calls == [step[0], "Query", step[1], *step, *step]
    ref = Ref(RepairOrder, (ACCOUNT, ID))
    kept = records.read(ref)[ref]
    assert kept
    assert kept.state is RepairState.ACCEPTED


# --- erasing and exporting


def test_with_the_account_its_people_are_forgotten_and_what_was_agreed_stays() -> None:
    accepted = replace(
        OFFERED, id=RepairOrderId("1795348800001-abcdef012345"), state=RepairState.ACCEPTED
    )
    others = replace(REQUESTED, account=AccountNumber(OTHER_ACCOUNT))
    fake = an_office(a_company(), a_user(), REQUESTED, accepted, others)

    done = erase(ACCOUNT, fake.office, a_request())

    assert done == {"account": ACCOUNT}
    left = {order.id: order for order in fake.records.all(RepairOrder)}
    assert left.pop(others.id) == others
    (kept,) = left.values()
    assert kept.contact.name == kept.fault == FORGOTTEN
    assert kept.offer == accepted.offer
    assert "anna@example.org" not in repr([kept.contact.email, kept.contact.name])


def test_a_request_that_comes_while_the_account_is_erased_goes_with_it() -> None:
    fake = an_office(a_company(), a_user())
    fake.records.quicker.append(lambda: fake.records.put(REQUESTED))

    erase(ACCOUNT, fake.office, a_request())

    assert fake.records.all(RepairOrder) == []


def test_the_export_has_every_word_of_it() -> None:
    fake = an_office(a_company(users=()), replace(OFFERED, special_settings="Nennstrom 8 A"))

    export = exported(fake.records.get(Account, ACCOUNT), fake.office, fake.records)

    (told,) = export["repairOrders"]
    assert told["contact"] == {"name": "Anna Huber", "email": "anna@example.org", "phone": ""}
    assert told["fault"] == "Läuft nicht an."
    assert told["specialSettings"] == "Nennstrom 8 A"
    assert told["offer"]["items"] == [{"text": "Pauschale", "netCents": 25_000}]
    assert told["requestedAt"] == NOON.isoformat()
