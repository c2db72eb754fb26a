from collections.abc import Iterator

import httpx
import pytest

from local.stack import a_free_choice_of_ports
from tests.e2e.api import Api
from tests.e2e.running import SOON, VISIBILITY_SECONDS, Running, running


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running stack for all tests that need nothing of their own but phones and dongles."""
    folder = tmp_path_factory.mktemp("stack")
    with running(folder, a_free_choice_of_ports(), keep_state=False) as started:
        started.return_unanswered_texts_after(VISIBILITY_SECONDS)
        yield started


@pytest.fixture(scope="package")
def api(desk: Running) -> Iterator[Api]:
    with httpx.Client(base_url=desk.stack.api, timeout=SOON) as http:
        yield Api(desk, http)
