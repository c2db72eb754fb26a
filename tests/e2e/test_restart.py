import time
from pathlib import Path
from typing import Any

import pytest

from freischalt.domain.dongle import Grant
from local.stack import a_free_choice_of_ports
from tests.e2e.running import Running, note, running, wait_until

pytestmark = pytest.mark.e2e

PHONE, COLLEAGUE = "+436601234567", "+436601234568"
ACCOUNT = "10001"
FETCH = "cl.31.1234567890ABCDEF"
ORDER = "Ich bestelle verbindlich 7P E2E4000090ABCDEF"


KINDS = ("ACCOUNT", "PHONE", "DONGLE", "ORDER", "MESSAGE", "NUMBERS")


def all_of(desk: Running) -> dict[str, Any]:
    """Everything that is stored, and what can be read on the phone."""
    stored: dict[str, Any] = {kind: desk.items(kind) for kind in KINDS}
    return stored | {
        "audit": desk.audit_events([ACCOUNT]),
        "conversation": desk.conversation(PHONE),
        "outputs": desk.outputs,
    }


def all_has_left(desk: Running) -> bool:
    """The stream's readers are done: the order is published, the audit trail has its lines."""
    events = desk.audit_events([ACCOUNT])
    orders = desk.items("ORDER").values()
    return events["retrieved"] == events["ordered"] == 1 and not any("due" in o for o in orders)


def test_what_was_there_before_ctrl_c_is_there_after_the_next_start(tmp_path: Path) -> None:
    folder, ports = tmp_path / "stack", a_free_choice_of_ports()
    with running(folder, ports, keep_state=True) as desk:
        desk.release("E2E40001", ACCOUNT, Grant(5, e_protocol=False))
        code = desk.ask(PHONE, FETCH)
        confirmed = desk.ask(PHONE, ORDER)
        wait_until(lambda: all_has_left(desk), "the order is published, the audit trail written")
        wait_until(lambda: desk.waiting() == 0, "the queue is empty")
        desk.stop_function("ReceiveSms")
        desk.text(COLLEAGUE, "cl.5.E2E4000190ABCDEF")
        wait_until(lambda: desk.waiting() == 1, "a text waits")
        before = all_of(desk)

    started = time.monotonic()
    with running(folder, ports, keep_state=True) as desk:
        note(f"the second start took {time.monotonic() - started:.1f} s")
        after = all_of(desk)

        assert after == before
        assert desk.answers(COLLEAGUE) == []
        desk.start_function("ReceiveSms")
        (late,) = wait_until(lambda: desk.answers(COLLEAGUE), "the late answer")
        assert late.startswith('OK: Ihr Freischalt-Code lautet "')
        assert code.startswith('OK: Ihr Freischalt-Code lautet "')
        assert desk.ask(PHONE, FETCH) == code
        assert desk.ask(COLLEAGUE, ORDER) == "Bestellung nicht möglich, Menge bereits freigegeben"
        assert confirmed.startswith("OK: Bestellung ")
        assert desk.ask(PHONE, ORDER) == confirmed  # the same text again within ten minutes
        assert desk.items("ORDER") == before["ORDER"]
