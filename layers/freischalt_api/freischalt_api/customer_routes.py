"""What customers and their machines do: licences, codes, orders, locks, phones, keys, documents."""

import json
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from freischalt.account_ports import LINK_OPEN, Handover, Lists, Ref
from freischalt.domain.account import Account
from freischalt.domain.address import Registrant
from freischalt.domain.answer import AnswerCode
from freischalt.domain.ids import OrderNumber, PlantId
from freischalt.domain.licence import CaratId, LicenceNumber, Points, licence_type
from freischalt.domain.locks import LockReason, LockRecord
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.sms_grammar import Fetch, PlaceOrder
from freischalt.domain.user import VALIDATION_OPEN
from freischalt.use_cases import licences, own_account
from freischalt.use_cases.answer_request import Answered, answer_request
from freischalt.use_cases.buying import place_order
from freischalt.use_cases.desk import Counter
from freischalt.use_cases.locking import NewLock, set_lock
from freischalt.use_cases.office import Office, known_account
from freischalt.use_cases.passwords import ask_for_reset
from freischalt.use_cases.registering import Registration, register
from freischalt.use_cases.signing_in import (
    end_all_sessions,
    principal_of_user,
    sign_out,
)
from freischalt_api.api import (
    LARGEST_BODY,
    After,
    Api,
    IdempotencyKey,
    IfMatch,
    Limit,
    etag,
    further,
    nothing,
    path,
    place,
    revision_read,
)
from freischalt_api.companies import company_of, registrant_of
from freischalt_api.gate import anew, signed_in
from freischalt_api.phone_numbers import mobile_number
from freischalt_api.problems import AnsweredNo, Refused, ok
from freischalt_api.shapes import (
    ORDER_PATTERN,
    PHONE_PATTERN,
    PLANT_PATTERN,
    Accepted,
    AccountIn,
    AccountOut,
    ApiKeyIn,
    ApiKeyOut,
    ApiKeysOut,
    AskIn,
    CodeOut,
    CompanyIn,
    DocumentsOut,
    FileOut,
    LicenceOut,
    LicencesOut,
    LocksOut,
    MadeApiKeyOut,
    MeOut,
    OrderedOut,
    OrderOut,
    OrdersOut,
    OwnLockIn,
    PhoneCodeIn,
    PhoneIn,
    PhoneOut,
    PhonesOut,
    RegistrationIn,
    RegistrationOut,
    ResetIn,
    TrailOut,
    ValidationOut,
)
from freischalt_api.vat_routes import add_vat_routes
from freischalt_api.views import (
    account_out,
    contract_documents_out,
    documents_out,
    licence_out,
    lock_out,
    order_out,
    trail_out,
    validation_out,
)

LARGEST_EXPORT_AT_ONCE = LARGEST_BODY
"""As large as what is sent to us: larger files go by the bucket, in both directions."""

CARAT = r"^[0-9A-Fa-f]{8}$"
CARAT_OR_PLANT = rf"{CARAT}|{PLANT_PATTERN}"
KEY_ID = r"^[0-9a-f]{16}$"


def add_routes(app: Api, office: Office, desk: Counter, lists: Lists, handover: Handover) -> None:
    _add_public(app, office)
    _add_session(app, office)
    _add_account(app, office, lists)
    _add_own_data(app, office, lists, handover)
    _add_licences(app, office, lists)
    _add_desk(app, desk, office)
    _add_locks(app, office)
    _add_phones(app, office)
    _add_keys(app, office)
    add_vat_routes(app, office)


