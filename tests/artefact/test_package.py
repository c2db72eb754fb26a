"""What is deployed: how large, how compiled, and with which parts of the AWS SDK."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.artefact.deployed import (
    FUNCTIONS,
    LAYERS,
    NAMES,
    WITH,
    Artefact,
    compiled_at,
)
from tests.artefact.variables import Resolver
from trim_dependencies import OPERATIONS

pytestmark = pytest.mark.e2e

OF_OTHER_LAYERS = 2
"""The build of a layer knows its own classes; the others have few."""

LARGEST_ZIP = 8_000_000  # qualities.md: at most 15 MB, 8 MB aimed at

# What Lambda itself does with the function's role, not the function.
BY_LAMBDA = {"logs"}
FROM_QUEUES = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}
STREAM = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
ONLY_IN_TRANSACTIONS = {"ConditionCheckItem"}
SDK_NAMES = {"sms-voice": "pinpoint-sms-voice-v2", "ses": "sesv2"}
NO_ACTION_OF_ITS_OWN = {"TransactWriteItems"}
FOR_ITS_ADDRESS_ALONE = {"CreateBucket"}  # botocore's `generate_presigned_post`; never called
SO_THAT_S3_TELLS = {"ListBucket"}  # without it S3 says of a file that is gone "forbidden"


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_compiled_when_a_function_starts(
    name: str, artefact: Artefact, template: dict[str, Any]
) -> None:
    before = files(artefact.folder)
    variables = Resolver(template, NAMES).variables(FUNCTIONS[name])

    started = compiled_at("import app", artefact.environment(name, variables))

    ours = str(artefact.folder)
    assert [path for path in started.files if path.startswith(ours)] == []
    assert len([path for path in started.loaded if path.startswith(ours)]) > 100
    assert len(started.dataclasses) <= OF_OTHER_LAYERS
    assert files(artefact.folder) == before


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_small(
    layer: str, artefact: Artefact, record_property: Callable[[str, object], None]
) -> None:
    size = artefact.zipped(layer)

    record_property("layer_zipped_bytes", size)
    assert 400_000 < size <= LARGEST_ZIP


def test_the_api_layer_serves_both_architectures(artefact: Artefact) -> None:
    modules = sorted(path.name for path in (artefact.folder / LAYERS[1]).rglob("*.so"))

    for_x86 = {name.split(".")[0] for name in modules if "x86_64-linux-gnu" in name}
    for_arm = {name.split(".")[0] for name in modules if "aarch64-linux-gnu" in name}
    assert for_x86 == for_arm == {"_cffi_backend", "_ffi", "_pydantic_core", "_speedups"}
    assert len(modules) == 2 * len(for_x86)


def test_the_api_layer_knows_the_vat_ids_of_all_member_states(artefact: Artefact) -> None:
    check = "from stdnum.eu import vat; vat.validate('ATU99900009')"
    every = "[vat._get_cc_module(state).is_valid('') for state in (*vat.MEMBER_STATES, 'xi')]"

    loaded = compiled_at(f"{check}; {every}", artefact.environment("customer_api", {})).loaded

    assert len([path for path in loaded if "/stdnum/" in path]) > 60


def test_the_invoices_layer_is_pure_python_for_every_architecture(artefact: Artefact) -> None:
    layer = artefact.folder / LAYERS[2]

    assert list(layer.rglob("*.so")) == []
    assert sorted(path.name for path in layer.rglob("*.ttf")) == [
        "FiraSans-Bold.ttf",
        "FiraSans-Regular.ttf",
    ]
    assert list(layer.rglob("*OFL*")) + list(layer.rglob("LICENSE*"))


@pytest.mark.parametrize("layer", WITH)
def test_which_functions_get_a_layer_of_their_own(layer: str, template: dict[str, Any]) -> None:
    with_it = {
        folder
        for folder, name in FUNCTIONS.items()
        if {"Ref": layer} in template["Resources"][name]["Properties"].get("Layers", [])
    }

    assert with_it == WITH[layer]


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
                    service = SDK_NAMES.get(service, service)
                    operations.setdefault(service, set()).add(operation)
    return operations


def test_the_shipped_sdk_knows_what_the_roles_grant(template: dict[str, Any]) -> None:
    kept = {
        service: names - NO_ACTION_OF_ITS_OWN - FOR_ITS_ADDRESS_ALONE
        for service, names in OPERATIONS.items()
    }

    assert kept == {
        service: names - STREAM - FROM_QUEUES - ONLY_IN_TRANSACTIONS - SO_THAT_S3_TELLS
        for service, names in granted(template).items()
        if service not in BY_LAMBDA
    }
