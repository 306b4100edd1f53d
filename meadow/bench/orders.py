"""The live orders of reach that `meadow bench feed` has on sale, and the tick that paces them."""

import datetime as dt
import threading
from types import SimpleNamespace
from typing import Final

ORDERS: Final = 200
# So much that no order is used up while the bench runs: a million yuan.
BUDGET: Final = 100_000_000
EVERY_SECONDS: Final = 1.0


def place_orders(*, notes: int, first_note_id: int, now: dt.datetime) -> None:
    """Have orders for everybody run, each for a note of its own spread over the community."""
    from django.db import connection

    from meadow.promotion.delivery.testing import make_live_order

    step = notes // ORDERS
    chosen = [first_note_id + number * step for number in range(ORDERS)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, author_id FROM notes_note WHERE id = ANY(%s)", [chosen])
        rows = cursor.fetchall()
    for note_id, author_id in rows:
        make_live_order(
            buyer=SimpleNamespace(pk=author_id), now=now, note_id=note_id, budget=BUDGET, lent_to=()
        )


def share_sponsored() -> float:
    """Return the share of all pages served so far that had a sponsored card."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM promotion_met WHERE NOT held_out)::float"
            " / (SELECT count(*) FROM feed_served)"
        )
        return float(cursor.fetchone()[0])


class Ticking:
    """Paces the orders each second in a thread, as a worker does, from `begin` to `end`."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="bench-tick", daemon=True)

    def begin(self) -> None:
        """Begin to pace."""
        self._thread.start()

    def end(self) -> None:
        """Pace no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _tick(self) -> None:
        from django.db import connection

        from meadow.core.clock import now
        from meadow.promotion.delivery.ticking import pace_orders

        while not self._over.wait(EVERY_SECONDS):
            pace_orders(now=now())
        connection.close()
