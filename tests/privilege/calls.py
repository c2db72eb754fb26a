"""What the functions were seen to call, in IAM's words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RECORDER = Path(__file__).parent / "recorder"
DENIED = {"AccessDenied", "AccessDeniedException"}

# A transaction is no action of its own: each part needs the action that it would need alone.
PARTS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the SDK; `error` and `message` are AWS's, or None.

    >>> sorted(Call("f", "dynamodb", "TransactWriteItems", ("Put", "Update", "Put")).actions)
    ['dynamodb:PutItem', 'dynamodb:UpdateItem']
    >>> Call("f", "sms-voice", "SendTextMessage").actions
    {'sms-voice:SendTextMessage'}
    """

    function: str
    service: str
    operation: str
    parts: tuple[str, ...] = ()
    error: str | None = None
    message: str | None = None

    @property
    def actions(self) -> set[str]:
        names = [PARTS[kind] for kind in self.parts] or [self.operation]
        return {f"{self.service}:{name}" for name in names}

    @property
    def denied(self) -> str | None:
        """The action that the caller was told it may not perform.

        >>> told = "User: me is not authorized to perform: s3:PutObject on resource: that"
        >>> Call("f", "s3", "PutObject", (), "AccessDenied", told).denied
        's3:PutObject'
        """
        if self.error not in DENIED:
            return None
        return str(self.message).partition(" to perform: ")[2].partition(" ")[0]


class Record:
    """The file that the recorder writes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self.environment = {"PYTHONPATH": str(RECORDER), "RECORD_CALLS_TO": str(file)}

    def new(self) -> list[Call]:
        """The calls since the last time."""
        calls = list(self._calls())
        fresh, self._read = calls[self._read :], len(calls)
        return fresh

    def _calls(self) -> Iterator[Call]:
        if self._file.exists():
            for line in self._file.read_text("utf-8").splitlines():
                read = json.loads(line)
                yield Call(**{**read, "parts": tuple(read["parts"])})
