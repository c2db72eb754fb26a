"""What terms would cost an account, asked for and told: to itself, and to operators."""

from typing import Any

from freischalt.domain.address import CustomerKind
from freischalt.domain.ids import AccountNumber, PlantId
from freischalt.domain.refusal import Refusal
from freischalt.domain.user import Language
from freischalt.use_cases.quoting import Offer, Wanted
from freischalt_api.problems import Refused
from freischalt_api.term_order_shapes import QuoteIn, QuoteOut
from freischalt_api.term_order_views import quote_out


def wanted_by(account: AccountNumber, body: QuoteIn) -> Wanted:
    return Wanted(
        account=account,
        plants=tuple(PlantId(plant) for plant in body.plants),
        days=body.days,
        at_once=body.immediate_start,
    )


def offered(offer: Offer | Refusal, language: Language) -> QuoteOut:
    """Raises Refused, with what a client needs to go on."""
    if isinstance(offer, Refusal):
        raise Refused(offer, members=members_of(offer, language))
    to_company = offer.buyer.kind is CustomerKind.COMPANY
    return quote_out(offer.quote, language, to_company=to_company)


def members_of(refusal: Refusal, language: Language) -> dict[str, Any]:
    """What is told beside the sentence."""
    if isinstance(refusal.about, Offer):
        quote = offered(refusal.about, language)
        return {"quote": quote.model_dump(mode="json", by_alias=True)}
    names = {"plant": "plant", "order": "order", "day": "renewableFrom"}
    return {names[name]: value for name, value in refusal.parameters.items()}
