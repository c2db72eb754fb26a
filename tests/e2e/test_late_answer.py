import time

import pytest

from tests.e2e.running import Running, wait_until

pytestmark = pytest.mark.e2e

PHONE = "+436771234567"
SILENCE_SECONDS = 3.0


def test_a_text_to_a_stopped_function_is_answered_when_it_runs_again(desk: Running) -> None:
    """Row 15 of the source: no answer, then a late one."""
    with desk.function_stopped("ReceiveSms"):
        desk.text(PHONE, "cl.9.3333444490ABCDEF")
        wait_until(lambda: desk.waiting() == 1, "the text waits in the queue")
        time.sleep(SILENCE_SECONDS)
        assert desk.answers(PHONE) == []
        assert desk.waiting() == 1

    (answer,) = wait_until(lambda: desk.answers(PHONE), "the late answer")
    assert answer.startswith('OK: Ihr Freischalt-Code lautet "')
    wait_until(lambda: desk.waiting() == 0, "the queue is empty")
