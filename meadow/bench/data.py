"""The community that `meadow bench feed` measures: 100,000 notes with photos, readers and likes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

AUTHORS = 5_000
# So many that the whole bench shows each of them some ten pages: a sitting as readers have them, in which
# nothing comes twice and every page is full.
READERS = 5_000
# One reader in so many has a list of their own, with at most as many notes as the personal rule gives it.
EVERY_OWN, OWN_NOTES = 4, 300
LIKES_EACH = 100
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
    version = rank_hot(now=now)
    _add_own_lists(readers[::EVERY_OWN], version=version, now=now)
    return Community(first_note_id=first, notes=notes, cookies=sign_in_all(readers, now=now))


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
                          width, height, duration_ms, placeholder, labels, attached_at, created_at)
SELECT 'u' || substr(md5('upload' || id), 1, 14), author_id, 'note_photo', 'ready', 100, '', 2000000,
       1080, (ARRAY[810, 1080, 1350, 1440])[1 + id %% 4], 0, %(placeholder)s, %(labels)s, created_at,
       created_at
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
SELECT DISTINCT %(first)s + (p.id * 104729 + g * g * 7919) %% %(count)s, p.id, %(now)s
FROM unnest(%(readers)s::bigint[]) p (id), generate_series(1, %(likes)s) g
"""


def _add_notes(count: int, *, authors: list[int], readers: list[int], now: dt.datetime) -> int:
    from django.db import connection

    values: dict[str, Any] = {
        "count": count,
        "authors": authors,
        "readers": readers,
        "likes": LIKES_EACH,
        "titles": TITLES,
        "placeholder": PLACEHOLDER,
        "labels": LABELS,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.7)")
        cursor.execute(_NOTES, values)
        cursor.execute("SELECT min(id) FROM notes_note")
        first = int(cursor.fetchone()[0])
        for statement in (_UPLOADS, _PHOTOS, _READS, _LIKES, "ANALYZE"):
            cursor.execute(statement, {**values, "first": first})
    return first


_OWN_LISTS = """
WITH made AS (
    INSERT INTO feed_personallist (person_id, rule_id, made_at, note_ids, author_ids, features, sources,
                                   like_note_ids, topic_ids, near_note_ids, near_author_ids, near_topic_ids)
    SELECT reader, rule.id, %(now)s, notes, authors, '', '', '', '', '', '', ''
    FROM unnest(%(readers)s::bigint[], %(notes)s::bytea[], %(authors)s::bytea[]) l (reader, notes, authors),
         (SELECT max(id) AS id FROM feed_personalrule) rule
    RETURNING id, person_id
)
INSERT INTO feed_readerchoice (person_id, personal, list_id, at)
SELECT person_id, true, id, %(now)s FROM made
"""


def _add_own_lists(readers: list[int], *, version: int, now: dt.datetime) -> None:
    """Give readers a list each, drawn from the wall: how lists are made is for `ranking` to measure.

    What is liked by many is on many lists, so places near the top are drawn more often.
    """
    from django.db import connection

    from meadow.feed.queries import pack_ids, read_wall

    wall, chance = read_wall(version=version), np.random.default_rng(7)
    notes, authors = np.array(wall.note_ids), np.array(wall.author_ids)
    drawn = [
        np.unique((len(notes) * chance.random(OWN_NOTES) ** 2).astype(np.int64)) for _ in readers
    ]
    for places in drawn:
        chance.shuffle(places)
    values: dict[str, Any] = {
        "readers": readers,
        "notes": [pack_ids(notes[places]) for places in drawn],
        "authors": [pack_ids(authors[places]) for places in drawn],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OWN_LISTS, values)


def sign_in_all(person_ids: list[int], *, now: dt.datetime) -> list[str]:
    """Return the cookies of signed-in browsers of these people, as `sign_in` makes them, all at once."""
    from allauth.usersessions.models import UserSession
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.models import Session
    from django.utils.crypto import get_random_string

    from meadow.accounts.models import Person
    from meadow.accounts.sessions import SessionStore

    store, keys = SessionStore(), {}
    sessions = []
    for person in Person.objects.filter(pk__in=person_ids):
        keys[person.pk] = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789")
        said = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        sessions.append(
            Session(
                session_key=keys[person.pk],
                session_data=store.encode(said),
                expire_date=now + dt.timedelta(days=1),
            )
        )
    Session.objects.bulk_create(sessions, batch_size=BATCH)
    UserSession.objects.bulk_create(
        (
            UserSession(user_id=pk, session_key=key, ip="127.0.0.1", user_agent="meadow-bench")
            for pk, key in keys.items()
        ),
        batch_size=BATCH,
    )
    name, csrf = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    return [f"{name}={keys[pk]}; {csrf}={get_random_string(32)}" for pk in person_ids]


def sign_in(person_id: int) -> str:
    """Return the cookies of a signed-in browser."""
    from allauth.usersessions.models import UserSession
    from django.conf import settings
    from django.test import Client
    from django.utils.crypto import get_random_string

    from meadow.accounts.models import Person

    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    # What signing in through the form notes beside the session.
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
