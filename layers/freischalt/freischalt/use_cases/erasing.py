"""An account's owner wants its personal data to go.

One transaction decides: it is written on the condition that the account is as it was read before
anything else was looked at, and whatever makes an obligation writes the account, too. So an
erasure that is refused has changed nothing; and one that is decided finds, from then on, all that
there will ever be. Then everything else goes (`forgetting`), and the users last: until then one of
them can repeat a request that a crash has cut off, and it goes on where that ended. If none does,
it goes on by itself (`finish_erasures`).
"""

from collections.abc import Iterator
from dataclasses import replace

from freischalt.account_ports import Change, ChangePhone, Delete, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.conversation import Sender
from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.vat_record import VatDue
from freischalt.use_cases.forgetting import forget
from freischalt.use_cases.obligations import obligations
from freischalt.use_cases.office import (
    Decided,
    Decision,
    Office,
    Result,
    decide,
    found,
    users_of,
)

ERASED = "(gelöscht)"


def erase(
    number: AccountNumber, office: Office, request: Request, *, confirmed: bool = False
) -> Result | Refusal:
    """Personal data goes, unless something is still owed. There is no way back.

    Whoever has `confirmed` it gives up what plants have credited.
    """
    ref, due_ref = Ref(Account, (number,)), Ref(VatDue, (number,))

    def once(seen: Seen) -> Decision:
        account, due = seen[ref], seen[due_ref]
        if account is None or (account.erased and not account.erasing_since):
            return Refusal(RefusalCode.NO_ACCOUNT)
        if account.erased:
            return Decided({"account": number})
        today = office.today(request.at)
        if refusal := obligations(number, office, today, confirmed=confirmed):
            return refusal
        empty = replace(
            account,
            company=ERASED,
            registrant=None,
            phones=(),
            vat=None,
            erased=True,
            erasing_since=request.at,
            changed_by=request.actor,
        )
        not_asked = (Delete(due),) if due else ()
        phones = _phones_released(account, office, request)
        return Decided({"account": number}, (Put(empty), *phones, *not_asked))

    done = decide(office, request, (ref, due_ref), once)
    if isinstance(done, Refusal):
        return done
    finish(number, office, request)
    return done


def finish(number: AccountNumber, office: Office, request: Request) -> None:
    """All that is left of an account that is erased already. Again, it changes nothing."""
    forget(number, office)
    _part_with_users(number, office, request)


def _phones_released(account: Account, office: Office, request: Request) -> Iterator[Change]:
    for phone in found(office, [Ref(Sender, (number,)) for number in account.phones]):
        if phone.account == account.number:
            yield ChangePhone.to_nobody(phone, request.at)


def _part_with_users(number: AccountNumber, office: Office, request: Request) -> None:
    """Whoever has no other account goes; the others are signed out. With that nothing is left."""
    ref = Ref(Account, (number,))

    def once(seen: Seen) -> Decision:
        account = seen[ref]
        if account is None or not account.erasing_since:
            return Decided({})
        gone = _users_gone(account, office)
        return Decided({}, (Put(replace(account, users=(), erasing_since=None)), *gone))

    decide(office, replace(request, repeatable=False), (ref,), once)


def _users_gone(account: Account, office: Office) -> Iterator[Change]:
    for user in users_of(account, office):
        others = tuple(number for number in user.accounts if number != account.number)
        left = replace(user, accounts=others, epoch=user.epoch + 1)
        yield Put(left) if others else Delete(user)
