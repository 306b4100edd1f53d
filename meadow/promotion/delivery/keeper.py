"""Live orders in the memory of a web process: what a page decides on, and what there is to report."""

import datetime as dt
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from meadow.promotion.audiences.errors import (
    AudienceInvalid,
    SnapshotDamaged,
    SnapshotOfAnotherVersion,
)
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.delivery.stand import Stand
from meadow.promotion.delivery.tally import Tally
from meadow.promotion.models import PromotionRule
from meadow.promotion.queries import live as queries
from meadow.promotion.queries.audiences import newest_index

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS: Final = 1.0
# What changes is read by its mark each second; all of it so often, should a mark ever be missing.
SECONDS_BETWEEN_WHOLE_LOOKS: Final = 60.0
# A process that could not report for so long serves nothing more: twice as long, and its loans go back.
LEASE_SECONDS: Final = 60.0
# Where little is left, a process that has not used a loan for so long gives it back.
IDLE_SECONDS: Final = 5.0


class Keeper:
    """Holds what a sponsored place takes, so that a page asks the database for nothing on its account.

    In a process that serves pages a thread looks and reports each second, started once the process is
    forked (`begin`) or else by its first page. Elsewhere (tests, a shell) the caller looks, at most once a
    second. `lock` is held by whoever decides or changes something: a decision takes less than a
    millisecond, and so does each single change of a look.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.lock = threading.Lock()
        self._looking = threading.Lock()
        self._watch: Callable[[], None] | None = None
        self._watched_by = 0
        self.rule: PromotionRule | None = None
        self._snapshot = self._learnt = 0
        self._reset()

    def serve(self, *, watch: Callable[[], None]) -> None:
        """Have every process that goes on from here run `watch` in a thread of its own."""
        self._watch = watch

    def forget(self) -> None:
        """Drop everything: for tests, whose databases come and go."""
        with self._looking, self.lock:
            self._reset()

    def catch_up(self, *, now: dt.datetime) -> None:
        """Be at most a second old; in a process that serves, its thread sees to it."""
        looked = self._looked_at
        if self._watched_by == os.getpid() and looked != float("-inf"):
            return
        if self._clock() - looked >= SECONDS_BETWEEN_LOOKS:
            self.look(now=now)
        self.begin()

    def begin(self) -> None:
        """Start this process's thread, where it serves pages and none runs."""
        if self._watch is None or self._watched_by == os.getpid():
            return
        with self._looking:
            if self._watched_by == os.getpid():
                return
            self._watched_by = os.getpid()
            self._begin()
        threading.Thread(target=self._watch, name="promotion-keeper", daemon=True).start()

    def look(self, *, now: dt.datetime) -> None:
        """Take over what changed: rule and switch, orders that began or ended, bids and loans."""
        with self._looking:
            standing = queries.read_standing()
            if standing.rule is None:
                # Nothing was ever shipped: tests empty all tables.
                self.on, self._looked_at = False, self._clock()
                return
            if self.rule is None or self.rule.number != standing.rule:
                self.rule, self._all_read_at = queries.read_rule(standing.rule), float("-inf")
            if standing.snapshot != self._snapshot:
                self._take_index(standing.snapshot)
            if standing.learnt != self._learnt:
                factors = queries.read_factors()
                with self.lock:
                    self.stand.matches.learn(factors)
                self._learnt = standing.learnt
            self.on = standing.on
            if standing.on:
                self._follow(standing, unit=self.rule.unit, now=now)
            else:
                self._drop_all()
            self._give_back_idle()
            self._looked_at = self._clock()

    def is_leased(self) -> bool:
        """Whether this process was heard lately enough to serve."""
        return self._clock() - self._leased_at < LEASE_SECONDS

    def clock(self) -> float:
        """Return seconds that only go forward."""
        return self._clock()

    def heard(self, *, sent_at: float) -> None:
        """Note that a report that this process sent at `sent_at` of its clock arrived."""
        self._leased_at = sent_at

    def close(self) -> None:
        """Serve nothing more: this process ends."""
        self._leased_at = float("-inf")

    def begin_anew(self) -> None:
        """Go on under another name and without a loan: those of this one may have been given back."""
        with self._looking, self.lock:
            self._begin()
            for order_id in self.stand.order_ids():
                self.stand.leave(order_id)

    def spend(self, order_id: int, *, price: int) -> bool:
        """Take a price off an order's loan; False where it is over or was lent too little. Under the lock."""
        if self.stand.money(order_id) < price:
            return False
        self._take(order_id, price)
        self._used_at[order_id] = self._clock()
        self.tally.serve(order_id, price=price)
        return True

    def _reset(self) -> None:
        self.stand, self.tally = Stand(), Tally()
        self.index = AudienceIndex()
        self.rule, self.on = None, False
        self._snapshot = self._learnt = 0
        self._looked_at = float("-inf")
        self._begin()

    def _begin(self) -> None:
        """Be a new process, that was lent nothing and of which nothing is gone."""
        self.name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._gone: dict[int, int] = {}
        self._used_at: dict[int, float] = {}
        self._scarce: set[int] = set()
        self._version = 0
        self._leased_at = self._clock()
        self._forget_orders()

    def _forget_orders(self) -> None:
        """Have the next look read all orders."""
        self._seen: queries.Standing | None = None
        self._all_read_at = float("-inf")
        self._marks: dict[int, queries.Mark] = {}
        self._ends: dict[int, dt.datetime] = {}
        self._starts: dict[int, dt.datetime] = {}  # of those that run and have not come to it

    def _take_index(self, snapshot: int) -> None:
        try:
            index = newest_index()
        except (SnapshotDamaged, SnapshotOfAnotherVersion):
            # Targeting goes on as of the last one that could be read.
            log.warning("snapshot %d of the audiences cannot be read", snapshot)
        else:
            # Of a million people it takes some 10 ms: no page waits for it.
            known = index.anybody("interest")
            with self.lock:
                self.index = index
                self.stand.matches.take(index, known=known)
        self._snapshot = snapshot

    def _follow(self, standing: queries.Standing, *, unit: str, now: dt.datetime) -> None:
        """Take over the orders that changed since the last look, and the paces."""
        seen = self._seen
        is_whole = (
            seen is None
            or seen.learnt != standing.learnt
            or seen.horizon > standing.horizon  # another server: its transactions are counted anew
            or self._clock() - self._all_read_at >= SECONDS_BETWEEN_WHOLE_LOOKS
        )
        if seen is None or is_whole:
            self._version = self._version or standing.paced
            paces = []
            found = queries.read_running(unit=unit, now=now)
            self._all_read_at = self._clock()
        else:
            paces = queries.read_paces(process=self.name, mark=self._version, fresh=())
            begun = [order_id for order_id, at in self._starts.items() if at <= now]
            paced = [row.order_id for row in paces if row.order_id not in self.stand]
            found = queries.read_changed(unit=unit, since=seen.horizon, wanted=begun + paced)
        live = {
            each.live.order_id: each
            for each in found
            if each.runs and each.starts_at <= now < each.ends_at
        }
        fresh = [order_id for order_id in live if order_id not in self.stand]
        if fresh or is_whole:
            paces += queries.read_paces(process=self.name, mark=self._version, fresh=fresh)
        looked_at = self.stand.order_ids() if is_whole else [each.live.order_id for each in found]
        over = [order_id for order_id, at in self._ends.items() if at <= now]
        for order_id in {*looked_at, *over}.difference(live):
            self._let_go(order_id)
        for each in live.values():
            self._let_in(each)
        for each in found:
            self._starts.pop(each.live.order_id, None)
            if each.runs and each.starts_at > now:
                self._starts[each.live.order_id] = each.starts_at
        self._take_paces(list({row.order_id: row for row in paces}.values()))
        self._seen = standing

    def _let_in(self, found: queries.Found) -> None:
        order_id, mark = found.live.order_id, found.mark
        try:
            with self.lock:
                self.stand.enter(found.live, mark)
                if self._marks.get(order_id, mark) != mark:
                    self.stand.expect(mark)
        except AudienceInvalid:
            log.warning("the audience of order %d can no longer be read", order_id)
            return
        self._marks[order_id], self._ends[order_id] = mark, found.ends_at

    def _let_go(self, order_id: int) -> None:
        if order_id not in self.stand:
            return
        with self.lock:
            self._return(order_id)
            self.stand.leave(order_id)
        self._scarce.discard(order_id)
        del self._marks[order_id], self._ends[order_id]

    def _drop_all(self) -> None:
        """Let every order go: nothing is promoted."""
        for order_id in self.stand.order_ids():
            self._let_go(order_id)
        self._forget_orders()

    def _take_paces(self, paces: list[queries.PaceRow]) -> None:
        self._version = max([self._version, *(row.version for row in paces)])
        mine = [row for row in paces if row.order_id in self.stand]
        with self.lock:
            money = [max(row.lent - self._gone.get(row.order_id, 0), 0) for row in mine]
            for row, amount in zip(mine, money, strict=True):
                if amount > self.stand.money(row.order_id):
                    self._used_at[row.order_id] = self._clock()
            self.stand.pace(mine, money)
        self._scarce.update(row.order_id for row in mine if row.scarce)
        self._scarce.difference_update(row.order_id for row in mine if not row.scarce)

    def _give_back_idle(self) -> None:
        since = self._clock() - IDLE_SECONDS
        for order_id in self._scarce:
            with self.lock:
                if self._used_at.get(order_id, since) < since:
                    self._return(order_id)

    def _return(self, order_id: int) -> None:
        left = self.stand.money(order_id)
        if left:
            self._take(order_id, left)
            self.tally.give_back(order_id, amount=left)

    def _take(self, order_id: int, amount: int) -> None:
        self.stand.take(order_id, amount)
        self._gone[order_id] = self._gone.get(order_id, 0) + amount


keeper = Keeper()
