"""What a process costs: instructions by valgrind, repeatable to a digit, and CPU time.

Wall time and milliseconds are not looked at: they say more about the machine's other guests.
"""

import os
import re
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CACHEGRIND = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
ROUNDS = 15


@dataclass(frozen=True)
class Case:
    """A process to measure: its command and its whole environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self) -> str:
        """Run it once, and so fill the caches; what it prints."""
        done = subprocess.run(
            self.command, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{self.name} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def instructions(self) -> int | None:
        """None without valgrind."""
        if not (valgrind := shutil.which("valgrind")):
            return None
        done = subprocess.run(
            [valgrind, *CACHEGRIND, *self.command],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )
        counted = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
        if not counted:
            raise RuntimeError(f"{self.name}: valgrind counted nothing:\n{done.stderr}")
        return int(counted[1].replace(",", ""))

    def cpu_seconds(self) -> float:
        pid = os.posix_spawn(
            self.command[0],
            self.command,
            self._environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        _, status, used = os.wait4(pid, 0)
        if status:
            raise RuntimeError(f"{self.name} failed")
        return used.ru_utime + used.ru_stime

    @property
    def _environment(self) -> dict[str, str]:
        return {"PYTHONHASHSEED": "0", **self.environment}


def cpu_ratios(floor: Case, cases: Sequence[Case], *, rounds: int = ROUNDS) -> dict[str, float]:
    """The median over all rounds of each case's CPU time against the floor's in that round."""
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(pinned)})
    try:
        seen: dict[str, list[float]] = {case.name: [] for case in cases}
        for number in range(rounds):
            order = [floor, *cases] if number % 2 else [*reversed(cases), floor]
            used = {case.name: case.cpu_seconds() for case in order}
            for case in cases:
                seen[case.name].append(used[case.name] / used[floor.name])
    finally:
        os.sched_setaffinity(0, pinned)
    return {name: statistics.median(ratios) for name, ratios in seen.items()}
