"""The phones that the demo data registers, and one stranger's.

Five phones for each of the two demo accounts; the tool that loads the demo data registers every
phone that has an account. The stranger's is on no account: it is there to see what strangers get.

>>> [phone.number for phone in DEMO_PHONES if phone.account == "10002"][0]
'+436771234567'
>>> {phone.account for phone in DEMO_PHONES} == {"10001", "10002", None}
True
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoPhone:
    """A number (E.164), the name on the page, and the account's number (None: on no account)."""

    number: str
    label: str
    account: str | None


DEMO_PHONES: tuple[DemoPhone, ...] = (
    DemoPhone("+436601234567", "Müller Maschinenbau 1", "10001"),
    DemoPhone("+436601234568", "Müller Maschinenbau 2", "10001"),
    DemoPhone("+436601234569", "Müller Maschinenbau 3", "10001"),
    DemoPhone("+436601234570", "Müller Maschinenbau 4", "10001"),
    DemoPhone("+436601234571", "Müller Maschinenbau 5", "10001"),
    DemoPhone("+436771234567", "Huber Elektrotechnik 1", "10002"),
    DemoPhone("+436771234568", "Huber Elektrotechnik 2", "10002"),
    DemoPhone("+436771234569", "Huber Elektrotechnik 3", "10002"),
    DemoPhone("+436771234570", "Huber Elektrotechnik 4", "10002"),
    DemoPhone("+436771234571", "Huber Elektrotechnik 5", "10002"),
    DemoPhone("+436641112223", "Nicht registriert", None),
)
