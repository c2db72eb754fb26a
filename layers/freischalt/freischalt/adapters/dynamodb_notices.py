"""Notices in DynamoDB, pending until they are sent."""

from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.account_items import notice_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.notice import Notice


class DynamoDbNotices(PendingItems[Notice]):
    """Fits the port `NoticeBook`."""

    shard_name = staticmethod(keys.notice_shard)
    read = staticmethod(notice_of)

    def claim(self, notice: Notice, *, by: str, now: datetime, until: datetime) -> bool:
        return self._claim(keys.notice(notice.id), by=by, now=now, until=until)

    def mark_sent(self, notice: Notice, *, now: datetime) -> None:
        self._mark(keys.notice(notice.id), "sent_at", now=now)
