import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local import phone
from local.clock import Clock
from local.conversations import Conversations
from local.demo_phones import DEMO_PHONES
from local.inbound_sms import InboundSms, PublishError
from local.inbound_topic import publisher, topic_of_stack
from local.mails import Mail, MailsError
from tests.local.live import no_mails, serving

PHONE, SERVICE = "+436601234567", "+436649477338"
TOPIC = "arn:aws:sns:eu-central-1:000000000000:inbound"
FETCH = {"from": PHONE, "text": "cl.31.1234567890ABCDEF"}


class FakeTopic:
    """Takes every text, unless it is told to be down."""

    def __init__(self) -> None:
        self.published: list[InboundSms] = []
        self.down = False

    def __call__(self, sms: InboundSms) -> str:
        if self.down:
            raise PublishError("no route to the topic")
        self.published.append(sms)
        return "sns-1"


@pytest.fixture
def topic() -> FakeTopic:
    return FakeTopic()


class FakeMails:
    """Those in the list, unless it is told to be down."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.down = False

    async def __call__(self) -> list[Mail]:
        if self.down:
            raise MailsError("nobody there")
        return self.sent


@pytest.fixture
def mails() -> FakeMails:
    return FakeMails()


@pytest.fixture
def client(
    conversations: Conversations, topic: FakeTopic, mails: FakeMails, clock: Clock
) -> Iterator[httpx.Client]:
    app = phone.app(conversations, topic, mails, SERVICE, DEMO_PHONES, clock=clock)
    with serving(app) as [url], httpx.Client(base_url=url) as client:
        yield client


def test_a_text_is_published_and_is_in_the_conversation(
    client: httpx.Client, topic: FakeTopic
) -> None:
    answer = client.post("/messages", json=FETCH)

    assert answer.status_code == 202
    assert topic.published == [InboundSms(PHONE, FETCH["text"], answer.json()["messageId"], None)]
    [shown] = client.get("/messages", params={"phone": PHONE}).json()
    assert shown.pop("at").endswith("Z")
    assert shown == {"direction": "in", "text": FETCH["text"], "segments": 1}


def test_a_text_after_an_answer_names_that_answer(
    client: httpx.Client, topic: FakeTopic, conversations: Conversations
) -> None:
    client.post("/messages", json=FETCH)
    conversations.add(PHONE, "out", "OK", datetime.now(UTC), "answer-1", "o-1")
    client.post("/messages", json=FETCH)

    previous = [sms.previous_published_message_id for sms in topic.published]
    assert previous == [None, "answer-1"]


def test_an_answer_that_overtakes_the_topic_is_shown_after_its_question(
    conversations: Conversations, clock: Clock
) -> None:
    def answered_at_once(sms: InboundSms) -> str:
        conversations.add(sms.origination_number, "out", "OK", datetime.now(UTC), "a-1", None)
        return "sns-1"

    app = phone.app(conversations, answered_at_once, no_mails, SERVICE, DEMO_PHONES, clock=clock)
    with serving(app) as [url]:
        httpx.post(f"{url}/messages", json=FETCH)

    assert [entry.direction for entry in conversations.of(PHONE)] == ["in", "out"]


def test_a_topic_that_is_down_is_a_502_and_nothing_is_kept(
    client: httpx.Client, topic: FakeTopic, conversations: Conversations
) -> None:
    topic.down = True

    answer = client.post("/messages", json=FETCH)

    assert answer.status_code == 502
    assert answer.json() == {"error": "publish_failed", "message": "no route to the topic"}
    assert conversations.of(PHONE) == []


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        pytest.param("{", [("body", "json")], id="not-json"),
        pytest.param("", [("body", "json")], id="empty"),
        pytest.param("[" * 100_000, [("body", "json")], id="deep"),
        pytest.param("[]", [("body", "object")], id="not-an-object"),
        pytest.param("{}", [("from", "required"), ("text", "required")], id="missing"),
        pytest.param({**FETCH, "to": "x"}, [("to", "unknown")], id="unknown"),
        pytest.param({**FETCH, "from": 43}, [("from", "string")], id="number-as-number"),
        pytest.param({**FETCH, "from": "06601234567"}, [("from", "e164")], id="national"),
        pytest.param({**FETCH, "from": "+٤٣٦٦٠١٢٣٤٥٦٧"}, [("from", "e164")], id="other-digits"),
        pytest.param({**FETCH, "from": PHONE + "\n"}, [("from", "e164")], id="line-end"),
        pytest.param({**FETCH, "from": "+" + "4" * 16}, [("from", "e164")], id="long-number"),
        pytest.param({**FETCH, "text": ""}, [("text", "not_empty")], id="empty-text"),
        pytest.param({**FETCH, "text": None}, [("text", "string")], id="null-text"),
        pytest.param({**FETCH, "text": "x" * 1601}, [("text", "max_length")], id="too-long"),
        pytest.param({**FETCH, "text": "a\0b"}, [("text", "characters")], id="nul"),
        pytest.param({**FETCH, "text": "\ud83d"}, [("text", "characters")], id="half-a-pair"),
    ],
)
def test_bad_input_is_named(
    client: httpx.Client, topic: FakeTopic, body: Any, errors: list[tuple[str, str]]
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)

    answer = client.post(
        "/messages", content=content, headers={"Content-Type": "application/json; charset=utf-8"}
    )

    assert answer.status_code == 422
    assert [(error["field"], error["rule"]) for error in answer.json()["errors"]] == errors
    assert topic.published == []


@pytest.mark.parametrize("text", ["x" * 1600, "🔑" * 1600, " ", "<b>\n\x07", "ıﬀ٣"])
def test_any_other_text_is_published_as_it_is(
    client: httpx.Client, topic: FakeTopic, text: str
) -> None:
    assert client.post("/messages", json={**FETCH, "text": text}).status_code == 202

    assert topic.published[0].message_body == text
    assert client.get("/messages", params={"phone": PHONE}).json()[0]["text"] == text


@pytest.mark.parametrize(
    ("query", "rule"), [("", "required"), ("?phone=", "e164"), ("?phone=+436601234567", "e164")]
)
def test_a_bad_number_asked_for(client: httpx.Client, query: str, rule: str) -> None:
    answer = client.get(f"/messages{query}")

    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"field": "phone", "rule": rule}]}


def test_an_opt_out_is_shown_and_can_be_taken_back(
    client: httpx.Client, conversations: Conversations
) -> None:
    conversations.opt_out(PHONE)

    assert client.get("/opt-outs", params={"phone": PHONE}).json() == {"optedOut": True}
    assert client.delete("/opt-outs", params={"phone": PHONE}).status_code == 204
    assert client.get("/opt-outs", params={"phone": PHONE}).json() == {"optedOut": False}


def mail(to: str, text: str, outbox_id: str | None = None) -> Mail:
    at = datetime(2026, 11, 22, 4, tzinfo=UTC)
    return Mail(to, "desk@freischalt.example", "Ihr Zugang", text, None, at, outbox_id)


def test_mails_to_an_address_are_shown_and_those_to_everybody(
    client: httpx.Client, mails: FakeMails
) -> None:
    mails.sent = [mail("a@x.example", "eins", "o-1"), mail("B@x.example", "zwei")]

    to_a = client.get("/mails", params={"to": "A@x.example"}).json()
    to_all = client.get("/mails", params={"to": "*"}).json()

    assert to_a == [
        {
            "to": "a@x.example",
            "from": "desk@freischalt.example",
            "subject": "Ihr Zugang",
            "text": "eins",
            "html": None,
            "at": "2026-11-22T04:00:00.000Z",
            "outboxId": "o-1",
        }
    ]
    assert [(one["text"], one["outboxId"]) for one in to_all] == [("eins", "o-1"), ("zwei", None)]


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("", "required"),
        ("?to=", "address"),
        ("?to=a.example", "address"),
        ("?to=a@b@c.example", "address"),
        (f"?to={'a' * 245}@b.example", "max_length"),
    ],
)
def test_a_bad_address_asked_for(client: httpx.Client, query: str, rule: str) -> None:
    answer = client.get(f"/mails{query}")

    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"field": "to", "rule": rule}]}


def test_mails_while_ministack_is_not_there(client: httpx.Client, mails: FakeMails) -> None:
    mails.down = True

    answer = client.get("/mails", params={"to": "*"})

    assert answer.status_code == 502
    assert answer.json() == {"error": "mails_unavailable", "message": "nobody there"}


def test_demo_phones_and_health(client: httpx.Client) -> None:
    phones = client.get("/phones").json()

    assert phones[0] == {"number": PHONE, "label": "Müller Maschinenbau 1"}
    assert len(phones) == 11
    assert client.get("/health").json() == {"status": "ok", "serviceNumber": SERVICE}


def test_the_page_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for file in phone.PAGE.iterdir():
        found = [line for line in file.read_text("utf-8").splitlines() if "//" in line]
        assert [
            line for line in found if "http" in line and "www.w3.org/2000/svg" not in line
        ] == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8066", 200),
        ("localhost:8066", 200),
        ("LOCALHOST", 200),
        ("evil.example:8066", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_only_this_machine_is_served(client: httpx.Client, host: str, status: int) -> None:
    assert client.get("/phones", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_sites_form_cannot_send(
    client: httpx.Client, topic: FakeTopic, content_type: str
) -> None:
    answer = client.post(
        "/messages", content=json.dumps(FETCH), headers={"Content-Type": content_type}
    )

    assert answer.status_code == 415
    assert topic.published == []


class FakeAws:
    """SNS and CloudFormation as far as publishing needs them, over HTTP."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.messages: list[dict[str, str]] = []
        self.deployed = True

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self.call, methods=["POST"])])

    async def call(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        [action] = form["Action"]
        self.calls.append(action)
        if action == "Publish":
            assert form["TopicArn"] == [TOPIC]
            self.messages.append(json.loads(form["Message"][0]))
            result = "<MessageId>sns-1</MessageId>"
        elif self.deployed:
            result = (
                "<Stacks><member><StackName>s</StackName><Outputs><member>"
                f"<OutputKey>InboundSmsTopicArn</OutputKey><OutputValue>{TOPIC}</OutputValue>"
                "</member></Outputs></member></Stacks>"
            )
        else:
            error = "<Error><Code>ValidationError</Code><Message>no stack</Message></Error>"
            return Response(f"<ErrorResponse>{error}</ErrorResponse>", 400, media_type="text/xml")
        wrapped = f"<{action}Result>{result}</{action}Result>"
        return Response(f"<{action}Response>{wrapped}</{action}Response>", media_type="text/xml")


def test_texts_reach_a_topic_that_is_found_later(
    conversations: Conversations, clock: Clock
) -> None:
    aws = FakeAws()
    aws.deployed = False
    with serving(aws.app()) as [endpoint]:
        publish = publisher(topic_of_stack("freischalt-local", endpoint), endpoint, SERVICE)
        texts = phone.app(conversations, publish, no_mails, SERVICE, DEMO_PHONES, clock=clock)
        with serving(texts) as [url]:
            early = httpx.post(f"{url}/messages", json=FETCH)
            aws.deployed = True
            sent = [httpx.post(f"{url}/messages", json=FETCH) for _ in range(2)]

    assert early.status_code == 502
    assert "no stack" in early.json()["message"]
    assert [answer.status_code for answer in sent] == [202, 202]
    assert aws.calls == ["DescribeStacks", "DescribeStacks", "Publish", "Publish"]
    assert aws.messages[0] == {
        "originationNumber": PHONE,
        "destinationNumber": SERVICE,
        "messageKeyword": "KEYWORD_000000000000",
        "messageBody": FETCH["text"],
        "inboundMessageId": sent[0].json()["messageId"],
    }


def test_two_hundred_texts_at_once(conversations: Conversations, clock: Clock) -> None:
    aws = FakeAws()
    with serving(aws.app()) as [endpoint]:
        publish = publisher(TOPIC, endpoint, SERVICE)
        app = phone.app(conversations, publish, no_mails, SERVICE, DEMO_PHONES, clock=clock)
        with (
            serving(app) as [url],
            httpx.Client(limits=httpx.Limits(max_connections=50)) as http,
            ThreadPoolExecutor(50) as pool,
        ):
            texts = [{"from": f"+4366012345{n % 10}0", "text": f"text {n}"} for n in range(200)]
            send = lambda text: http.post(f"{url}/messages", json=text, timeout=30)  # noqa: E731
            answers = list(pool.map(send, texts))

    assert {answer.status_code for answer in answers} == {202}
    assert {message["messageBody"] for message in aws.messages} == {t["text"] for t in texts}
    assert len({message["inboundMessageId"] for message in aws.messages}) == 200


def test_no_topic_at_all(conversations: Conversations, clock: Clock) -> None:
    with serving(FakeAws().app()) as [endpoint]:
        pass  # its port is free again: nobody listens there
    app = phone.app(
        conversations,
        publisher(TOPIC, endpoint, SERVICE),
        no_mails,
        SERVICE,
        DEMO_PHONES,
        clock=clock,
    )

    with serving(app) as [url]:
        assert httpx.post(f"{url}/messages", json=FETCH, timeout=30).status_code == 502
