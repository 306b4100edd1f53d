"""The community that `meadow bench feed` measures: 100,000 notes with photos, readers and likes."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meadow.core.ids import new_id

AUTHORS = 5_000
READERS = 200
BATCH = 5_000
LABELS = ["w320", "w640", "w1080"]
# As long as the blurred placeholders that uploads really get.
PLACEHOLDER = "data:image/webp;base64," + "UklGRh4AAABXRUJQVlA4" * 12
WORDS = ("quiet", "morning", "linen", "坡上", "ceramic", "咖啡", "garden", "walk", "first", "light")


@dataclass(frozen=True)
class Community:
    """What was built: `cookies` are signed-in session cookies, one a reader."""

    first_note_id: int
    notes: int
    cookies: list[str]


def build_community(*, notes: int, now: dt.datetime, seed: int = 7) -> Community:
    """Fill the database of this process with a community and rank it once."""
    from django.db import connection

    from meadow.feed.services import rank_hot

    chance = random.Random(seed)
    people = _add_people(AUTHORS + READERS, now=now)
    note_ids = _add_notes(notes, authors=people[:AUTHORS], now=now, chance=chance)
    readers = people[AUTHORS:]
    _add_likes(readers, note_ids, now=now, chance=chance)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rank_hot(now=now)
    return Community(
        first_note_id=note_ids[0], notes=notes, cookies=[_sign_in(person) for person in readers]
    )


def _add_people(count: int, *, now: dt.datetime) -> list[int]:
    from meadow.accounts.models import Person

    people = Person.objects.bulk_create(
        (
            Person(
                handle=f"person{number}",
                email=f"person{number}@example.com",
                name=f"Person {number}",
                joined_at=now,
            )
            for number in range(count)
        ),
        batch_size=BATCH,
    )
    return [person.pk for person in people]


def _add_notes(
    count: int, *, authors: list[int], now: dt.datetime, chance: random.Random
) -> list[int]:
    from meadow.analytics.models import NoteReads
    from meadow.media.models import Upload
    from meadow.notes.models import Note, NotePhoto

    ids: list[int] = []
    for batch in _batches(count):
        notes = Note.objects.bulk_create(
            _note(chance, author=chance.choice(authors), now=now) for _ in batch
        )
        uploads = Upload.objects.bulk_create(
            Upload(
                public_id=new_id("u"),
                owner_id=note.author_id,
                purpose="note_photo",
                state="ready",
                progress=100,
                source_bytes=2_000_000,
                width=1080,
                height=chance.choice((810, 1080, 1350, 1440)),
                labels=LABELS,
                placeholder=PLACEHOLDER,
                created_at=note.created_at,
            )
            for note in notes
        )
        NotePhoto.objects.bulk_create(
            NotePhoto(note=note, upload=upload, position=0)
            for note, upload in zip(notes, uploads, strict=True)
        )
        NoteReads.objects.bulk_create(_reads(note, now=now, chance=chance) for note in notes)
        ids += [note.pk for note in notes]
    return ids


def _note(chance: random.Random, *, author: int, now: dt.datetime) -> Any:
    from meadow.notes.models import Note

    # Ages over 180 days, more of them young; counts with a heavy tail, as communities have them.
    at = now - dt.timedelta(hours=180 * 24 * chance.random() ** 2)
    likes = int(chance.paretovariate(1.2)) - 1
    return Note(
        public_id=new_id("n"),
        author_id=author,
        state="published",
        title=" ".join(chance.sample(WORDS, 4)),
        body="A few words about it.",
        language="en",
        created_at=at,
        edited_at=at,
        published_at=at,
        like_count=min(likes, 100_000),
        save_count=min(likes // 3, 100_000),
        comment_count=min(likes // 5, 100_000),
    )


def _reads(note: Any, *, now: dt.datetime, chance: random.Random) -> Any:
    from meadow.analytics.models import NoteReads

    impressions = int(note.like_count * chance.uniform(8, 40)) + chance.randrange(120)
    reads = min(impressions, note.like_count * 3)
    return NoteReads(
        note_id=note.pk,
        author_id=note.author_id,
        reads_raw=reads,
        reads_valid=reads * 9 // 10,
        impressions=impressions,
        opens=reads,
        watermark=now,
    )


def _add_likes(
    readers: list[int], note_ids: list[int], *, now: dt.datetime, chance: random.Random
) -> None:
    from meadow.notes.models import Like

    Like.objects.bulk_create(
        (
            Like(note_id=note_id, person_id=person_id, created_at=now)
            for person_id in readers
            for note_id in chance.sample(note_ids, 200)
        ),
        batch_size=BATCH,
    )


def _sign_in(person_id: int) -> str:
    from django.conf import settings
    from django.test import Client

    from meadow.accounts.models import Person

    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _batches(count: int) -> Iterator[range]:
    for start in range(0, count, BATCH):
        yield range(start, min(start + BATCH, count))
