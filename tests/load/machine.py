"""Memory and CPU time of the stack's processes, from /proc."""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from local.stack import LocalStack

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

# fields of /proc/PID/stat after the name
USER_AND_SYSTEM = slice(11, 13)
RESIDENT = 21
# fields of /proc/stat; what a guest uses is in the first ones already
IDLE_AND_WAITING = slice(4, 6)
ALL_BUT_GUESTS = slice(1, 9)


class Part(StrEnum):
    """What runs, as far as a process can tell."""

    MINISTACK = "MiniStack"
    RECEIVE_SMS = "receive_sms"
    OTHER_FUNCTIONS = "other functions"
    STAND_IN = "SMS stand-in"
    THIS_RUN = "this run"


@dataclass(slots=True)
class Usage:
    """Seconds of CPU; and at the most: processes, bytes that the largest had, bytes of all.

    Memory that processes share counts for each of them.
    """

    cpu: float = 0.0
    processes: int = 0
    largest: int = 0
    all: int = 0


class Watch:
    """What each part has used since the last `take`. Look often, or what ends early is missed."""

    def __init__(self, stack: LocalStack) -> None:
        self._worker = f"{stack.ministack.folder / 'tmp'}/ministack-lambda-"
        self._receive_sms = stack.deployment.physical_id("ReceiveSms")
        self._known = {
            stack.ministack.pid: Part.MINISTACK,
            stack.servers.pid: Part.STAND_IN,
            os.getpid(): Part.THIS_RUN,
        }
        self._used: defaultdict[Part, Usage] = defaultdict(Usage)
        self._cpu: dict[int, float] = {}
        self.look()
        self.take()

    def take(self) -> dict[Part, Usage]:
        taken, self._used = self._used, defaultdict(Usage)
        return taken

    def look(self) -> None:
        resident: defaultdict[Part, list[int]] = defaultdict(list)
        for pid, part in self._running():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            cpu = sum(map(int, fields[USER_AND_SYSTEM])) / TICKS
            self._used[part].cpu += cpu - self._cpu.get(pid, 0)
            self._cpu[pid] = cpu
            resident[part].append(int(fields[RESIDENT]) * PAGE)
        for part, sizes in resident.items():
            used = self._used[part]
            used.processes = max(used.processes, len(sizes))
            used.largest = max(used.largest, *sizes)
            used.all = max(used.all, sum(sizes))

    def _running(self) -> Iterator[tuple[int, Part]]:
        yield from self._known.items()
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and (part := self._function(entry)):
                yield int(entry.name), part

    def _function(self, process: Path) -> Part | None:
        """Whose worker it is, if it is one of this stack's."""
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return None
        _, is_worker, name = command.partition(self._worker)
        if not is_worker:
            return None
        is_ours = name.startswith(f"{self._receive_sms}-")
        return Part.RECEIVE_SMS if is_ours else Part.OTHER_FUNCTIONS


def machine_cpu() -> float:
    """Seconds of CPU that all of this machine has used, and what its host has kept from it."""
    fields = Path("/proc/stat").read_text("utf-8").splitlines()[0].split()
    used = sum(map(int, fields[ALL_BUT_GUESTS])) - sum(map(int, fields[IDLE_AND_WAITING]))
    return used / TICKS
