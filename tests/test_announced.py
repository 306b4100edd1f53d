"""Web processes are known to the pacing tick before anybody has asked them for a page."""

import pytest

from meadow.runtime import processes
from meadow.runtime.serving import WORKERS
from meadow.runtime.testing import LiveStack
from tests.test_killed_money import ask

pytestmark = pytest.mark.slow
# It is 1 s; a machine may be busy.
SECONDS = 10.0


def test_each_process_announces_itself_without_a_page(live_stack: LiveStack) -> None:
    def all_are_known() -> bool:
        return ask(live_stack, "SELECT count(*) FROM promotion_webserver") == [(WORKERS,)]

    assert processes.wait_until(all_are_known, seconds=SECONDS)
