"""The composition root of importing lists of inverters."""

import os
from collections.abc import Callable
from functools import cache

from freischalt.adapters.dynamodb_inverter_lists import DynamoDbDueLists
from freischalt.adapters.pending_items import fail_on_unreadable
from freischalt.adapters.s3_list_files import S3ListFiles
from freischalt.adapters.sdk import client
from freischalt.api_settings import ListSettings
from freischalt.list_ports import DueLists, Sheets
from freischalt.term_services import term_services
from freischalt.use_cases.import_inverters import ListDesk


def list_desk() -> ListDesk:
    return ListDesk(
        office=term_services().office,
        files=S3ListFiles(client("s3", read_seconds=20), ListSettings.of(os.environ).bucket),
        sheets=cache(sheets),
    )


def sheets() -> Sheets:
    from freischalt.adapters.openpyxl_sheets import OpenpyxlSheets  # noqa: PLC0415 - a library

    return OpenpyxlSheets()


def due_lists(unreadable: Callable[[str], None] = fail_on_unreadable) -> DueLists:
    return DynamoDbDueLists(client("dynamodb"), ListSettings.of(os.environ).table, unreadable)
