import gzip
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local import api
from tests.local.live import serving


class FakeGateway:
    """The data plane of MiniStack: knows one API, and notes what it was asked."""

    def __init__(self) -> None:
        self.api_id: str | None = "api00001"
        self.looked_up = 0
        self.asked: list[tuple[str, bytes, bytes, dict[str, str], bytes]] = []
        self.answer = Response("{}", media_type="application/json")
        self.answers_after = 0.0

    def look_up(self) -> str | None:
        self.looked_up += 1
        return self.api_id

    def app(self) -> Starlette:
        methods = [*("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")]
        return Starlette(routes=[Route("/{path:path}", self.call, methods=methods)])

    async def call(self, request: Request) -> Response:
        scope = request.scope
        if not scope["raw_path"].startswith(f"/_aws/execute-api/{self.api_id}/$default/".encode()):
            return Response('{"message":"Not Found"}', 404, media_type="application/json")
        time.sleep(self.answers_after)  # noqa: ASYNC251  # nobody else is waiting
        path = scope["raw_path"].split(b"$default", 1)[1]
        headers, body = dict(request.headers), await request.body()
        self.asked.append((request.method, path, scope["query_string"], headers, body))
        return self.answer


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[httpx.Client]:
    with serving(gateway.app()) as [endpoint]:
        proxy = api.app(api.Gateway(gateway.look_up, endpoint))
        with serving(proxy) as [url], httpx.Client(base_url=url) as client:
            yield client


def call(client: httpx.Client, method: str, target: bytes, **more: Any) -> httpx.Response:
    """A target as it is, which httpx would tidy up."""
    return client.request(method, "/", extensions={"target": target}, **more)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (b"/", b""),
        (b"/a/b", b"x=1&x=2&y=%20+%C3%A4&z"),
        (b"/a%2Fb/%C3%A4%25", b"cursor=a%2Bb%3D%3D"),
        (b"/a/../b//c/./", b"a=[1]&b={}|'"),
        (b"/trailing/", b""),
    ],
)
def test_path_and_query_arrive_byte_by_byte(
    client: httpx.Client, gateway: FakeGateway, path: bytes, query: bytes
) -> None:
    assert call(client, "GET", path + (b"?" + query if query else b"")).status_code == 200

    [(_, asked_path, asked_query, _, _)] = gateway.asked
    assert (asked_path, asked_query) == (path, query)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_method_headers_and_body_arrive(
    client: httpx.Client, gateway: FakeGateway, method: str
) -> None:
    headers = {"Authorization": "Bearer t", "Connection": "keep-alive", "Cookie": "a=1; b=2"}
    body = b"\xff\x00"

    call(client, method, b"/x", headers=headers, content=body)

    [(asked_method, _, _, asked, asked_body)] = gateway.asked
    assert (asked_method, asked_body) == (method, body)
    assert asked["authorization"] == "Bearer t"
    assert asked["cookie"] == "a=1; b=2"
    assert asked["host"] == client.base_url.netloc.decode()
    assert "connection" not in asked


def test_nothing_is_added_to_the_headers(client: httpx.Client, gateway: FakeGateway) -> None:
    client.send(httpx.Request("GET", client.base_url, headers={"Host": "localhost"}))

    [(_, _, _, asked, _)] = gateway.asked
    assert asked == {"host": "localhost"}


def test_the_answer_comes_back_as_it_is(client: httpx.Client, gateway: FakeGateway) -> None:
    gateway.answer = Response(gzip.compress(b"{}"), 201)
    gateway.answer.raw_headers += [
        (b"content-encoding", b"gzip"),
        (b"content-type", b"application/problem+json"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"keep-alive", b"timeout=5"),
    ]

    answer = client.get("/x")

    assert (answer.status_code, answer.json()) == (201, {})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "keep-alive" not in answer.headers
    assert len(answer.headers.get_list("date")) == 1


@pytest.mark.parametrize("status", [204, 304, 404, 409, 500, 503])
def test_every_status_comes_back(client: httpx.Client, gateway: FakeGateway, status: int) -> None:
    gateway.answer = Response(status_code=status)

    assert client.get("/x").status_code == status


