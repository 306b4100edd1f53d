"""What a thread of a process does again and again, for as long as the process lives."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from django.db import connection

from meadow.core.database import LOST, forget_dead_connections

log = logging.getLogger(__name__)

# After errors that have nothing to do with a lost connection a thread slows down, to this at most.
LONGEST_PAUSE: Final = 30.0


def go_round(
    steps: Sequence[Callable[[], None]],
    *,
    seconds: float,
    name: str,
    pause: Callable[[float], None] = time.sleep,
) -> NoReturn:
    """Do the steps in their order every so many seconds; whatever one raises, the next is done.

    A lost database is tried again at once with the next round, over fresh connections. Any other error is
    logged with where it came from, and each in a row doubles the pause, up to LONGEST_PAUSE.
    """
    failed = 0
    while True:
        pause(min(seconds * 2**failed, LONGEST_PAUSE))
        sound = True
        for step in steps:
            sound &= _do(step, name)
        failed = 0 if sound else min(failed + 1, 10)
        connection.close()


def _do(step: Callable[[], None], name: str) -> bool:
    """Do one step; False where it failed for another reason than a lost database.

    Whatever it raises is caught: a thread that ends takes what it looks after with it, without a word.
    """
    try:
        step()
    except LOST:
        log.warning("%s: the database is away", name)
        forget_dead_connections()
    except Exception:
        log.exception("%s failed, and goes on", name)
        return False
    return True
