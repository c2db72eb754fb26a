"""Writes results into a document, between the two comments that are there for them."""

import re
from pathlib import Path


def write_between(document: Path, name: str, results: str) -> None:
    """Replace what stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.

    Raises LookupError if they are not there.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = document.read_text("utf-8")
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    written, found = block.subn(lambda _: f"{begin}\n{results}\n{end}", text)
    if found != 1:
        raise LookupError(f"{document.name} has no place for {name}")
    document.write_text(written, "utf-8")
