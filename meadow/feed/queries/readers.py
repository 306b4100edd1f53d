"""What the personal ranking knows: what can be shown, who wants a list, and what they did."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from django.db import connection

from meadow.analytics.histories import list_reads
from meadow.feed.models import PersonalRule, SimilarModel
from meadow.feed.queries.choices import ADULT_YEARS
from meadow.feed.queries.walls import (
    Candidates,
    newest_rule,
    read_candidates,
    unpack_ids,
    weights_of,
)
from meadow.feed.ranker import FEATURES
from meadow.feed.ranking import Floats, Ids, community_rate, engagement, score
from meadow.feed.similar import Neighbours
from meadow.feed.sources import NO_MODEL, Catalogue, Limits, Model, Reader
from meadow.notes.queries import listed

# What an act says of a reader's taste; a read is the unit.
READ, LIKE, SAVE = 1.0, 3.0, 3.0
LISTS_AT_ONCE: Final = 500
READERS_LEARNT_FROM: Final = 20_000

_TOPICS = f"""
SELECT t.note_id, t.topic_id FROM notes_notetopic t JOIN notes_note n ON n.id = t.note_id
WHERE {listed()} ORDER BY t.id
"""  # noqa: S608 - fixed parts
# Whoever has no list, and whoever was shown something since theirs was made.
_WAITING = """
SELECT p.id, p.pseudonym FROM feed_readerchoice c JOIN accounts_person p ON p.id = c.person_id
LEFT JOIN feed_personallist l ON l.id = c.list_id
WHERE c.personal AND p.is_active
  AND (p.birth_year IS NULL OR p.birth_year < %(born_before)s)
  AND (l.id IS NULL AND (c.at > %(fresh)s OR EXISTS (
         SELECT 1 FROM feed_served s WHERE s.person_id = p.id AND s.at > %(fresh)s))
       OR l.made_at < %(stale)s AND EXISTS (
         SELECT 1 FROM feed_served s WHERE s.person_id = p.id AND s.at > l.made_at))
