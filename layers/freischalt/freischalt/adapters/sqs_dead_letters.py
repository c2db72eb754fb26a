"""The dead-letter queue, and the way back: receive, send, delete, which every SQS understands."""

from collections.abc import Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from freischalt.adapters.items import moment
from freischalt.vendor_ports import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IN_HAND_SECONDS = 60
ASK_ALL_SERVERS_SECONDS = (
    1  # any wait makes SQS look everywhere before it says that nothing is left
)
BATCH = 10


class SqsDeadLetters:
    """Fits the port `DeadLetters`."""

    def __init__(self, client: "SQSClient", *, dead_letters: str, queue: str) -> None:
        self._client = client
        self._dead_letters = dead_letters
        self._queue = queue

    def receive(self, at_most: int) -> Sequence[DeadLetter]:
        answer = self._client.receive_message(
            QueueUrl=self._dead_letters,
            MaxNumberOfMessages=at_most,
            VisibilityTimeout=IN_HAND_SECONDS,
            WaitTimeSeconds=ASK_ALL_SERVERS_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [_letter(message) for message in answer.get("Messages", ())]

    def send_back(self, letter: DeadLetter) -> str:
        answer = self._client.send_message(
            QueueUrl=self._queue, MessageBody=letter.body, MessageAttributes=letter.attributes
        )
        return answer["MessageId"]

    def delete(self, letter: DeadLetter) -> None:
        self._client.delete_message(QueueUrl=self._dead_letters, ReceiptHandle=letter.receipt)

    def leave(self, letters: Sequence[DeadLetter]) -> None:
        for some in batched(letters, BATCH, strict=False):
            self._client.change_message_visibility_batch(
                QueueUrl=self._dead_letters,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for place, letter in enumerate(some)
                ],
            )


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    return DeadLetter(
        id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        sent_at=moment(int(message["Attributes"]["SentTimestamp"])),
        receives=int(message["Attributes"]["ApproximateReceiveCount"]),
        body=message["Body"],
        attributes=message.get("MessageAttributes", {}),
    )
