"""Secrets that others have given the vendor: SecureStrings of the Parameter Store, kept in memory.

They are in no template, no environment and no log.
"""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

KEPT_SECONDS = 300.0
"""A secret that was changed is known everywhere after so long."""


class SsmSecret:
    """One secret; calling it gives its text. The client is made when it is first asked."""

    def __init__(
        self,
        client: "Callable[[], SSMClient]",
        name: str,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`name` is the parameter's name or ARN."""
        self._client = client
        self._name = name
        self._clock = clock
        self._text = ""
        self._until = 0.0

    def __call__(self) -> str:
        if not self._text or self._clock() >= self._until:
            found = self._client().get_parameter(Name=self._name, WithDecryption=True)
            self._text = found["Parameter"]["Value"]
            self._until = self._clock() + KEPT_SECONDS
        return self._text

    def __repr__(self) -> str:
        return f"SsmSecret({self._name!r})"
