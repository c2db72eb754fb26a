"""VAT checks over HTTP: begun and looked at by customers, decided and proved by operators."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.account_ports import Ref
from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.vat_record import VatRecord
from freischalt.use_cases.office import Office, known_account
from freischalt.use_cases.vat_checks import VatDecision, decide_vat, start_check
from freischalt_api.api import After, Api, IdempotencyKey, Limit, further, path, place
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import (
    ACCOUNT_PATTERN,
    VatChecksOut,
    VatDecisionIn,
    VatEvidenceOut,
    VatStandingOut,
    VatVerdictIn,
)
from freischalt_api.vat_views import check_out, evidence_out, standing_out

CHECK = r"^[0-9]{13}-[0-9a-f]{12}$"
DECISIONS = {
    VatVerdictIn.VALID: True,
    VatVerdictIn.INVALID: False,
    VatVerdictIn.WITHOUT_VAT_ID: None,
}


def add_vat_routes(app: Api, office: Office) -> None:
    @app.post(
        "/account/vat-checks", status_code=202, tags=["VAT ID"], summary="Have the VAT ID checked"
    )
    def post_check(idempotency_key: IdempotencyKey = None) -> VatStandingOut:
        """Soon. A check that is under way goes on, and a young verdict is not asked for again."""
        app.user()
        ok(start_check(app.account(), office, app.asked(idempotency_key)))
        return standing_out(
            ok(known_account(app.account(), office)), office, app.moment, app.language
        )

    @app.get("/account/vat-checks", tags=["VAT ID"], summary="What is known of my VAT ID")
    def get_checks(after: After = None, limit: Limit = 20) -> VatChecksOut:
        """How it stands, and the checks that have ended, newest first."""
        return _checks(app.account(), app, office, after, limit)


def add_operator_vat_routes(app: Api, office: Office) -> None:
    @app.get("/operator/accounts/<number>/vat-checks", tags=["Operator"], summary="Its VAT checks")
    def get_checks_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], after: After = None, limit: Limit = 20
    ) -> VatChecksOut:
        return _checks(AccountNumber(number), app, office, after, limit)

    @app.get(
        "/operator/accounts/<number>/vat-checks/<check_id>",
        tags=["Operator"],
        summary="The evidence of one check",
    )
    def get_evidence(
        number: Annotated[str, path(ACCOUNT_PATTERN)], check_id: Annotated[str, path(CHECK)]
    ) -> Response[VatEvidenceOut]:
        """What was asked and answered, as it was on the wire: a file to be kept."""
        ref = Ref(VatRecord, (number, check_id))
        record = office.records.read(ref)[ref]
        if record is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        name = f'attachment; filename="vat-check-{number}-{check_id}.json"'
        headers: dict[str, str | list[str]] = {
            "Cache-Control": "no-store",
            "Content-Disposition": name,
        }
        return Response(200, "application/json", evidence_out(record), headers)

    @app.post(
        "/operator/accounts/<number>/vat-decisions",
        status_code=201,
        tags=["Operator"],
        summary="Decide instead of the registries",
    )
    def post_decision(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        body: Annotated[VatDecisionIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> VatStandingOut:
        """It stands until the company's data change."""
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        decision = VatDecision(DECISIONS[body.decision], body.reason, body.data_version)
        ok(decide_vat(AccountNumber(number), decision, office, request))
        account = ok(known_account(AccountNumber(number), office))
        return standing_out(account, office, app.moment, app.language)


def _checks(
    number: AccountNumber, app: Api, office: Office, after: str | None, limit: int
) -> VatChecksOut:
    account = ok(known_account(number, office))
    page = office.records.page(VatRecord, number, after=place(after), limit=limit)
    return VatChecksOut(
        standing=standing_out(account, office, app.moment, app.language),
        checks=[check_out(record) for record in page.things],
        next=further(page.next),
    )
