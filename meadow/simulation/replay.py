"""A public interaction log as facts: each item a note, each interaction a read, counted exactly.

Interactions are numbered in the order of the file. Ids and times follow from the numbers, so what
is sent twice is one; how far it came is kept beside, so that a replay that was killed goes on.
"""

import datetime as dt
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from meadow.accounts import bulk as accounts
from meadow.analytics.counting import read_raw_totals, wait_until_projected, wait_until_stored
from meadow.analytics.couriers import Courier
from meadow.analytics.external import pseudonym_of
from meadow.analytics.facts import SUBJECT_IMPORT
from meadow.analytics.imports import import_facts
from meadow.core.bulk import repeat, utc
from meadow.core.ids import derived_id
from meadow.core.transactions import transaction
from meadow.feed.services import rank_hot
from meadow.media import bulk as media
from meadow.notes import bulk as notes
from meadow.simulation.art import draw_picture
from meadow.simulation.errors import NotCounted, SimulationRefused
from meadow.simulation.logs import Log, read_log
from meadow.simulation.recipe import DAY_MS
from meadow.simulation.world import Ints

# The logs have an order but no times. A person's first interaction is on one of 365 days, by their
# place in the file, and the others follow six hours apart.
FIRST_DAY = dt.date(2014, 1, 1)
FIRST_DAYS = 365
APART_MS = 6 * 3_600_000
# So much is sent before how far it came is written down.
STEP_ROWS = 10_000
PICTURES = 8
PATIENCE_SECONDS = 120.0
Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Played:
    """What a replay did: `sent` now, `skipped` because an interrupted one had sent it; and what the
    warehouse counted, with the number of notes whose raw total is not the file's."""

    people: int
    items: int
    interactions: int
    sent: int
    skipped: int
    seconds: float
    counted: int
    differing: int


def replay_log(*, file: Path, source: str, now: dt.datetime, step: Step) -> Played:
    """Play a log and return once it is counted. Running it again changes nothing.

    Raises LogUnreadable, ImportRefused, SimulationRefused, NotCounted, EngineUnavailable or OSError.
    """
    if settings.ENVIRONMENT.production:
        raise SimulationRefused
    log = read_log(file)
    step("notes", 0, 1)
    author_id, note_ids = settle_items(log, source=source, now=now)
    step("notes", 1, 1)
    mark = Path(settings.HOME) / "replays" / f"{source}-{log.digest[:12]}.json"
    began = time.monotonic()
    first = read_mark(mark)
    send(log, source=source, author_id=author_id, note_ids=note_ids, mark=mark, now=now, step=step)
    seconds = time.monotonic() - began
    step("counting", 0, 1)
    if not wait_until_projected(
        author_ids=[author_id], reads=log.interactions, patience=PATIENCE_SECONDS
    ):
        raise NotCounted(seconds=int(PATIENCE_SECONDS))
    totals = read_raw_totals(author_ids=[author_id])
    rank_hot(now=now)
    mark.unlink(missing_ok=True)
    step("counting", 1, 1)
    wanted = np.bincount(log.item, minlength=len(log.items))
    found = np.array([totals.pop(note, 0) for note in note_ids.tolist()], dtype=np.int64)
    return Played(
        people=len(log.people),
        items=len(log.items),
        interactions=log.interactions,
        sent=log.interactions - first,
        skipped=first,
        seconds=seconds,
        counted=int(found.sum()) + sum(totals.values()),
        differing=int((found != wanted).sum()) + len(totals),
    )


def source_name(file: Path) -> str:
    """Return the name of a log: its folder and itself, in plain letters."""
    folder = file.resolve().parent.name
    plain = re.sub(r"[^a-z0-9]+", "-", f"{folder}-{file.stem}".lower()).strip("-")
    return f"replay.{plain}"[:40].rstrip("-.")


def settle_items(log: Log, *, source: str, now: dt.datetime) -> tuple[int, Ints]:
    """Make the author and the notes that are missing, all or none; returns their ids."""
    person = derived_id("p", f"replayed {source}")
    ids = [derived_id("n", f"replayed {source} {item}") for item in log.items]
    with transaction():
        known = accounts.find_people([person])
        author_id = known[person] if person in known else add_author(person, source=source, now=now)
        found = notes.find_ids(ids)
        places = [place for place, one in enumerate(ids) if one not in found]
        if places:
            made = add_items(log, places, ids, author_id=author_id, source=source)
            found |= {ids[place]: one for place, one in zip(places, made.tolist(), strict=True)}
    return author_id, np.array([found[one] for one in ids], dtype=np.int64)