def _add_public(app: Api, office: Office) -> None:
    @app.post("/registrations", status_code=202, tags=["Registration"], summary="Register")
    def post_registration(
        body: Annotated[RegistrationIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> RegistrationOut:
        """A mail with an initial password and a link is sent; the link opens the account."""
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        registration = Registration(
            name=body.user_name,
            email=body.email,
            language=body.language,
            registrant=registrant_of(body),
            accepted=body.accepted.model_dump(),
        )
        ok(register(registration, office, request))
        return RegistrationOut(
            user_name=body.user_name, validate_until=request.at + VALIDATION_OPEN
        )

    @app.post(
        "/password-resets", status_code=202, tags=["Sign-in"], summary="Ask for a new password"
    )
    def post_reset(
        body: Annotated[ResetIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> dict[str, str]:
        """The answer is the same whether there is such a user or not."""
        request = app.asked(idempotency_key, body.model_dump())
        ok(ask_for_reset(body.user_name, office, request))
        return {}

    @app.get("/documents", tags=["Documents"], summary="All documents, in the versions in force")
    def get_documents() -> DocumentsOut:
        """Terms of use and privacy policy are accepted by users; the others come with contracts."""
        api = f"https://{app.current_event.request_context.domain_name}"
        accepted = documents_out(office.catalogue, None)
        return DocumentsOut(documents=[*accepted, *contract_documents_out(office.catalogue, api)])


def _add_session(app: Api, office: Office) -> None:
    @app.get("/session", tags=["Sign-in"], summary="Who am I?")
    def get_session() -> MeOut:
        principal = app.principal()
        accounts = [principal.account] if principal.account else []
        if principal.user:
            user, session = signed_in(principal.user, principal.session, app, office)
            accounts = list(user.accounts)
            principal = principal_of_user(user, session, office, app.moment)
        return MeOut(
            actor=principal.actor,
            account=principal.account,
            accounts=[*accounts],
            must_change_password=principal.must_change_password,
            to_accept=list(principal.lacks),
        )

    @app.delete("/sessions/current", status_code=204, tags=["Sign-in"], summary="Sign out")
    def delete_session() -> Response[None]:
        principal = app.user()
        if principal.user:
            ok(sign_out(principal.user, principal.session, office, app.asked(None)))
        return nothing()

    @app.delete("/sessions", status_code=204, tags=["Sign-in"], summary="End all sessions")
    def delete_sessions() -> Response[None]:
        principal = app.user()
        if principal.user:
            ok(end_all_sessions(principal.user, office, app.asked(None)))
        return nothing()

    @app.get("/documents/own", tags=["Documents"], summary="Which of them have I accepted?")
    def get_own_documents() -> DocumentsOut:
        principal = anew(app.user(), app, office)
        return DocumentsOut(documents=documents_out(office.catalogue, principal.lacks))

    @app.post(
        "/documents/acceptances", status_code=204, tags=["Documents"], summary="Accept documents"
    )
    def post_acceptance(
        body: Annotated[Accepted, Body()], idempotency_key: IdempotencyKey = None
    ) -> Response[None]:
        principal = app.user()
        request = app.asked(idempotency_key, body.model_dump())
        if principal.user:
            ok(own_account.accept_documents(principal.user, body.model_dump(), office, request))
        return nothing()


def _add_account(app: Api, office: Office, lists: Lists) -> None:
    def shown(account: Account) -> AccountOut:
        return account_out(account, office.today(app.moment), app.language, office.catalogue)

    @app.get("/account", tags=["Account"], summary="My account")
    def get_account() -> Response[AccountOut]:
        """The `ETag` is what a change sends back as `If-Match`."""
        account = ok(known_account(app.account(), office))
        return Response(200, "application/json", shown(account), etag(account.version))

    @app.put("/account", tags=["Account"], summary="Change name, address, VAT ID")
    def put_account(
        body: Annotated[AccountIn, Body()], if_match: IfMatch = None
    ) -> Response[AccountOut]:
        return changed(registrant_of(body), if_match)

    @app.put("/account/company", tags=["Account"], summary="Change the company's data, VAT ID")
    def put_company(
        body: Annotated[CompanyIn, Body()], if_match: IfMatch = None
    ) -> Response[AccountOut]:
        """A changed name, address or VAT ID is checked anew; until then nothing can be bought."""
        return changed(company_of(body), if_match)

    def changed(registrant: Registrant, if_match: str | None) -> Response[AccountOut]:
        read = revision_read(if_match)
        app.user()
        request = app.asked(None)
        ok(own_account.change_account(app.account(), registrant, read, office, request))
        account = ok(known_account(app.account(), office))
        return Response(200, "application/json", shown(account), etag(account.version))

    @app.get("/account/audit-trail", tags=["Account"], summary="What happened, newest first")
    def get_trail(after: After = None, limit: Limit = 20) -> TrailOut:
        page = lists.trail(app.account(), after=place(after), limit=limit)
        return trail_out(page)


def _add_own_data(app: Api, office: Office, lists: Lists, handover: Handover) -> None:
    @app.get("/account/export", tags=["Account"], summary="Everything we keep of this account")
    def get_export() -> Response[Any]:
        """One JSON file. A large one is left at an address of its own, for ten minutes."""
        app.user()
        # it knows all kinds of things, and is asked for once a year: no start waits for that
        from freischalt.use_cases.exporting import exported  # noqa: PLC0415

        account = ok(known_account(app.account(), office))
        whole = json.dumps(exported(account, office, lists), ensure_ascii=False).encode()
        headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
        if len(whole) <= LARGEST_EXPORT_AT_ONCE:
            return Response(200, "application/json", whole.decode(), headers)
        name = f"accounts/{account.number}/{app.asked(None).nonce}.json"
        left = FileOut(url=handover.hand_over(name, whole), until=app.moment + LINK_OPEN)
        return Response(202, "application/json", left, headers)

    @app.delete("/account", status_code=204, tags=["Account"], summary="Erase the account")
    def delete_account(
        *,
        confirm: Annotated[
            bool, Query(description="Of plants that have credit: it is given up")
        ] = False,
    ) -> Response[None]:
        """Personal data goes; accounting records stay, pseudonymised. There is no way back.

        Not while something is still owed: to the vendor, or by it.
        """
        app.user()
        from freischalt.use_cases.erasing import erase  # noqa: PLC0415 - as for the export

        ok(erase(app.account(), office, app.asked(None), confirmed=confirm))
        return nothing()


def _add_licences(app: Api, office: Office, lists: Lists) -> None:
    @app.get("/licences", tags=["Licences"], summary="My licences, newest first")
    def get_licences(after: After = None, limit: Limit = 20) -> LicencesOut:
        page = licences.licences(
            app.account(), office, lists, after=place(after), limit=limit, now=app.moment
        )
        return LicencesOut(
            licences=[licence_out(one, app.language) for one in page.things],
            next=further(page.next),
        )

    @app.get("/licences/<licence_id>", tags=["Licences"], summary="One licence")
    def get_licence(licence_id: Annotated[str, path(CARAT)]) -> LicenceOut:
        carat_id = CaratId(licence_id.upper())
        found = licences.licence(app.account(), carat_id, office, now=app.moment)
        if found is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        return licence_out(found, app.language)

    @app.get(
        "/licences/<licence_id>/validation",
        tags=["Licences"],
        summary="May it be used now, and if not, what stands in the way?",
    )
    def get_validation(licence_id: Annotated[str, path(CARAT)]) -> ValidationOut:
        """The first code that applies, in the order of the enumeration, and every blocker."""
        carat_id = CaratId(licence_id.upper())
        found = licences.validation(app.account(), carat_id, office, now=app.moment)
        return validation_out(found, app.language)

    @app.get("/orders", tags=["Orders"], summary="My orders, newest first")
    def get_orders(after: After = None, limit: Limit = 20) -> OrdersOut:
        page = licences.orders(app.account(), office, lists, after=place(after), limit=limit)
        return OrdersOut(
            orders=[order_out(order) for order in page.things], next=further(page.next)
        )

    @app.get("/orders/<order_number>", tags=["Orders"], summary="One order")
    def get_order(order_number: Annotated[str, path(ORDER_PATTERN)]) -> OrderOut:
        found = licences.order(app.account(), OrderNumber(order_number), office)
        if found is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        return order_out(found)


def _add_desk(app: Api, desk: Counter, office: Office) -> None:
    def asked_for(body: AskIn) -> tuple[Any, LicenceNumber]:
        """The type and the number, by the rules of the SMS and in their order."""
        asked = licence_type(body.type)
        if asked is None or (
            isinstance(asked, Points) and asked.quantity not in desk.policy.catalogue.points
        ):
            raise Refused(_field("/type", AnswerCode.UNKNOWN_LICENCE_TYPE))
        number = LicenceNumber.of(body.licence_number)
        if number.carat_id == "0" * 8:
            raise Refused(_field("/licenceNumber", AnswerCode.INVALID_PARAMETER))
        if number.user_information == "0" * 8:
            raise Refused(_field("/licenceNumber", AnswerCode.INVALID_USER_INFORMATION))
        return asked, number

    def answered(command: Fetch | PlaceOrder, body: AskIn, key: str | None) -> Answered:
        account = app.account()
        request = app.asked(key, body.model_dump())
        if isinstance(command, PlaceOrder):
            done = ok(place_order(command, account, desk, office, request))
        else:
            done = ok(answer_request(command, account, desk, request))
        if done.answer.code not in {AnswerCode.CODE, AnswerCode.ORDERED}:
            raise AnsweredNo(done.answer)
        return done

    @app.post("/codes", tags=["Codes"], summary="Fetch an unlock code")
    def post_code(
        body: Annotated[AskIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> CodeOut:
        """The same fetch gives the same code, for ever, and costs nothing."""
        asked, number = asked_for(body)
        done = answered(Fetch(asked, number), body, idempotency_key)
        return CodeOut(
            code=done.secret, text=done.text, type=str(asked), licence_number=str(number)
        )

    @app.post("/orders", status_code=201, tags=["Orders"], summary="Place a binding order")
    def post_order(
        body: Annotated[AskIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> OrderedOut:
        asked, number = asked_for(body)
        done = answered(PlaceOrder(asked, number), body, idempotency_key)
        return OrderedOut(
            order_number=str(done.answer.order_number),
            text=done.text,
            type=str(asked),
            licence_number=str(number),
        )


def _field(pointer: str, code: AnswerCode) -> Refusal:
    return Refusal(RefusalCode.VALIDATION_FAILED, problems=(FieldProblem(pointer, code.value),))


def _add_locks(app: Api, office: Office) -> None:
    @app.get("/locks", tags=["Locks"], summary="Locks of my account and licences, newest first")
    def get_locks(after: After = None, limit: Limit = 20) -> LocksOut:
        page = office.records.page(LockRecord, app.account(), after=place(after), limit=limit)
        today = office.today(app.moment)
        return LocksOut(
            locks=[lock_out(lock, today, app.language, office.catalogue) for lock in page.things],
            next=further(page.next),
        )

    @app.post(
        "/licences/<licence_id>/locks",
        status_code=201,
        tags=["Locks"],
        summary="Lock a licence at once, for instance after an incident",
    )
    def post_lock(
        licence_id: Annotated[str, path(CARAT_OR_PLANT)],
        body: Annotated[OwnLockIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, str]:
        """A dongle's, or a plant's. Only the vendor lifts it."""
        is_plant = "-" in licence_id
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        new = NewLock(
            account=app.account(),
            carat_id=None if is_plant else CaratId(licence_id.upper()),
            plant=PlantId(licence_id) if is_plant else None,
            reason=LockReason.CUSTOMER,
            by_customer=True,
            note=body.note,
            until=body.until,
        )
        return {"id": ok(set_lock(new, office, request))["lock"]}


def _add_phones(app: Api, office: Office) -> None:
    @app.get("/phones", tags=["Phones"], summary="Phones that may fetch and order")
    def get_phones() -> PhonesOut:
        ref = Ref(Account, (app.account(),))
        account = office.records.read(ref)[ref]
        return PhonesOut(phones=list(account.phones) if account else [])

    @app.post("/phones", status_code=202, tags=["Phones"], summary="Register a mobile number")
    def post_phone(
        body: Annotated[PhoneIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> PhoneOut:
        """Six digits are sent to it by SMS, valid for ten minutes and five tries."""
        app.user()
        phone = ok(mobile_number(body.phone))
        request = app.asked(idempotency_key, body.model_dump())
        ok(own_account.ask_for_phone(phone, app.account(), app.language, office, request))
        return PhoneOut(phone=phone, state="code_sent")

    @app.post("/phones/<phone>/confirmation", tags=["Phones"], summary="Enter the six digits")
    def post_phone_code(
        phone: Annotated[str, path(PHONE_PATTERN)],
        body: Annotated[PhoneCodeIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> PhoneOut:
        app.user()
        request = app.asked(idempotency_key, body.model_dump())
        ok(own_account.confirm_phone(phone, app.account(), body.code, office, request))
        return PhoneOut(phone=phone, state="registered")

    @app.delete(
        "/phones/<phone>", status_code=204, tags=["Phones"], summary="Take a phone off the account"
    )
    def delete_phone(phone: Annotated[str, path(PHONE_PATTERN)]) -> Response[None]:
        app.user()
        ok(own_account.release_phone(phone, app.account(), office, app.asked(None)))
        return nothing()


def _add_keys(app: Api, office: Office) -> None:
    @app.get("/api-keys", tags=["API keys"], summary="Keys for machine clients")
    def get_keys() -> ApiKeysOut:
        return ApiKeysOut(
            api_keys=[
                ApiKeyOut(
                    id=key.id,
                    name=key.name,
                    created_at=key.created_at,
                    used_at=key.used_at,
                    revoked_at=key.revoked_at,
                )
                for key in own_account.api_keys(app.account(), office)
            ]
        )

    @app.post("/api-keys", status_code=201, tags=["API keys"], summary="Make a key")
    def post_key(
        body: Annotated[ApiKeyIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> MadeApiKeyOut:
        """The token is shown this once."""
        app.user()
        request = app.asked(idempotency_key, body.model_dump())
        made = ok(own_account.make_api_key(body.name, app.account(), office, request))
        return MadeApiKeyOut(id=made.id, token=made.token)

    @app.delete("/api-keys/<key_id>", status_code=204, tags=["API keys"], summary="Revoke a key")
    def delete_key(key_id: Annotated[str, path(KEY_ID)]) -> Response[None]:
        app.user()
        ok(own_account.revoke_api_key(key_id, app.account(), office, app.asked(None)))
        return nothing()
