"""An API as SAM's users write one, in a MiniStack of its own, called at the address that stays."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import api
from local.deploy import Deployment
from local.http_api import spell_out_http_apis
from local.mails import Attachment, Mail, attachments_of, mails_of
from local.ministack import MiniStack
from local.processes import a_free_port
from tests.local.live import serving

SAMPLE = Path(__file__).parent / "sample_api"
GOOD = {"Authorization": "Bearer good"}
THING = "/things/screw/parts/%C3%A4"


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample API, deployed; its folder may be changed."""

    folder: Path
    deployment: Deployment
    client: httpx.Client

    def deploy(self) -> str:
        return self.deployment.deploy(self.folder / "template.yaml", {})["ApiId"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE, folder / "api")
    with (
        MiniStack(a_free_port(), folder / "aws", keep_state=False, enforce_permissions=True) as aws,
        serving(api.app(api.Gateway(api.api_of_stack("s", aws.endpoint), aws.endpoint))) as [url],
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        started = Sample(folder / "api", Deployment(aws.endpoint, "s"), client)
        assert client.get("/open").status_code == 503  # there is no stack yet
        started.deploy()
        yield started


@pytest.fixture
def client(sample: Sample) -> httpx.Client:
    return sample.client


def test_an_open_route_gets_the_whole_event(client: httpx.Client) -> None:
    answer = client.put("/open?a=1&a=2&b=%20x", json={"ä": 1}, headers={"X-Twice": "1"})

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    event = answer.json()
    context = event["requestContext"]
    assert (event["version"], event["routeKey"]) == ("2.0", "ANY /open")
    assert (event["rawPath"], event["rawQueryString"]) == ("/open", "a=1&a=2&b=%20x")
    assert event["queryStringParameters"] == {"a": "1,2", "b": " x"}
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"ä": 1}, False)
    assert event["headers"]["host"] == client.base_url.netloc.decode()
    assert event["headers"]["x-twice"] == "1"
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert (context["http"]["method"], context["http"]["path"]) == ("PUT", "/open")
    assert context["requestId"]
    assert "authorizer" not in context


def test_a_body_that_is_no_text_comes_in_base64(client: httpx.Client) -> None:
    event = client.post("/open", content=b"\xff\x00").json()

    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_a_good_token_and_path_parameters(client: httpx.Client) -> None:
    event = client.get(THING, headers=GOOD).json()

    assert event["routeKey"] == "GET /things/{thing}/parts/{part}"
    assert event["pathParameters"] == {"thing": "screw", "part": "ä"}
    assert event["rawPath"] == "/things/screw/parts/ä"  # decoded
    assert event["requestContext"]["authorizer"]["lambda"]["subject"] == "vendor-1"


def test_an_authorizer_is_told_what_is_asked_for(client: httpx.Client) -> None:
    context = client.get("/asked?a=1", headers=GOOD).json()["requestContext"]["authorizer"]

    asked = json.loads(context["lambda"]["event"])
    assert (asked["type"], asked["version"]) == ("REQUEST", "2.0")
    assert asked["identitySource"] == ["Bearer good"]
    assert (asked["routeKey"], asked["rawPath"]) == ("GET /asked", "/asked")
    assert asked["routeArn"].endswith("/$default/GET/asked")
    assert asked["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("token", "status", "message"),
    [
        (None, 401, "Unauthorized"),
        ("", 401, "Unauthorized"),
        ("Bearer bad", 403, "Forbidden"),
        ("fail", 500, "Internal Server Error"),
    ],
)
@pytest.mark.parametrize("path", [THING, "/asked"])
def test_anything_but_a_good_token(
    client: httpx.Client, path: str, token: str | None, status: int, message: str
) -> None:
    answer = client.get(path, headers={} if token is None else {"Authorization": token})

    assert (answer.status_code, answer.json()) == (status, {"message": message})


@pytest.mark.parametrize(("path", "times_asked"), [(THING, 1), ("/asked", 3)])
def test_one_authorizer_is_remembered_and_one_is_not(
    client: httpx.Client, path: str, times_asked: int
) -> None:
    answers = [client.get(path, headers=GOOD).json() for _ in range(3)]

    asked = {one["requestContext"]["authorizer"]["lambda"]["asked"] for one in answers}
    assert len(asked) == times_asked