def test_a_function_that_failed_is_a_500_that_says_nothing(
    client: httpx.Client, gateway: FakeGateway
) -> None:
    failure = {"errorMessage": "secret of the inside", "errorType": "Runtime.HandlerError"}
    gateway.answer = Response(json.dumps(failure), 502)

    answer = client.get("/x")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"title":"upstream"}', b"\xff"])
def test_a_functions_own_502_comes_back(
    client: httpx.Client, gateway: FakeGateway, body: bytes
) -> None:
    gateway.answer = Response(body, 502)

    answer = client.get("/x")

    assert (answer.status_code, answer.content) == (502, body)


@pytest.mark.parametrize(("size", "status"), [(api.LARGEST_BODY, 200), (api.LARGEST_BODY + 1, 413)])
def test_ten_megabytes_and_no_more(
    client: httpx.Client, gateway: FakeGateway, size: int, status: int
) -> None:
    answer = client.post("/x", content=bytes(size), timeout=30)

    assert answer.status_code == status
    assert len(gateway.asked) == (status == 200)
    if status == 413:
        assert answer.json() == {"message": "Request Entity Too Large"}


def test_a_function_that_takes_too_long_is_a_503(
    client: httpx.Client, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PATIENCE", 0.2)
    gateway.answers_after = 1
    with serving(gateway.app()) as [endpoint]:
        proxy = api.app(api.Gateway(gateway.look_up, endpoint))
        with serving(proxy) as [url]:
            answer = httpx.get(f"{url}/x")

    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_the_api_is_looked_up_once_and_found_when_it_comes(
    client: httpx.Client, gateway: FakeGateway
) -> None:
    gateway.api_id = None
    early = client.get("/x")
    gateway.api_id = "api00002"
    answers = [client.get("/x") for _ in range(3)]

    assert early.status_code == 503
    assert early.json() == {"message": "The stack has no output ApiId yet."}
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert gateway.looked_up == 2


def test_an_api_that_was_made_again_is_found(client: httpx.Client, gateway: FakeGateway) -> None:
    client.get("/x")
    gateway.api_id = "api00002"

    answer = client.post("/x", content=b"once")

    assert answer.status_code == 200
    assert [asked[4] for asked in gateway.asked] == [b"", b"once"]


def test_a_route_that_is_not_there_is_the_gateways_404(
    client: httpx.Client, gateway: FakeGateway
) -> None:
    gateway.answer = Response('{"message":"Not Found"}', 404, media_type="application/json")

    answer = client.get("/x")

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    assert len(gateway.asked) == 1


def test_no_local_aws_at_all(gateway: FakeGateway) -> None:
    with serving(gateway.app()) as [endpoint]:
        pass  # its port is free again: nobody listens there
    with serving(api.app(api.Gateway(gateway.look_up, endpoint))) as [url]:
        lost = httpx.get(f"{url}/x")
    with serving(api.app(api.Gateway(api.api_of_stack("s", endpoint), endpoint))) as [url]:
        unknown = httpx.get(f"{url}/x", timeout=30)

    assert [lost.status_code, unknown.status_code] == [503, 503]
    assert lost.json() == {"message": "The local AWS does not answer."}


@pytest.mark.parametrize(("host", "status"), [("localhost:8067", 200), ("evil.example", 421)])
def test_only_this_machine_is_served(client: httpx.Client, host: str, status: int) -> None:
    answer = client.post("/x", headers={"Host": host, "Content-Type": "text/plain"}, content=b"x")

    assert answer.status_code == status


def test_many_at_once(client: httpx.Client, gateway: FakeGateway) -> None:
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda n: client.get(f"/x/{n}", timeout=30), range(200)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({asked[1] for asked in gateway.asked}) == 200


def test_nothing_that_is_passed_on_is_logged(
    client: httpx.Client, gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="local"):
        client.post("/x?q=secret", headers={"Authorization": "secret"}, content=b"secret")

    assert [record.message for record in caplog.records if record.name.startswith("local")] == []
