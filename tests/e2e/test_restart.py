import re
import time
from pathlib import Path

import pytest

from freischalt.domain.dongle import Grant
from local.stack import a_free_choice_of_ports
from tests.e2e.running import Running, note, running, wait_until

pytestmark = pytest.mark.e2e

PHONE, COLLEAGUE = "+436601234567", "+436601234568"
ACCOUNT = "10001"
FETCH = "cl.31.1234567890ABCDEF"
ORDER = "Ich bestelle verbindlich 7P E2E4000090ABCDEF"
LATE = "cl.5.E2E4000190ABCDEF"


def test_what_was_there_before_ctrl_c_is_there_after_a_new_start(tmp_path: Path) -> None:
    folder, ports = tmp_path / "stack", a_free_choice_of_ports()
    with running(folder, ports, keep_state=True) as desk:
        desk.release("E2E40001", ACCOUNT, Grant(5, e_protocol=False))
        code = desk.ask(PHONE, FETCH)
        confirmation = desk.ask(PHONE, ORDER)
        with desk.function_stopped("ReceiveSms"):
            desk.text(COLLEAGUE, LATE)
            wait_until(lambda: desk.waiting() == 1, "a text waits")
        wait_until(lambda: published(desk), "the order has left")
        before = snapshot(desk)

    started = time.monotonic()
    with running(folder, ports, keep_state=True) as desk:
        note(f"the second start took {time.monotonic() - started:.1f} s")

        assert snapshot(desk) == before
