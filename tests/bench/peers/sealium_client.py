"""Runs in .venv-peers: sealium_client.py URL PUBLIC_KEY CODE ... activates each code.

By Sealium's own client. The machine's fingerprint and the time, which it would fetch from Windows
and from the internet, are given to it, as its constructor provides for. Prints the seconds it took.
"""

import sys
import time
from pathlib import Path

from sealium.client.activator import Activator  # type: ignore[import-not-found]
from sealium.common.fingerprint import (  # type: ignore[import-not-found]
    Component,
    MachineFingerprint,
)

LONGEST_SECONDS = 60
CORE = ("cpu", "board", "bios", "system_uuid")


def main(url: str, public_key: str, *codes: str) -> None:
    components = tuple(Component(name, f"{place:064x}", True) for place, name in enumerate(CORE))
    machine = MachineFingerprint(components=components)
    activator = Activator(
        url,
        Path(public_key).read_text("utf-8"),
        timestamp_provider=lambda: int(time.time()),
        machine_code_provider=lambda: machine,
    )
    begin = time.monotonic()
    for code in codes:
        if activator.activate(code).result != "success":
            sys.exit("an activation failed")
        if time.monotonic() - begin > LONGEST_SECONDS:
            sys.exit("too slow")
    print(time.monotonic() - begin)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
