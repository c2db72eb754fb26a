"""What a payment provider's page says, and where it leads back to: German and English."""

from freischalt.domain.ids import OrderNumber
from freischalt.domain.quote import QuoteLine
from freischalt.domain.user import Language


def page_line(line: QuoteLine, language: Language) -> str:
    """What is paid for, by the plant's name.

    >>> line = QuoteLine(plant="AB-1-1", name="Dach Süd", power_w=4200, unknown_inverters=0, \
days=365, list_cents=4900, credit_cents=0, after=None)
    >>> page_line(line, Language.ENGLISH)
    'Licence for 365 days: Dach Süd'
    """
    if language is Language.ENGLISH:
        return f"Licence for {line.days} days: {line.name}"
    return f"Nutzungslizenz für {line.days} Tage: {line.name}"


def page_rest(number: OrderNumber, language: Language) -> str:
    if language is Language.ENGLISH:
        return f"Rest of order {number}"
    return f"Restbetrag der Bestellung {number}"
