"""Runs in the artefact: bare_router.py EVENT REPEATS answers with an item that `get_item` gives.

The floor of an entitlement: the least that a handler behind the same router can be, with our own
client. Prints last the seconds of CPU that all calls but the first took.
"""

import json
import os
import sys
import time
from pathlib import Path

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from freischalt.adapters.sdk import client

dynamodb = client("dynamodb")
app = APIGatewayHttpResolver()


@app.get("/entitlements/<subject>")
def get_entitlement(subject: str) -> Response[str]:
    account, _, running = subject.rpartition("-")
    key = {"PK": {"S": f"ACCOUNT#{account}"}, "SK": {"S": f"PLANT#{running.zfill(5)}"}}
    item = dynamodb.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]
    body = json.dumps({"subject": subject, "item": item})
    return Response(200, "application/json", body, {"Cache-Control": "no-store"})


def main(event_file: str, repeats: str) -> None:
    event = json.loads(Path(event_file).read_text("utf-8"))
    begin = time.process_time()
    for number in range(int(repeats)):
        if app.resolve(event, object())["statusCode"] != 200:  # type: ignore[arg-type]
            sys.exit("a call failed")
        if not number:
            begin = time.process_time()
    print(time.process_time() - begin)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
