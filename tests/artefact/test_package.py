"""What is deployed: how large, how compiled, and with which parts of the AWS SDK."""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.artefact.deployed import FUNCTIONS, PYTHON, Artefact
from tests.artefact.variables import Resolver
from trim_dependencies import OPERATIONS

pytestmark = pytest.mark.e2e

LARGEST_ZIP = 8_000_000  # qualities.md: at most 15 MB, 8 MB aimed at

GIVEN = {
    "Table": "desk",
    "Events": "events",
    "Exports": "exports",
    "MasterKey1.Arn": "arn:aws:kms:eu-central-1:123456789012:key/1",
    "OriginationIdentity": "+436649477338",
    "OwnNumbers": "+436649477338",
    "Replies": "replies",
    "OptOuts": "Default",
}

# Python reports the compilation of a module's source, and not the loading of its bytecode.
PROBE = """
import json, os, sys
compiled = []
ours = tuple(sys.path[:2])

def heard(event, arguments):
    if event == "compile" and os.fsdecode(arguments[1] or b"").startswith(ours):
        compiled.append(os.fsdecode(arguments[1]))

sys.addaudithook(heard)
import app
loaded = [m for m in sys.modules.values() if str(getattr(m, "__file__", "")).startswith(ours)]
print(json.dumps({"compiled": compiled, "loaded": len(loaded)}))
"""

# What Lambda itself does with the function's role, not the function.
BY_LAMBDA = {"logs", "sqs"}
STREAM = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
ONLY_IN_TRANSACTIONS = {"ConditionCheckItem"}
NO_ACTION_OF_ITS_OWN = {"TransactWriteItems"}


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_compiled_when_a_function_starts(
    name: str, artefact: Artefact, template: dict[str, Any]
) -> None:
    before = files(artefact.folder)
    environment = artefact.environment(name, Resolver(template, GIVEN).variables(FUNCTIONS[name]))
    environment["PYTHONPATH"] = f"{artefact.code(name)}:{environment['PYTHONPATH']}"

    started = subprocess.run(
        [str(PYTHON), "-P", "-c", PROBE], env=environment, capture_output=True, check=True
    )

    told = json.loads(started.stdout)
    assert told["compiled"] == []
    assert told["loaded"] > 100
    assert files(artefact.folder) == before


def test_the_layer_is_small(
    artefact: Artefact, record_property: Callable[[str, object], None]
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in artefact.layer.rglob("*"):
            archive.write(path, path.relative_to(artefact.layer))

    size = packed.tell()

    record_property("layer_zipped_bytes", size)
    assert 1_000_000 < size <= LARGEST_ZIP


def granted(template: dict[str, Any]) -> dict[str, set[str]]:
    """The operations that the functions' roles allow, by the SDK's name of the service."""
    operations: dict[str, set[str]] = {}
    for function in FUNCTIONS.values():
        role = template["Resources"][f"{function}Role"]["Properties"]
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    service, _, operation = action.partition(":")
                    service = service.replace("sms-voice", "pinpoint-sms-voice-v2")
                    operations.setdefault(service, set()).add(operation)
    return operations


def test_the_shipped_sdk_knows_what_the_roles_grant(template: dict[str, Any]) -> None:
    kept = {service: names - NO_ACTION_OF_ITS_OWN for service, names in OPERATIONS.items()}

    assert kept == {
        service: names - STREAM - ONLY_IN_TRANSACTIONS
        for service, names in granted(template).items()
        if service not in BY_LAMBDA
    }
