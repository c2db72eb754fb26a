"""Cuts from the installed dependencies what the functions never import.

Run by the layer's Makefile, never shipped: python3.13 trim_wheels.py SITE_PACKAGES
"""

import shutil
import sys
from pathlib import Path

UNUSED = (
    "bin",
    "cffi",  # the compiled part alone is used
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
    "pycparser",
    "pydantic/v1",
    "pydantic/mypy.py",
    "pydantic/_hypothesis_plugin.py",
    "s3transfer",
    "typing_extensions.py",  # the layer `freischalt` has it, and comes first
)
# All that Powertools' circuit breaker needs of boto3 when it is given a client: one class. The rest
# costs 0.7 s to import, and would not even be importable: it wants the parts of botocore that write
# documentation, which the layer `freischalt` leaves out.
BOTO3: dict[str, str | None] = {
    "__init__.py": "",
    "compat.py": "import collections.abc as collections_abc\n",
    "dynamodb/__init__.py": "",
    "dynamodb/types.py": None,
}
# The countries whose VAT IDs are checked, and what their rules share.
KEPT_OF_STDNUM = frozenset(
    "at be bg cy cz de dk ee es eu fi fr gb gr hr hu ie it lt lu lv mt nl pl pt ro se si sk"  # noqa: SIM905 - a list of one letter more or less is not seen in a column
    " iso7064".split()
)
# Beside the countries: what their modules import. The others are about books, cards and banks.
MODULES_OF_STDNUM = frozenset(
    f"{name}.py" for name in ("__init__", "exceptions", "iban", "isin", "luhn", "numdb", "util")
)
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def trim(site: Path) -> None:
    for name in UNUSED:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    leave_of_boto3(site / "boto3")
    leave_of_stdnum(site / "stdnum")
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)
    for stub in site.rglob("*.pyi"):
        stub.unlink()


def leave_of_stdnum(package: Path) -> None:
    for country in package.glob("*/"):
        if country.name.rstrip("_") not in KEPT_OF_STDNUM:
            shutil.rmtree(country)
    for module in package.glob("*.py"):
        if module.name not in MODULES_OF_STDNUM:
            module.unlink()
    for table in package.rglob("*.dat"):  # of banks and post codes: of no VAT ID
        table.unlink()


def leave_of_boto3(package: Path) -> None:
    """Leave these files: None as it is, a text instead of what it was."""
    kept = {name: (package / name).read_text() for name in BOTO3}
    shutil.rmtree(package)
    for name, text in BOTO3.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(kept[name] if text is None else text)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
