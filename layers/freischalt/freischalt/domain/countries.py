"""Countries whose phones can be served, and their calling codes.

`template.yaml` has one line for each in the protect configuration: a test compares them.
"""

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
