"""Every use case that the proof is about: THE place to register another one (see README.md).

A use case is what is so beforehand, what comes in, and what that may cost. Faults, load and bench
take all of them from here; what must come out is said by the model alone.
"""

from tests.proof.account_use_cases import CALLS
from tests.proof.money_use_cases import ORDERS_AND_MONEY
from tests.proof.term_use_cases import PLANTS_AND_TERMS
from tests.proof.text_use_cases import TEXTS
from tests.proof.vat_use_cases import VAT_CHECKS

USE_CASES = (*TEXTS, *CALLS, *VAT_CHECKS, *PLANTS_AND_TERMS, *ORDERS_AND_MONEY)
