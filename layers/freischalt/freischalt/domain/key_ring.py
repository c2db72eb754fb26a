"""The master keys: one serves new dongles, every other one still computes for its own.

>>> ring = KeyRing.read("1=verify-only=arn:aws:kms:x:y:key/a,2=active=arn:aws:kms:x:y:key/b")
>>> ring.active.id, ring.key(KeyId("1")).state.value
('2', 'verify-only')
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from freischalt.domain.ids import KeyId
from freischalt.errors import KeyNotInRing


class KeyState(StrEnum):
    """A retired key computes for its own dongles until the vendor destroys it in KMS."""

    ACTIVE = "active"
    VERIFY_ONLY = "verify-only"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class MasterKey:
    id: KeyId
    state: KeyState
    arn: str


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; exactly one is active."""

    keys: tuple[MasterKey, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `id=state=arn,…`. Raises ValueError that names the rule."""
        keys = []
        for entry in text.split(","):
            id_, state, arn = ([*entry.strip().split("=", 2), "", ""])[:3]
            if not (id_ and arn):
                raise ValueError("each key is written id=state=arn")
            keys.append(MasterKey(KeyId(id_), KeyState(state), arn))
        if len({key.id for key in keys}) != len(keys):
            raise ValueError("each key id stands once")
        if sum(key.state is KeyState.ACTIVE for key in keys) != 1:
            raise ValueError("exactly one key is active")
        return cls(tuple(keys))

    @property
    def active(self) -> MasterKey:
        return next(key for key in self.keys if key.state is KeyState.ACTIVE)

    def key(self, key_id: KeyId) -> MasterKey:
        """Raises KeyNotInRing."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise KeyNotInRing(key_id)
