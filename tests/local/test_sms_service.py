from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from local import sms_service
from local.conversations import Conversations
from local.sms_refusals import REFUSALS
from tests.local.live import serving, sms_client

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

PHONE, OTHER = "+436601234567", "+436771234567"
TEXT: dict[str, Any] = {
    "DestinationPhoneNumber": PHONE,
    "OriginationIdentity": "+436649477338",
    "MessageBody": "5P nicht freigegeben",
    "MessageType": "TRANSACTIONAL",
    "ConfigurationSetName": "freischalt",
    "MaxPrice": "0.20",
    "TimeToLive": 3600,
    "Context": {"outbox": "o-1"},
}


@pytest.fixture
def url(conversations: Conversations) -> Iterator[str]:
    with serving(sms_service.app(conversations)) as [url]:
        yield url


@pytest.fixture
def client(url: str) -> Iterator["PinpointSMSVoiceV2Client"]:
    made = sms_client(url, read_timeout=0.5)
    yield made
    made.close()


def raw(url: str, target: str, body: str, content_type: str = "application/x-amz-json-1.0") -> Any:
    headers = {"Content-Type": content_type, "X-Amz-Target": target}
    return httpx.post(url, content=body, headers=headers)


def test_a_sent_text_is_in_the_conversation_with_its_outbox_id(
    client: "PinpointSMSVoiceV2Client", url: str, conversations: Conversations
) -> None:
    message_id = client.send_text_message(**TEXT)["MessageId"]

    [entry] = conversations.of(PHONE)
    assert (entry.direction, entry.text) == ("out", "5P nicht freigegeben")
    assert (entry.message_id, entry.outbox_id) == (message_id, "o-1")
    [sent] = httpx.get(f"{url}/_sent").json()
    assert sent["context"] == {"outbox": "o-1"}
    assert (sent["messageId"], sent["phone"], sent["text"]) == (message_id, PHONE, entry.text)


def test_the_sdk_finds_it_by_its_own_endpoint_setting(
    url: str, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", url)
    client = sms_client(None)

    client.send_text_message(**TEXT)
    client.close()

    assert len(conversations.of(PHONE)) == 1


def test_a_repeat_sends_twice_as_the_service_does(
    client: "PinpointSMSVoiceV2Client", conversations: Conversations
) -> None:
    assert client.send_text_message(**TEXT) != client.send_text_message(**TEXT)
    assert len(conversations.of(PHONE)) == 2


def test_a_dry_run_sends_nothing(
    client: "PinpointSMSVoiceV2Client", conversations: Conversations
) -> None:
    assert client.send_text_message(**TEXT, DryRun=True)["MessageId"]
    assert conversations.of(PHONE) == []


def test_a_number_without_plus_is_the_same_number(
    client: "PinpointSMSVoiceV2Client", conversations: Conversations
) -> None:
    client.send_text_message(**TEXT | {"DestinationPhoneNumber": PHONE.removeprefix("+")})

    assert len(conversations.of(PHONE)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("DestinationPhoneNumber", "0660 1234567"),
        ("DestinationPhoneNumber", "+43" + "1" * 18),
        ("MessageBody", " \n "),
        ("MessageBody", "x" * 1601),
        ("MessageType", "PROMOTION"),
        ("OriginationIdentity", "with space"),
        ("MaxPrice", "0.2 EUR"),
        ("MaxPrice", "1"),
        ("TimeToLive", 4),
        ("TimeToLive", 259201),
        ("Context", {f"key{n}": "value" for n in range(6)}),
        ("Context", {"out box": "value"}),
        ("Context", {"outbox": " value"}),
        ("DestinationCountryParameters", {"AT": "x"}),
        ("Keyword", "x" * 31),
    ],
)
def test_a_value_outside_the_model_is_refused_by_name(
    client: "PinpointSMSVoiceV2Client", conversations: Conversations, field: str, value: Any
) -> None:
    with pytest.raises(client.exceptions.ValidationException) as refused:
        client.send_text_message(**TEXT | {field: value})

    response: Any = refused.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["Reason"] == "FIELD_VALIDATION_FAILED"
    assert [wrong["Name"] for wrong in response["Fields"]] == [field]
    assert conversations.of(PHONE) == []


@pytest.mark.parametrize(
    ("body", "reason", "names"),
    [
        ('{"MessageBody": "x"}', "MISSING_PARAMETER", ["DestinationPhoneNumber"]),
        ('{"DestinationPhoneNumber": "+436601234567"}', "MISSING_PARAMETER", ["MessageBody"]),
        ('{"DestinationPhoneNumber": null}', "MISSING_PARAMETER", ["DestinationPhoneNumber"]),
        ('{"DestinationPhoneNumber": 43}', "FIELD_VALIDATION_FAILED", ["DestinationPhoneNumber"]),
        (
            '{"DestinationPhoneNumber": "+436601234567", "Text": "x"}',
            "FIELD_VALIDATION_FAILED",
            ["Text"],
        ),
    ],
)
def test_a_request_that_no_sdk_would_send(
    url: str, body: str, reason: str, names: list[str]
) -> None:
    answer = raw(url, "PinpointSMSVoiceV2.SendTextMessage", body)

    assert answer.status_code == 400
    assert answer.json()["__type"] == "ValidationException"
    assert answer.json()["Reason"] == reason
    assert [wrong["Name"] for wrong in answer.json()["Fields"]] == names


@pytest.mark.parametrize("body", ["{", "[]", '"x"', b"\xff".decode("latin-1")])
def test_a_body_that_is_no_json_object(url: str, body: str) -> None:
    answer = raw(url, "PinpointSMSVoiceV2.SendTextMessage", body)

    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


