import os

import pytest

from security.tools import TOOLS


@pytest.fixture(scope="session")
def tools() -> None:
    """The tools of `make security`; without them a test is skipped, unless they are required."""
    if not TOOLS.exists():
        if os.environ.get("FREISCHALT_REQUIRE_SECURITY") == "1":
            pytest.fail("no .venv-security: make security installs it")
        pytest.skip("no .venv-security: make security installs it")
