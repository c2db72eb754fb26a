"""MiniStack, with mends to its DynamoDB streams and its mails: `python -m local.mended_ministack`.

For MiniStack 1.5.33; a newer one that does these by itself needs none.

1. It saves how far each function has read a stream, but not the stream. After a restart, no change
   would reach a function until as many had been made as before. Here the stream is saved, too.
2. It takes a batch for done when a function reports some of its records as failed
   (ReportBatchItemFailures). Here such a batch comes again, as on AWS.
3. It forgets the mails that were sent when it stops. Here they are saved, too.
4. It forgets a mail's tags and attachments at once. Here the tags, and the attachments' names, are
   listed with the mail, and `?id=…&attachment=0` gives one of them.
5. It unpacks a function's layers anew for each worker, which takes longer than all else that a
   cold start does. Here each layer is unpacked once, as on AWS, where workers cannot write to it.
6. Where permissions are enforced, it takes a parameter's ARN for a name, and so nobody may read it.
   Here the ARN is the resource, as on AWS.

And what the product sees of the time is that of the local stack's clock (`clock.py`), which can be
put forward: when a notification or a message was sent, when a mail left, and when a schedule is
due, which starts once, however much was missed. All else stays in real time: how long messages and
a stream's records are kept above all, or a step of the clock would lose them, and time to live.
"""

import base64
import copy
import io
import json
import os
import tempfile
import time
import zipfile
from hashlib import sha256
from pathlib import Path
from threading import Lock
from time import struct_time
from typing import Any

from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import dynamodb, lambda_svc, scheduler, ses, ses_v2, sns

from local.clock import VARIABLE, Clock

type Json = dict[str, Any]
type Answer = tuple[int, Json, bytes]

OK, NOT_FOUND = 200, 404
STREAM = ("_stream_records", "_stream_trimmed")
MAILS = ("_sent_emails",)
LAYERS = "_LAMBDA_LAYERS_DIRS"  # where a worker's own script looks for them
TICK_SECONDS = 1  # between two looks at the schedules: MiniStack's 10 are long after a step


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


def share_layers() -> None:
    spawn, one_at_a_time = lambda_runtime.Worker._spawn, Lock()  # noqa: SLF001

    def spawn_with_unpacked_layers(self: Any) -> None:
        config = self.config
        with one_at_a_time:
            layers = [str(_unpacked(layer)) for layer in config.get("Layers", [])]
        environment = config.get("Environment", {})
        variables = environment.get("Variables", {}) | {LAYERS: os.pathsep.join(layers)}
        self.config = {
            **config,
            "Layers": [],
            "Environment": {**environment, "Variables": variables},
        }
        try:
            spawn(self)
        finally:
            self.config = config

    lambda_runtime.Worker._spawn = spawn_with_unpacked_layers  # noqa: SLF001


def _unpacked(layer: Any) -> Path:
    """The folder of what is in it, which is named by it."""
    content = lambda_svc._resolve_layer_zip(layer)  # noqa: SLF001
    folder = Path(tempfile.gettempdir(), "layers", sha256(content).hexdigest())
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        whole = Path(tempfile.mkdtemp(dir=folder.parent))
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            packed.extractall(whole)
        whole.rename(folder)  # whoever dies half way leaves none that looks whole
    return folder


def know_parameters_by_arn() -> None:
    resource_of = iam_actions.extract_resource_arn

    def resource_or_what_it_names(service: str, *request: Any, **more: Any) -> str:
        resource: str = resource_of(service, *request, **more)
        _, named, arn = resource.partition(":parameter/arn:")
        return f"arn:{arn}" if service == "ssm" and named else resource

    iam_actions.extract_resource_arn = resource_or_what_it_names


class TimeOf:
    """The module `time`, whose present is that of the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        return time.time() + self._clock.ahead().total_seconds()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class DateOf(TimeOf):
    """Only dates that are written down: SNS puts texts into queues, which stay in real time."""

    time = staticmethod(time.time)

    def gmtime(self) -> struct_time:
        return time.gmtime(super().time())


def go_by(clock: Clock) -> None:
    services: tuple[Any, ...] = (scheduler, ses, ses_v2)
    for service in services:
        service.time = TimeOf(clock)
    sns.time = DateOf(clock)
    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS  # noqa: SLF001
    date_messages_by(clock)


def date_messages_by(clock: Clock) -> None:
    """A queue itself stays in real time, with its visibility and retention."""
    execute = lambda_svc._execute_function  # noqa: SLF001

    def execute_with_dates(function: Json, event: Any) -> Json:
        match event:
            case {"Records": [{"eventSource": "aws:sqs"}, *_] as messages}:
                for message in messages:
                    sent = int(message["attributes"]["SentTimestamp"])
                    ahead = int(clock.ahead().total_seconds() * 1000)
                    message["attributes"]["SentTimestamp"] = str(sent + ahead)
        result: Json = execute(function, event)
        return result

    lambda_svc._execute_function = execute_with_dates  # noqa: SLF001


if __name__ == "__main__":
    save_also(dynamodb, STREAM)
    save_also(ses, MAILS)
    keep_all_of_mails()
    repeat_failed_records()
    share_layers()
    know_parameters_by_arn()
    go_by(Clock(Path(os.environ[VARIABLE])))
    app.main()
