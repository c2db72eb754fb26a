"""Runs another probe: bytecodes.py PROBE ARGUMENTS ... prints Python's instructions for seconds.

Two runs count the same, in a second instead of valgrind's minute; what C does is not counted.
"""

import runpy
import sys
import time

COUNTER = 3
counted = 0


def count(code: object, offset: int) -> None:
    global counted  # noqa: PLW0603 - nothing else is as fast
    counted += 1


def instructions_so_far() -> int:
    """The first one who asks starts the count: imports are none of it."""
    monitoring = sys.monitoring
    if monitoring.get_tool(COUNTER) is None:
        monitoring.use_tool_id(COUNTER, "bytecodes")
        monitoring.register_callback(COUNTER, monitoring.events.INSTRUCTION, count)
        monitoring.set_events(COUNTER, monitoring.events.INSTRUCTION)
    return counted


if __name__ == "__main__":
    time.process_time = instructions_so_far
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
