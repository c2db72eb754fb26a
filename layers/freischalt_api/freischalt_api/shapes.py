"""What comes in and goes out over HTTP, with every limit; field names are camelCase there."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from freischalt.domain.address import CustomerKind
from freischalt.domain.ids import ORDER_NUMBER
from freischalt.domain.locks import LockReason, LockScope
from freischalt.domain.order import OrderKind
from freischalt.domain.user import Language, email_address, user_name
from freischalt.domain.validation import Verdict
from freischalt.domain.vat import FieldVerdict, VatField, VatService
from freischalt.domain.vat_charge import VatRule
from freischalt.domain.vat_standing import VatState


class _Shape(BaseModel):
    # a shape's validator is built when it is first used: a call uses two of sixty
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, defer_build=True)


class In(_Shape):
    """What a client sends: what is not asked for is refused, and no echo of it in an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Out(_Shape):
    """What a client gets."""


def _printable(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in text):
        raise ValueError("must not have control characters")
    return text


def _trimmed(text: str) -> str:
    trimmed = " ".join(text.split())
    if not trimmed:
        raise ValueError("must not be empty")
    return trimmed


def _lines(text: str) -> str:
    _printable(text.replace("\n", " "))
    return text.strip()


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _parsed(parse: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(parse)


type Line = Annotated[
    str, Field(min_length=1, max_length=120), AfterValidator(_printable), AfterValidator(_trimmed)
]
type ShortLine = Annotated[
    str, Field(min_length=1, max_length=40), AfterValidator(_printable), AfterValidator(_trimmed)
]
type Words = Annotated[str, Field(max_length=120), AfterValidator(_printable)]
"""May be empty, as a line may not."""

type Lines = Annotated[str, Field(max_length=1000), AfterValidator(_lines)]
type Told = Annotated[
    str, Field(min_length=1, max_length=4000), AfterValidator(_lines), AfterValidator(_not_empty)
]
type UserName = Annotated[
    str,
    Field(
        min_length=3,
        max_length=40,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{1,38}[A-Za-z0-9]$",
        examples=["anna.huber"],
    ),
    _parsed(user_name),
]
type AnyUserName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]
type Email = Annotated[
    str,
    Field(min_length=6, max_length=254, examples=["anna@example.org"]),
    AfterValidator(_printable),
    _parsed(email_address),
]
type Secret = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]
type Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["DE"])]
type VatId = Annotated[
    str,
    Field(min_length=2, max_length=40, pattern=r"^[ -~]+$", examples=["DE136695976"]),
]
type Version = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9._-]+$")]
type Link = Annotated[str, Field(pattern=r"^[a-z2-7]{26}\.[A-Za-z0-9_-]{43}$")]
type Carat = Annotated[
    str, Field(pattern=r"^[0-9A-Fa-f]{8}$", examples=["12345678"]), AfterValidator(str.upper)
]
type Number16 = Annotated[
    str,
    Field(pattern=r"^[0-9A-Fa-f]{16}$", examples=["1234567890ABCDEF"]),
    AfterValidator(str.upper),
]
type Type = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,5}[Pp]?|[Ee])$", examples=["5P"])]
PHONE_PATTERN = r"^\+[1-9][0-9]{6,14}$"

type Phone = Annotated[str, Field(pattern=PHONE_PATTERN, examples=["+436601234567"])]
type SixDigits = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
type Totp = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
ORDER_PATTERN = f"^{ORDER_NUMBER.pattern}$"
ACCOUNT_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z-]{0,19}$"

PLANT_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z-]{0,19}-[1-9][0-9]{0,4}$"

type PlantNo = Annotated[str, Field(pattern=PLANT_PATTERN, examples=["10001-3"])]
type AccountNo = Annotated[str, Field(pattern=ACCOUNT_PATTERN, examples=["10001"])]


# --- accounts


LATIN = "In Latin letters, for the check of the VAT ID, where the original has others"


class AddressShape(In):
    street: Line
    postal_code: ShortLine
    city: Line
    country: Country
    street_latin: Annotated[Line | None, Field(description=LATIN)] = None
    city_latin: Annotated[Line | None, Field(description=LATIN)] = None


class Accepted(In):
    """The versions that were read and accepted."""

    terms: Version
    privacy: Version


class RegistrationIn(In):
    user_name: UserName
    email: Email
    language: Language = Language.GERMAN
    kind: CustomerKind
    name: Annotated[Line, Field(description="The company's name, or the person's")]
    address: AddressShape
    name_latin: Annotated[Line | None, Field(description=LATIN)] = None
    vat_id: VatId | None = None
    accepted: Accepted


class RegistrationOut(Out):
    """The mail is on its way."""

    user_name: str
    validate_until: datetime


class TokenIn(In):
    token: Link


