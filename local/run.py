"""`make run`: all of Freischalt on this machine, until Ctrl-C. The data stays in .local."""

import os
import signal
import sys
import time
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from local.build import build
from local.demo import load as load_demo_data
from local.processes import ROOT, LocalStackError
from local.stack import SERVICE_NUMBER, STACK, LocalStack, Ports

FOLDER = ROOT / ".local"

console = Console()


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        run(Ports.of(os.environ))
    except LocalStackError as error:
        console.print("[bold red]Not running.[/]", escape(str(error)), highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("Stopped. Everything is kept in .local; `make clean-local` forgets it.")


def run(ports: Ports) -> None:
    with console.status("Building with SAM (the first time takes a while) ..."):
        built = build()
    with console.status("Starting ..."), LocalStack(FOLDER, ports) as stack:
        load_demo_data(stack.endpoint, stack.deploy(built))
        console.print(what_to_open(stack))
        while True:
            stack.check()
            time.sleep(0.5)


def what_to_open(stack: LocalStack) -> Panel:
    return Panel.fit(
        f"""\
[bold]Freischalt is running.[/]

The phone       [link]{stack.phone}[/]
                text [bold]cl.31.1234567890ABCDEF[/] from +436601234567 to {SERVICE_NUMBER}
AWS             {stack.endpoint}, stack {STACK}
Logs            .local/ministack.log, .local/servers.log

Ctrl-C stops it; the data stays.""",
    )


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Stop once, in order. From now on impatience has no effect: MiniStack is saving its state."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _wait)
    raise KeyboardInterrupt


def _wait(_number: int, _frame: FrameType | None) -> None:
    console.print("Stopping; the state is being saved ...")


if __name__ == "__main__":
    main()
