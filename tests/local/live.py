"""The local servers for a test: real sockets on free ports, in a thread of their own."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import boto3
from botocore.config import Config
from mypy_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
from starlette.types import ASGIApp

from local.mails import Mail
from local.servers import listen, serve


@contextlib.contextmanager
def serving(*apps: ASGIApp) -> Iterator[list[str]]:
    """Serve the applications, and give the URL of each."""
    sockets = [listen(0) for _ in apps]
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()
    serving_all = serve(dict(zip(sockets, apps, strict=True)), stop)
    thread = threading.Thread(target=loop.run_until_complete, args=(serving_all,))
    thread.start()
    try:
        yield [f"http://127.0.0.1:{sock.getsockname()[1]}" for sock in sockets]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def sms_client(url: str | None, *, read_timeout: float = 5) -> PinpointSMSVoiceV2Client:
    """Make the SDK's own client, unmodified. It tries once, so that a test sees what happened."""
    return boto3.client(
        "pinpoint-sms-voice-v2",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(
            parameter_validation=False,  # the service shall see what is wrong
            read_timeout=read_timeout,
            retries={"total_max_attempts": 1},
        ),
    )


async def no_mails() -> list[Mail]:
    return []
