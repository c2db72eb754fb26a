import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from local.servers import listen

TEXT = "streng geheim"


def free_port() -> int:
    with closing(listen(0)) as sock:
        return int(sock.getsockname()[1])


def start(
    state: Path, phone_port: int, sms_port: int, api_port: int, *options: str
) -> subprocess.Popen[str]:
    ports = ["--phone-port", str(phone_port), "--sms-port", str(sms_port)]
    ports += ["--api-port", str(api_port), "--vat-port", str(free_port())]
    ports += ["--pay-port", str(free_port())]
    # nothing listens on port 9 (discard): the stack is not there yet
    more = ["--state", str(state), "--endpoint", "http://127.0.0.1:9", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "local.servers", *ports, *more],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            assert httpx.get(url).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} did not answer")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_all_start_before_the_stack_and_end_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    phone_port, sms_port, api_port = free_port(), free_port(), free_port()
    with start(tmp_path, phone_port, sms_port, api_port) as process:
        wait_for(f"http://127.0.0.1:{phone_port}/health")
        wait_for(f"http://127.0.0.1:{sms_port}/_sent")
        sms = {"from": "+436601234567", "text": TEXT}
        answer = httpx.post(f"http://127.0.0.1:{phone_port}/messages", json=sms, timeout=30)
        token = {"Authorization": f"Bearer {TEXT}"}
        call = httpx.get(f"http://127.0.0.1:{api_port}/a?b={TEXT}", headers=token, timeout=30)
        mails = httpx.get(f"http://127.0.0.1:{phone_port}/mails?to=*", timeout=30)
        process.send_signal(ending)
        _, log = process.communicate(timeout=10)

    assert answer.status_code == 502
    assert (call.status_code, list(call.json())) == (503, ["message"])
    assert mails.status_code == 502
    assert process.returncode == 0
    assert "stopped" in log
    assert "Traceback" not in log
    assert TEXT not in log
    assert "6601234567" not in log


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        process = start(tmp_path, taken.getsockname()[1], free_port(), free_port())
        _, log = process.communicate(timeout=10)

    assert process.returncode == 1
    assert len(log.splitlines()) == 1


def test_a_broken_scenario_is_told_line_by_line(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("vendors: [DE999000009, DE123456789]\ngroups: []\n")
    ports = (free_port(), free_port(), free_port())
    process = start(tmp_path, *ports, "--vat-scenario", str(scenario))
    _, log = process.communicate(timeout=10)

    assert process.returncode == 1
    assert [line.split(": ")[1] for line in log.splitlines()] == ["vendors.1", "groups"]