class ValidatedOut(Out):
    account: str


class SessionIn(In):
    user_name: AnyUserName
    password: Secret


class OperatorSessionIn(SessionIn):
    totp: Totp


class SessionOut(Out):
    """`token` goes into `Authorization: Bearer …`, and is shown this once."""

    token: str
    account: str | None
    must_change_password: bool
    ends_at: datetime
    idle_minutes: int = 30


class MeOut(Out):
    actor: str
    account: str | None
    accounts: list[str]
    must_change_password: bool
    to_accept: list[str]


class PasswordIn(In):
    current: Secret
    new: Annotated[str, Field(max_length=256)]


class ResetIn(In):
    user_name: AnyUserName


class RedemptionIn(In):
    token: Link
    password: Annotated[str, Field(max_length=256)]


class DocumentOut(Out):
    kind: str
    version: str
    urls: dict[str, str]
    accepted: bool | None = None


class DocumentsOut(Out):
    documents: list[DocumentOut]


class AccountOut(Out):
    number: str
    name: str
    name_latin: str | None
    kind: CustomerKind | None
    address: AddressShape | None
    vat_id: str | None
    phones: list[str]
    locked: str | None = Field(description="`gesperrt bis …`, or null")
    confirms_orders: bool
    may_buy_monitoring: bool
    advice: str | None = Field(default=None, description="Whom to turn to instead")
    created_at: datetime


class AccountIn(In):
    kind: CustomerKind
    name: Line
    name_latin: Annotated[Line | None, Field(description=LATIN)] = None
    address: AddressShape
    vat_id: VatId | None = None


class CompanyIn(In):
    name: Line
    name_latin: Annotated[Line | None, Field(description=LATIN)] = None
    address: AddressShape
    vat_id: VatId | None = None


# --- VAT IDs


class VatDifferenceOut(Out):
    pointer: str
    entered: str


class VatStandingOut(Out):
    """What is known of the VAT ID now, and what follows from it."""

    vat_id: str | None
    data_version: str | None = Field(description="Changes with whatever is checked")
    state: VatState | None = Field(description="The last verdict; null if nothing is checked")
    may_buy: bool
    code: str | None = Field(description="Why not, as an order's refusal would say it")
    detail: str | None
    decided_at: datetime | None
    decided_by_operator: bool = False
    differing: list[VatDifferenceOut] = []
    pending_since: datetime | None = Field(description="A check that is under way")
    next_try: datetime | None
    reason: str | None = Field(description="What the last try came to, by the service's own code")


class VatCheckOut(Out):
    """One check that has ended."""

    id: str
    at: datetime
    state: VatState
    service: VatService | None
    vat_id: str | None
    code: str | None
    fields: dict[VatField, FieldVerdict]
    request_id: str | None
    by_operator: bool
    for_a_person: bool = Field(description="Valid, with a peculiarity to be looked at")


class VatChecksOut(Out):
    standing: VatStandingOut
    checks: list[VatCheckOut]
    next: str | None = None


