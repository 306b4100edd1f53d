"""From opportunities and outcomes to observations: one a person, final once it is made."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from meadow.experiments.statistics.streams import Contrast
from meadow.promotion.lift.holdout import BOOSTED, Draw, Opportunity

WINDOW: Final = dt.timedelta(hours=24)
# How long facts may be under way before somebody's outcome is closed.
LATE: Final = dt.timedelta(minutes=10)


@dataclass(slots=True)
class _Open:
    """Somebody whose window has not ended."""

    since: dt.datetime
    arm: int
    did: bool = False


@dataclass(slots=True)
class Observer:
    """One outcome (read it, followed the author) of one order's people.

    Somebody enters with their first opportunity, whatever the arm, and is observed once WINDOW and
    LATE are over: did they do it within the window? The answer is then final. The order is that of
    first opportunities, which no arm changes; together this keeps the interval valid at every look.
    """

    draw: Draw
    window: dt.timedelta = WINDOW
    state: Contrast = field(default_factory=Contrast.none)
    boosted_impressions: int = 0
    _open: dict[str, _Open] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)

    @property
    def impressions_each(self) -> float:
        """Impressions served so far, a person met in either arm."""
        return self.boosted_impressions / max(len(self._open) + len(self._done), 1)

    def meet(self, opportunity: Opportunity) -> None:
        """Take note of an impression or a ghost; in the order of time."""
        self.boosted_impressions += opportunity.arm == BOOSTED
        person = opportunity.person
        if person not in self._open and person not in self._done:
            self._open[person] = _Open(since=opportunity.at, arm=opportunity.arm)

    def outcome(self, *, person: str, at: dt.datetime) -> None:
        """Take note that somebody did it; outside their window, or after it closed, it is nothing."""
        one = self._open.get(person)
        if one is not None and one.since <= at < one.since + self.window:
            one.did = True

    def look(self, *, now: dt.datetime) -> Contrast:
        """Close the windows that are over and return the state; looking changes nothing else."""
        over: list[_Open] = []
        for person, one in list(self._open.items()):
            if one.since + self.window + LATE > now:
                break
            over.append(self._open.pop(person))
            self._done.add(person)
        if over:
            did = np.array([one.did for one in over], dtype=np.float64)
            boosted = np.array([one.arm == BOOSTED for one in over])
            self.state = self.state.plus(did, boosted, share=self.draw.boosted)
        return self.state
