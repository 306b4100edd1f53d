"""Each second a web process says what it served and that it lives; one that ends says its last."""

import datetime as dt
import logging
import threading
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Any, Final

import numpy as np
from django.db import connection

from meadow.core.clock import now as clock_now
from meadow.core.database import LOST
from meadow.core.rounds import go_round
from meadow.core.transactions import transaction
from meadow.promotion.delivery.keeper import SECONDS_BETWEEN_LOOKS, Keeper, keeper
from meadow.promotion.delivery.reports import Report, pack
from meadow.promotion.delivery.tally import pairs_of

log = logging.getLogger(__name__)

# Before the interpreter's own end, after the threads that serve.
_EXIT_PRIORITY: Final = 10
# One statement: heard and told, or, where this number was heard before, nothing at all.
_SEND: Final = """
WITH heard AS (
    INSERT INTO promotion_webserver (name, seen_at, reported)
    VALUES (%(name)s, %(at)s, %(number)s)
    ON CONFLICT (name) DO UPDATE SET
        seen_at = greatest(promotion_webserver.seen_at, excluded.seen_at),
        reported = excluded.reported
    WHERE promotion_webserver.reported < excluded.reported
    RETURNING name
)
INSERT INTO promotion_servedreport (process, body, at)
SELECT name, %(body)s, %(at)s FROM heard WHERE %(body)s <> ''::bytea
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A report under way: sent again under its number until it is known to have arrived."""

    name: str
    number: int
    at: dt.datetime
    body: bytes


class Reporter:
    """Sends what a keeper's tally holds. Whatever is sent twice is taken once."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._sending = threading.Lock()
        self._letter: Letter | None = None
        self._number = 0
        self._luck = np.random.default_rng()

    def serve(self) -> None:
        """Have every process that goes on from here look and report in a thread of its own."""
        self._keeper.serve(watch=self.watch)

    def begin(self) -> None:
        """Announce this process, so that it is lent to before its first page. Only once it is forked."""
        self._keeper.begin()

    def report(self, *, now: dt.datetime) -> None:
        """Say what was served since the last time. Raises what a lost database raises, and loses nothing.

        A process that could not for longer than its lease has stopped serving: it says what it served
        before, as the last under its name, and goes on under another.
        """
        with self._sending:
            self._send(now=now, ended=not self._keeper.is_leased())

    def finish(self) -> None:
        """Say the last: what was lent goes back at once. A process that cannot is soon found silent."""
        self._keeper.close()
        try:
            with self._sending:
                self._send(now=clock_now(), ended=True)
        except LOST:
            log.warning("the last report of this process could not be sent")
        connection.close()

    def watch(self) -> None:
        """Report and look each second, for the life of the process."""
        Finalize(None, self.finish, exitpriority=_EXIT_PRIORITY)
        # In this order: a report's candidates stand where they stood until the next look. While the database
        # is away pages go on with what this process was lent, as long as its lease lasts.
        steps = (
            lambda: self.report(now=clock_now()),
            lambda: self._keeper.look(now=clock_now()),
        )
        go_round(steps, seconds=SECONDS_BETWEEN_LOOKS, name="reporting sponsored cards")

    def _send(self, *, now: dt.datetime, ended: bool) -> None:
        if self._letter is not None:
            self._post(self._letter)
        self._letter = self._write(now=now, ended=ended)
        self._post(self._letter)
        if ended:
            self._keeper.begin_anew()
            self._number = 0

    def _write(self, *, now: dt.datetime, ended: bool) -> Letter:
        keeper = self._keeper
        with keeper.lock:
            told = keeper.tally.take()
        pairs = pairs_of(told, stand=keeper.stand, luck=self._luck, now=now)
        silent = not (told.pages or told.returned or ended)
        body = b"" if silent else pack(Report(told=told, pairs=pairs, ended=ended))
        self._number += 1
        return Letter(name=keeper.name, number=self._number, at=now, body=body)

    def _post(self, letter: Letter) -> None:
        began = self._keeper.clock()
        with transaction(), connection.cursor() as cursor:
            values: dict[str, Any] = {
                "name": letter.name,
                "number": letter.number,
                "at": letter.at,
                "body": letter.body,
            }
            cursor.execute(_SEND, values)
        self._letter = None
        self._keeper.heard(sent_at=began)


reporter = Reporter(keeper)
