"""The registries of VAT IDs over HTTP: the EU's VIES, and the German BZSt's eVatR.

Neither raises when the service fails: that is an answer, too. An empty field is left out.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from freischalt.adapters.vat_wire import Wire
from freischalt.domain.evatr_answers import read_evatr
from freischalt.domain.vat import VatAnswer, VatQuestion, VatReading, VatService
from freischalt.domain.vies_answers import read_vies

CONNECT_SECONDS = 3
READ_SECONDS = 20  # VIES was seen to take 16
KEPT = 16 * 1024
PREFIX = 2

type Now = Callable[[], datetime]
type Read = Callable[[VatQuestion, int | None, str], VatReading]


class ViesClient:
    """`base_url` is what comes before `/check-vat-number`.

    The own number goes with every question: without it there is no proof number.
    """

    def __init__(
        self,
        base_url: str,
        own_vat_id: str,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._own_vat_id = own_vat_id
        self._wire = Wire(
            f"{base_url.removesuffix('/')}/check-vat-number",
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
        )

    def ask(self, question: VatQuestion, *, now: Now) -> VatAnswer:
        fields = {
            "countryCode": question.vat_id[:PREFIX],
            "vatNumber": question.vat_id[PREFIX:],
            "requesterMemberStateCode": self._own_vat_id[:PREFIX],
            "requesterNumber": self._own_vat_id[PREFIX:],
            "traderName": question.name,
            "traderStreet": question.street,
            "traderPostalCode": question.postal_code,
            "traderCity": question.city,
        }
        return _exchange(self._wire, VatService.VIES, question, fields, read_vies, now)


class EvatrClient:
    """`base_url` is what comes before `/app/v1/abfrage`; the own number must be German."""

    def __init__(
        self,
        base_url: str,
        own_vat_id: str,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._own_vat_id = own_vat_id
        self._wire = Wire(
            f"{base_url.removesuffix('/')}/app/v1/abfrage",
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
        )

    def ask(self, question: VatQuestion, *, now: Now) -> VatAnswer:
        fields = {
            "anfragendeUstid": self._own_vat_id,
            "angefragteUstid": question.vat_id,
            "firmenname": question.name,
            "strasse": question.street,
            "plz": question.postal_code,
            "ort": question.city,
        }
        return _exchange(self._wire, VatService.EVATR, question, fields, read_evatr, now)


def _exchange(  # noqa: PLR0917 - private, and each of another type
    wire: Wire,
    service: VatService,
    question: VatQuestion,
    fields: Mapping[str, str],
    read: Read,
    now: Now,
) -> VatAnswer:
    request = json.dumps({name: text for name, text in fields.items() if text})
    asked_at = now()
    received = wire.post(request)
    http_status, body = received or (None, b"")
    return VatAnswer(
        reading=read(question, http_status, body.decode(errors="replace")),
        service=service,
        asked_at=asked_at,
        answered_at=now(),
        request=request,
        response=body[:KEPT].decode(errors="replace"),
        http_status=http_status,
    )