ORDER BY l.made_at NULLS FIRST, p.id LIMIT %(size)s
"""
_CONSENTING = """
SELECT p.id, p.pseudonym FROM feed_readerchoice c JOIN accounts_person p ON p.id = c.person_id
WHERE c.personal AND p.is_active AND (p.birth_year IS NULL OR p.birth_year < %(born_before)s)
ORDER BY c.at DESC LIMIT %(size)s
"""
_ACTS = """
SELECT person_id, note_id, extract(epoch FROM created_at)::float8 * 1000, false FROM notes_like
WHERE person_id = ANY(%(people)s) AND created_at > %(since)s
UNION ALL
SELECT person_id, note_id, extract(epoch FROM created_at)::float8 * 1000, true FROM notes_save
WHERE person_id = ANY(%(people)s) AND created_at > %(since)s
"""
_TIES = """
SELECT 'follows', follower_id, followed_id, 1 FROM accounts_follow
WHERE follower_id = ANY(%(people)s)
UNION ALL SELECT 'authors', person_id, author_id, 1 FROM feed_hiddenauthor
WHERE person_id = ANY(%(people)s)
UNION ALL SELECT 'notes', person_id, note_id, 1 FROM feed_hiddennote
WHERE person_id = ANY(%(people)s)
UNION ALL SELECT 'topics', person_id, topic_id, 1 FROM feed_lesstopic
WHERE person_id = ANY(%(people)s)
UNION ALL SELECT 'shown', person_id, note_id, count(*) FROM feed_served, unnest(note_ids) note_id
WHERE person_id = ANY(%(people)s) GROUP BY person_id, note_id
"""


def newest_personal_rule() -> PersonalRule:
    """Return the personal rule in force."""
    return PersonalRule.objects.order_by("-version")[0]


def personal_weights(rule: PersonalRule) -> Floats:
    """Return the weights of a rule, in the order of FEATURES."""
    return np.array([getattr(rule, f"{name}_weight") for name in FEATURES], np.float64)


def limits_of(rule: PersonalRule) -> Limits:
    """Return what a rule lets sources bring."""
    return Limits(
        source_size=rule.source_size,
        source_days=rule.source_days,
        half_life_hours=rule.half_life_hours,
        recency=rule.recency,
    )


def read_catalogue(*, now: dt.datetime) -> Catalogue:
    """Return all that everybody may see, with its standing in Hot."""
    found = read_candidates(now=now)
    with connection.cursor() as cursor:
        cursor.execute(_TOPICS)
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return catalogue_of(found, rows)


def catalogue_of(found: Candidates, topics: Ids) -> Catalogue:
    """Return notes and their topics, as rows of (note, topic), ready for the sources."""
    rule = newest_rule()
    weights = weights_of(rule)
    order = np.argsort(found.note_ids)
    note_ids = found.note_ids[order]
    rate = community_rate(found.counts, weights)
    known = found.counts.impressions + weights.prior_impressions
    own = (engagement(found.counts, weights) + weights.prior_impressions * rate) / known
    places = np.minimum(np.searchsorted(note_ids, topics[:, 0]), max(0, len(note_ids) - 1))
    here = note_ids[places] == topics[:, 0] if len(note_ids) else np.zeros(0, bool)
    return Catalogue(
        note_ids=note_ids,
        author_ids=found.author_ids[order],
        age_hours=found.counts.age_hours[order],
        quality=np.log(own / rate)[order],
        hot=score(found.counts, weights, rate)[order],
        topic_places=places[here],
        topic_ids=topics[:, 1][here],
    )


def list_waiting(*, now: dt.datetime, stale: dt.timedelta) -> list[tuple[int, str]]:
    """Return readers whose list is to be made, with their pseudonyms: at most LISTS_AT_ONCE."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WAITING,
            {
                "born_before": now.year - ADULT_YEARS,
                "fresh": now - dt.timedelta(days=1),
                "stale": now - stale,
                "size": LISTS_AT_ONCE,
            },
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def list_consenting(*, now: dt.datetime) -> list[tuple[int, str]]:
    """Return readers who have a feed of their own: what readers like is learnt from them alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CONSENTING, {"born_before": now.year - ADULT_YEARS, "size": READERS_LEARNT_FROM}
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def read_histories(
    *, people: Sequence[tuple[int, str]], since: dt.datetime, most: int
) -> dict[int, tuple[Ids, Floats]]:
    """Return what each of these people read, liked and saved: notes newest first, and how strongly.

    Raises EngineUnavailable when the warehouse is away.
    """
    ids = [person_id for person_id, _ in people]
    acts: dict[int, dict[int, list[float]]] = {person_id: {} for person_id in ids}

    def add(person_id: int, note_id: int, at: float, strength: float) -> None:
        known = acts[person_id].setdefault(note_id, [at, 0.0])
        known[0], known[1] = max(known[0], at), known[1] + strength

    with connection.cursor() as cursor:
        cursor.execute(_ACTS, {"people": ids, "since": since})
        for person_id, note_id, at, saved in cursor.fetchall():
            add(person_id, note_id, at, SAVE if saved else LIKE)
    if people:
        reads = list_reads(
            pseudonyms=[pseudonym for _, pseudonym in people], since=since, most_each=most
        )
        for place, note_id, at in zip(
            reads.person.tolist(), reads.note_id.tolist(), reads.at_ms.tolist(), strict=True
        ):
            add(ids[place], note_id, float(at), READ)
    histories = {}
    for person_id, notes in acts.items():
        newest = sorted(notes.items(), key=lambda item: (-item[1][0], item[0]))[:most]
        histories[person_id] = (
            np.array([note_id for note_id, _ in newest], np.int64),
            np.log1p(np.array([strength for _, (_, strength) in newest], np.float64)),
        )
    return histories


def read_readers(
    *, people: Sequence[tuple[int, str]], since: dt.datetime, most: int
) -> Iterator[Reader]:
    """Yield what is known of each of these people. Raises EngineUnavailable."""
    histories = read_histories(people=people, since=since, most=most)
    ids = [person_id for person_id, _ in people]
    ties: dict[tuple[str, int], list[Any]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_TIES, {"people": ids})
        for kind, person_id, other, times in cursor.fetchall():
            ties[kind, person_id].append((other, times))

    def of(kind: str, person_id: int) -> Ids:
        return np.array([other for other, _ in ties[kind, person_id]], np.int64)

    for person_id in ids:
        notes, strength = histories[person_id]
        yield Reader(
            person_id=person_id,
            note_ids=notes,
            strength=strength,
            follows=of("follows", person_id),
            hidden_notes=of("notes", person_id),
            hidden_authors=of("authors", person_id),
            less_topics=of("topics", person_id),
            shown_ids=of("shown", person_id),
            shown_times=np.array([times for _, times in ties["shown", person_id]], np.float64),
        )


def read_model() -> Model:
    """Return the newest similar-readers model, one that knows nothing while there is none."""
    kept = SimilarModel.objects.order_by("-pk").first()
    if kept is None:
        return NO_MODEL
    notes = unpack_ids(kept.note_ids)
    count = max(1, len(notes))
    return Model(
        note_ids=notes,
        neighbours=Neighbours(
            note=np.frombuffer(kept.neighbours, "<u2").astype(np.int32).reshape(count, -1),
            weight=np.frombuffer(kept.weights, "<f2").astype(np.float32).reshape(count, -1),
        ),
    )
