"""Texts are published when they are due, whether or not any has been answered: an open loop.

What a text waits because we were late in publishing it counts as its waiting, too: each time is
taken from when the text was due (no coordinated omission).
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlencode, urlsplit

from local.inbound_sms import InboundSms
from local.ministack import ACCOUNT, REGION
from local.stack import SERVICE_NUMBER
from tests.load.mix import DELIVERED_TWICE, Text

PUBLISHERS = 8
AGAIN_WITHIN = 2.0  # seconds


class Delivery(NamedTuple):
    """A text, and when it is due, in seconds from the start."""

    due: float
    text: Text


def timetable(
    texts: Sequence[Text], seconds: float, chance: random.Random, *, evenly: bool = False
) -> list[Delivery]:
    """As many arrivals as texts, evenly spaced or as chance has it (Poisson); some come twice.

    >>> chance = random.Random(1)
    >>> [due for due, _ in timetable([None] * 4, 2, chance, evenly=True)]
    [0.0, 0.5, 1.0, 1.5]
    """
    dues = (
        [seconds * place / len(texts) for place in range(len(texts))]
        if evenly
        else sorted(chance.uniform(0, seconds) for _ in texts)
    )
    once = [Delivery(due, text) for due, text in zip(dues, texts, strict=True)]
    again = [
        Delivery(min(due + chance.uniform(0, AGAIN_WITHIN), seconds), text)
        for due, text in once
        if chance.random() < DELIVERED_TWICE
    ]
    return sorted(once + again, key=lambda delivery: delivery.due)


class Topic:
    """The inbound topic over bare HTTP: the SDK would take more CPU than is left for the stack."""

    def __init__(self, endpoint: str, arn: str) -> None:
        self._host = urlsplit(endpoint).netloc
        self._arn = arn
        self._own = threading.local()  # each thread has its connection
        self._headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sns/aws4_request",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def publish(self, sms: InboundSms) -> None:
        message = sms.payload(service_number=SERVICE_NUMBER, aws_account=ACCOUNT)
        asked = {
            "Action": "Publish",
            "Version": "2010-03-31",
            "TopicArn": self._arn,
            "Message": message,
        }
        connection = self._connection()
        connection.request("POST", "/", urlencode(asked), self._headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"the topic did not take a text: {body.decode(errors='replace')}")

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = HTTPConnection(self._host, timeout=30)
        connection: HTTPConnection = self._own.connection
        return connection


class Offering:
    """Publishes the deliveries in the background, from `begin` (seconds since 1970) on."""

    def __init__(
        self, deliveries: Sequence[Delivery], publish: Callable[[InboundSms], None], begin: float
    ) -> None:
        self.begin = begin
        self.published: list[Delivery] = []
        self.late = 0.0  # seconds, of the delivery that was published latest after its time
        self.stopped_at: float | None = None
        self._left = iter(deliveries)
        self._publish = publish
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = ThreadPoolExecutor(PUBLISHERS)
        self._running: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._running = [self._threads.submit(self._run) for _ in range(PUBLISHERS)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._threads.shutdown()
        if error is None:
            for each in self._running:
                each.result()

    @property
    def is_over(self) -> bool:
        return all(each.done() for each in self._running)

    def stop(self) -> None:
        """Publish nothing more; if something was left, `stopped_at` says since when."""
        if not self._stopped.is_set():
            self.stopped_at = None if self.is_over else time.time()
            self._stopped.set()

    def _run(self) -> None:
        while delivery := self._next():
            if self._stopped.wait(max(0, self.begin + delivery.due - time.time())):
                return
            late = time.time() - self.begin - delivery.due
            self._publish(delivery.text.sms)
            with self._lock:
                self.late = max(self.late, late)
                self.published.append(delivery)

    def _next(self) -> Delivery | None:
        with self._lock:
            return next(self._left, None)
