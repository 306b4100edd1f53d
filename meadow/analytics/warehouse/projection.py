"""From facts to figures: roll up what changed, project it to PostgreSQL, tell the authors."""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from django.db import connections
from django.db.models import Max

from meadow.analytics.counted import tell_counted, tell_pages
from meadow.analytics.models import NoteReads
from meadow.analytics.subjects import NoteSubject, resolve_notes
from meadow.analytics.warehouse.moments import from_micros, to_micros
from meadow.analytics.warehouse.rollups import (
    Mark,
    NoteFigures,
    count_notes,
    find_notes,
    find_uncounted,
    read_mark,
    recount,
    write_mark,
)
from meadow.analytics.warehouse.store import ChdbError, Store
from meadow.analytics.warehouse.storing import Subject
from meadow.core import clock, realtime
from meadow.core.database import LOST, forget_dead_connections
from meadow.core.transactions import transaction

# A pass starts as soon as facts are there, and then rests as long as it worked, within bounds; it
# rests longer while the stream is behind, since counting half of a flood helps nobody.
SHORTEST_REST: Final = 0.05
LONGEST_REST: Final = 0.25
REST_BEHIND: Final = 2.0
# An author's page hears of one note at most this often; the last word always comes.
SECONDS_BETWEEN_WORDS: Final = 0.25
RETRY_SECONDS: Final = 0.5
# Nothing stored before the newest watermark less this can be missing from PostgreSQL.
OVERLAP: Final = dt.timedelta(minutes=5)
FIGURES: Final = ("author_id", "reads_raw", "reads_valid", "impressions", "opens", "watermark")

T = TypeVar("T")
log = logging.getLogger("meadow.warehouse.projection")


@dataclass
class Projection:
    """Rolls up and projects until stopped.

    What is owed is kept in memory: `changed` note days to count again, `latest` the time of the
    newest stored row (at first, of what a start found). A crash loses nothing, because the mark in
    the warehouse says what was counted, and everything stored after it is counted again at the next
    start.
    """

    store: Store
    executor: Executor
    stopping: asyncio.Event
    now: Callable[[], dt.datetime]
    on_current: Callable[[], None] = lambda: None
    is_behind: Callable[[], bool] = lambda: False
    changed: set[Subject] = field(default_factory=set)
    latest: int = 0
    _mark: Mark = field(default_factory=Mark)
    _notes: set[tuple[int, int]] = field(default_factory=set)
    _followed: set[int] = field(default_factory=set)
    _owed: dict[int, NoteSubject] = field(default_factory=dict)
    _last_word: dict[int, float] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def mark(self, changed: Iterable[Subject], *, inserted_at: dt.datetime) -> None:
        """Note that these note days have new facts, stored in full at `inserted_at`."""
        self.changed.update(changed)
        self.latest = max(self.latest, to_micros(inserted_at))
        self._wake.set()

    async def run(self, *, ready: asyncio.Event) -> None:
        """Wait until the warehouse has read what the stream held, then keep the figures current.

        Until then a rebuild would show half its figures as if they were all.
        """
        await either(ready, self.stopping)
        await self._recover()
        while not (self.stopping.is_set() and not self.changed):
            worked = await self._pass()
            if worked is None and self.stopping.is_set():
                return
            if worked is None:
                await self._pause(RETRY_SECONDS)
            elif self.is_behind():
                await self._pause(REST_BEHIND)
            else:
                await self._pause(min(max(worked, SHORTEST_REST), LONGEST_REST))

    async def _recover(self) -> None:
        """Find what a crash may have left stored and not counted, or counted and not projected."""
        self._mark = await self._do(lambda: read_mark(self.store))
        since = self._mark.watermark
        self.changed |= await self._do(lambda: find_uncounted(self.store, since=since))
        while not self.stopping.is_set():
            try:
                self._notes |= await self._do(lambda: find_unprojected(self.store))
            except LOST as away:
                log.warning("PostgreSQL is away: %s", away)
                await self._do(forget_dead_connections)
                await self._pause(RETRY_SECONDS)
            else:
                self._wake.set()
                return

    async def _pass(self) -> float | None:
        """Count and project once and return the seconds it took; None when an engine is away."""
        if not self.changed and not self._notes and not self._owed:
            self.on_current()
            self._wake.clear()
            await either(self._wake, self.stopping)
            if not self.changed:
                return 0.0
        began = time.monotonic()
        try:
            await self._roll_up()
            await self._project()
        except LOST as away:
            log.warning("PostgreSQL is away: %s", away)
            await self._do(forget_dead_connections)
            return None
        except ChdbError as refused:
            log.error("the warehouse did not count: %s", refused)
            return None
        return time.monotonic() - began

    async def _roll_up(self) -> None:
        """Count what changed; it stays owed until its cells and the mark are on the disk."""
        if not self.changed:
            return
        taken, latest = frozenset(self.changed), self.latest
        version = max(self._mark.version + 1, to_micros(self.now()))
        mark = Mark(watermark=max(latest, self._mark.watermark), version=version)

        def count() -> None:
            recount(self.store, taken, version=version)
            write_mark(self.store, mark)

        self.changed = set()
        try:
            await self._do(count)
        except BaseException:
            self.changed |= taken
            raise
        self._mark = mark
        self._notes.update((author, note) for author, note, _day in taken if note)
        self._followed.update(author for author, note, _day in taken if author and not note)

    async def _project(self) -> None:
        """Write the figures of counted notes to PostgreSQL and tell their authors."""
        taken, watermark = frozenset(self._notes), from_micros(self._mark.watermark)
        self._owed |= await self._do(lambda: project(self.store, taken, watermark=watermark))
        self._notes -= taken
        words, followed = self._due(time.monotonic()), frozenset(self._followed)
        await self._do(lambda: announce(words, followed=followed))
        self._followed -= followed

    def _due(self, now: float) -> list[NoteSubject]:
        """Return whose turn it is to hear, and remember when."""
        old = now - SECONDS_BETWEEN_WORDS
        self._last_word = {note: at for note, at in self._last_word.items() if at > old}
        due = [note for note_id, note in self._owed.items() if note_id not in self._last_word]
        for note in due:
            del self._owed[note.note_id]
            self._last_word[note.note_id] = now
        return due

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return


