"""What the registries' clients send, and what they make of what a real server does."""

import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from freischalt.adapters import vat_wire
from freischalt.adapters.vat_services import EvatrClient, ViesClient
from freischalt.domain.vat import VatAnswer, VatQuestion, VatService, VatVerdict
from tests.factories import NOON

OWN = "DE123456788"
QUESTION = VatQuestion(
    service=VatService.VIES,
    vat_id="ATU33864707",
    name="Red Bull & Soehne - GmbH",
    street="Am Brunnen 1",
    postal_code="5330",
    city="Fuschl",
)
NUMBER_ALONE = VatQuestion(
    service=VatService.VIES, vat_id="ATU33864707", name="", street="", postal_code="", city=""
)
VALID = json.dumps({"countryCode": "AT", "vatNumber": "U33864707", "valid": True}).encode()
CONFIRMED = json.dumps({"status": "evatr-0000", "ergOrt": "A"}).encode()
PAGE = "<html><body>Wartungsarbeiten in Kürze</body></html>".encode("latin-1")

type Behave = Callable[["Handler"], None]


def answering(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Behave:
    def behave(handler: "Handler") -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


class Registry(ThreadingHTTPServer):
    """A server that does as it is told, and notes what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave: Behave = answering(VALID)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.over = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/rest-api"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are what some of these tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.server.behave(self)

    def log_message(self, *_: object) -> None:
        pass

    def cut(self) -> None:
        self.close_connection = True


@contextmanager
def running(registry: Registry) -> Iterator[Registry]:
    thread = Thread(target=registry.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield registry
    finally:
        registry.over.set()
        registry.shutdown()
        thread.join()
        registry.server_close()


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running(Registry()) as started:
        yield started


class Clock:
    """A second later each time that it is looked at."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> datetime:
        self.seconds += 1
        return NOON + timedelta(seconds=self.seconds)


@pytest.fixture
def vies(registry: Registry) -> ViesClient:
    return ViesClient(registry.url, OWN, connect_seconds=1, read_seconds=0.3)


def ask(client: ViesClient | EvatrClient, question: VatQuestion = QUESTION) -> VatAnswer:
    return client.ask(question, now=Clock())


# --- what is sent


def test_vies_is_asked_with_our_own_number(registry: Registry, vies: ViesClient) -> None:
    answer = ask(vies)
    ((path, headers, body),) = registry.asked

    assert path == "/rest-api/check-vat-number"
    assert headers["User-Agent"] == "Freischalt"
    assert headers["Content-Type"] == headers["Accept"] == "application/json"
    assert json.loads(body) == {
        "countryCode": "AT",
        "vatNumber": "U33864707",
        "requesterMemberStateCode": "DE",
        "requesterNumber": "123456788",
        "traderName": "Red Bull & Soehne - GmbH",
        "traderStreet": "Am Brunnen 1",
        "traderPostalCode": "5330",
        "traderCity": "Fuschl",
    }
    assert answer.request.encode() == body


def test_evatr_is_asked_in_its_own_words(registry: Registry) -> None:
    registry.behave = answering(CONFIRMED)

    answer = ask(EvatrClient(f"{registry.url}/", OWN))
    ((path, _, body),) = registry.asked

    assert path == "/rest-api/app/v1/abfrage"
    assert json.loads(body) == {
        "anfragendeUstid": OWN,
        "angefragteUstid": "ATU33864707",
        "firmenname": "Red Bull & Soehne - GmbH",
        "strasse": "Am Brunnen 1",
        "plz": "5330",
        "ort": "Fuschl",
    }
    assert (answer.service, answer.reading.verdict) == (VatService.EVATR, VatVerdict.VALID)


def test_what_is_empty_is_left_out(registry: Registry, vies: ViesClient) -> None:
    ask(vies, NUMBER_ALONE)
    registry.behave = answering(CONFIRMED)
    ask(EvatrClient(registry.url, OWN), NUMBER_ALONE)

    assert [sorted(json.loads(body)) for _, _, body in registry.asked] == [
        ["countryCode", "requesterMemberStateCode", "requesterNumber", "vatNumber"],
        ["anfragendeUstid", "angefragteUstid"],
    ]


# --- what comes back


def test_the_exchange_is_kept_as_it_was(vies: ViesClient) -> None:
    answer = ask(vies)

    assert answer.response.encode() == VALID
    assert (answer.http_status, answer.service) == (200, VatService.VIES)
    assert (answer.asked_at, answer.answered_at) == (
        NOON + timedelta(seconds=1),
        NOON + timedelta(seconds=2),
    )
    assert answer.reading.verdict is VatVerdict.VALID


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_body_is_read_whatever_http_says(registry: Registry, status: int) -> None:
    registry.behave = answering(b'{"status": "evatr-2001"}', status)

    answer = ask(EvatrClient(registry.url, OWN))

    assert (answer.http_status, answer.reading.verdict) == (status, VatVerdict.INVALID)


def test_a_page_is_kept_and_no_verdict(registry: Registry, vies: ViesClient) -> None:
    registry.behave = answering(PAGE, headers={"Content-Type": "text/html"})

    answer = ask(vies)

    assert (answer.reading.code, answer.reading.service_down) == ("UNREADABLE", True)
    assert answer.response == PAGE.decode(errors="replace")


def in_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for byte in VALID:
        handler.wfile.write(b"1\r\n%c\r\n" % byte)
    handler.wfile.write(b"0\r\n\r\n")


def test_chunks_are_one_answer(registry: Registry, vies: ViesClient) -> None:
    registry.behave = in_chunks

    assert ask(vies).response.encode() == VALID
    assert ask(vies).reading.verdict is VatVerdict.VALID
    assert registry.connections == 1


def test_an_answer_that_ends_with_the_connection_is_one(
    registry: Registry, vies: ViesClient
) -> None:
    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(VALID)
        handler.cut()

    registry.behave = behave

    assert ask(vies).reading.verdict is VatVerdict.VALID
    assert ask(vies).reading.verdict is VatVerdict.VALID


def test_a_redirect_is_not_followed(registry: Registry, vies: ViesClient) -> None:
    registry.behave = answering(b"", 302, {"Location": f"{registry.url}/elsewhere"})

    answer = ask(vies)

    assert [path for path, _, _ in registry.asked] == ["/rest-api/check-vat-number"]
    assert (answer.http_status, answer.reading.code) == (302, "UNREADABLE")


@pytest.mark.parametrize("status", [500, 503])
def test_nothing_is_asked_twice(registry: Registry, vies: ViesClient, status: int) -> None:
    registry.behave = answering(b"", status, {"Retry-After": "0"})

    assert ask(vies).http_status == status
    assert len(registry.asked) == 1


def test_packed_answers_are_not_unpacked(registry: Registry, vies: ViesClient) -> None:
    registry.behave = answering(VALID, headers={"Content-Encoding": "gzip"})

    assert ask(vies).response.encode() == VALID
    assert registry.asked[0][1]["Accept-Encoding"] == "identity"


# --- connections


def test_one_connection_serves_many_questions(registry: Registry, vies: ViesClient) -> None:
    for status in (200, 404, 500):
        registry.behave = answering(VALID, status)
        ask(vies)
    registry.behave = answering(b"", 302)
    ask(vies)
    ask(vies)

    assert (len(registry.asked), registry.connections) == (5, 1)


def test_a_connection_that_idled_is_not_used_again(
    registry: Registry, vies: ViesClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vat_wire, "IDLE_SECONDS", -1)

    ask(vies)
    ask(vies)

    assert registry.connections == 2


def test_a_connection_that_the_server_closed_is_not_missed(
    registry: Registry, vies: ViesClient
) -> None:
    def behave(handler: Handler) -> None:
        answering(VALID)(handler)
        handler.cut()

    registry.behave = behave
    ask(vies)
    time.sleep(0.05)

    assert ask(vies).reading.verdict is VatVerdict.VALID
    assert registry.connections == 2


def test_more_than_64_kib_is_not_read(registry: Registry, vies: ViesClient) -> None:
    size = 20_000_000
    refused = Event()

    def behave(handler: Handler) -> None:
        try:
            answering(b"[" * size)(handler)
        except ConnectionError:
            refused.set()

    registry.behave = behave

    answer = ask(vies)
    registry.behave = answering(VALID)

    assert (answer.http_status, answer.reading.code) == (200, "UNREADABLE")
    assert answer.response == "[" * 16 * 1024
    assert refused.wait(1)
    assert ask(vies).reading.verdict is VatVerdict.VALID


# --- what does not come back


def nothing(handler: Handler) -> None:
    handler.cut()


def late(handler: Handler) -> None:
    handler.server.over.wait(5)


def half_a_body(handler: Handler) -> None:
    answering(VALID[:20], headers={"Content-Length": str(len(VALID))})(handler)
    handler.cut()


def half_a_body_that_would_do(handler: Handler) -> None:
    answering(VALID, headers={"Content-Length": str(len(VALID) + 1)})(handler)
    handler.cut()


def half_of_the_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n%b\r\n" % (len(VALID), VALID))
    handler.cut()


def half_a_body_and_silence(handler: Handler) -> None:
    answering(VALID[:20], headers={"Content-Length": str(len(VALID))})(handler)
    handler.server.over.wait(5)


def drop_by_drop(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b" ")


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")
    handler.cut()


def bad_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"many\r\n")
    handler.cut()


