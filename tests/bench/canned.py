"""An AWS that has nothing to do: one answer for each operation, at once.

What is measured against it is the work of our own process alone. The answers make each delivery of
the same text a repeated fetch: a registered phone, a bound release, no message record yet.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import dongle_item
from tests.factories import ACCOUNT, INFORMATION, PHONE, a_dongle, a_release

TABLE = "desk"


def answers() -> dict[str, Any]:
    fetched = a_release(user_information=INFORMATION, fetched_points=31)  # it is fetched again
    dongle = a_dongle({ACCOUNT: fetched})
    phone = keys.phone(PHONE) | to_item({"account": ACCOUNT, "revision": 1})
    return {
        "BatchGetItem": {
            "Responses": {TABLE: [phone, dongle_item(dongle, version=dongle.version)]},
            "UnprocessedKeys": {},
        },
        "TransactWriteItems": {},
        "PutItem": {},
        "UpdateItem": {},
        "GenerateMac": {"Mac": "A" * 43 + "=", "KeyId": "1", "MacAlgorithm": "HMAC_SHA_256"},
        "SendTextMessage": {"MessageId": "1"},
    }


@contextmanager
def canned_aws(canned: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Serve these answers by their operations, or those above; gives the URL."""
    bodies = {name: json.dumps(answer).encode() for name, answer in (canned or answers()).items()}

    class Handler(_Handler):
        answers = bodies

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    answers: Mapping[str, bytes]
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = self.answers[self.headers["X-Amz-Target"].rpartition(".")[2]]
        self.send_response_only(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", "0" * 36)
        self.send_header("x-amz-crc32", str(zlib.crc32(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
