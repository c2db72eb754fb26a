"""Cuts from the installed dependencies what the functions never import.

Run by the layer's Makefile, never shipped: python3.13 trim_wheels.py SITE_PACKAGES
"""

import shutil
import sys
from pathlib import Path

UNUSED = (
    "bin",
    "boto3/data",
    "boto3/examples",
    "cffi",  # the compiled part alone is used
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
    "pycparser",
    "pydantic/v1",
    "pydantic/mypy.py",
    "pydantic/_hypothesis_plugin.py",
    "stdnum/imsi.dat",
    "stdnum/oui.dat",
    "typing_extensions.py",  # the layer `freischalt` has it, and comes first
)
# The countries whose VAT IDs are checked, and what their rules share.
KEPT_OF_STDNUM = [
    "at",
    "be",
    "bg",
    "cy",
    "cz",
    "de",
    "dk",
    "ee",
    "es",
    "eu",
    "fi",
    "fr",
    "gb",
    "gr",
    "hr",
    "hu",
    "ie",
    "iso7064",
    "it",
    "lt",
    "lu",
    "lv",
    "mt",
    "nl",
    "pl",
    "pt",
    "ro",
    "se",
    "si",
    "sk",
]
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def trim(site: Path) -> None:
    for name in UNUSED:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for country in (site / "stdnum").glob("*/"):
        if country.name.rstrip("_") not in KEPT_OF_STDNUM:
            shutil.rmtree(country)
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)
    for stub in site.rglob("*.pyi"):
        stub.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
