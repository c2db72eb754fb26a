"""Who comes through to customers' routes: whoever has accepted the documents, as it is now."""

import re
from typing import Any

from freischalt.account_ports import Ref
from freischalt.domain.documents import ContractDocument
from freischalt.domain.ids import UserId
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.sign_in import Session
from freischalt.domain.user import User
from freischalt.use_cases.office import Office
from freischalt.use_cases.signing_in import Principal, principal_of_user
from freischalt_api.api import Api
from freischalt_api.problems import Refused
from freischalt_api.views import documents_out

STILL_OPEN = frozenset(
    {
        ("GET", "/documents/own"),
        ("POST", "/documents/acceptances"),
        ("DELETE", "/sessions/current"),
        ("GET", "/session"),
    }
)
"""What is possible before documents are accepted or a password is changed."""

DECIDED_AT_ONCE = frozenset({"/codes", "/orders", "/quotes", "/term-orders"})
"""One read less: what a minute of an ended session can order is billed and shown."""

PUBLIC = frozenset(
    {
        ("POST", "/registrations"),
        ("POST", "/password-resets"),
        ("GET", "/documents"),
        ("GET", "/prices"),
        ("GET", "/inverter-types"),
        ("GET", "/withdrawals"),
        ("POST", "/withdrawals"),
        ("GET", "/repairs/categories"),
        ("GET", "/repairs/prices"),
        ("GET", "/openapi.json"),
        ("GET", "/registrations/validation"),
        ("GET", "/password-resets/redemption"),
        ("GET", "/payments/done"),
        ("GET", "/payments/cancelled"),
    }
)

RENEWAL = re.compile(r"/plants/[^/]{1,40}/renewal")
"""The page that a mail before the end of a licence leads to; it shows nothing of the plant."""


DOCUMENT_PAGES = frozenset(f"/documents/{kind.value}" for kind in ContractDocument)


def gate_of(office: Office) -> Any:
    """Nothing but accepting and signing out before the documents are accepted.

    What the authorizer has told may be a minute old, so a no is looked up again; and so is who
    wants to change something, lest an ended session makes a key that nothing ends.
    """

    def gate(app: Api) -> None:
        route = (app.current_event.http_method, app.current_event.path)
        is_open = _is_renewal(*route) or route[1] in DOCUMENT_PAGES
        if route in PUBLIC or route in STILL_OPEN or is_open:
            return
        principal = app.principal()
        lasting = route[0] != "GET" and route[1] not in DECIDED_AT_ONCE
        if principal.must_change_password or principal.lacks or lasting:
            principal = anew(principal, app, office)
        if principal.must_change_password and principal.user:
            raise Refused(Refusal(RefusalCode.PASSWORD_CHANGE_REQUIRED))
        if principal.lacks:
            documents = documents_out(office.catalogue, principal.lacks, principal.lacks)
            raise Refused(
                Refusal(RefusalCode.DOCUMENTS_NOT_ACCEPTED),
                [document.model_dump(by_alias=True) for document in documents],
            )

    return gate


def _is_renewal(method: str, path: str) -> bool:
    return method == "GET" and RENEWAL.fullmatch(path) is not None


def anew(principal: Principal, app: Api, office: Office) -> Principal:
    if principal.user is None:
        return principal
    user, session = signed_in(principal.user, principal.session, app, office)
    return principal_of_user(user, session, office, app.moment)


def signed_in(id_: UserId, digest: str, app: Api, office: Office) -> tuple[User, Session]:
    """Who it is now, if the session still opens anything. Raises Refused."""
    refs = Ref(User, (id_,)), Ref(Session, (id_, digest))
    seen = office.records.read(*refs)
    user, session = seen[refs[0]], seen[refs[1]]
    if user is None or session is None:
        raise Refused(Refusal(RefusalCode.WRONG_CREDENTIALS))
    if session.epoch != user.epoch or session.is_over(app.moment):
        raise Refused(Refusal(RefusalCode.WRONG_CREDENTIALS))
    return user, session