def add_author(public_id: str, *, source: str, now: dt.datetime) -> int:
    """Add the person under whose name the items stand."""
    mark = blake2b(source.encode(), digest_size=4).hexdigest()
    row = {
        "public_id": [public_id],
        "handle": [f"replay_{mark}"],
        "name": [source[:40]],
        "bio": ["The items of a public interaction log, replayed."],
        "language": ["en"],
        "pseudonym": [blake2b(public_id.encode(), digest_size=16).hexdigest()],
        "joined_at": pa.array([now], pa.timestamp("us", "UTC")),
    }
    return int(accounts.add_people(people=pa.table(row))[0])


def add_items(log: Log, places: list[int], ids: list[str], *, author_id: int, source: str) -> Ints:
    """Add the notes of items, published on the day before anybody reads."""
    count = len(places)
    pictures = [media.render_shared(draw_picture(1000 + number)) for number in range(PICTURES)]
    published = utc(np.full(count, first_ms() - DAY_MS) + np.arange(count))
    owners = np.full(count, author_id, dtype=np.int64)
    uploads = media.add_shared_uploads(
        owners=owners,
        pictures=pictures,
        which=np.arange(count) % PICTURES,
        created_at=published,
    )
    rows = {
        "public_id": pa.array([ids[place] for place in places], pa.string()),
        "author_id": pa.array(owners),
        "title": pa.array([f"Item {log.items[place]}"[:60] for place in places], pa.string()),
        "body": repeat(f"An item of the log {source}.", count),
        "language": repeat("en", count),
        "published_at": published,
    }
    return notes.add_notes(
        notes=pa.table(rows), uploads=uploads, description="Hills under a drawn sky"
    )


def send(
    log: Log,
    *,
    source: str,
    author_id: int,
    note_ids: Ints,
    mark: Path,
    now: dt.datetime,
    step: Step,
) -> None:
    """Send what has not been sent, and write down how far it came whenever that is certain."""
    pseudonyms = pa.array([pseudonym_of(source=source, person=one) for one in log.people])
    total, first = log.interactions, read_mark(mark)
    step("interactions", first, total)
    courier = Courier(SUBJECT_IMPORT)
    for start in range(first, total, STEP_ROWS):
        rows = slice(start, min(start + STEP_ROWS, total))
        import_facts(
            source=source,
            table=make_reads(log, rows, pseudonyms, author_id=author_id, note_ids=note_ids),
            now=now,
            courier=courier,
        )
        courier.finish()
        write_mark(mark, rows.stop)
        step("interactions", rows.stop, total)
    if courier.last and not wait_until_stored(sequence=courier.last, patience=PATIENCE_SECONDS):
        raise NotCounted(seconds=int(PATIENCE_SECONDS))


def make_reads(log: Log, rows: slice, pseudonyms: Any, *, author_id: int, note_ids: Ints) -> Any:
    """Return some interactions as reads, organic and signed in."""
    numbers = np.arange(rows.start, rows.stop)
    person = log.person[rows]
    count = len(numbers)
    at = first_ms() + (person % FIRST_DAYS) * DAY_MS + log.place[rows] * APART_MS
    return pa.table(
        {
            "id": pc.binary_join_element_wise(
                f"r{log.digest[:12]}", pa.array(numbers).cast(pa.string()), "-"
            ),
            "kind": repeat("read", count),
            "note_id": pa.array(note_ids[log.item[rows]]),
            "author_id": repeat(author_id, count, pa.int64()),
            "person": pseudonyms.take(pa.array(person)),
            "signed_in": repeat(True, count),
            "surface": repeat("hot", count),
            "ms": repeat(1000, count, pa.int64()),
            "at": utc(at),
        }
    )


def first_ms() -> int:
    """Return when replays begin, in milliseconds since 1970."""
    return (FIRST_DAY - dt.date(1970, 1, 1)).days * DAY_MS


def read_mark(mark: Path) -> int:
    """Return how many interactions an interrupted replay had in the stream for good."""
    try:
        return int(json.loads(mark.read_text())["sent"])
    except FileNotFoundError:
        return 0


def write_mark(mark: Path, sent: int) -> None:
    """Write down how far it came, so that a kill leaves the old word or the new one."""
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = mark.with_suffix(".new")
    fresh.write_text(json.dumps({"sent": sent}))
    os.replace(fresh, mark)
