"""Secrets in any file that is or would be committed, by detect-secrets and two rules of our own.

Ours find, in any text, what customers would lose most by: a dongle's key as `freischalt dongle-key
export` prints it, and private keys, of which detect-secrets knows only small files.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha1
from pathlib import Path

from security.findings import Finding, Result, judged
from security.tools import ROOT, ToolFailed, reported, run, start

ALLOWLIST = "detect_secrets.filters.allowlist.is_line_allowlisted"  # `pragma: allowlist secret`
OUR_OWN = {
    "Dongle Key": re.compile(r"\b[0-9A-Fa-f]{64}\b"),
    "Private Key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
LINE_OF_A_LOCK = re.compile(
    r"[a-z0-9._-]+==[a-z0-9.]+( ; [a-zA-Z0-9_. '=<>!]+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?"
)
WORD = re.compile(r"[^\s\"'`,;()<>{}\[\]=:]+=*")


def secrets() -> Result:
    files = committed_files(ROOT)
    found = list(secret_findings(ROOT, files))
    return judged("secrets", f"{len(files)} files, by detect-secrets", found)


def committed_files(root: Path) -> list[str]:
    """What git tracks or would add: a secret is found before its commit, not after."""
    listed = start(
        *("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), folder=root
    )
    files = [name for name in listed.stdout.split("\0") if (root / name).is_file()]
    if not files:
        raise ToolFailed(f"git names no files: {listed.stderr}")
    return files


def secret_findings(root: Path, files: Sequence[str]) -> Iterator[Finding]:
    """What may be a secret. Only `on` holds it, and that is never printed."""
    texts = {file: (root / file).read_text("utf-8", "replace").splitlines() for file in files}
    suspects = {file: lines for file, lines in texts.items() if not is_lock(lines)}
    for file, lines in suspects.items():
        for number, line in enumerate(lines, start=1):
            for rule, pattern in OUR_OWN.items():
                for match in pattern.finditer(line):
                    yield Finding(rule=rule, on=match[0], where=f"{file}:{number}", what="")
    scanned = reported(
        run(
            *("detect-secrets", "scan", "--no-verify", "--disable-filter", ALLOWLIST, *suspects),
            folder=root,
        )
    )
    for file, found in scanned["results"].items():
        for one in found:
            line = suspects[file][one["line_number"] - 1]
            where = f"{file}:{one['line_number']}"
            value = word_with(one["hashed_secret"], line)
            yield Finding(rule=one["type"], on=value, where=where, what="")


def is_lock(lines: Sequence[str]) -> bool:
    """Whether there is nothing but names, versions and hashes: each hash would be a finding."""
    return bool(lines) and all(LINE_OF_A_LOCK.fullmatch(line) for line in lines)


def word_with(digest: str, line: str) -> str:
    """The word that the scanner found and tells the digest of; "" is accepted by nobody."""
    for word in WORD.findall(line):
        if sha1(word.encode(), usedforsecurity=False).hexdigest() == digest:
            return str(word)
    return ""
