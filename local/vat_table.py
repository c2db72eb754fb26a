"""The VAT IDs to try, for people: `python -m local.vat_table > docs/vat-scenarios.md`."""

import json
import sys
from collections.abc import Iterator

from local.vat_answer import Answer, Kind
from local.vat_scenario import Entry, Scenario, read

HEAD = """\
# VAT IDs to try

What the local stand-in for VIES and eVatR answers (`local/vat_scenario.yaml`). Nothing here goes to
the services: all VAT IDs and companies are invented. An HTTP status is in brackets where the
scenario chooses it. Written by `python -m local.vat_table`; a test compares.
"""


def table(scenario: Scenario) -> str:
    """Give the page: a table for each group of the scenario."""
    return "\n".join([HEAD, _vendors(scenario), *_groups(scenario)])


def _vendors(scenario: Scenario) -> str:
    first, *others = scenario.vendors
    more = f"; or {', '.join(others)}" if others else ""
    return f"The vendor's own VAT ID is {first}{more}. The services refuse any other as unknown.\n"


def _groups(scenario: Scenario) -> Iterator[str]:
    for group in scenario.groups:
        yield f"## {group.title}\n"
        yield "| VAT ID | enter | answer | what comes of it |\n| --- | --- | --- | --- |"
        for entry in group.entries:
            yield f"| {entry.vat_id} | {_to_enter(entry)} | {_answers(entry)} | {entry.tells} |"
        yield ""


def _to_enter(entry: Entry) -> str:
    if entry.company is None:
        return "any company"
    entered = entry.company.model_dump() | dict(entry.enter)
    return "{name}, {street}, {postal_code} {city}".format_map(entered)


def _answers(entry: Entry) -> str:
    answers = entry.vies or entry.evatr
    return ", then ".join(map(_words, answers)) or "by the register"


def _words(answer: Answer) -> str:
    """Put an answer briefly.

    >>> _words(Answer(code="TIMEOUT", http=200)), _words(Answer(seconds=3)), _words(Answer())
    ('TIMEOUT (200)', 'by the register, after 3 s', 'by the register')
    """
    by_kind = "by the register" if answer.kind is Kind.REGISTER else answer.kind.value
    words = answer.code or by_kind
    if answer.http:
        words += f" ({answer.http})"
    for name, value in answer.fields.items():
        words += f", without {name}" if value is None else f", {name} {json.dumps(value)}"
    return words + (f", after {answer.seconds:g} s" if answer.seconds else "")


if __name__ == "__main__":
    sys.stdout.write(table(read()))