def test_a_greedy_route_takes_all_that_is_below_it(client: httpx.Client) -> None:
    event = client.delete("/rest/a/b//c/").json()

    assert event["routeKey"] == "ANY /rest/{proxy+}"
    assert event["pathParameters"] == {"proxy": "a/b//c/"}
    assert client.get("/rest").status_code == 404


@pytest.mark.parametrize("path", ["/", "/nothing", "/open/", "/OPEN", "/things/screw"])
def test_what_is_no_route(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_a_function_that_fails_and_one_that_means_502(client: httpx.Client) -> None:
    failed, meant = client.get("/fail"), client.get("/rest/502")

    assert (failed.status_code, failed.json()) == (500, {"message": "Internal Server Error"})
    assert (meant.status_code, meant.json()["routeKey"]) == (502, "ANY /rest/{proxy+}")


def test_cookies_come_back_one_by_one(client: httpx.Client) -> None:
    answer = client.get("/rest/cookies", headers={"Cookie": "x=1; y=2"})

    assert answer.headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]
    assert answer.json()["headers"]["cookie"] == "x=1; y=2"


def test_cors(client: httpx.Client) -> None:
    ask = {"Access-Control-Request-Method": "POST"}
    allowed = client.options(THING, headers={"Origin": "https://b.example"} | ask)
    refused = client.options(THING, headers={"Origin": "https://c.example"} | ask)
    called = client.get("/open", headers={"Origin": "https://a.example"})

    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://b.example"
    assert allowed.headers["access-control-allow-methods"] == "GET,POST"
    assert allowed.headers["access-control-allow-headers"] == "authorization,content-type"
    assert allowed.headers["access-control-max-age"] == "600"
    assert "access-control-allow-origin" not in refused.headers
    assert called.headers["access-control-allow-origin"] == "https://a.example"


def test_an_update_brings_routes_and_takes_them_away(sample: Sample) -> None:
    template = sample.folder / "template.yaml"
    before, api_id = template.read_text(), sample.deploy()
    try:
        template.write_text(before.replace("Path: /asked", "Path: /more"))
        updated = sample.deploy()
        statuses = [
            sample.client.get(path, headers=GOOD).status_code for path in ("/asked", "/more")
        ]
        others = sample.client.get(THING, headers=GOOD).status_code
    finally:
        template.write_text(before)
        sample.deploy()

    assert updated == api_id
    assert (statuses, others) == ([404, 200], 200)
    assert sample.client.get("/asked", headers=GOOD).status_code == 200


def test_an_authorizer_follows_the_template(sample: Sample) -> None:
    template = sample.folder / "template.yaml"
    before = template.read_text()
    try:
        template.write_text(before.replace("ReauthorizeEvery: 60", "ReauthorizeEvery: 0"))
        sample.deploy()
        test_one_authorizer_is_remembered_and_one_is_not(sample.client, THING, 3)
    finally:
        template.write_text(before)
        sample.deploy()


def test_mails_and_routes_are_there_after_a_restart(tmp_path: Path) -> None:
    port = a_free_port()
    asked = {"to": "k.huber@huber.example", "subject": "Grüße", "outbox": "o-1"}
    with MiniStack(port, tmp_path) as aws:
        Deployment(aws.endpoint, "s").deploy(SAMPLE / "template.yaml", {})
        with serving(api.app(api.Gateway(api.api_of_stack("s", aws.endpoint), aws.endpoint))) as [
            url
        ]:
            sent = httpx.post(f"{url}/mail", json=asked, timeout=30)
        before = all_mails(aws)
    with MiniStack(port, tmp_path) as aws:
        with serving(api.app(api.Gateway(api.api_of_stack("s", aws.endpoint), aws.endpoint))) as [
            url
        ]:
            again = httpx.post(f"{url}/mail", json=asked | {"outbox": "o-2"}, timeout=30)
            guarded = httpx.get(url + THING, headers=GOOD, timeout=30)
        after = all_mails(aws)
        file, no_file = (attachment(aws, after[0].id, number) for number in (0, 1))

    assert [sent.status_code, again.status_code, guarded.status_code] == [202, 202, 200]
    assert [mail.outbox_id for mail in after] == ["o-1", "o-2"]
    assert after[:1] == before
    assert before == [
        Mail(
            to="k.huber@huber.example",
            sender="desk@freischalt.example",
            subject="Grüße",
            text="Guten Tag, <b>Ihr</b> Link",
            html="<p>Guten Tag</p>",
            at=before[0].at,
            outbox_id="o-1",
            attachments=("R1.pdf",),
            id=sent.json()["messageId"],
        )
    ]
    assert file == Attachment("application/pdf", b"%PDF \xff")
    assert no_file is None


