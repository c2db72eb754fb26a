"""Countries whose phones can be served, and their calling codes.

>>> [is_served(sender, ("+43", "+49")) for sender in ("+436601234567", "+15551234567", "A1")]
[True, False, False]

`template.yaml` has one line for each in the protect configuration: a test compares them.
"""

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")

CALLING_CODES = {
    "AT": "+43",
    "BE": "+32",
    "CH": "+41",
    "CZ": "+420",
    "DE": "+49",
    "DK": "+45",
    "FR": "+33",
    "HU": "+36",
    "IT": "+39",
    "LI": "+423",
    "LU": "+352",
    "NL": "+31",
    "PL": "+48",
    "SI": "+386",
    "SK": "+421",
}


def is_served(sender: str, prefixes: tuple[str, ...]) -> bool:
    """Whether it is a phone of a country that is served; operators write from names, too."""
    return sender.startswith(prefixes) and E164.fullmatch(sender) is not None
