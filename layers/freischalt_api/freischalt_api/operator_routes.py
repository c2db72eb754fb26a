"""What the vendor's operators do: accounts, locks, releases, phones, invitations, maintenance."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from freischalt.account_ports import Lists, Ref
from freischalt.domain.dongle import Dongle, Grant
from freischalt.domain.ids import AccountNumber, InverterSerial, LockId, PlantId
from freischalt.domain.licence import CaratId, UserInformation
from freischalt.domain.locks import LockRecord
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.user import Role, User, user_id
from freischalt.ports import CodeMaker
from freischalt.use_cases import operating, own_account
from freischalt.use_cases.inverters import free_activation
from freischalt.use_cases.locking import Lifting, NewLock, lift_lock, set_lock
from freischalt.use_cases.office import Office
from freischalt.use_cases.registering import invite
from freischalt.use_cases.signing_in import sign_out
from freischalt.vendor_ports import VendorDesk
from freischalt_api.api import After, Api, IdempotencyKey, Limit, further, nothing, path, place
from freischalt_api.plant_shapes import SERIAL_PATTERN
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import (
    ACCOUNT_PATTERN,
    PHONE_PATTERN,
    AccountOut,
    AccountsOut,
    InvitationIn,
    LiftingIn,
    LockIn,
    MaintenanceIn,
    MaintenanceOut,
    OperatorLocksOut,
    PhoneIn,
    PhoneOut,
    ReleaseIn,
    ReleaseOut,
    TrailOut,
)
from freischalt_api.vat_routes import add_operator_vat_routes
from freischalt_api.views import account_out, operator_lock_out, trail_out

LOCK = r"^[0-9]{13}-[0-9a-f]{12}$"
STILL_OPEN = frozenset({("DELETE", "/operator/sessions/current")})

Number = Annotated[str | None, Query(pattern=ACCOUNT_PATTERN)]
Name = Annotated[str | None, Query(min_length=2, max_length=60)]
OfPhone = Annotated[str | None, Query(pattern=PHONE_PATTERN)]
OfCarat = Annotated[str | None, Query(alias="caratId", pattern=r"^[0-9A-Fa-f]{8}$")]


def gate(app: Api) -> None:
    """Operators alone, and nothing but a change before their first password is changed."""
    principal = app.principal()
    if principal.role is not Role.OPERATOR:
        raise Refused(Refusal(RefusalCode.WRONG_CREDENTIALS))
    route = (app.current_event.http_method, app.current_event.path)
    if principal.must_change_password and route not in STILL_OPEN:
        raise Refused(Refusal(RefusalCode.PASSWORD_CHANGE_REQUIRED))


def add_routes(app: Api, office: Office, lists: Lists, codes: CodeMaker, desk: VendorDesk) -> None:
    _add_search(app, office, lists)
    _add_accounts(app, office, lists)
    _add_locks(app, office)
    _add_releases(app, office, codes)
    _add_maintenance(app, desk, lists)
    add_operator_vat_routes(app, office)
    _add_activations(app, office)

    @app.delete(
        "/operator/sessions/current", status_code=204, tags=["Operator"], summary="Sign out"
    )
    def delete_operator_session() -> Response[None]:
        principal = app.user()
        if principal.user:
            ok(sign_out(principal.user, principal.session, office, app.asked(None)))
        return nothing()


def _add_search(app: Api, office: Office, lists: Lists) -> None:
    def shown(account: Any) -> AccountOut:
        return account_out(account, office.today(app.moment), app.language, office.catalogue)

    @app.get("/operator/accounts", tags=["Operator"], summary="Find accounts")
    def get_accounts(  # noqa: PLR0917 - one parameter of the query each
        number: Number = None,
        name: Name = None,
        phone: OfPhone = None,
        carat_id: OfCarat = None,
        after: After = None,
        limit: Limit = 20,
    ) -> AccountsOut:
        """By exactly one of `number`, `name` (its beginning), `phone` and `caratId`."""
        if sum(value is not None for value in (number, name, phone, carat_id)) != 1:
            problem = FieldProblem("query", "exactly one of number, name, phone and caratId")
            raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))
        if name is not None:
            page = operating.accounts_by(office, lists, name=name, after=place(after), limit=limit)
            return AccountsOut(
                accounts=[shown(one) for one in page.things], next=further(page.next)
            )
        if number is not None:
            found = operating.account_by_number(AccountNumber(number), office)
        elif phone is not None:
            found = operating.account_of_phone(phone, office)
        else:
            found = operating.accounts_of_dongle(CaratId(str(carat_id).upper()), office)
        return AccountsOut(accounts=[shown(account) for account in found])

    @app.get("/operator/accounts/<number>", tags=["Operator"], summary="One account")
    def get_account_of(number: Annotated[str, path(ACCOUNT_PATTERN)]) -> AccountOut:
        found = operating.account_by_number(AccountNumber(number), office)
        if not found:
            raise Refused(Refusal(RefusalCode.NO_ACCOUNT))
        return shown(found[0])


def _add_accounts(app: Api, office: Office, lists: Lists) -> None:
    @app.get("/operator/accounts/<number>/audit-trail", tags=["Operator"], summary="What happened")
    def get_trail_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], after: After = None, limit: Limit = 20
    ) -> TrailOut:
        page = lists.trail(AccountNumber(number), after=place(after), limit=limit)
        return trail_out(page)

    @app.post(
        "/operator/accounts/<number>/users",
        status_code=202,
        tags=["Operator"],
        summary="Invite a user to an account",
    )
    def post_user(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        body: Annotated[InvitationIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, str]:
        """The user gets the registration's mail, and accepts the documents after signing in."""
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        user = User(
            id=user_id(body.user_name),
            name=body.user_name,
            email=body.email,
            language=body.language,
            created_at=request.at,
        )
        ok(invite(user, AccountNumber(number), office, request))
        return {"userName": body.user_name}

    @app.post(
        "/operator/accounts/<number>/phones",
        status_code=201,
        tags=["Operator"],
        summary="Register a phone directly",
    )
    def post_phone_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        body: Annotated[PhoneIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> PhoneOut:
        request = app.asked(idempotency_key, body.model_dump())
        ok(operating.register_phone(body.phone, AccountNumber(number), office, request))
        return PhoneOut(phone=body.phone, state="registered")

    @app.delete(
        "/operator/accounts/<number>/phones/<phone>",
        status_code=204,
        tags=["Operator"],
        summary="Take a phone off an account",
    )
    def delete_phone_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], phone: Annotated[str, path(PHONE_PATTERN)]
    ) -> Response[None]:
        account = AccountNumber(number)
        ok(own_account.release_phone(phone, account, office, app.asked(None)))
        return nothing()


