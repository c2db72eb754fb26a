"""Cuts from the installed dependencies what the functions never import.

Run by the layer's Makefile, never shipped: python3.13 trim_payments.py SITE_PACKAGES
"""

import shutil
import sys
from pathlib import Path

UNUSED = (
    "bin",
    "stripe/params",  # types of arguments, for type checkers alone
    "stripe/data",  # an old list of certificates; urllib3 has the system's
)
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def trim(site: Path) -> None:
    for name in UNUSED:
        shutil.rmtree(site / name, ignore_errors=True)
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)
    for stub in [*site.rglob("*.pyi"), *site.rglob("py.typed")]:
        stub.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