def attachment(aws: MiniStack, id_: str, number: int) -> Attachment | None:
    async def ask() -> Attachment | None:
        return await attachments_of(aws.endpoint)(id_, number)

    return asyncio.run(ask())


def all_mails(aws: MiniStack) -> list[Mail]:
    async def ask() -> list[Mail]:
        return await mails_of(aws.endpoint)()

    return asyncio.run(ask())


def body_of(*, cors: Any = None, security: Any = None) -> dict[str, Any]:
    integration = {"type": "aws_proxy", "uri": "the-function", "payloadFormatVersion": "2.0"}
    operation = {"x-amazon-apigateway-integration": integration, "security": security or []}
    authorizer = {"type": "request", "authorizerUri": "the-guard", "enableSimpleResponses": True}
    return {
        "info": {"title": "the-name"},
        "paths": {
            "/a": {"get": operation, "x-amazon-apigateway-any-method": operation},
            "$default": {"x-amazon-apigateway-any-method": operation},
        },
        "components": {"securitySchemes": {"Ours": {"x-amazon-apigateway-authorizer": authorizer}}},
    } | ({"x-amazon-apigateway-cors": cors} if cors else {})


def spelled_out(body: dict[str, Any]) -> dict[str, Any]:
    template = {
        "Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body}}}
    }
    spell_out_http_apis(template)
    return template["Resources"]


def kinds(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        each["Properties"]
        for each in resources.values()
        if each["Type"] == f"AWS::ApiGatewayV2::{kind}"
    ]


def test_each_operation_becomes_a_route_with_an_integration() -> None:
    resources = spelled_out(body_of())

    routes, integrations = kinds(resources, "Route"), kinds(resources, "Integration")
    assert [route["RouteKey"] for route in routes] == ["GET /a", "ANY /a", "$default"]
    assert {route["AuthorizationType"] for route in routes} == {"NONE"}
    assert integrations[0] == {
        "ApiId": {"Ref": "Api"},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": "the-function",
        "PayloadFormatVersion": "2.0",
    }
    for route in routes:
        [_, [_, target]] = route["Target"]["Fn::Join"]
        assert resources[target["Ref"]]["Type"] == "AWS::ApiGatewayV2::Integration"
    assert resources["Api"]["Properties"] == {"Name": "the-name", "ProtocolType": "HTTP"}
    assert all(logical_id.isalnum() for logical_id in resources)


def test_a_routes_ids_do_not_depend_on_other_routes() -> None:
    body = body_of()
    ids = spelled_out(body).keys()
    del body["paths"]["/a"]["get"]

    assert spelled_out(body).keys() < ids


@pytest.mark.parametrize(
    ("security", "authorization"),
    [
        ([], {"AuthorizationType": "NONE"}),
        ([{"NONE": []}], {"AuthorizationType": "NONE"}),
        (
            [{"Ours": []}],
            {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "ApiOursAuthorizer"}},
        ),
    ],
)
def test_a_routes_authorizer(security: Any, authorization: dict[str, Any]) -> None:
    resources = spelled_out(body_of(security=security))

    assert kinds(resources, "Route")[0].items() >= authorization.items()
    assert kinds(resources, "Authorizer") == [
        {
            "ApiId": {"Ref": "Api"},
            "Name": "Ours",
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": "the-guard",
            "EnableSimpleResponses": True,
        }
    ]


def test_what_is_no_api_of_sam_stays_as_it_is() -> None:
    template = {
        "Resources": {
            "Own": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "own"}},
            "Topic": {"Type": "AWS::SNS::Topic"},
        }
    }
    before = json.dumps(template)

    spell_out_http_apis(template)

    assert json.dumps(template) == before
