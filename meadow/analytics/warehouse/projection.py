"""From the warehouse to PostgreSQL: the figures of changed notes, and word to their authors."""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from django.db import connections
from django.db.models import Max

from meadow.analytics.models import NoteReads
from meadow.analytics.subjects import NoteSubject, resolve_notes
from meadow.analytics.warehouse.rollups import NoteFigures, count_notes, find_changed_notes
from meadow.analytics.warehouse.store import Store
from meadow.core import realtime
from meadow.core.database import LOST, forget_dead_connections
from meadow.core.transactions import transaction

# A pass starts as soon as facts are there, and then rests: four parts rest to one part work.
SHORTEST_REST: Final = 0.05
LONGEST_REST: Final = 1.0
REST_TO_WORK: Final = 4
# An author's page hears of one note at most this often; the last word always comes.
SECONDS_BETWEEN_WORDS: Final = 0.5
RETRY_SECONDS: Final = 0.5
# Nothing stored before the newest watermark less this can be missing from PostgreSQL.
OVERLAP: Final = dt.timedelta(minutes=5)
FIGURES: Final = ("author_id", "reads_raw", "reads_valid", "impressions", "opens", "watermark")

T = TypeVar("T")
log = logging.getLogger("meadow.warehouse.projection")


@dataclass
class Projection:
    """Projects until stopped. What is owed survives in `dirty`, and a crash recomputes it."""

    store: Store
    executor: Executor
    stopping: asyncio.Event
    dirty: set[int] = field(default_factory=set)
    _owed: dict[int, NoteSubject] = field(default_factory=dict)
    _last_word: dict[int, float] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def mark(self, note_ids: Iterable[int]) -> None:
        """Note that these notes have new facts."""
        self.dirty.update(note_ids)
        self._wake.set()

    async def run(self, *, ready: asyncio.Event) -> None:
        """Wait until the warehouse has read what the stream held, then keep PostgreSQL current.

        Until then a rebuild would show half its figures as if they were all.
        """
        await either(ready, self.stopping)
        await self._recover()
        while not (self.stopping.is_set() and not self.dirty):
            worked = await self._pass()
            if worked is None and self.stopping.is_set():
                return
            rest = RETRY_SECONDS if worked is None else worked * REST_TO_WORK
            await self._pause(min(max(rest, SHORTEST_REST), LONGEST_REST))

    async def _recover(self) -> None:
        """Mark what a crash may have left stored and not projected."""
        while not self.stopping.is_set():
            try:
                self.mark(await self._do(lambda: find_unprojected(self.store)))
            except LOST as away:
                log.warning("PostgreSQL is away: %s", away)
                await self._do(forget_dead_connections)
                await self._pause(RETRY_SECONDS)
            else:
                return

    async def _pass(self) -> float | None:
        """Project once and return the seconds it took; None when PostgreSQL is away."""
        if not self.dirty and not self._owed:
            self._wake.clear()
            await either(self._wake, self.stopping)
            if not self.dirty:
                return 0.0
        began = time.monotonic()
        taken, self.dirty = self.dirty, set()
        try:
            self._owed |= await self._do(lambda: project(self.store, taken))
            words = self._due(time.monotonic())
            await self._do(lambda: announce(words))
        except LOST as away:
            self.dirty |= taken
            log.warning("PostgreSQL is away: %s", away)
            await self._do(forget_dead_connections)
            return None
        return time.monotonic() - began

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


def find_unprojected(store: Store) -> set[int]:
    """Return the notes whose newest facts PostgreSQL may not know."""
    newest = NoteReads.objects.aggregate(newest=Max("watermark"))["newest"]
    return find_changed_notes(store, since=newest - OVERLAP if newest else None)


def project(store: Store, note_ids: set[int]) -> dict[int, NoteSubject]:
    """Write the figures of these notes and return those that exist, whose authors want to know."""
    if not note_ids:
        return {}
    figures = count_notes(store, note_ids)
    write_figures(figures)
    return resolve_notes([figure.note_id for figure in figures])


def write_figures(figures: Sequence[NoteFigures]) -> None:
    """Write all figures or none, in one upsert."""
    rows = [
        NoteReads(note_id=figure.note_id, **{name: getattr(figure, name) for name in FIGURES})
        for figure in figures
    ]
    with transaction():
        NoteReads.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["note_id"], update_fields=list(FIGURES)
        )


def announce(notes: Sequence[NoteSubject]) -> None:
    """Tell the authors' open pages which notes have new figures."""
    for note in notes:
        realtime.publish(
            person_id=note.author_id, kind="note.reads", payload={"note_id": note.public_id}
        )


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
