"""What a customer does with its own account: documents, phones, API keys."""

from dataclasses import dataclass, replace

from freischalt.account_ports import ChangePhone, Delete, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.conversation import Sender
from freischalt.domain.ids import AccountNumber, UserId
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.phone_check import (
    MOST_CHECKS,
    MOST_PHONES,
    MOST_TEXTS,
    OPEN_FOR,
    PhoneCheck,
    six_digits,
)
from freischalt.domain.purposes import API_KEY, PHONE_CODE
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sign_in import ApiKey, digest_of
from freischalt.domain.token import api_key_token, text_of_secret
from freischalt.domain.user import Language, User
from freischalt.domain.vat_record import VatDue
from freischalt.use_cases.office import Decided, Decision, Office, Result, all_of, decide
from freischalt.use_cases.vat_checks import changed_company

MOST_API_KEYS = 50
A_PAGE = 100

# --- what it says of itself


def change_account(
    number: AccountNumber, registrant: Registrant, read: int, office: Office, request: Request
) -> Result | Refusal:
    """Replace name, address and VAT ID, if the account still has the version that was read."""
    refs = Ref(Account, (number,)), Ref(VatDue, (number,))

    def once(seen: Seen) -> Decision:
        account, due = seen[refs[0]], seen[refs[1]]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if account.version != read:
            return Refusal(RefusalCode.CHANGED_MEANWHILE)
        if _leaves_the_check(account.registrant, registrant):
            return Refusal(RefusalCode.COMPANY_STAYS_ONE)
        changed, changes = changed_company(account, registrant, due, office, request)
        return Decided({"account": number}, (Put(changed), *changes))

    return decide(office, request, refs, once)


def _leaves_the_check(before: Registrant | None, after: Registrant) -> bool:
    """A person's VAT ID is not asked for: so a company does not become one by its own word."""
    was_company = before is not None and before.kind is CustomerKind.COMPANY
    return was_company and after.kind is CustomerKind.PERSON


# --- documents


def accept_documents(
    user_id: UserId, accepted: dict[str, str], office: Office, request: Request
) -> Result | Refusal:
    """Accept documents, each in its current version."""
    current = office.catalogue.versions
    if wrong := [kind for kind, version in accepted.items() if current.get(kind) != version]:
        return _other_versions(wrong, office.catalogue)
    ref = Ref(User, (user_id,))

    def once(seen: Seen) -> Decision:
        user = seen[ref]
        if user is None:
            return Refusal(RefusalCode.NOT_FOUND)
        changed = replace(user, accepted={**user.accepted, **accepted})
        return Decided({"user": user.id}, (Put(changed),))

    return decide(office, request, (ref,), once)


def _other_versions(wrong: list[str], catalogue: Catalogue) -> Refusal:
    return Refusal(
        RefusalCode.DOCUMENT_VERSION_UNKNOWN,
        problems=tuple(
            FieldProblem(f"/{kind}", f"must be {catalogue.documents[kind].version}")
            for kind in wrong
        ),
    )


# --- phones


def ask_for_phone(
    phone: str, account_number: AccountNumber, language: Language, office: Office, request: Request
) -> Result | Refusal:
    """Send six digits to the phone. That it is another account's is told when they come back."""
    refs = (
        Ref(Account, (account_number,)),
        Ref(PhoneCheck, (account_number, phone)),
        Ref(Sender, (phone,)),
    )

    def once(seen: Seen) -> Decision:
        account, before, owner = seen[refs[0]], seen[refs[1]], seen[refs[2]]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if len(account.phones) >= MOST_PHONES:
            return Refusal(RefusalCode.TOO_MANY_PHONES)
        if owner and owner.account == account_number:
            return Decided({"phone": phone})
        if before and request.at < before.until:
            return Decided({"phone": phone})  # one code in ten minutes, however it was guessed at
        checks = office.records.page(PhoneCheck, account_number, after=None, limit=MOST_CHECKS)
        if before and before.sent >= MOST_TEXTS:
            return Refusal(RefusalCode.TOO_MANY_PHONES)
        if before is None and len(checks.things) >= MOST_CHECKS:
            return Refusal(RefusalCode.TOO_MANY_PHONES)
        check = PhoneCheck(
            account=account_number,
            phone=phone,
            nonce=request.nonce,
            until=request.at + OPEN_FOR,
            sent=before.sent + 1 if before else 1,
            version=before.version if before else 0,
        )
        text = Notice(
            id=f"phone-{request.nonce}",
            kind=NoticeKind.SMS_PHONE_CODE,
            to=phone,
            language=language,
            created_at=request.at,
            details={"nonce": request.nonce},
        )
        return Decided({"phone": phone}, (Put(check), Put(text), Put(account)))

    return decide(office, request, refs, once)


