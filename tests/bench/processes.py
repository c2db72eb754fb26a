"""What a process costs: instructions by valgrind, repeatable to a digit, and CPU time.

Wall time and milliseconds are not looked at: they say more about the machine's other guests.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

CACHEGRIND = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
ROUNDS = 15

# A process starts with the peak of whoever started it: this one's is small.
PEAK = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                     file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, used = os.wait4(pid, 0)
print(used.ru_maxrss)
sys.exit(bool(status))
"""


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

    def last_line(self) -> float:
        """What a probe has measured itself, and printed last."""
        return float(self.run().splitlines()[-1])

    def peak_memory(self) -> int:
        """The most memory that it had at a time, in bytes."""
        small = Case(self.name, (sys.executable, "-ISc", PEAK, *self.command), self.environment)
        return int(small.run()) * 1024

    @property
    def _environment(self) -> dict[str, str]:
        return {"PYTHONHASHSEED": "0", **self.environment}


def instructions(cases: Sequence[Case]) -> list[int | None]:
    """Of each case; several at a time, which a count does not mind."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(Case.instructions, cases))


def instruction_ratios(floor: Case, cases: Sequence[Case]) -> dict[str, float]:
    whole, *counted = instructions([floor, *cases])
    return {
        case.name: count / whole
        for case, count in zip(cases, counted, strict=True)
        if count and whole
    }


def cpu_ratios(
    floor: Case,
    cases: Sequence[Case],
    *,
    rounds: int = ROUNDS,
    measure: Callable[[Case], float] = Case.cpu_seconds,
) -> dict[str, float]:
    """The median over all rounds of each case's CPU time against the floor's in that round."""
    seen: dict[str, list[float]] = {case.name: [] for case in cases}
    for used in interleaved([floor, *cases], rounds, measure):
        for case in cases:
            seen[case.name].append(used[case.name] / used[floor.name])
    return {name: statistics.median(ratios) for name, ratios in seen.items()}


def interleaved(
    cases: Sequence[Case], rounds: int, measure: Callable[[Case], float]
) -> list[dict[str, float]]:
    """Each round measures every case once, in an order that turns; all on one CPU."""
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(pinned)})
    try:
        return [
            {case.name: measure(case) for case in (cases if number % 2 else reversed(cases))}
            for number in range(rounds)
        ]
    finally:
        os.sched_setaffinity(0, pinned)
