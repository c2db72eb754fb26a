"""The composition root of what tells that terms end, beside `office_services`."""

import os
from collections.abc import Callable

from freischalt.adapters.dynamodb_due_terms import DynamoDbDueTerms
from freischalt.adapters.sdk import client
from freischalt.adapters.sqs_term_queue import SqsTermQueue
from freischalt.api_settings import TermQueueSettings
from freischalt.office_services import Services
from freischalt.term_notice_ports import DueTerms, TermQueue


def due_terms(services: Services, unreadable: Callable[[str], None]) -> DueTerms:
    """`unreadable` is told of a plant that this version cannot read; the others go on."""
    return DynamoDbDueTerms(services.dynamodb, services.settings.table, unreadable)


def term_queue() -> TermQueue:
    return SqsTermQueue(client("sqs", read_seconds=5), TermQueueSettings.of(os.environ).queue)