def confirm_phone(
    phone: str, account_number: AccountNumber, digits: str, office: Office, request: Request
) -> Result | Refusal:
    """The six digits came back: from now on the phone fetches and orders for the account."""
    refs = (
        Ref(Account, (account_number,)),
        Ref(PhoneCheck, (account_number, phone)),
        Ref(Sender, (phone,)),
    )
    wrong = Refusal(
        RefusalCode.PHONE_CODE_WRONG, problems=(FieldProblem("/code", "is not the code we sent"),)
    )

    def once(seen: Seen) -> Decision:
        account, check, owner = seen[refs[0]], seen[refs[1]], seen[refs[2]]
        if (
            account is None
            or account.erased
            or check is None
            or owner is None
            or not check.is_open(request.at)
        ):
            return wrong
        if digits != six_digits(office.secrets.secret(PHONE_CODE, check.nonce)):
            return Decided(
                {"wrong": phone}, (Put(replace(check, wrong_tries=check.wrong_tries + 1)),)
            )
        if owner.account not in {None, account_number}:
            return Refusal(RefusalCode.PHONE_TAKEN)
        if len(account.phones) >= MOST_PHONES:
            return Refusal(RefusalCode.TOO_MANY_PHONES)
        phones = tuple(dict.fromkeys((*account.phones, phone)))
        return Decided(
            {"phone": phone},
            (
                Put(replace(account, phones=phones, changed_by=request.actor)),
                ChangePhone.to(account, owner),
                Delete(check),
            ),
        )

    result = decide(office, request, refs, once)
    return wrong if not isinstance(result, Refusal) and "wrong" in result else result


def release_phone(
    phone: str, account_number: AccountNumber, office: Office, request: Request
) -> Result | Refusal:
    """The phone may no longer fetch or order."""
    refs = Ref(Account, (account_number,)), Ref(Sender, (phone,))

    def once(seen: Seen) -> Decision:
        account, owner = seen[refs[0]], seen[refs[1]]
        if account is None or owner is None or owner.account != account_number:
            return Refusal(RefusalCode.NOT_FOUND)
        kept = tuple(other for other in account.phones if other != phone)
        return Decided(
            {"phone": phone},
            (
                Put(replace(account, phones=kept, changed_by=request.actor)),
                ChangePhone.to_nobody(owner, request.at),
            ),
        )

    return decide(office, request, refs, once)


# --- API keys


@dataclass(frozen=True, slots=True)
class MadeKey:
    """The token is shown this once."""

    id: str
    token: str


def api_keys(account: AccountNumber, office: Office) -> list[ApiKey]:
    """All of them, with those that were revoked, which are kept for a while."""
    return list(
        all_of(lambda after: office.records.page(ApiKey, account, after=after, limit=A_PAGE))
    )


def make_api_key(
    name: str, number: AccountNumber, office: Office, request: Request
) -> MadeKey | Refusal:
    """Of a repeated request the nonce is the first one's, and so is the token.

    The account is written, too: an erasure that has read before loses the race.
    """
    account_ref = Ref(Account, (number,))
    secret = _key_secret(number, request.nonce, office)

    def once(seen: Seen) -> Decision:
        account = seen[account_ref]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        kept = api_keys(number, office)
        if len([key for key in kept if not key.revoked_at]) >= MOST_API_KEYS:
            return Refusal(RefusalCode.TOO_MANY_API_KEYS)
        digest = digest_of(text_of_secret(secret))
        key = ApiKey(
            account=number,
            digest=digest,
            id=digest[:16],
            name=name,
            created_by=request.actor,
            created_at=request.at,
        )
        result = {"key": key.id, "nonce": request.nonce}
        return Decided(result, (Put(key), Put(account)))

    result = decide(office, request, (account_ref,), once)
    if isinstance(result, Refusal):
        return result
    if result["nonce"] != request.nonce:
        secret = _key_secret(number, result["nonce"], office)
    return MadeKey(result["key"], api_key_token(number, secret))


def _key_secret(number: AccountNumber, nonce: str, office: Office) -> bytes:
    return office.secrets.secret(API_KEY, f"{number}|{nonce}")


def revoke_api_key(
    key_id: str, account: AccountNumber, office: Office, request: Request
) -> Result | Refusal:
    """From now on the key opens nothing; revoking it again changes nothing."""

    def once(_: Seen) -> Decision:
        found = [key for key in api_keys(account, office) if key.id == key_id]
        if not found:
            return Refusal(RefusalCode.NOT_FOUND)
        (key,) = found
        changes = (
            ()
            if key.revoked_at
            else (Put(replace(key, revoked_at=request.at, revoked_by=request.actor)),)
        )
        return Decided({"key": key.id}, changes)

    return decide(office, request, (), once)
