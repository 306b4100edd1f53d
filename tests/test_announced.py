"""Web processes are known to the pacing tick before anybody has asked them for a page."""

import os
import signal

import pytest

from meadow.runtime import processes
from meadow.runtime.serving import WORKERS
from meadow.runtime.testing import LiveStack
from tests.test_killed_money import ask

pytestmark = pytest.mark.slow
# It is 1 s once the process is there; a machine may be busy with starting it.
SECONDS = 120.0


def test_each_process_announces_itself_without_a_page(live_stack: LiveStack) -> None:
    before = live_stack.serving_pids

    # One that comes after another has surely been asked for nothing.
    os.kill(min(before), signal.SIGKILL)

    def all_are_known() -> bool:
        names = ask(live_stack, "SELECT name FROM promotion_webserver")
        known = {int(name.partition("-")[0]) for (name,) in names}
        serving = live_stack.serving_pids
        return len(serving) == WORKERS and serving != before and serving <= known

    assert processes.wait_until(all_are_known, seconds=SECONDS)
