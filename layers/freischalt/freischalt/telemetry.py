"""What the functions tell about themselves: ids and kinds, never numbers, texts or codes.

Messages of foreign exceptions may hold what the call was about, so only their kinds are logged,
AWS's own code for it, and the places in the code.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from freischalt.errors import FreischaltError

NAMESPACE = "Freischalt"
PLACES = 6


def logger(service: str) -> Logger:
    return Logger(service=service, log_uncaught_exceptions=False)


def metrics(service: str) -> Metrics:
    return Metrics(namespace=NAMESPACE, service=service)


def what_failed(error: BaseException) -> dict[str, Any]:
    """The error as it may be logged.

    >>> what_failed(ValueError("+436601234567"))["error"]
    'ValueError'
    """
    places = [
        f"{frame.filename.rsplit('/python/', 1)[-1]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)[-PLACES:]
    ]
    told: dict[str, Any] = {"error": type(error).__name__, "places": places}
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        told["aws_error"] = response.get("Error", {}).get("Code")
        told["aws_operation"] = getattr(error, "operation_name", None)
    if isinstance(error, FreischaltError):
        told["rule"] = str(error)
    return told


def unreadable_told(log: Logger, counts: Metrics, *, metric: str) -> Callable[[str], None]:
    """For a book of pending things: one that cannot be read holds up no other, and is told."""

    def tell(key: str) -> None:
        log.error("not readable", extra={"key": key})
        counts.add_metric(metric, MetricUnit.Count, 1)

    return tell


@contextmanager
def counted(counts: Metrics) -> Iterator[None]:
    """Write out what was counted, also when the call fails."""
    try:
        yield
    finally:
        if counts.metric_set:
            counts.flush_metrics()


class FunctionFailed(Exception):
    """What the Lambda runtime may print about a failed call; the log has the rest."""


@contextmanager
def nothing_leaks(log: Logger) -> Iterator[None]:
    """Log what failed and let the call fail, without the foreign message and its traceback."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, its message must not be printed
        log.error("the call failed", extra=what_failed(error))
        failed = type(error).__name__
    else:
        return
    raise FunctionFailed(failed) from None
