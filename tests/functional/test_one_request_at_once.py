"""The same request in two workers at once: what the one has done is no refusal for the other."""

from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import HandledRequest, Request
from freischalt.use_cases.office import Decision, Result, decide
from tests.account_factories import a_request, repeatable
from tests.account_fakes import an_office

REFUSED = Refusal(RefusalCode.NOTHING_TO_CHARGE)
DONE = {"of": "the other worker"}


def asked_by_two(request: Request, *, fingerprint: str = "f") -> Result | Refusal:
    """The other worker commits between what this one reads first and what it reads then."""
    fake = an_office()

    def once(_: object) -> Decision:
        record = HandledRequest(id="r1", fingerprint=fingerprint, result=DONE, at=request.at)
        fake.records.put(record)
        return REFUSED

    return decide(fake.office, request, (), once)


def test_what_the_same_request_has_done_meanwhile_is_told() -> None:
    assert asked_by_two(repeatable()) == DONE


def test_another_request_is_refused() -> None:
    assert asked_by_two(repeatable("r2")) == REFUSED
    assert asked_by_two(a_request()) == REFUSED


def test_another_request_by_the_same_key_is_refused_for_that() -> None:
    refused = asked_by_two(repeatable(), fingerprint="of another body")

    assert refused == Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
