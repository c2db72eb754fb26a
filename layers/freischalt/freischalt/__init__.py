"""Freischalt: a licence desk without servers.

Functions translate, use cases order, the domain decides, adapters remember. Start reading at
`template.yaml`, then `functions/receive_sms/app.py`, then `use_cases/answer_sms.py`.
"""

from freischalt.compiled_dataclasses import use_compiled

use_compiled()