def _add_locks(app: Api, office: Office) -> None:
    @app.get("/operator/accounts/<number>/locks", tags=["Operator"], summary="Its locks")
    def get_locks_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], after: After = None, limit: Limit = 20
    ) -> OperatorLocksOut:
        page = office.records.page(
            LockRecord, AccountNumber(number), after=place(after), limit=limit
        )
        today = office.today(app.moment)
        return OperatorLocksOut(
            locks=[
                operator_lock_out(lock, today, app.language, office.catalogue)
                for lock in page.things
            ],
            next=further(page.next),
        )

    @app.post(
        "/operator/accounts/<number>/locks",
        status_code=201,
        tags=["Operator"],
        summary="Lock an account, or one of its licences",
    )
    def post_lock_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        body: Annotated[LockIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, str]:
        """With a date it is free from that day, 00:00 German time; without, until revoked."""
        if body.carat_id and body.plant:
            problem = FieldProblem("/plant", "must not be given together with caratId")
            raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        new = NewLock(
            account=AccountNumber(number),
            carat_id=CaratId(body.carat_id) if body.carat_id else None,
            plant=PlantId(body.plant) if body.plant else None,
            reason=body.reason,
            scope=body.scope,
            note=body.note,
            private_note=body.private_note,
            until=body.until,
        )
        return {"id": ok(set_lock(new, office, request))["lock"]}

    @app.post(
        "/operator/accounts/<number>/locks/<lock_id>/lifting",
        status_code=201,
        tags=["Operator"],
        summary="Lift a lock",
    )
    def post_lifting(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        lock_id: Annotated[str, path(LOCK)],
        body: Annotated[LiftingIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, str]:
        """`resolution` says how its conditions were met."""
        request = app.asked(idempotency_key, body.model_dump())
        lifting = Lifting(
            account=AccountNumber(number), lock=LockId(lock_id), resolution=body.resolution
        )
        return {"id": ok(lift_lock(lifting, office, request))["lock"]}


def _add_releases(app: Api, office: Office, codes: CodeMaker) -> None:
    @app.post(
        "/operator/accounts/<number>/releases",
        status_code=201,
        tags=["Operator"],
        summary="Release at least so much for a dongle",
    )
    def post_release(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        body: Annotated[ReleaseIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> ReleaseOut:
        request = app.asked(idempotency_key, body.model_dump())
        information = body.user_information
        grant = Grant(
            body.points,
            body.e_protocol,
            UserInformation(information.upper()) if information else None,
        )
        account, carat_id = AccountNumber(number), CaratId(body.carat_id)
        new = operating.NewRelease(account, carat_id, grant)
        ok(operating.release(new, office, codes, request))
        ref = Ref(Dongle, (carat_id,))
        dongle = office.records.read(ref)[ref]
        found = dongle.releases.get(account) if dongle else None
        return ReleaseOut(
            carat_id=carat_id,
            points=found.points if found else 0,
            e_protocol=found.e_protocol if found else False,
            user_information=found.user_information if found else None,
        )


def _add_activations(app: Api, office: Office) -> None:
    @app.delete(
        "/operator/activations/<serial>",
        status_code=204,
        tags=["Operator"],
        summary="Let an inverter's activation code be used once more",
    )
    def delete_activation(serial: Annotated[str, path(SERIAL_PATTERN)]) -> Response[None]:
        """When it is on no plant any more; the account that had it reads of it in its trail."""
        ok(free_activation(InverterSerial(serial.upper()), office, app.asked(None)))
        return nothing()


def _add_maintenance(app: Api, desk: VendorDesk, lists: Lists) -> None:
    @app.get("/operator/maintenance", tags=["Operator"], summary="Is it on?")
    def get_maintenance() -> MaintenanceOut:
        return MaintenanceOut(on=desk.service().maintenance)

    @app.put("/operator/maintenance", tags=["Operator"], summary="Switch it")
    def put_maintenance(body: Annotated[MaintenanceIn, Body()]) -> MaintenanceOut:
        """While it is on, every text and every fetch is answered as unavailable."""
        desk.switch_maintenance(on=body.on, by=app.principal().actor, at=app.moment)
        return MaintenanceOut(on=body.on)

    @app.get("/operator/maintenance/audit-trail", tags=["Operator"], summary="Who switched it")
    def get_switch_trail(after: After = None, limit: Limit = 20) -> TrailOut:
        return trail_out(lists.switch_trail(after=place(after), limit=limit))
