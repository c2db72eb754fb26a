"""Planted secrets are found in any kind of file, and are not printed."""

import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from security.findings import problems
from security.leaks import committed_files, is_lock, secret_findings

pytestmark = pytest.mark.usefixtures("tools")

NOISE = sha256(b"planted").digest()  # made here, so that the scan of this file finds nothing
KEY = NOISE.hex()
PEM = "-----BEGIN " + "RSA PRIVATE KEY-----"
PLANTED = {
    "AWS Access Key": "AKIA" + b64encode(NOISE).decode().upper().replace("/", "A")[:16],
    "Base64 High Entropy String": b64encode(NOISE).decode(),
    "Dongle Key": KEY,
    "GitHub Token": f"ghp_{KEY[:36]}",
    "Hex High Entropy String": KEY[:32],
    "Private Key": PEM,
    "Secret Keyword": "hunter2" + "hunter2",
}


@pytest.mark.parametrize("ending", ["", "  # pragma: " + "allowlist secret"])
def test_every_planted_secret_is_found_and_not_printed(ending: str, tmp_path: Path) -> None:
    lines = [f'password = "{planted}"{ending}' for planted in PLANTED.values()]
    (tmp_path / "app.py").write_text("\n".join(lines))

    found = list(secret_findings(tmp_path, ["app.py"]))

    places = {(finding.rule, finding.where) for finding in found}
    assert {(rule, f"app.py:{n}") for n, rule in enumerate(PLANTED, start=1)} <= places
    printed = "\n".join(problems(found, []))
    assert not [planted for planted in PLANTED.values() if planted in printed]


def test_a_key_is_found_in_every_kind_of_file(tmp_path: Path) -> None:
    files = {
        "run.md": f"Der Schlüssel ist {KEY}.\n",
        "notes.txt": f"# {KEY}\n",
        "big.py": "x = 1\n" * 3_000 + f'KEY = """{PEM}',
        ".env": f"API_KEY={KEY[:32]}\n",
        "key.json": f'{{"key": "{KEY[:32]}"}}',
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    found = {finding.where.partition(":")[0] for finding in secret_findings(tmp_path, list(files))}

    assert found == files.keys()


def test_a_file_is_looked_at_before_it_is_committed(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("ignored\n")
    (tmp_path / "new.json").write_text("{}")
    (tmp_path / "ignored").write_text("{}")

    assert sorted(committed_files(tmp_path)) == [".gitignore", "new.json"]


@pytest.mark.parametrize(
    ("line", "locked"),
    [
        (f"    --hash=sha256:{KEY}", True),
        (f"    --hash=sha256:{KEY}  # {KEY}", False),
        (f"# {KEY}", False),
        (f"--extra-index-url https://user:{KEY}@127.0.0.1/simple", False),
    ],
)
def test_the_hashes_of_a_lock_are_no_secrets_and_hide_none(
    line: str, locked: bool, tmp_path: Path
) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"pywin32==312 ; sys_platform == 'win32' \\\n{line}\n")

    assert is_lock(file.read_text().splitlines()) == locked
    assert bool(list(secret_findings(tmp_path, [file.name]))) == (not locked)
