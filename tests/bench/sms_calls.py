"""What each kind of text costs in AWS calls and request units: counted, so the same every time.

To register another use case, add it to `USE_CASES`.
"""

import importlib.util
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from freischalt.adapters import sdk
from local.build import BUILT
from local.conversations import Conversations
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import ROOT, a_free_port
from local.sms_service import app as sms_service
from tests.artefact.deployed import NAMES
from tests.artefact.variables import Resolver
from tests.bench.capacity import Call, lookup, record, units
from tests.conftest import create_table
from tests.contract.promises import DynamoDbStore
from tests.factories import PHONE, STRANGER, a_dongle, a_sender
from tests.functional.conftest import Context
from tests.local.live import serving

FETCH = "cl.31.1234567890ABCDEF"
ORDER = "Ich bestelle verbindlich 33P 1234567890ABCDEF"


@dataclass(frozen=True)
class UseCase:
    """A text, and those that the same worker has answered before it."""

    name: str
    text: str
    before: tuple[str, ...] = ()
    sender: str = PHONE
    delivered_again: bool = False


USE_CASES = (
    UseCase("first fetch", FETCH),
    UseCase("repeated fetch", FETCH, before=(FETCH,)),
    UseCase("order", ORDER.replace("33P", "35P"), before=(ORDER,)),
    UseCase("order, first of 50", ORDER),
    UseCase("refused fetch", FETCH.replace("31", "99")),
    UseCase("unknown text", "hallo"),
    UseCase("unregistered", FETCH, sender=STRANGER),
    UseCase("unregistered, again that day", FETCH, before=(FETCH,), sender=STRANGER),
    UseCase("duplicate delivery", FETCH, before=(FETCH,), delivered_again=True),
)


@dataclass(frozen=True)
class Cost:
    """The calls of one delivery, and what DynamoDB charges for them."""

    use_case: str
    calls: Counter[str]
    on_the_table: int
    read_units: float
    write_units: float


def costs(template: dict[str, Any]) -> list[Cost]:
    with _local_aws() as client:
        key = client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        names = NAMES | {"MasterKey1.Arn": key["KeyMetadata"]["Arn"]}
        os.environ.update(Resolver(template, names).variables("ReceiveSms"))
        os.environ["CATALOGUE_FILE"] = str(BUILT / "Freischalt/python/freischalt/catalogue.json")
        os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"  # our own tables are enough
        return [
            _cost(use_case, client("dynamodb"), template, f"bench-{number}")
            for number, use_case in enumerate(USE_CASES)
        ]


@contextmanager
def _local_aws() -> Iterator[Callable[[str], Any]]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with (
            MiniStack(a_free_port(), folder / "aws", keep_state=False) as stack,
            Conversations(folder / "sms" / "conversations.sqlite3") as conversations,
            serving(sms_service(conversations)) as (sms,),
        ):
            os.environ |= {
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ENDPOINT_URL": stack.endpoint,
                "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": sms,
                "POWERTOOLS_METRICS_DISABLED": "true",
                **CREDENTIALS,
            }
            yield sdk.client


def _cost(use_case: UseCase, dynamodb: Any, template: dict[str, Any], table: str) -> Cost:
    create_table(dynamodb, template, table)
    store = DynamoDbStore(dynamodb, table)
    store.put_sender(a_sender())
    store.put_dongle(a_dongle())
    with record(sdk.session()) as recorder:
        handler = _cold_start(table)
    for number, text in enumerate(use_case.before):
        _deliver(handler, text, use_case.sender, str(number))
    recorder.take()
    this = str(len(use_case.before) - use_case.delivered_again)
    _deliver(handler, use_case.text, use_case.sender, this)
    return _charged(use_case.name, recorder.take(), dynamodb)


def _cold_start(table: str) -> Any:
    """The function's handler, started anew on a table of its own."""
    os.environ["TABLE_NAME"] = table
    spec = importlib.util.spec_from_file_location(
        f"receive_sms_{table}", ROOT / "functions/receive_sms/app.py"
    )
    if not (spec and spec.loader):
        raise ImportError("functions/receive_sms/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def _deliver(handler: Any, text: str, sender: str, message_id: str) -> None:
    event = json.loads((ROOT / "events/receive_sms.fetch.json").read_text("utf-8"))
    envelope = json.loads(event["Records"][0]["body"])
    sms = json.loads(envelope["Message"])
    # ids are as long as real ones: they are part of what is charged
    id_ = f"cae173d2-66b9-564c-8309-{int(message_id):012d}"
    sms |= {"messageBody": text, "originationNumber": sender, "inboundMessageId": id_}
    event["Records"][0]["body"] = json.dumps(envelope | {"Message": json.dumps(sms)})
    if handler(event, Context(left_ms=10_000)) != {"batchItemFailures": []}:
        raise RuntimeError(f"not answered: {text}")


def _charged(name: str, calls: list[Call], dynamodb: Any) -> Cost:
    charged = [units(call, lookup(dynamodb)) for call in calls]
    return Cost(
        use_case=name,
        calls=Counter(call.operation for call in calls),
        on_the_table=sum(call.service == "dynamodb" for call in calls),
        read_units=sum(read for read, _ in charged),
        write_units=sum(write for _, write in charged),
    )
