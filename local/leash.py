"""Runs a Python module that ends, in order, when the process that started it is gone.

`python -m local.leash MODULE ARGS` is `python -m MODULE ARGS`, but told to stop by SIGTERM as soon
as standard input closes. The parent holds the other end, so even a parent killed with -9 leaves
nobody behind, and MiniStack saves its state.
"""

import os
import runpy
import signal
import sys
from threading import Thread


def _stop_when_let_go() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    del sys.argv[0]
    Thread(target=_stop_when_let_go, daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
