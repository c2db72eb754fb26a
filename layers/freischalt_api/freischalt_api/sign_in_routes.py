"""Routes that hash passwords: a function of their own, with the memory and the cap for it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.account_ports import Hasher, Totp
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.sign_in import SESSION_LIVES
from freischalt.domain.token import read_link
from freischalt.domain.user import Role
from freischalt.use_cases.office import Office
from freischalt.use_cases.passwords import PasswordChange, change_password, reset_password
from freischalt.use_cases.registering import validate_registration
from freischalt.use_cases.signing_in import Credentials, Gate, sign_in
from freischalt_api.api import Api, IdempotencyKey, nothing
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import (
    OperatorSessionIn,
    PasswordIn,
    RedemptionIn,
    SessionIn,
    SessionOut,
    TokenIn,
    ValidatedOut,
)


def add_routes(app: Api, office: Office, hasher: Hasher, totp: Totp) -> None:
    _add_links(app, office, hasher)
    customers = Gate(role=Role.CUSTOMER, hasher=hasher, totp=totp)
    operators = Gate(role=Role.OPERATOR, hasher=hasher, totp=totp)

    def signed_in(credentials: Credentials, gate: Gate, key: str | None) -> SessionOut:
        request = app.asked(key, {"userName": credentials.name})
        session = ok(sign_in(credentials, gate, office, request))
        return SessionOut(
            token=session.token,
            account=session.account,
            must_change_password=session.must_change_password,
            ends_at=request.at + SESSION_LIVES,
        )

    @app.post("/sessions", status_code=201, tags=["Sign-in"], summary="Sign in")
    def post_session(
        body: Annotated[SessionIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> SessionOut:
        """Five wrong attempts within five minutes lock the name for fifteen (423)."""
        credentials = Credentials(name=body.user_name, password=body.password)
        return signed_in(credentials, customers, idempotency_key)

    @app.post("/operator/sessions", status_code=201, tags=["Operator"], summary="Sign in")
    def post_operator_session(
        body: Annotated[OperatorSessionIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> SessionOut:
        """With the six digits of the second factor, each of which opens one session."""
        credentials = Credentials(name=body.user_name, password=body.password, totp=body.totp)
        return signed_in(credentials, operators, idempotency_key)

    @app.put("/password", status_code=204, tags=["Sign-in"], summary="Change the password")
    def put_password(body: Annotated[PasswordIn, Body()]) -> Response[None]:
        """All broken rules are told at once. Other sessions end, this one goes on."""
        return changed(body)

    @app.put("/operator/password", status_code=204, tags=["Operator"], summary="Change it")
    def put_operator_password(body: Annotated[PasswordIn, Body()]) -> Response[None]:
        """The same rules hold for operators."""
        return changed(body)

    def changed(body: PasswordIn) -> Response[None]:
        principal = app.user()
        if principal.user is None:  # `user` has refused such a caller
            raise AssertionError("a machine has no password")
        change = PasswordChange(
            user=principal.user, session=principal.session, current=body.current, new=body.new
        )
        ok(change_password(change, office, hasher, app.asked(None)))
        return nothing()


def _add_links(app: Api, office: Office, hasher: Hasher) -> None:
    @app.post(
        "/registrations/validation",
        tags=["Registration"],
        summary="Open the link of the registration's mail",
    )
    def post_validation(
        body: Annotated[TokenIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> ValidatedOut:
        """Once, within 24 hours; it also counts as signing up for monitoring."""
        token = read_link(body.token)
        if token is None:
            raise Refused(Refusal(RefusalCode.LINK_NOT_VALID))
        request = app.asked(idempotency_key, {"token": body.token})
        result = ok(validate_registration(token, office, hasher, request))
        return ValidatedOut(account=result["account"])

    @app.post(
        "/password-resets/redemption",
        status_code=204,
        tags=["Sign-in"],
        summary="Choose a new password behind the mailed link",
    )
    def post_redemption(
        body: Annotated[RedemptionIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> Response[None]:
        """Once, within 30 minutes; all sessions end."""
        token = read_link(body.token)
        if token is None:
            raise Refused(Refusal(RefusalCode.LINK_NOT_VALID))
        request = app.asked(idempotency_key, {"token": body.token})
        ok(reset_password(token, body.password, office, hasher, request))
        return nothing()
