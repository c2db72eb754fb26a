"""Runs SMS, VAT and payment services, phone and the API's address in one process, on 127.0.0.1.

    python -m local.servers --stack freischalt-local

The services start before the stack exists (the stack needs them), so the topic and the API are
looked up when the first text or call comes. Ends cleanly on SIGINT and SIGTERM. Logs carry ids,
never texts, numbers, tokens or companies.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from local import api, phone, sms_service, stripe_service, vat_scenario, vat_services
from local.clock import clock_in
from local.conversations import Conversations
from local.cuttable import CuttableProtocol
from local.demo_phones import DEMO_PHONES
from local.inbound_topic import publisher, topic_of_stack
from local.mails import attachments_of, mails_of
from local.stripe_secrets import STRIPE_KEY, STRIPE_WEBHOOK_SECRET

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
LOOKS_AGAIN_AFTER = 0.005  # seconds


class Server(uvicorn.Server):
    """One of several in a process: signals belong to the process.

    It ends as soon as it is told and nobody is being answered; uvicorn looks ten times a second,
    and waits for a tick even if there is nothing to wait for.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told_to_end = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._told_to_end.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self._told_to_end.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told_to_end.wait(), 1)
            await self.on_tick(0)  # the time in each answer

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + (self.config.timeout_graceful_shutdown or 0)
        while self.server_state.connections or self.server_state.tasks:
            if time.monotonic() > deadline:
                for task in self.server_state.tasks:
                    task.cancel("it took too long")
                break
            await asyncio.sleep(LOOKS_AGAIN_AFTER)


def listen(port: int) -> socket.socket:
    """Take a port on the loopback address; OSError if somebody has it. Port 0: any free one."""
    listening = socket.create_server((LOOPBACK, port), backlog=512)
    # asyncio does so only for sockets that name TCP; without, a kept connection waits 40 ms a call
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(apps: dict[socket.socket, ASGIApp], stop: asyncio.Event) -> None:
    """Serve each application on its socket until `stop` is set; if one ends, all end."""
    servers = {sock: Server(_config(app)) for sock, app in apps.items()}
    running = [asyncio.create_task(server.serve([sock])) for sock, server in servers.items()]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for server in servers.values():
        server.end()
    await asyncio.gather(*running)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # its lines would hold phone numbers
        server_header=False,
        timeout_graceful_shutdown=1,  # a call that hangs by order would wait for ever
    )


async def run(options: argparse.Namespace, sockets: list[socket.socket]) -> None:
    """Wire all applications and serve them until a signal comes."""
    topic = options.topic_arn or topic_of_stack(options.stack, options.endpoint)
    publish = publisher(topic, options.endpoint, options.service_number)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with Conversations(options.state / "conversations.sqlite3") as kept:
        mails, clock = mails_of(options.endpoint), clock_in(options.state)
        texts = phone.app(
            kept,
            publish,
            mails,
            options.service_number,
            DEMO_PHONES,
            clock=clock,
            find_attachment=attachments_of(options.endpoint),
        )
        service = sms_service.app(kept, opt_out_list=options.opt_out_list, now=clock.now)
        calls = api.app(
            api.Gateway(api.api_of_stack(options.stack, options.endpoint), options.endpoint)
        )
        checks = vat_services.app(options.vat_scenario)
        payments = stripe_service.app(
            f"http://{LOOPBACK}:{options.api_port}/payments/stripe",
            key=STRIPE_KEY,
            secret=STRIPE_WEBHOOK_SECRET,
            page=lambda id_: f"http://{LOOPBACK}:{options.pay_port}/c/pay/{id_}",
            now=lambda: clock.now().timestamp(),
        )
        logger.info("phone http://%s:%d", LOOPBACK, options.phone_port)
        logger.info("SMS service http://%s:%d", LOOPBACK, options.sms_port)
        logger.info("VAT services http://%s:%d", LOOPBACK, options.vat_port)
        logger.info("payments http://%s:%d", LOOPBACK, options.pay_port)
        logger.info("API http://%s:%d", LOOPBACK, options.api_port)
        await serve(
            dict(zip(sockets, (texts, service, calls, checks, payments), strict=True)), stop
        )
    logger.info("stopped")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.servers", description=__doc__)
    topic = parser.add_mutually_exclusive_group()
    topic.add_argument("--topic-arn", help="topic for incoming texts")
    topic.add_argument("--stack", default="freischalt-local", help="stack whose output names it")
    parser.add_argument("--endpoint", default="http://127.0.0.1:4566", help="the local AWS")
    parser.add_argument(
        "--state", type=Path, default=Path(".local"), help="folder to keep texts in"
    )
    parser.add_argument("--phone-port", type=int, default=8066)
    parser.add_argument("--sms-port", type=int, default=4580)
    parser.add_argument("--api-port", type=int, default=8067)
    parser.add_argument("--vat-port", type=int, default=8065)
    parser.add_argument("--pay-port", type=int, default=8064)
    parser.add_argument(
        "--vat-scenario", type=Path, default=vat_scenario.FILE, help="what VIES and eVatR answer"
    )
    parser.add_argument("--service-number", default="+436649477338")
    parser.add_argument("--opt-out-list", default="Default", help="name of the one that exists")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines would hold queries
    try:
        options.vat_scenario = vat_scenario.read(options.vat_scenario)
        ports = (
            options.phone_port,
            options.sms_port,
            options.api_port,
            options.vat_port,
            options.pay_port,
        )
        sockets = [listen(port) for port in ports]
    except vat_scenario.BrokenScenarioError as broken:
        parser.exit(1, f"{broken}\n")
    except OSError as taken:
        parser.exit(1, f"cannot listen on {LOOPBACK}: {taken}\n")
    asyncio.run(run(options, sockets))


if __name__ == "__main__":
    main()
