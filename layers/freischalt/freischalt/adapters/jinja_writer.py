"""Mails and texts from the templates beside this package, by Jinja.

A mail's template has three blocks: its subject, its paragraphs, and the link if there is one. The
text and the HTML are made from the same blocks, so that they say the same.
"""

from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from freischalt.account_ports import Mail
from freischalt.domain.notice import Notice
from freischalt.texts import german

TEMPLATES = Path(__file__).parent.parent / "templates"


class JinjaWriter:
    """Fits the port `Writer`."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        # plain text alone: what goes into HTML is escaped as a whole, below
        self._templates = Environment(  # noqa: S701
            loader=FileSystemLoader(templates),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["german"] = _german
        self._templates.filters["day"] = _day
        self._templates.filters["comma"] = _comma
        self._templates.filters["point"] = _point

    def mail(self, notice: Notice, secrets: Mapping[str, str]) -> Mail:
        subject, _, text = self._render(notice, secrets).partition("\n")
        body = text.strip() + "\n"
        return Mail(subject.strip(), body, _html(body, notice.language.value))

    def sms(self, notice: Notice, secrets: Mapping[str, str]) -> str:
        return self._render(notice, secrets).strip()

    def _render(self, notice: Notice, secrets: Mapping[str, str]) -> str:
        template = self._templates.get_template(f"{notice.kind.value}.{notice.language.value}.txt")
        return template.render({**notice.details, **secrets})


def _german(day: str) -> str:
    return german(date.fromisoformat(day) if day else None)


def _day(day: str) -> str:
    """As Germans write it: the first of the new year is 01.01.2027."""
    return f"{date.fromisoformat(day):%d.%m.%Y}"


def _comma(cents: str) -> str:
    """Money as Germans write it: 58,31."""
    return _point(cents).replace(".", ",")


def _point(cents: str) -> str:
    return f"{int(cents) // 100}.{int(cents) % 100:02d}"


def _html(text: str, language: str) -> str:
    paragraphs = "".join(f"<p>{_linked(part)}</p>\n" for part in text.strip().split("\n\n"))
    return f'<!doctype html>\n<html lang="{language}"><body>\n{paragraphs}</body></html>\n'


def _linked(paragraph: str) -> str:
    lines = [
        f'<a href="{escape(line)}">{escape(line)}</a>'
        if line.startswith(("https://", "http://127.0.0.1"))
        else escape(line)
        for line in paragraph.split("\n")
    ]
    return "<br>\n".join(lines)
