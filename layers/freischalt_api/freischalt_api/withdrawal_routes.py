"""The withdrawal button, open to anyone: what it asks for, and that it was pressed."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.texts_api import WITHDRAWAL, in_language
from freischalt.use_cases.office import Office
from freischalt.use_cases.withdrawing import Declaration, declare_withdrawal
from freischalt_api.api import Api, IdempotencyKey
from freischalt_api.problems import ok
from freischalt_api.term_order_shapes import WithdrawalFormOut, WithdrawalIn, WithdrawalOut


def add_withdrawals(app: Api, office: Office) -> None:
    @app.get("/withdrawals", tags=["Terms"], summary="Withdraw from a contract: what it takes")
    def get_withdrawal_form() -> WithdrawalFormOut:
        """The words of the buttons, as § 356a BGB has them."""
        return WithdrawalFormOut(
            **{name: in_language(words, app.language) for name, words in WITHDRAWAL.items()}
        )

    @app.post("/withdrawals", status_code=202, tags=["Terms"], summary="Withdraw from a contract")
    def post_withdrawal(
        body: Annotated[WithdrawalIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> WithdrawalOut:
        """The receipt is confirmed by mail at once; the answer is the same for every order."""
        declaration = Declaration(
            name=body.name,
            order=body.order_number,
            email=body.email,
            language=app.language,
        )
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        done = ok(declare_withdrawal(declaration, office, request))
        return WithdrawalOut(
            text=in_language(WITHDRAWAL["received"], app.language),
            received_at=datetime.fromisoformat(done["at"]),
        )
