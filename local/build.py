"""`sam build`, when what goes into it has changed. `python -m local.build` is `make build`."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local.processes import ROOT, LocalStackError

BUILT = ROOT / ".aws-sam" / "build"
TEMPLATE = BUILT / "template.yaml"
CACHE = ROOT / ".aws-sam" / "cache"
PACKED = BUILT / ".packed"  # each part as it is deployed, for the next deployment
BUILT_FROM = BUILT / ".built-from"  # `sam build` empties the folder, and so forgets it


def build() -> Path:
    """Build what is deployed, unless it is there already; return the built template."""
    fingerprint = _fingerprint()
    BUILT.parent.mkdir(exist_ok=True)
    with (BUILT.parent / "being-built").open("w") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)  # two builds at once would break each other
        if not (BUILT_FROM.exists() and BUILT_FROM.read_text() == fingerprint):
            _sam_build()
            BUILT_FROM.write_text(fingerprint)
    return TEMPLATE


def _sam_build() -> None:
    for bytecode in list((ROOT / "layers").rglob("__pycache__")):
        shutil.rmtree(bytecode, ignore_errors=True)  # SAM's cache takes it for changed sources
    shutil.rmtree(PACKED, ignore_errors=True)
    if _recipe_changed():
        shutil.rmtree(CACHE, ignore_errors=True)
    our_python = Path(sys.executable).parent  # with the pip that the layer's Makefile needs
    environment = os.environ | {
        "PATH": f"{our_python}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    command = [str(ROOT / ".venv-sam" / "bin" / "sam"), "build", "--cached", "--parallel"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalStackError(f"sam build failed.\n{done.stdout}{done.stderr}")


def _recipe_changed() -> bool:
    """Whether functions/Makefile is newer than the last build: SAM's cache does not look at it."""
    recipe = ROOT / "functions" / "Makefile"
    return not BUILT_FROM.exists() or recipe.stat().st_mtime > BUILT_FROM.stat().st_mtime


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield ROOT / "template.yaml"
    yield from (ROOT / "functions").rglob("*")
    yield from (ROOT / "layers").rglob("*")


if __name__ == "__main__":
    try:
        print(build().relative_to(ROOT))  # noqa: T201
    except LocalStackError as error:
        sys.exit(str(error))
