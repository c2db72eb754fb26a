"""The queues of what is to be asked, in SQS: one for each service."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from freischalt.domain.vat import VatService
from freischalt.domain.vat_record import VatDue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsVatQueue:
    """Fits the port `VatQueue`. A message holds the account's number alone."""

    def __init__(self, client: "SQSClient", queues: Mapping[VatService, str]) -> None:
        self._client = client
        self._queues = queues

    def put(self, due: VatDue) -> None:
        body = json.dumps({"account": due.account})
        self._client.send_message(QueueUrl=self._queues[due.service], MessageBody=body)
