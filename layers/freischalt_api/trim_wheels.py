"""Cuts from the installed dependencies what the functions never import.

Run by the layer's Makefile, never shipped: python3.13 trim_wheels.py SITE_PACKAGES
"""

import shutil
import sys
from pathlib import Path

UNUSED = (
    "bin",
    "phonenumbers/geodata",
    "phonenumbers/carrierdata",
    "phonenumbers/tzdata",
    "pycparser",
    "pydantic/v1",
    "pydantic/mypy.py",
    "pydantic/_hypothesis_plugin.py",
    "typing_extensions.py",  # the layer `freischalt` has it, and comes first
)
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def trim(site: Path) -> None:
    for name in UNUSED:
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)
    for stub in site.rglob("*.pyi"):
        stub.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
