"""How one kind of thing is kept: its key, and how it is written and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire


@dataclass(frozen=True, slots=True)
class Codec:
    """One kind: its key by the parts of its id, its id, and how it is written and read.

    `prefix` is what the sort keys of an account's things of this kind begin with.
    """

    key: Callable[..., keys.Key]
    id: Callable[[Any], tuple[str, ...]]
    read: Callable[[tuple[str, ...], Mapping[str, Any] | None], Any]
    write: Callable[[Any, tzinfo, int], Wire] | None = None
    prefix: str = ""
