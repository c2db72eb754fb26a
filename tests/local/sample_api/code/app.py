"""Functions behind an API: they say what reached them."""

import base64
import json
import os
import uuid
from typing import Any

import boto3

type Json = dict[str, Any]


def echo(event: Json, _context: Any) -> Json:
    cookies = ["a=1; HttpOnly", "b=2"] if event["rawPath"] == "/rest/cookies" else []
    return {
        "statusCode": 502 if event["rawPath"] == "/rest/502" else 200,
        "headers": {"content-type": "application/json; charset=utf-8", "x-by": "echo"},
        "cookies": cookies,
        "isBase64Encoded": True,
        "body": base64.b64encode(json.dumps(event).encode()).decode(),
    }


def authorize(event: Json, _context: Any) -> Json:
    token = event["identitySource"][0]
    if token == "fail":
        raise ValueError("the token was not understood")
    context = {"subject": "vendor-1", "asked": str(uuid.uuid4()), "event": json.dumps(event)}
    return {"isAuthorized": token == "Bearer good", "context": context}


def fail(_event: Json, _context: Any) -> Json:
    raise ValueError("secret of the inside")


def mail(event: Json, _context: Any) -> Json:
    asked = json.loads(event["body"])
    sent = boto3.client("sesv2").send_email(
        FromEmailAddress=os.environ["SENDER"],
        Destination={"ToAddresses": [asked["to"]]},
        Content={
            "Simple": {
                "Subject": {"Data": asked["subject"], "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Guten Tag, <b>Ihr</b> Link", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Guten Tag</p>", "Charset": "UTF-8"},
                },
                "Attachments": [
                    {
                        "FileName": "R1.pdf",
                        "ContentType": "application/pdf",
                        "RawContent": b"%PDF \xff",
                    }
                ],
            }
        },
        EmailTags=[{"Name": "outbox", "Value": asked["outbox"]}],
    )
    return {"statusCode": 202, "body": json.dumps({"messageId": sent["MessageId"]})}
