"""Planted: a plant counts as told of before its mails are kept."""

from freischalt.account_ports import Change, Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.notice import Notice, NoticeKind


def plant() -> None:
    write = DynamoDbRecords.write

    def mail_later(self: DynamoDbRecords, *changes: Change) -> None:
        mails = [one for one in changes if isinstance(one, Put) and _is_about_an_end(one.thing)]
        write(self, *(one for one in changes if one not in mails))
        if mails:
            write(self, *mails)

    DynamoDbRecords.write = mail_later  # type: ignore[method-assign]


def _is_about_an_end(thing: object) -> bool:
    return isinstance(thing, Notice) and thing.kind is NoticeKind.TERM_ENDS
