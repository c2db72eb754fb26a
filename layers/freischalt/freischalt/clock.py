"""The time, and waiting: what every function needs, and the composition root not."""

import random
import time
from datetime import UTC, datetime

SHORTEST_PAUSE = 0.02


def utc_now() -> datetime:
    return datetime.now(UTC)


def pause(attempt: int) -> None:
    """Wait a random time that doubles with each try: whoever raced once should not race again."""
    time.sleep(SHORTEST_PAUSE + random.uniform(0, SHORTEST_PAUSE * 2**attempt))  # noqa: S311
