"""How the number of notes that count moved from day to day, and which of them leave when."""

import datetime as dt
from collections.abc import Mapping
from statistics import median
from typing import Final

from meadow.analytics.note_days import read_note_days
from meadow.notes import measures
from meadow.notes.measures import NoteFigures, Wanted
from meadow.programs.forecast import FURTHEST_DAYS, HISTORY_DAYS, History

# Somebody with more notes that count than this has no need of a forecast.
MOST_NOTES: Final = 500
_DAY: Final = dt.timedelta(days=1)


def read_history(person_id: int, *, wanted: Wanted, now: dt.datetime) -> History:
    """Return how many notes began to count on each of the last full UTC days, and what leaves.

    A note begins to count on the day of its last missing read, or of its publication. The days
    begin with somebody's first note. Raises EngineUnavailable where reads are asked for.
    """
    today = now.astimezone(dt.UTC).date()
    since = today - HISTORY_DAYS * _DAY
    # Those that left the window meanwhile began to count too.
    reaching = Wanted(
        within_days=wanted.within_days + HISTORY_DAYS if wanted.within_days else 0,
        reads=wanted.reads,
        topic=wanted.topic,
        kind=wanted.kind,
    )
    notes, *_ = measures.list_for(person_id, wanted=reaching, now=now, most=MOST_NOTES)
    known = min(HISTORY_DAYS, max(((today - _day(note)).days for note in notes), default=0))
    counting = [note for note in notes if _counts(note, reaching, now)]
    began = _beginnings(person_id, counting, wanted=wanted, since=since, until=today)
    gains = [0] * known
    for day in began.values():
        place = known - (today - day).days
        if 0 <= place < known:
            gains[place] += 1
    if not wanted.within_days:
        return History(gains=gains)
    window = dt.timedelta(days=wanted.within_days)
    ages = [(began[note.id] - _day(note)).days for note in counting if note.id in began]
    return History(
        gains=gains,
        leaving=[
            (note.published_at + window - now) // _DAY + 1
            for note in counting
            if _counts(note, wanted, now)
        ],
        stays=min(max(1, wanted.within_days - int(median(ages or [0]))), FURTHEST_DAYS),
    )


def _beginnings(
    person_id: int,
    notes: list[NoteFigures],
    *,
    wanted: Wanted,
    since: dt.date,
    until: dt.date,
) -> dict[int, dt.date]:
    """Return the day on which each of these notes began to count, where it was since `since`."""
    if not wanted.reads:
        return {note.id: _day(note) for note in notes}
    days = read_note_days(
        author_id=person_id, note_ids=[note.id for note in notes], since=since, until=until
    )
    found = {}
    for note in notes:
        day = _crossing(note.reads_valid, days.get(note.id, {}), needed=wanted.reads)
        if day is not None:
            found[note.id] = day
    return found


def _crossing(total: int, days: Mapping[dt.date, int], *, needed: int) -> dt.date | None:
    """Return the day on which reads came to `needed`; they are `total` after all of `days`."""
    reads = total
    for day in sorted(days, reverse=True):
        reads -= days[day]
        if reads < needed:
            return day
    return None


def _counts(note: NoteFigures, wanted: Wanted, now: dt.datetime) -> bool:
    young = not wanted.within_days or now - note.published_at <= wanted.within_days * _DAY
    return young and note.reads_valid >= wanted.reads and note.on_topic and note.of_kind


def _day(note: NoteFigures) -> dt.date:
    return note.published_at.astimezone(dt.UTC).date()