def find_unprojected(store: Store) -> set[tuple[int, int]]:
    """Return the (author, note) whose newest figures PostgreSQL may not know."""
    newest = NoteReads.objects.aggregate(newest=Max("watermark"))["newest"]
    return find_notes(store, since=max(0, to_micros(newest - OVERLAP)) if newest else 0)


def project(
    store: Store, notes: Collection[tuple[int, int]], *, watermark: dt.datetime
) -> dict[int, NoteSubject]:
    """Write the figures of these notes and return those that exist, whose authors want to know."""
    if not notes:
        return {}
    figures = count_notes(store, notes, watermark=watermark)
    write_figures(figures)
    return resolve_notes([figure.note_id for figure in figures])


def write_figures(figures: Sequence[NoteFigures]) -> None:
    """Write all figures or none, in one upsert; who goes by valid reads hears of it with them."""
    rows = [
        NoteReads(note_id=figure.note_id, **{name: getattr(figure, name) for name in FIGURES})
        for figure in figures
    ]
    with transaction():
        authors = find_newly_read(figures)
        NoteReads.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["note_id"], update_fields=list(FIGURES)
        )
        tell_counted(authors, now=clock.now())


def find_newly_read(figures: Sequence[NoteFigures]) -> set[int]:
    """Return the authors of the notes whose valid reads are not what PostgreSQL knows."""
    known = dict(
        NoteReads.objects.filter(note_id__in=[figure.note_id for figure in figures]).values_list(
            "note_id", "reads_valid"
        )
    )
    return {
        figure.author_id for figure in figures if figure.reads_valid != known.get(figure.note_id, 0)
    }


def announce(notes: Sequence[NoteSubject], *, followed: Collection[int] = ()) -> None:
    """Tell the authors' open pages which notes have new figures, and whose own figures changed."""
    for author in followed:
        realtime.publish(person_id=author, kind="author.figures", payload={})
    for note in notes:
        realtime.publish(
            person_id=note.author_id, kind="note.reads", payload={"note_id": note.public_id}
        )
    tell_pages({*followed, *(note.author_id for note in notes)})


def close_connections() -> None:
    """Close this thread's PostgreSQL connections."""
    connections.close_all()


async def either(first: asyncio.Event, second: asyncio.Event) -> None:
    """Wait until one of two things has happened."""
    waits = [asyncio.ensure_future(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
