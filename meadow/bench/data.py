"""The community that `meadow bench feed` measures: 100,000 notes with photos, readers and likes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

AUTHORS = 5_000
READERS = 200
BATCH = 5_000
LABELS = ["w320", "w640", "w1080"]
# As long as the blurred placeholders that uploads really get.
PLACEHOLDER = "data:image/webp;base64," + "UklGRh4AAABXRUJQVlA4" * 12
TITLES = [
    "A quiet morning",
    "坡上的咖啡",
    "Linen and light",
    "First walk in the garden",
    "Ceramic days",
]


@dataclass(frozen=True)
class Community:
    """What was built: `cookies` are signed-in session cookies, one a reader."""

    first_note_id: int
    notes: int
    cookies: list[str]


def build_community(*, notes: int, now: dt.datetime) -> Community:
    """Fill the database of this process with a community and rank it once."""
    from meadow.feed.services import rank_hot

    people = _add_people(AUTHORS + READERS, now=now)
    authors, readers = people[:AUTHORS], people[AUTHORS:]
    first = _add_notes(notes, authors=authors, readers=readers, now=now)
    rank_hot(now=now)
    return Community(
        first_note_id=first, notes=notes, cookies=[sign_in(person) for person in readers]
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


# Written by PostgreSQL itself: 100,000 model instances take a minute, this takes seconds. Ages run over
# 180 days, more of them young; likes have a heavy tail (Pareto, 1.2), as communities have them.
_NOTES = """
INSERT INTO notes_note (public_id, author_id, state, title, body, language, created_at, edited_at,
                        published_at, like_count, save_count, comment_count)
SELECT 'n' || substr(md5('note' || g), 1, 14), author, 'published', title, 'A few words about it.',
       'en', at, at, at, likes, likes / 3, likes / 5
FROM (SELECT g,
             (%(authors)s::bigint[])[1 + floor(random() * cardinality(%(authors)s::bigint[]))] AS author,
             (%(titles)s::text[])[1 + g %% cardinality(%(titles)s::text[])] || ' ' || g AS title,
             %(now)s - interval '180 days' * power(random(), 2) AS at,
             least(100000, floor(power(1 - random(), -1 / 1.2)) - 1)::int AS likes
      FROM generate_series(1, %(count)s) g) made
"""
_UPLOADS = """
INSERT INTO media_upload (public_id, owner_id, purpose, state, progress, error_code, source_bytes,
                          width, height, placeholder, labels, attached_at, created_at)
SELECT 'u' || substr(md5('upload' || id), 1, 14), author_id, 'note_photo', 'ready', 100, '', 2000000,
       1080, (ARRAY[810, 1080, 1350, 1440])[1 + id %% 4], %(placeholder)s, %(labels)s, created_at, created_at
FROM notes_note
"""
_PHOTOS = """
INSERT INTO notes_notephoto (note_id, upload_id, position, description)
SELECT n.id, u.id, 0, ''
FROM notes_note n JOIN media_upload u ON u.public_id = 'u' || substr(md5('upload' || n.id), 1, 14)
"""
_READS = """
INSERT INTO analytics_notereads (note_id, author_id, reads_raw, reads_valid, impressions, opens, watermark)
SELECT id, author_id, like_count * 3, like_count * 2, shown, like_count * 3, %(now)s
FROM (SELECT *, (like_count * (8 + 32 * random()))::int + floor(random() * 120)::int AS shown
      FROM notes_note) n
"""
_LIKES = """
INSERT INTO notes_like (note_id, person_id, created_at)
SELECT n.id, p.id, %(now)s
FROM unnest(%(readers)s::bigint[]) p (id)
JOIN notes_note n ON (n.id * 7919 + p.id * 104729) %% 500 = 0
"""


def _add_notes(count: int, *, authors: list[int], readers: list[int], now: dt.datetime) -> int:
    from django.db import connection

    values: dict[str, Any] = {
        "count": count,
        "authors": authors,
        "readers": readers,
        "titles": TITLES,
        "placeholder": PLACEHOLDER,
        "labels": LABELS,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.7)")
        for statement in (_NOTES, _UPLOADS, _PHOTOS, _READS, _LIKES, "ANALYZE"):
            cursor.execute(statement, values)
        cursor.execute("SELECT min(id) FROM notes_note")
        return int(cursor.fetchone()[0])


def sign_in(person_id: int) -> str:
    """Return the cookies of a signed-in browser."""
    from allauth.usersessions.models import UserSession
    from django.conf import settings
    from django.test import Client
    from django.utils.crypto import get_random_string

    from meadow.accounts.models import Person

    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    # What signing in through the form notes beside the session; hashing 200 passwords takes minutes.
    UserSession.objects.create(
        user_id=person_id,
        session_key=client.session.session_key,
        ip="127.0.0.1",
        user_agent="meadow-bench",
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    # A browser also hands back the CSRF cookie of its first page.
    csrf = get_random_string(32)
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={csrf}"
