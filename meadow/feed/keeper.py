"""Hot in the memory of a web process: the newest wall, those that sessions are on, the newcomers."""

import datetime as dt
import logging
import os
import secrets
import threading
import time
from bisect import bisect_left, bisect_right

from meadow.core.rounds import go_round
from meadow.feed import queries
from meadow.feed.errors import WallExpired
from meadow.feed.recent import Recent
from meadow.feed.wall import EMPTY_WALL, NO_LIST, Arrival, OwnList, Position, RankedWall

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1.0
WALLS_IN_MEMORY = 12
MOST_NEWCOMERS = 100  # of one session; the rest of a rush waits in the pool of the next wall
NEWCOMERS_IN_MEMORY = 5000
LISTS_IN_MEMORY = 5000  # about 20 KB each


class Keeper:
    """Holds what every page needs, so that a page asks the database for nothing but live cards.

    In a process that serves pages a thread looks for news each second, started by the process's first
    page because a thread does not survive a fork. Elsewhere (tests, a shell) the caller looks, at
    most once a second. Readers never wait for a look: each replaces whole values.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._walls: dict[int, RankedWall] = {}
        self._newest = EMPTY_WALL
        self._arrivals: list[Arrival] = []
        self._looked_at = float("-inf")
        self._serving = False
        self._watched_by = 0
        self._own: Recent[tuple[int, int], OwnList] = Recent(LISTS_IN_MEMORY)

    def serve(self) -> None:
        """Have every process that goes on from here look for news in a thread of its own."""
        self._serving = True

    def look(self) -> None:
        """Take over a newer wall and the newcomers since the last look."""
        with self._lock:
            known = self._arrivals
            version, fresh = queries.read_news(mark=known[-1].mark if known else 0)
            if fresh:
                self._arrivals = (known + fresh)[-NEWCOMERS_IN_MEMORY:]
            if version is not None and version != self._newest.version:
                self._newest = self._remember(queries.read_wall(version=version))
            self._looked_at = time.monotonic()

    def forget(self) -> None:
        """Drop everything: for tests, whose databases come and go."""
        with self._lock:
            self._walls, self._newest, self._arrivals = {}, EMPTY_WALL, []
            self._looked_at = float("-inf")
            self._own.clear()

    def begin(self, *, now: dt.datetime, personal: int = 0) -> Position:
        """Return the top of the newest wall, and of a reader's own list, for a new session."""
        self._catch_up()
        wall, arrivals = self._newest, self._arrivals
        since = now - dt.timedelta(minutes=wall.newcomer_minutes)
        first = max(
            bisect_left(arrivals, since, key=lambda item: item.published_at),
            len(arrivals) - MOST_NEWCOMERS,
        )
        recent = arrivals[first:]
        return Position(
            version=wall.version,
            seed=secrets.randbits(32),
            personal=personal,
            newcomers_from=recent[0].mark - 1 if recent else 0,
            newcomers_to=recent[-1].mark if recent else 0,
        )

    def session_minutes(self) -> int:
        """Return how long nothing comes twice, by the rule of the newest wall."""
        self._catch_up()
        return self._newest.session_minutes

    def wall(self, *, version: int) -> RankedWall:
        """Return the wall a session is on. Raises WallExpired."""
        if version == EMPTY_WALL.version:
            return EMPTY_WALL
        known = self._walls.get(version)
        if known is not None:
            return known
        with self._lock:
            return self._remember(queries.read_wall(version=version))

    def own_list(
        self, *, version: int, viewer_id: int | None, since: dt.datetime
    ) -> tuple[OwnList, list[int] | None]:
        """Return a reader's own list, no list for 0; and, where it was fetched, what they were shown since.

        Whose list this process has not met were mostly shown what they were shown by others. Raises
        WallExpired: the list is gone, or somebody else's.
        """
        if version == NO_LIST.version:
            return NO_LIST, None
        key = (viewer_id or 0, version)
        known = self._own.get(key)
        if known is not None:
            return known, None
        own, shown = queries.read_own_list(version=version, viewer_id=viewer_id or 0, since=since)
        self._own.put(key, own)
        return own, shown

    def arrivals(self, position: Position) -> list[Arrival]:
        """Return the newcomers that belong to a session."""
        arrivals = self._arrivals
        if (arrivals[-1].mark if arrivals else 0) < position.newcomers_to:
            self.look()  # another process has seen a newcomer that we have not
            arrivals = self._arrivals
        first = bisect_right(arrivals, position.newcomers_from, key=lambda item: item.mark)
        last = bisect_right(arrivals, position.newcomers_to, key=lambda item: item.mark)
        return arrivals[first:last]

    def _remember(self, wall: RankedWall) -> RankedWall:
        walls = {**self._walls, wall.version: wall}
        while len(walls) > WALLS_IN_MEMORY:
            walls.pop(min(walls))
        self._walls = walls
        return wall

    def _catch_up(self) -> None:
        if self._watched_by == os.getpid():
            return
        if time.monotonic() - self._looked_at >= SECONDS_BETWEEN_LOOKS:
            self.look()
        if self._serving:
            with self._lock:
                if self._watched_by == os.getpid():
                    return
                self._watched_by = os.getpid()
            threading.Thread(target=self._watch, name="feed-keeper", daemon=True).start()

    def _watch(self) -> None:
        # While there is nothing newer to be had, pages go on with the wall they have.
        go_round([self._look_again], seconds=SECONDS_BETWEEN_LOOKS, name="looking for a newer wall")

    def _look_again(self) -> None:
        try:
            self.look()
        except WallExpired:
            log.warning("the newest wall went while it was being read")


keeper = Keeper()
