"""Times as our JSON shows them."""

from datetime import UTC, datetime


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond.

    >>> iso(datetime(2026, 11, 22, 4, 0, tzinfo=UTC))
    '2026-11-22T04:00:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