def test_an_operation_that_the_stand_in_lacks(client: "PinpointSMSVoiceV2Client") -> None:
    with pytest.raises(client.exceptions.ValidationException) as refused:
        client.describe_pools()

    response: Any = refused.value.response
    assert response["Reason"] == "UNKNOWN_OPERATION"


@pytest.mark.parametrize("suffix", REFUSALS)
def test_numbers_that_are_always_refused(
    client: "PinpointSMSVoiceV2Client", conversations: Conversations, suffix: str
) -> None:
    number, expected = f"+43660{suffix}", REFUSALS[suffix]()

    with pytest.raises(ClientError) as refused:
        client.send_text_message(**TEXT | {"DestinationPhoneNumber": number})

    response: Any = refused.value.response
    assert isinstance(refused.value, getattr(client.exceptions, expected.code))
    assert response.get("Reason") == expected.members.get("Reason")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == expected.status
    assert conversations.of(number) == []


def test_the_opt_out_list(client: "PinpointSMSVoiceV2Client") -> None:
    on_list: Any = {"OptOutListName": "Default", "OptedOutNumber": PHONE}

    first = client.put_opted_out_number(**on_list)
    assert client.put_opted_out_number(**on_list)["OptedOutTimestamp"] == first["OptedOutTimestamp"]

    with pytest.raises(client.exceptions.ConflictException) as refused:
        client.send_text_message(**TEXT)
    response: Any = refused.value.response
    assert response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    listed = client.describe_opted_out_numbers(OptOutListName=first["OptOutListArn"])
    assert [number["OptedOutNumber"] for number in listed["OptedOutNumbers"]] == [PHONE]

    client.delete_opted_out_number(**on_list)
    assert client.send_text_message(**TEXT)["MessageId"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_opted_out_number(**on_list)


def test_the_opt_out_list_in_pages(client: "PinpointSMSVoiceV2Client") -> None:
    numbers = [f"+4366012345{n}" for n in range(10, 15)]
    for number in numbers:
        client.put_opted_out_number(OptOutListName="Default", OptedOutNumber=number)

    pages = client.get_paginator("describe_opted_out_numbers").paginate(
        OptOutListName="Default", PaginationConfig={"PageSize": 2}
    )

    found = [[number["OptedOutNumber"] for number in page["OptedOutNumbers"]] for page in pages]
    assert found == [numbers[:2], numbers[2:4], numbers[4:]]


def test_another_opt_out_list_does_not_exist(client: "PinpointSMSVoiceV2Client") -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
        client.put_opted_out_number(OptOutListName="Other", OptedOutNumber=PHONE)

    response: Any = refused.value.response
    assert response["ResourceType"] == "opt-out-list"


def order(url: str, **fault: Any) -> None:
    answer = httpx.post(f"{url}/_faults", json={"operation": "SendTextMessage"} | fault)
    assert answer.status_code == 201


def test_a_fault_lasts_as_often_as_ordered_and_for_its_phone_only(
    client: "PinpointSMSVoiceV2Client", url: str
) -> None:
    order(url, kind="throttle", phone=PHONE, times=2)

    client.send_text_message(**TEXT | {"DestinationPhoneNumber": OTHER})
    for _ in range(2):
        with pytest.raises(client.exceptions.ThrottlingException):
            client.send_text_message(**TEXT)
    assert client.send_text_message(**TEXT)["MessageId"]


def test_an_internal_fault(
    client: "PinpointSMSVoiceV2Client", url: str, conversations: Conversations
) -> None:
    order(url, kind="internal")

    with pytest.raises(client.exceptions.InternalServerException):
        client.send_text_message(**TEXT)

    assert conversations.of(PHONE) == []


def test_a_call_that_hangs_has_no_effect(
    client: "PinpointSMSVoiceV2Client", url: str, conversations: Conversations
) -> None:
    order(url, kind="hang")

    with pytest.raises(ReadTimeoutError):
        client.send_text_message(**TEXT)

    assert client.send_text_message(**TEXT)["MessageId"]
    assert len(conversations.of(PHONE)) == 1


def test_a_lost_reply_has_its_effect(
    client: "PinpointSMSVoiceV2Client", url: str, conversations: Conversations
) -> None:
    order(url, kind="lost_reply")

    with pytest.raises(ConnectionClosedError):
        client.send_text_message(**TEXT)

    assert len(conversations.of(PHONE)) == 1


def test_faults_can_be_called_off(client: "PinpointSMSVoiceV2Client", url: str) -> None:
    order(url, kind="throttle", times=100)

    assert httpx.delete(f"{url}/_faults").status_code == 204

    assert client.send_text_message(**TEXT)["MessageId"]


def test_a_wrong_order_of_faults_is_named(url: str) -> None:
    wrong = {"operation": "Fly", "kind": "explode", "times": 0, "phone": "1", "when": "now"}

    answer = httpx.post(f"{url}/_faults", json=wrong)

    assert answer.status_code == 422
    assert {(error["field"], error["rule"]) for error in answer.json()["errors"]} == {
        ("operation", "one_of"),
        ("kind", "one_of"),
        ("times", "positive_integer"),
        ("phone", "e164"),
        ("when", "unknown"),
    }


def test_strange_hosts_and_plain_forms_are_turned_away(url: str) -> None:
    assert httpx.get(f"{url}/_sent", headers={"Host": "evil.example"}).status_code == 421
    assert raw(url, "PinpointSMSVoiceV2.SendTextMessage", "{}", "text/plain").status_code == 415
