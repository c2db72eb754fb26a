"""An operator is asked on the phone what terms would cost: the same quote as the customer's own."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.domain.ids import AccountNumber
from freischalt.use_cases.office import Office
from freischalt.use_cases.quoting import quoted
from freischalt_api.api import Api, path
from freischalt_api.quote_views import offered, wanted_by
from freischalt_api.shapes import ACCOUNT_PATTERN
from freischalt_api.term_order_shapes import QuoteIn, QuoteOut


def add_operator_quotes(app: Api, office: Office) -> None:
    @app.post(
        "/operator/accounts/<number>/quotes",
        tags=["Operator"],
        summary="What terms for an account's plants would cost now",
    )
    def post_quote_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], body: Annotated[QuoteIn, Body()]
    ) -> QuoteOut:
        """Nothing is kept. What an order's price came of is with the order."""
        found = quoted(wanted_by(AccountNumber(number), body), office, app.moment)
        return offered(found, app.language)
