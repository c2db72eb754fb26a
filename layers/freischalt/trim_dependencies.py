"""Cuts the installed dependencies down to what the functions use.

45 MB become 8, and a cold start loses a fifth of its work. Run by the layer's Makefile, never
shipped: python3.13 trim_dependencies.py SITE_PACKAGES
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

# The one list of the AWS services that functions may call. A client of another one raises
# botocore.exceptions.UnknownServiceError in Lambda: tests create a client for each service granted.
SERVICES = frozenset({"dynamodb", "events", "kms", "pinpoint-sms-voice-v2", "s3", "sqs"})

# What pip writes beside a package for pip; its hashes are wrong after this script.
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")

# Samples for botocore's own documentation.
UNUSED_MODELS = ("examples-1.json", "examples-1.json.gz")


def trim(site: Path) -> None:
    data = site / "botocore" / "data"
    prefixes = {trim_service(data / service) for service in SERVICES}
    trim_endpoints(data / "endpoints.json", prefixes)
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    shutil.rmtree(site / "bin", ignore_errors=True)
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)


def trim_service(folder: Path) -> str:
    """Strip the newest model of its documentation, drop older ones; return its endpoint prefix."""
    *older, newest = sorted(folder.iterdir())
    for version in older:
        shutil.rmtree(version)
    for name in UNUSED_MODELS:
        (newest / name).unlink(missing_ok=True)
    for packed in newest.glob("*.json.gz"):
        model = json.loads(gzip.decompress(packed.read_bytes()))
        write_json(packed.with_suffix(""), without_documentation(model))
        packed.unlink()
    prefix: str = json.loads((newest / "service-2.json").read_bytes())["metadata"]["endpointPrefix"]
    return prefix


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


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
