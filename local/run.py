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
from local.demo import DEMO_PASSWORD, DEMO_USER, OPERATOR, OPERATOR_PASSWORD
from local.demo import load as load_demo_data
from local.processes import ROOT, LocalStackError
from local.stack import SERVICE_NUMBER, STACK, LocalStack, Ports

FOLDER = ROOT / ".local"

console = Console()


class Stop:
    """Ends the program once and in order; MiniStack is saving its state, whoever is impatient."""

    def __init__(self) -> None:
        self.asked_for = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked_for:
            console.print("Stopping; the state is being saved ...")
            return
        self.asked_for = True
        raise KeyboardInterrupt


def main() -> None:
    stop = Stop()
    try:
        run(Ports.of(os.environ), stop)
    except LocalStackError as error:
        console.print("[bold red]Not running.[/]", escape(str(error)), highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        pass
    console.print("Stopped. Everything is kept in .local; `make clean-local` forgets it.")


def run(ports: Ports, stop: Stop) -> None:
    with console.status("Building with SAM (the first time takes a while) ..."):
        built = build()
    with console.status("Starting ...") as status, LocalStack(FOLDER, ports) as stack:
        load_demo_data(stack.endpoint, stack.deploy(built))
        status.stop()
        console.print(what_to_open(stack))
        while not stop.asked_for:
            stack.check()
            time.sleep(0.5)


def what_to_open(stack: LocalStack) -> Panel:
    return Panel.fit(
        f"""\
[bold]Freischalt is running.[/]

The phone    [link={stack.phone}]{stack.phone}[/link]
Try it       from +436601234567 to {SERVICE_NUMBER}:
             [bold]cl.31.1234567890ABCDEF[/]
Mails        [link={stack.phone}/#mails]{stack.phone}/#mails[/link]
The API      {stack.api}, documented at /openapi.json
             customer [bold]{DEMO_USER}[/] / [bold]{DEMO_PASSWORD}[/]
             operator [bold]{OPERATOR}[/] / [bold]{OPERATOR_PASSWORD}[/] and six digits:
             .venv/bin/freischalt --local operator second-factor {OPERATOR}
Payments     {stack.pay}, a stand-in for Stripe
The clock    {stack.phone}/clock, to be put forward: see README.md
VAT checks   VAT IDs to try are in docs/vat-scenarios.md
The tool     .venv/bin/freischalt --local --help
AWS          {stack.endpoint}, stack {STACK}
Logs         .local/ministack.log, .local/servers.log

Ctrl-C stops it; the data stays."""
    )


if __name__ == "__main__":
    main()
