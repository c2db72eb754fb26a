"""The peer `peers/usual_stack`: built by `sam build` as it does by default, and started three ways.

Nobody outside can say whether the SDK in Lambda's own runtime has bytecode: so once nothing has,
once the SDK alone, as if it came from there, once everything.
"""

import compileall
import hashlib
import io
import json
import os
import py_compile
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.build import BUILT
from local.ministack import CREDENTIALS, REGION
from local.processes import ROOT, LocalStackError
from tests.artefact.deployed import NAMES, PYTHON
from tests.bench.processes import Case

SOURCE = Path(__file__).with_name("peers") / "usual_stack"
PACKAGE = BUILT.parent / "peers" / "usual_stack" / "UsualStack"
BUILT_FROM = PACKAGE.parent / ".built-from"
SDK = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
OF_IDEMPOTENCY = [("dynamodb", "PutItem"), ("dynamodb", "UpdateItem")]
ANEW = {"ClientRequestToken", ":attempt", ":committed_at", ":expires_at", ":now", ":reply_2"}
"""What each delivery makes anew; the code comes of it, or of a rule that the peer has not."""


@dataclass(frozen=True)
class Peer:
    """A copy of the package that is not written to."""

    name: str
    folder: Path

    def environment(self, url: str) -> dict[str, str]:
        """As in Lambda; tracing is on, as in the templates of the documentation."""
        return {
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's disk is read-only
            "PYTHONPATH": str(self.folder),
            "LAMBDA_TASK_ROOT": str(self.folder),
            "AWS_LAMBDA_FUNCTION_NAME": "UsualStack",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": url,
            "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;"
            "Parent=53995c3f42cd8ad8;Sampled=1",
            "POWERTOOLS_SERVICE_NAME": "usual_stack",
            "POWERTOOLS_METRICS_NAMESPACE": "UsualStack",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "TABLE_NAME": NAMES["Table"],
            "IDEMPOTENCY_TABLE": "idempotency",
            "KEY_ARN": NAMES["MasterKey1.Arn"],
            "ORIGINATION_IDENTITY": NAMES["OriginationIdentity"],
            "CONFIGURATION_SET_NAME": NAMES["Replies"],
            **CREDENTIALS,
        }

    def case(self, url: str, *arguments: str | Path) -> Case:
        command = (str(PYTHON), "-P", *map(str, arguments))
        return Case(self.name, command, self.environment(url))

    @property
    def zipped(self) -> int:
        return zipped(self.folder)


def peers(folder: Path) -> list[Peer]:
    """The three ways to start, each with a copy of its own."""
    _build()
    shipped = Peer("usual stack, as `sam build` ships it", folder / "shipped")
    sdk = Peer("usual stack, its SDK with bytecode", folder / "sdk")
    all_ = Peer("usual stack, all with bytecode", folder / "all")
    for peer in (shipped, sdk, all_):
        shutil.copytree(PACKAGE, peer.folder)
    _compile(sdk.folder / name for name in SDK)
    _compile([all_.folder])
    return [shipped, sdk, all_]


def _compile(paths: Iterable[Path]) -> None:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for path in paths:
        compiler: Any = compileall.compile_dir if path.is_dir() else compileall.compile_file
        compiler(path, quiet=2, invalidation_mode=mode)


def zipped(*folders: Path) -> int:
    """How many bytes are uploaded for these folders."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for path in folder.rglob("*"):
                archive.write(path, f"{folder.name}/{path.relative_to(folder)}")
    return packed.tell()


def differences(ours: Sequence[Any], theirs: Sequence[Any]) -> list[str]:
    """Where the peer's calls are not ours and idempotency's: `service, operation, parameters`.

    >>> ours = [["kms", "GenerateMac", {"KeyId": "1"}]]
    >>> put, update = (["dynamodb", operation, {}] for operation in ("PutItem", "UpdateItem"))
    >>> differences(ours, [put, *ours, update])
    []
    >>> differences(ours, [put, ["kms", "GenerateMac", {"KeyId": "2"}], update])
    ['kms GenerateMac']
    """
    first, *same, last = theirs
    if [tuple(first[:2]), tuple(last[:2])] != OF_IDEMPOTENCY or len(same) != len(ours):
        return [f"{service} {operation}" for service, operation, _ in theirs]
    return [
        f"{theirs[0]} {theirs[1]}"
        for theirs, ours in zip(same, ours, strict=True)
        if _lasting(theirs) != _lasting(ours)
    ]


def _lasting(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: len(str(inner)) if name == "MessageBody" else _lasting(inner)
                for name, inner in value.items()
                if name not in ANEW
            }
        case list():
            return [_lasting(inner) for inner in value]
        case _:
            return value


def _build() -> None:
    """`sam build` in the default way; again only if something has changed."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE.glob("[a-z]*.*")):
        digest.update(path.read_bytes())
    if BUILT_FROM.exists() and BUILT_FROM.read_text() == digest.hexdigest():
        return
    our_python = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{our_python}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": REGION,
    }
    sam = ROOT / ".venv-sam" / "bin" / "sam"
    command = [str(sam), "build", "--template", "template.yaml", "--build-dir", str(PACKAGE.parent)]
    done = subprocess.run(
        command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalStackError(f"sam build failed.\n{done.stdout}{done.stderr}")
    BUILT_FROM.write_text(digest.hexdigest())


def calls_in(file: Path) -> list[Any]:
    calls: list[Any] = json.loads(file.read_text("utf-8"))
    return calls
