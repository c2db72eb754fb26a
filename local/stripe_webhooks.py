"""Events on their way to the product: signed, and told again until it says that it has them.

Stripe repeats for three days, ever more seldom; here the first repeats come within seconds.
"""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from enum import StrEnum

import httpx

from local.stripe_wire import Json, signature

logger = logging.getLogger(__name__)

WAITS = (0.2, 0.5, 1, 2, 4, 8, 15, 30, 60)  # seconds before each repeat; the last stays
PATIENCE = 30  # seconds that an answer may take


class Manner(StrEnum):
    """How the next events come."""

    AFTER = "after"  # the redirect; this is what mostly happens
    BEFORE = "before"  # the redirect
    TWICE = "twice"
    LATE = "late"  # after so many seconds
    NEVER = "never"


@dataclass(slots=True)
class Told:
    """One event; `answers` are the product's statuses, 0 for none."""

    event: Json
    manner: Manner
    answers: list[int] = field(default_factory=list)


class Webhooks:
    """Sends to one endpoint. `manner` and `late` hold for all events from now on."""

    def __init__(self, endpoint: str, secret: str) -> None:
        self._endpoint = endpoint
        self._secret = secret
        self.manner, self.late = Manner.AFTER, 0.0
        self.told: list[Told] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def order(self, manner: Manner, late: float = 0.0) -> None:
        self.manner, self.late = manner, late

    async def tell(self, event: Json) -> Told:
        """Return at once, or after the product has it, as ordered."""
        told = Told(event, self.manner)
        self.told.append(told)
        match self.manner:
            case Manner.NEVER:
                pass
            case Manner.BEFORE:
                await self._until_taken(told, 0)
            case Manner.TWICE:
                self._begin(told, 0)
                self._begin(told, 0)
            case _:
                self._begin(told, self.late if self.manner is Manner.LATE else 0)
        return told

    async def again(self, event_id: str) -> Told | None:
        """Tell a former event once more, now."""
        for told in self.told:
            if told.event["id"] == event_id:
                await self._send(told)
                return told
        return None

    def _begin(self, told: Told, seconds: float) -> None:
        task = asyncio.create_task(self._until_taken(told, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_taken(self, told: Told, seconds: float) -> None:
        await asyncio.sleep(seconds)
        for turn in range(100):
            if await self._send(told):
                return
            await asyncio.sleep(WAITS[min(turn, len(WAITS) - 1)])

    async def _send(self, told: Told) -> bool:
        """Sign anew, as Stripe does with each repeat."""
        body = json.dumps(told.event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, self._secret),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
                answer = await http.post(self._endpoint, content=body, headers=headers)
            told.answers.append(answer.status_code)
        except httpx.TransportError:
            told.answers.append(0)
        logger.info("%s %s: %d", told.event["type"], told.event["id"], told.answers[-1])
        return 200 <= told.answers[-1] < 300  # noqa: PLR2004
