"""The one list of what `DynamoDbRecords` can read and write, and where each kind is kept."""

from importlib import import_module

from freischalt.adapters.account_items import ACCOUNT_CODECS
from freischalt.adapters.codec import Codec


class Codecs(dict[type, Codec]):
    """Those of plants and terms come when the first is asked for.

    A function that has to do with accounts alone starts without them.
    """

    def __missing__(self, kind: type) -> Codec:
        self.update(all_codecs())
        if kind not in self:
            raise KeyError(kind)
        return self[kind]


def all_codecs() -> dict[type, Codec]:
    terms: dict[type, Codec] = import_module("freischalt.adapters.term_codecs").TERM_CODECS
    return ACCOUNT_CODECS | terms


CODECS = Codecs(ACCOUNT_CODECS)
