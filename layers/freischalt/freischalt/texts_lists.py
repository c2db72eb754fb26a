"""Every sentence about what is wrong with a list of inverters, German and English.

>>> wrong = ListProblem(rule=ListRule.CODE_WRONG, row=7, column=ListColumn.CODE)
>>> told(wrong, Language.GERMAN)
'Zeile 7, Spalte Aktivierungscode: Der Code passt nicht zu dieser Seriennummer.'
>>> told(ListProblem(rule=ListRule.NO_ROWS), Language.ENGLISH)
'The list has no rows.'
"""

from datetime import date

from freischalt.domain.inverter_list import ListColumn, ListProblem, ListRule
from freischalt.domain.list_rows import TITLES
from freischalt.domain.user import Language

SENTENCES: dict[ListRule, tuple[str, str]] = {
    ListRule.NOT_XLSX: (
        "Die Datei ist keine lesbare Excel-Liste (.xlsx, ohne Kennwort).",
        "The file is no Excel list that can be read (.xlsx, without a password).",
    ),
    ListRule.TOO_LARGE: (
        (
            "Die Datei enthält weit mehr als 10.000 Wechselrichter brauchen. Bitte nutzen Sie "
            "die Vorlage."
        ),
        "The file holds far more than 10,000 inverters need. Please use the template.",
    ),
    ListRule.NO_SUCH_COLUMN: ("Diese Spalte fehlt.", "This column is missing."),
    ListRule.COLUMN_TWICE: ("Diese Spalte gibt es zweimal.", "This column is there twice."),
    ListRule.NO_ROWS: ("Die Liste hat keine Zeilen.", "The list has no rows."),
    ListRule.TOO_MANY_ROWS: (
        "Eine Liste hat höchstens {most} Zeilen.",
        "A list has {most} rows at most.",
    ),
    ListRule.FILE_GONE: (
        "Die Datei ist nicht mehr da. Bitte laden Sie die Liste erneut hoch.",
        "The file is gone. Please upload the list again.",
    ),
    ListRule.FILE_REPLACED: (
        (
            "Während der Prüfung wurde eine andere Datei hochgeladen. Bitte laden Sie jede "
            "Datei als eigene Liste hoch."
        ),
        "Another file was uploaded during the check. Please upload each file as a list of its own.",
    ),
    ListRule.ABANDONED: (
        "Die Prüfung konnte nicht beendet werden. Bitte laden Sie die Liste erneut hoch.",
        "The check could not be finished. Please upload the list again.",
    ),
    ListRule.PLANT_ENDED: ("Die Anlage gibt es nicht mehr.", "The plant is no more."),
    ListRule.GROWTH_NOT_ACCEPTED: (
        (
            "Mit dieser Liste hat die Anlage {power_w} W, lizenziert oder bestellt sind "
            "{licensed_w} W: Jede Lizenz, die das nicht deckt, würde sofort enden, eine bestellte "
            "mit ihrer Bezahlung. Der erste Tag ohne Nutzungsrecht wäre der {ends}. Eine neue "
            "Lizenz kostet {gross_365} € (365 Tage) oder {gross_730} € (730 Tage) mit "
            "Mehrwertsteuer; das Guthaben von {credit} € (netto) ist abgezogen. Wenn Sie "
            "einverstanden sind, laden Sie die Liste mit dieser Zustimmung erneut hoch."
        ),
        (
            "With this list the plant has {power_w} W, licensed or ordered are {licensed_w} W: "
            "each licence that does not cover it would end at once, an ordered one as soon as it "
            "is paid. The first day without the right to use would be {ends}. A new licence costs "
            "€ {gross_365} (365 days) or € {gross_730} (730 days) with VAT; the credit of € "
            "{credit} (net) is taken off. If you agree, upload the list again and say so."
        ),
    ),
    ListRule.MISSING: ("Die Angabe fehlt.", "This is missing."),
    ListRule.NOT_TEXT: (
        "Die Zelle enthält keinen Text. Bitte formatieren Sie sie als Text.",
        "The cell holds no text. Please format it as text.",
    ),
    ListRule.MALFORMED: (
        "Eine Seriennummer hat 4 bis 32 Buchstaben, Ziffern und Bindestriche.",
        "A serial number has 4 to 32 letters, digits and hyphens.",
    ),
    ListRule.TOO_LONG: ("Höchstens {most} Zeichen.", "{most} characters at most."),
    ListRule.TYPE_UNKNOWN: (
        (
            "Diesen Wechselrichtertyp gibt es nicht. Wenn Sie ihn nicht kennen, lassen Sie die "
            "Zelle leer."
        ),
        "There is no such inverter type. If you do not know it, leave the cell empty.",
    ),
    ListRule.TWICE: (
        "Diese Seriennummer steht schon in Zeile {other}.",
        "This serial number is in row {other} already.",
    ),
    ListRule.CODE_WRONG: (
        "Der Code passt nicht zu dieser Seriennummer.",
        "The code does not fit this serial number.",
    ),
    ListRule.CODE_USED: (
        "Dieser Code wurde schon benutzt.",
        "This code was used already.",
    ),
}


def told(problem: ListProblem, language: Language) -> str:
    """Where it is, as the spreadsheet shows it, and what is wrong."""
    english = language is Language.ENGLISH
    sentence = SENTENCES[problem.rule][english].format(**_shown(problem, english=english))
    where = []
    if problem.row is not None:
        where.append(f"row {problem.row}" if english else f"Zeile {problem.row}")
    if problem.column is not None:
        where.append(f"{'column' if english else 'Spalte'} {title(problem.column, language)}")
    place = ", ".join(where)
    return f"{place[:1].upper()}{place[1:]}: {sentence}" if place else sentence


def title(column: ListColumn, language: Language) -> str:
    return TITLES[column][language is Language.ENGLISH]


MONEY = {
    "credit_cents": "credit",
    "gross_cents_365": "gross_365",
    "gross_cents_730": "gross_730",
}
NUMBERS = {"power_w", "licensed_w", "most"}


def _shown(problem: ListProblem, *, english: bool) -> dict[str, str]:
    shown = dict(problem.parameters)
    for name, text in problem.parameters.items():
        if name in MONEY:
            shown[MONEY[name]] = _in_figures(f"{int(text) / 100:,.2f}", english=english)
        elif name in NUMBERS:
            shown[name] = _in_figures(f"{int(text):,}", english=english)
        elif name == "ends_on":
            shown["ends"] = text if english else f"{date.fromisoformat(text):%d.%m.%Y}"
    return shown


def _in_figures(text: str, *, english: bool) -> str:
    """Points and commas as the language has them.

    >>> _in_figures("10,000.50", english=False), _in_figures("10,000.50", english=True)
    ('10.000,50', '10,000.50')
    """
    return text if english else text.translate({ord(","): ".", ord("."): ","})
