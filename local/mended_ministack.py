"""MiniStack, with mends to its DynamoDB streams and its mails: `python -m local.mended_ministack`.

For MiniStack 1.5.33; a newer one that does these by itself needs none.

1. It saves how far each function has read a stream, but not the stream. After a restart, no change
   would reach a function until as many had been made as before. Here the stream is saved, too.
2. It takes a batch for done when a function reports some of its records as failed
   (ReportBatchItemFailures). Here such a batch comes again, as on AWS.
3. It forgets the mails that were sent when it stops. Here they are saved, too.
4. It forgets a mail's tags and attachments at once. Here the tags, and the attachments' names, are
   listed with the mail, and `?id=…&attachment=0` gives one of them.
"""

import base64
import copy
import json
from typing import Any

from ministack import app
from ministack.services import dynamodb, lambda_svc, ses, ses_v2

type Json = dict[str, Any]
type Answer = tuple[int, Json, bytes]

OK, NOT_FOUND = 200, 404
STREAM = ("_stream_records", "_stream_trimmed")
MAILS = ("_sent_emails",)


def save_also(service: Any, names: tuple[str, ...]) -> None:
    """Make these stores of a service part of what it saves and loads."""
    save, restore = service.get_state, service.load_persisted_state

    def get_state() -> Json:
        state: Json = save()
        return state | {name: copy.deepcopy(getattr(service, name)) for name in names}

    def load_persisted_state(state: Json) -> None:
        restore(state)
        for name in names:
            getattr(service, name).update(state.get(name, {}))

    service.get_state = get_state
    service.load_persisted_state = load_persisted_state


def keep_all_of_mails() -> None:
    handle = ses_v2.handle_request

    async def handle_and_tag(
        method: str, path: str, headers: Json, body: bytes, query: Json
    ) -> Answer:
        answer: Answer = await handle(method, path, headers, body, query)
        if path.endswith("/outbound-emails") and answer[0] == OK:
            # it waits for nothing after it has put the mail there: the last one is this one
            kept, asked = ses._sent_emails_list()[-1], json.loads(body)  # noqa: SLF001
            kept["EmailTags"] = asked.get("EmailTags", [])
            kept["Attachments"] = asked["Content"].get("Simple", {}).get("Attachments", [])
        return answer

    async def list_all(method: str, path: str, _: Json, query: Json) -> Answer | None:
        if (method, path) != ("GET", "/_ministack/ses/messages"):
            return None
        if "attachment" in query:
            return _attachment(_one(query["id"]), int(_one(query["attachment"])))
        mails: dict[str, list[Json]] = {}
        for (account, *_), sent in ses._sent_emails.to_dict().items():  # noqa: SLF001
            mails.setdefault(account, []).extend(map(_without_contents, sent))
        return OK, {"Content-Type": "application/json"}, json.dumps({"messages": mails}).encode()

    ses_v2.handle_request = handle_and_tag
    app._handle_ses_messages_request = list_all  # noqa: SLF001


def _one(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _without_contents(mail: Json) -> Json:
    return mail | {"Attachments": [_named(each) for each in mail.get("Attachments", ())]}


def _named(attachment: Json) -> Json:
    return {name: value for name, value in attachment.items() if name != "RawContent"}


def _attachment(message_id: str, number: int) -> Answer:
    """As it was sent, or 404."""
    for sent in ses._sent_emails.to_dict().values():  # noqa: SLF001
        for mail in sent:
            attached = mail.get("Attachments", ())
            if mail["MessageId"] == message_id and number < len(attached):
                one = attached[number]
                headers = {"Content-Type": one.get("ContentType", "application/octet-stream")}
                return OK, headers, base64.b64decode(one["RawContent"])
    return NOT_FOUND, {}, b""


def repeat_failed_records() -> None:
    execute = lambda_svc._execute_function  # noqa: SLF001  # the one way to every function

    def execute_and_look(function: Json, event: Any) -> Json:
        result: Json = execute(function, event)
        if _is_from_stream(event) and _reports_failures(result.get("body")):
            return result | {"error": True}
        return result

    lambda_svc._execute_function = execute_and_look  # noqa: SLF001


def _is_from_stream(event: Any) -> bool:
    match event:
        case {"Records": [{"eventSource": "aws:dynamodb"}, *_]}:
            return True
        case _:
            return False


def _reports_failures(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.get("batchItemFailures"))


if __name__ == "__main__":
    save_also(dynamodb, STREAM)
    save_also(ses, MAILS)
    keep_all_of_mails()
    repeat_failed_records()
    app.main()