class VatVerdictIn(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    WITHOUT_VAT_ID = "without_vat_id"


class VatDecisionIn(In):
    """`without_vat_id`: the company may buy without one, with domestic VAT."""

    decision: VatVerdictIn
    data_version: Annotated[
        str, Field(pattern=r"^[0-9a-f]{16}$", description="Of the data that were looked at")
    ]
    reason: Annotated[Line, Field(description="For the records, kept for ten years")]


class VatEvidenceOut(VatCheckOut):
    """All that was on the wire, as it was, and what an operator decided and why."""

    entered: dict[str, str] = Field(description="The company as it had entered itself")
    asked: dict[str, str]
    asked_at: datetime | None
    answered_at: datetime | None
    request: str | None
    response: str | None
    http_status: int | None
    counts: bool = Field(description="False: the data had changed when the answer came")
    by: str | None
    reason: str | None


# --- licences


class BlockerOut(Out):
    code: Verdict
    since: datetime | None
    until: date | None
    detail: str


class ValidationOut(Out):
    valid: bool
    code: Verdict
    detail: str
    detail_en: str
    blockers: list[BlockerOut]


class LicenceOut(Out):
    id: str
    carat_id: str
    points: int
    e_protocol: bool
    user_information: str | None
    locked: str | None = Field(description="`gesperrt bis …`, or null")
    validation: ValidationOut


class LicencesOut(Out):
    licences: list[LicenceOut]
    next: str | None = None


class AskIn(In):
    """What is fetched or ordered, and for which licence number."""

    type: Type
    licence_number: Number16


class CodeOut(Out):
    code: str
    text: str
    type: str
    licence_number: str


class OrderedOut(Out):
    order_number: str
    text: str
    type: str
    licence_number: str


class OrderOut(Out):
    order_number: str
    kind: OrderKind
    type: str
    licence_number: str
    net_cents: int
    currency: str
    placed_at: datetime


class OrdersOut(Out):
    orders: list[OrderOut]
    next: str | None = None


# --- locks


class OwnLockIn(In):
    """A customer's own lock; only the vendor lifts it."""

    note: Lines = ""
    until: date | None = None


class LockIn(In):
    reason: LockReason
    carat_id: Carat | None = None
    plant: PlantNo | None = Field(default=None, description="Instead of `caratId`")
    scope: LockScope = LockScope.ALL
    note: Lines = ""
    private_note: Lines = ""
    until: date | None = None


class LockOut(Out):
    id: str
    carat_id: str | None
    plant: str | None = None
    reason: LockReason
    scope: LockScope
    note: str
    until: date | None
    set_at: datetime
    state: Literal["holds", "lifted", "ended"]
    text: str
    way_out: str


class OperatorLockOut(LockOut):
    private_note: str
    set_by: str
    lifted_by: str | None
    lifted_at: datetime | None
    resolution: str | None


class LocksOut(Out):
    locks: list[LockOut]
    next: str | None = None


class OperatorLocksOut(Out):
    locks: list[OperatorLockOut]
    next: str | None = None


class LiftingIn(In):
    resolution: Annotated[Lines, Field(min_length=1)]


# --- phones and keys


class PhoneIn(In):
    phone: Phone


class PhoneOut(Out):
    phone: str
    state: Literal["registered", "code_sent"]


class PhonesOut(Out):
    phones: list[str]


class PhoneCodeIn(In):
    code: SixDigits


class ApiKeyIn(In):
    name: ShortLine


class MadeApiKeyOut(Out):
    """`token` is shown this once."""

    id: str
    token: str


class ApiKeyOut(Out):
    id: str
    name: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class ApiKeysOut(Out):
    api_keys: list[ApiKeyOut]


class AuditOut(Out):
    at: datetime
    event: str
    actor: str
    details: dict[str, str]


class FileOut(Out):
    """Where a large file is, for whoever has the address; the token is not sent there."""

    url: str
    until: datetime


class TrailOut(Out):
    entries: list[AuditOut]
    next: str | None = None


# --- operators


class InvitationIn(In):
    user_name: UserName
    email: Email
    language: Language = Language.GERMAN


class AccountsOut(Out):
    accounts: list[AccountOut]
    next: str | None = None


class ReleaseIn(In):
    carat_id: Carat
    points: Annotated[int, Field(ge=0, le=999_999, strict=True)] = 0
    e_protocol: Annotated[bool, Field(strict=True)] = False
    user_information: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}$")] | None = None


class ReleaseOut(Out):
    carat_id: str
    points: int
    e_protocol: bool
    user_information: str | None


class MaintenanceIn(In):
    on: Annotated[bool, Field(strict=True)]


class MaintenanceOut(Out):
    on: bool


# --- problems


class FieldErrorOut(Out):
    pointer: str = Field(description="A JSON pointer into the body, or the parameter's name")
    rule: str
    detail: str
    characters: str | None = Field(default=None, description="Those that are not allowed")
    suggestion: str | None = Field(default=None, description="What might be entered instead")


class GrowthOfferOut(Out):
    """A term that the plant could have instead; days are the first and the last of them."""

    days: int
    list_cents: int
    credit_cents: int
    net_cents: int
    vat_rule: VatRule
    vat_basis_points: int
    vat_cents: int
    gross_cents: int
    first_day: date
    last_day: date


class GrowthOut(Out):
    """What it means that a plant outgrows its licence, or what is ordered for it.

    `endsOn` is the first day without the right to use: today, unless a trial or a licence that
    covers the power gives it on.
    """

    licensed_power_w: int | None = Field(description="Of what would end; null: nothing")
    ordered_power_w: int | None = Field(
        description="Of the open order, if it is less: paid, its term would end at once"
    )
    power_w: int
    unknown_inverters: int
    credit_cents: int
    currency: str
    ends_on: date
    offers: list[GrowthOfferOut]


class ProblemOut(Out):
    """`application/problem+json` (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldErrorOut] = []
    request_id: str
    documents: list[DocumentOut] | None = None
    advice: str | None = Field(default=None, description="Whom to turn to instead")
    plant: str | None = Field(default=None, description="The plant that it is about")
    order: str | None = Field(default=None, description="ORDER_OPEN: the order that is")
    renewable_from: date | None = Field(default=None, description="NOT_YET_RENEWABLE: until when")
    quote: dict[str, object] | None = Field(
        default=None, description="PRICE_CHANGED: the new quote, as at POST /quotes"
    )
    growth: GrowthOut | None = Field(default=None, description="With GROWTH_NOT_ACCEPTED")
