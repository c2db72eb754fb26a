"""What lists of inverters need from the world, beside `freischalt.account_ports`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from freischalt.domain.ids import AccountNumber
from freischalt.domain.inverter_list import InverterList, ListRule
from freischalt.domain.list_rows import SheetRow


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a form with one file is to be posted: the fields first, then `file`."""

    url: str
    fields: Mapping[str, str]


class ListUploads(Protocol):
    """Where customers leave their files."""

    def invite(self, account: AccountNumber, list_id: str) -> Upload:
        """Lets whoever has it upload the file of this list, of LARGEST_FILE, in UPLOAD_WITHIN."""


class ListFiles(Protocol):
    """The files that were left, for a day or two."""

    def read(self, account: AccountNumber, list_id: str) -> bytes | None:
        """The file; None if there is none (any more)."""


class Sheets(Protocol):
    """Spreadsheets that strangers made."""

    def read(self, content: bytes) -> Sequence[SheetRow] | ListRule:
        """Rows that are not blank, one more than MOST_ROWS and the header at most."""


class DueLists(Protocol):
    def due(self, *, now: datetime) -> Iterable[InverterList]:
        """Lists that should have come to an end by now; reads only those."""
