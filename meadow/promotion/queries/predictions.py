"""What a showing of a note is expected to bring, and what that rests on."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from meadow.analytics.responses import Histories, Showings, count_showings, read_histories
from meadow.core.errors import EngineUnavailable
from meadow.promotion.models import Order, ResponseModel
from meadow.promotion.prediction import (
    WINDOWS,
    Affinity,
    Belief,
    Count,
    Expected,
    Record,
    expect,
    raised,
    restore_belief,
    row_of,
    shipped_belief,
    weigh_quality,
)
from meadow.promotion.prediction.smoothing import QUALITY_ONE

log = logging.getLogger(__name__)

GOALS: Final = tuple(WINDOWS)
# What a note is liked by, as far as it says so itself: a follow is its author's.
QUALITY_GOALS: Final = ("reads", "interactions")
# How far back notes are looked at, and paid showings of a note.
HISTORY: Final = dt.timedelta(days=90)
# A showing younger than this may be answered yet, and is not held against its note.
SETTLING: Final = dt.timedelta(hours=1)
# Fewer responses than this to a note and its author say little of either.
FEW_RESPONSES: Final = 5
# For how long a forecast goes by what was said of a note, and of how many notes at once.
FRESH: Final = dt.timedelta(minutes=1)
MOST_LATELY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Predicted:
    """Responses of a goal to one showing of a note, with 80 % from `low` to `high`.

    `known` is whether the note or its author were answered often enough to say; else the community's
    usual rate stands in, or the shipped one. `quality` is in thousandths. `is_asked` is whether the
    warehouse answered.
    """

    rate: float
    low: float
    high: float
    known: bool
    quality: int = QUALITY_ONE
    is_asked: bool = True


@dataclass(frozen=True)
class Tallies:
    """What notes and authors brought without pay, by goal."""

    notes: Mapping[tuple[int, str], Count]
    authors: Mapping[tuple[int, str], Count]

    def record(
        self, *, note_id: int, author_id: int, goal: str, paid: Count, credited: float
    ) -> Record:
        """Return what is known of a note; its author's other notes count as the author's.

        A like or a follow does not say what it came from: those `credited` to paid showings of this note
        are taken off what came without pay. Reads say so themselves.
        """
        whole = self.authors.get((author_id, goal), Count())
        own = self.notes.get((note_id, goal), Count())
        others = Count(whole.shown - own.shown, whole.responses - own.responses)
        if goal == "interactions":
            own = Count(own.shown, max(own.responses - credited, 0.0))
        elif goal == "follows":
            others = Count(others.shown, max(others.responses - credited, 0.0))
        return Record(note=own, author=others, paid=paid)


def read_beliefs() -> dict[str, Belief]:
    """Return what is believed of each goal: the newest model, else what is shipped."""
    beliefs = {goal: shipped_belief(goal) for goal in GOALS}
    for model in ResponseModel.objects.order_by("goal", "-id").distinct("goal"):
        beliefs[model.goal] = restore_belief(
            base=model.base,
            prior=model.prior,
            facts=float(model.observed),
            calibrator=model.calibrator,
            affinity=model.affinity,
        )
    return beliefs


_lately: dict[tuple[int, int, str], tuple[dt.datetime, Predicted]] = {}


def predict_lately(*, note_id: int, author_id: int, goal: str, now: dt.datetime) -> Predicted:
    """Return what one showing of a note brings, as of a minute ago at most: a form asks often.

    Where the warehouse is away, what is usual, and it is asked again the next time.
    """
    key = note_id, author_id, goal
    asked = _lately.get(key)
    if asked is not None and abs(now - asked[0]) < FRESH:
        return asked[1]
    found = predict(note_id=note_id, author_id=author_id, goal=goal, now=now)
    if found.is_asked:
        if len(_lately) >= MOST_LATELY:
            _lately.clear()
        _lately[key] = now, found
    return found


def forget_lately() -> None:
    """Forget what was said of notes, so that the next forecast asks."""
    _lately.clear()


def predict(*, note_id: int, author_id: int, goal: str, now: dt.datetime) -> Predicted:
    """Return what one showing of a note brings; where the warehouse is away, what is usual."""
    beliefs = read_beliefs()
    try:
        tallies = tally(read_histories(since=(now - HISTORY).date(), author_ids=[author_id]))
        paid = count_paid(notes=[(author_id, note_id)], goal=goal, until=now - SETTLING)
    except EngineUnavailable:
        log.warning("the warehouse is away: a note is expected to be received as is usual")
        return replace(_predicted(expect(Record(), beliefs[goal])), is_asked=False)
    campaigns = find_campaigns(note_id=note_id)
    affinity = beliefs[goal].affinity
    own = add_up([paid[one] for one in campaigns if one in paid], affinity)

    def record(about: str, counted: Count) -> Record:
        credited = own.responses if about == goal else 0.0
        return tallies.record(
            note_id=note_id, author_id=author_id, goal=about, paid=counted, credited=credited
        )

    whole = record(goal, own)
    known = whole.responses + whole.author.responses >= FEW_RESPONSES
    organic = {about: record(about, Count()) for about in QUALITY_GOALS}
    quality = weigh_quality(organic, beliefs)
    # Those who are shown it respond more than somebody usual does, as far as that is what chose them.
    found = raised(expect(whole, beliefs[goal]), by=affinity.mean)
    return _predicted(found, known=known, quality=quality)


def find_campaigns(*, note_id: int) -> list[int]:
    """Return the orders of a note."""
    return list(Order.objects.filter(note_id=note_id).values_list("pk", flat=True))


def count_paid(
    *, notes: Sequence[tuple[int, int]], goal: str, until: dt.datetime
) -> dict[int, Showings]:
    """Return what each order's showings until then brought so far. Raises EngineUnavailable."""
    return count_showings(
        notes=notes, goal=goal, since=until - HISTORY, until=until, window=WINDOWS[goal]
    )


def add_up(showings: Sequence[Showings], affinity: Affinity) -> Count:
    """Return several orders' showings as one count, each worth what its reader's class responds."""
    return Count(
        sum(affinity.exposure(row_of(each.by_class)[0]) for each in showings),
        float(sum(each.responses for each in showings)),
    )


def tally(found: Histories) -> Tallies:
    """Return histories by note and by author.

    A follow names no note: it is its author's, and each of the author's showings counts alike.
    """
    notes: dict[tuple[int, str], Count] = {}
    for goal, responses in (("reads", found.reads), ("interactions", found.interactions)):
        columns = (found.note_id, found.impressions, responses)
        for note, shown, brought in zip(*(one.tolist() for one in columns), strict=True):
            if note:
                notes[note, goal] = Count(shown, brought)
    authors: dict[tuple[int, str], Count] = {}
    ids, places = np.unique(found.author_id, return_inverse=True)
    shown = np.bincount(places, found.impressions, len(ids)).tolist()
    for goal in GOALS:
        brought = np.bincount(places, getattr(found, goal), len(ids)).tolist()
        for author, one, other in zip(ids.tolist(), shown, brought, strict=True):
            authors[author, goal] = Count(one, other)
    return Tallies(notes=notes, authors=authors)


def _predicted(found: Expected, *, known: bool = False, quality: int = QUALITY_ONE) -> Predicted:
    return Predicted(found.rate, found.low, found.high, known=known, quality=quality)
