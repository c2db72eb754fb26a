"""What the services were asked, and how much at a time."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.timestamps import iso
from local.vat_answer import Service

LONGEST_MEMORY = 10_000  # questions


@dataclass(frozen=True, slots=True)
class Question:
    """`parallel` counts those under way in this service when this one came, itself included."""

    service: Service
    vat_id: str
    at: datetime
    parallel: int
    body: Any


class Asked:
    """Questions of which the answer, or the client's patience, is not at its end count."""

    def __init__(self) -> None:
        self._under_way: Counter[Service] = Counter()
        self.reset()

    def reset(self) -> None:
        self._questions: deque[Question] = deque(maxlen=LONGEST_MEMORY)
        self._most: Counter[Service] = Counter()

    @contextmanager
    def during(self, service: Service, vat_id: str, body: Any) -> Iterator[None]:
        self._under_way[service] += 1
        parallel = self._under_way[service]
        self._most[service] = max(self._most[service], parallel)
        self._questions.append(Question(service, vat_id, datetime.now(UTC), parallel, body))
        try:
            yield
        finally:
            self._under_way[service] -= 1

    def json(self) -> dict[str, Any]:
        """Give `{"asked": [{"service", "vatId", "at", "parallel", "body"}], "most": {…}}`."""
        questions = [
            {
                "service": one.service,
                "vatId": one.vat_id,
                "at": iso(one.at),
                "parallel": one.parallel,
                "body": one.body,
            }
            for one in self._questions
        ]
        return {"asked": questions, "most": {each: self._most[each] for each in Service}}
