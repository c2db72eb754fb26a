"""The registries of VAT IDs over HTTP: the EU's VIES, and the German BZSt's eVatR.

Neither raises when the service fails: that is an answer, too. An empty field is left out.
"""

import json
from collections.abc import Callable, Mapping

from freischalt.adapters.vat_wire import Wire
from freischalt.domain.evatr_answers import read_evatr
from freischalt.domain.vat import VatAnswer, VatQuestion, VatReading, VatService
from freischalt.domain.vies_answers import read_vies
from freischalt.ports import Clock

CONNECT_SECONDS = 3
READ_SECONDS = 20  # VIES was seen to take 16
KEPT = 16 * 1024
PREFIX = 2

type Read = Callable[[VatQuestion, int | None, str], VatReading]


class _RegistryClient:
    """Fits the port `VatRegistry`; a subclass says where, what is sent, and how to read it."""

    service: VatService
    path: str
    read: Read

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
            base_url.removesuffix("/") + self.path,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
        )

    def fields(self, question: VatQuestion) -> Mapping[str, str]:
        raise NotImplementedError

    def ask(self, question: VatQuestion, *, now: Clock) -> VatAnswer:
        fields = self.fields(question)
        request = json.dumps({name: text for name, text in fields.items() if text})
        asked_at = now()
        received = self._wire.post(request)
        http_status, body = received or (None, b"")
        return VatAnswer(
            reading=self.read(question, http_status, body.decode(errors="replace")),
            service=self.service,
            asked_at=asked_at,
            answered_at=now(),
            request=request,
            response=body[:KEPT].decode(errors="replace"),
            http_status=http_status,
        )


class ViesClient(_RegistryClient):
    """`base_url` is what comes before `/check-vat-number`.

    The own number goes with every question: without it there is no proof number.
    """

    service = VatService.VIES
    path = "/check-vat-number"
    read = staticmethod(read_vies)

    def fields(self, question: VatQuestion) -> Mapping[str, str]:
        return {
            "countryCode": question.vat_id[:PREFIX],
            "vatNumber": question.vat_id[PREFIX:],
            "requesterMemberStateCode": self._own_vat_id[:PREFIX],
            "requesterNumber": self._own_vat_id[PREFIX:],
            "traderName": question.name,
            "traderStreet": question.street,
            "traderPostalCode": question.postal_code,
            "traderCity": question.city,
        }


class EvatrClient(_RegistryClient):
    """`base_url` is what comes before `/app/v1/abfrage`; the own number must be German."""

    service = VatService.EVATR
    path = "/app/v1/abfrage"
    read = staticmethod(read_evatr)

    def fields(self, question: VatQuestion) -> Mapping[str, str]:
        return {
            "anfragendeUstid": self._own_vat_id,
            "angefragteUstid": question.vat_id,
            "firmenname": question.name,
            "strasse": question.street,
            "plz": question.postal_code,
            "ort": question.city,
        }
