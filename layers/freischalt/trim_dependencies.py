"""Cuts the installed dependencies down to what the functions use.

45 MB become 6, and a cold start loses a third of its work. Run by the layer's Makefile, never
shipped: python3.13 trim_dependencies.py SITE_PACKAGES
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The one list of what the functions may call. A client of another service raises
# botocore.exceptions.UnknownServiceError in Lambda, and a client has no method for another
# operation: tests/artefact runs every function, and compares this with what its role grants.
OPERATIONS = {
    "dynamodb": {
        "BatchGetItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents"},
    "kms": {"GenerateMac"},
    "pinpoint-sms-voice-v2": {"PutOptedOutNumber", "SendTextMessage"},
    # Reading for links, too; and a form that is signed takes its address from making a bucket.
    "s3": {"CreateBucket", "GetObject", "PutObject"},
    "sesv2": {"SendEmail"},
    "sqs": {"SendMessage"},
    "ssm": {"GetParameter"},
}

# What pip writes beside a package for pip; its hashes are wrong after this script.
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")

# For botocore's own documentation, and for calls that functions do not wait for.
UNUSED_MODELS = ("examples-1.json*", "waiters-2.json*", "paginators-1.sdk-extras.json*")

# Packages that are imported at each start and never used, each with all that is left of it.
SHELLS: dict[str, dict[str, str | None]] = {
    # Writes the text that help(client.method) shows; imports an HTML parser for it.
    "botocore/docs": {
        "docstring.py": """
class NoDocstring(str):
    def __new__(cls, *_, **__):
        return super().__new__(cls)


ClientMethodDocstring = PaginatorDocstring = WaiterDocstring = NoDocstring
""",
        "utils.py": None,
    },
    # Switches HTTP/2 on, for who calls it; imports the reader of package metadata for it.
    "urllib3/http2": {"probe.py": None},
}


def trim(site: Path) -> None:
    data = site / "botocore" / "data"
    prefixes = {trim_service(data / service, kept) for service, kept in OPERATIONS.items()}
    trim_endpoints(data / "endpoints.json", prefixes)
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in OPERATIONS:
            shutil.rmtree(folder)
    for package, files in SHELLS.items():
        leave_only(site / package, files)
    shutil.rmtree(site / "bin", ignore_errors=True)
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)


def trim_service(folder: Path, kept: set[str]) -> str:
    """Keep of the newest model what `kept` needs, drop older ones; return its endpoint prefix."""
    *older, newest = sorted(folder.iterdir())
    for version in older:
        shutil.rmtree(version)
    for unused in UNUSED_MODELS:
        for path in newest.glob(unused):
            path.unlink()
    for packed in newest.glob("*.json.gz"):
        write_json(packed.with_suffix(""), json.loads(gzip.decompress(packed.read_bytes())))
        packed.unlink()
    service = newest / "service-2.json"
    model = for_operations(json.loads(service.read_bytes()), kept)
    write_json(service, without_documentation(model))
    paginators = newest / "paginators-1.json"
    if paginators.exists():
        pages = json.loads(paginators.read_bytes())["pagination"]
        write_json(
            paginators, {"pagination": {name: pages[name] for name in sorted(kept & pages.keys())}}
        )
    prefix: str = model["metadata"]["endpointPrefix"]
    return prefix


def for_operations(model: dict[str, Any], kept: set[str]) -> dict[str, Any]:
    """The model with these operations alone, and the shapes that they lead to.

    >>> shapes = {"In": {"members": {"Key": {"shape": "Key"}}}, "Key": {}, "Other": {}}
    >>> model = {"operations": {"A": {"input": {"shape": "In"}}, "B": {}}, "shapes": shapes}
    >>> sorted(for_operations(model, {"A"})["shapes"])
    ['In', 'Key']
    """
    operations = {name: model["operations"][name] for name in sorted(kept)}
    found: set[str] = set()
    waiting = list(named_shapes(operations))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += named_shapes(model["shapes"][name])
    shapes = {name: model["shapes"][name] for name in model["shapes"] if name in found}
    return model | {"operations": operations, "shapes": shapes}


def named_shapes(model: Any) -> Iterator[str]:
    match model:
        case {"shape": str(name), **rest}:
            yield name
            yield from named_shapes(rest)
        case dict():
            for value in model.values():
                yield from named_shapes(value)
        case list():
            for value in model:
                yield from named_shapes(value)


def without_documentation(model: Any) -> Any:
    """The model with empty texts. The key stays, as botocore reads it in places."""
    match model:
        case dict():
            return {
                key: ""
                if key == "documentation" and isinstance(value, str)
                else without_documentation(value)
                for key, value in model.items()
            }
        case list():
            return [without_documentation(value) for value in model]
        case _:
            return model


def trim_endpoints(path: Path, prefixes: set[str]) -> None:
    """Keep the commercial partition, and in it only our services."""
    endpoints = json.loads(path.read_bytes())
    (aws,) = (each for each in endpoints["partitions"] if each["partition"] == "aws")
    aws["services"] = {
        name: aws["services"][name] for name in sorted(prefixes & aws["services"].keys())
    }
    write_json(path, endpoints | {"partitions": [aws]})


def leave_only(package: Path, files: dict[str, str | None]) -> None:
    """Leave of a package these files: None as it is, a text instead of what it was."""
    missing = [name for name in files if not (package / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{package}: no {missing}; has the dependency changed?")
    for path in list(package.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in files:
            path.unlink()
    (package / "__init__.py").touch()
    for name, text in files.items():
        if text is not None:
            (package / name).write_text(text)


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