def two_lengths(handler: Handler) -> None:
    answering(VALID, headers={"Content-Length": "5, 6"})(handler)


def headers_without_end(handler: Handler) -> None:
    handler.send_response(200)
    for number in range(200):
        handler.send_header(f"X-{number}", "x")
    handler.end_headers()


def assert_no_answer(answer: VatAnswer) -> None:
    assert (answer.http_status, answer.response) == (None, "")
    assert (answer.reading.verdict, answer.reading.code) == (VatVerdict.UNDECIDED, "NO_ANSWER")
    assert answer.reading.service_down
    assert json.loads(answer.request)["vatNumber"] == "U33864707"
    assert answer.answered_at > answer.asked_at


@pytest.mark.parametrize(
    "behave",
    [
        nothing,
        late,
        half_a_body,
        half_a_body_that_would_do,
        half_of_the_chunks,
        half_a_body_and_silence,
        drop_by_drop,
        no_http,
        bad_chunks,
        two_lengths,
        headers_without_end,
    ],
)
def test_a_failure_on_the_way_is_no_answer_and_the_next_question_is_fresh(
    registry: Registry, vies: ViesClient, behave: Behave
) -> None:
    registry.behave = behave
    began = time.monotonic()

    assert_no_answer(ask(vies))
    assert time.monotonic() - began < 2
    assert len(registry.asked) == 1

    registry.behave = answering(VALID)
    assert ask(vies).reading.verdict is VatVerdict.VALID


def test_nobody_there_is_no_answer(registry: Registry) -> None:
    with running(Registry()) as gone:
        client = ViesClient(gone.url, OWN)

    assert_no_answer(ask(client))


def test_whoever_speaks_no_tls_gives_no_answer(registry: Registry) -> None:
    client = ViesClient(registry.url.replace("http", "https", 1), OWN, read_seconds=1)

    assert_no_answer(ask(client))
    assert (registry.asked, registry.connections) == ([], 1)


def test_a_certificate_that_nobody_vouches_for_is_no_answer(
    registry: Registry, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    registry.socket = context.wrap_socket(registry.socket, server_side=True)

    client = ViesClient(registry.url.replace("http", "https", 1), OWN, read_seconds=1)

    assert_no_answer(ask(client))
    assert not registry.asked


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_no_log_tells_what_was_asked(
    registry: Registry, vies: ViesClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for behave in (answering(VALID), nothing, bad_chunks):
        registry.behave = behave
        answer = ask(vies)

        assert "Red Bull" not in repr(answer)

    assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}
    assert not any(word in caplog.text for word in ("U33864707", "Red Bull", "Fuschl", "123456788"))
