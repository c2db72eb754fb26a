"""Cuts from the installed dependencies what writing invoices never needs.

Run by the layer's Makefile, never shipped: python3.13 trim_invoices.py SITE_PACKAGES
"""

import shutil
import sys
from pathlib import Path

UNUSED = (
    "bin",
    "share",
    "fontTools/cu2qu",
    "fontTools/diff",
    "fontTools/merge",
    "fontTools/mtiLib",
    "fontTools/qu2cu",
    "fontTools/ufoLib",
    "fontTools/voltLib",
)
FONTS = frozenset({"FiraSans-Regular.ttf", "FiraSans-Bold.ttf"})
INSTALLER_FILES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def trim(site: Path) -> None:
    for name in UNUSED:
        shutil.rmtree(site / name, ignore_errors=True)
    for font in (site / "fontpkg_fira_sans" / "files").iterdir():
        if font.name not in FONTS:
            font.unlink()
    for dist_info in site.glob("*.dist-info"):
        for name in INSTALLER_FILES:
            (dist_info / name).unlink(missing_ok=True)
    for stub in site.rglob("*.pyi"):
        stub.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
