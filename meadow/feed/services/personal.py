"""What is made for readers who asked for it: their lists, and the model of similar readers."""

import datetime as dt
from typing import Final

import numpy as np

from meadow.core.transactions import transaction
from meadow.feed import queries
from meadow.feed.models import PersonalList, ReaderChoice, SimilarModel
from meadow.feed.personal import find_nearby, map_topics, rank_for
from meadow.feed.similar import Acts, train

# A list is made anew while its reader reads, at most so often, and kept for sessions that began on it.
LIST_AGE: Final = dt.timedelta(minutes=5)
LISTS_KEPT: Final = dt.timedelta(hours=2)
MODELS_KEPT: Final = 3
# What the model may hold: 3,000 notes take some 110 MB while it is made.
MOST_NOTES_LEARNT: Final = 3000
FEWEST_READERS: Final = 2


def make_lists(*, now: dt.datetime) -> int:
    """Rank notes for readers who wait for it; returns how many. Raises EngineUnavailable."""
    forget_lists(now=now)
    waiting = queries.list_waiting(now=now, stale=LIST_AGE)
    if not waiting:
        return 0
    rule = queries.newest_personal_rule()
    weights, limits = queries.personal_weights(rule), queries.limits_of(rule)
    catalogue, model = queries.read_catalogue(now=now), queries.read_model()
    topics = map_topics(catalogue)
    since = now - dt.timedelta(days=rule.history_days)
    made = 0
    for reader in queries.read_readers(people=waiting, since=since, most=rule.history_size):
        ranked = rank_for(
            catalogue, reader, model, weights=weights, limits=limits, size=rule.list_size
        )
        near, near_topics = find_nearby(catalogue, reader, topics, limits)
        with transaction():
            # Whoever took their consent back meanwhile gets none.
            wanted = ReaderChoice.objects.select_for_update().filter(
                person_id=reader.person_id, personal=True
            )
            if not wanted.exists():
                continue
            kept = PersonalList.objects.create(
                person_id=reader.person_id,
                rule=rule,
                made_at=now,
                note_ids=queries.pack_ids(catalogue.note_ids[ranked.places]),
                author_ids=queries.pack_ids(catalogue.author_ids[ranked.places]),
                features=queries.pack_floats(ranked.features),
                sources=ranked.sources.tobytes(),
                like_note_ids=queries.pack_ids(ranked.like_note_ids),
                topic_ids=queries.pack_ids(ranked.topic_ids),
                near_note_ids=queries.pack_ids(catalogue.note_ids[near]),
                near_author_ids=queries.pack_ids(catalogue.author_ids[near]),
                near_topic_ids=queries.pack_ids(near_topics),
            )
            wanted.update(list_id=kept.pk)
        made += 1
    return made


def learn_similar(*, now: dt.datetime) -> int:
    """Learn which notes the same readers like; returns how many notes it knows. Raises EngineUnavailable.

    Only readers who asked for a feed of their own are learnt from, and the notes most of them acted on.
    """
    rule = queries.newest_personal_rule()
    since = now - dt.timedelta(days=rule.history_days)
    histories = queries.read_histories(
        people=queries.list_consenting(now=now), since=since, most=rule.history_size
    )
    known = [(notes, strength) for notes, strength in histories.values() if len(notes)]
    reader = np.repeat(np.arange(len(known)), [len(notes) for notes, _ in known])
    note = np.concatenate([notes for notes, _ in known] or [np.empty(0, np.int64)])
    strength = np.concatenate([each for _, each in known] or [np.empty(0)])
    notes, number, readers = np.unique(note, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(readers >= FEWEST_READERS)
    kept = np.sort(shared[np.argsort(-readers[shared], kind="stable")[:MOST_NOTES_LEARNT]])
    if not len(kept):
        return 0
    renumbered = np.full(len(notes), -1)
    renumbered[kept] = np.arange(len(kept))
    here = renumbered[number] >= 0
    found = train(
        Acts(reader=reader[here], note=renumbered[number][here], strength=strength[here]),
        notes=len(kept),
    )
    with transaction():
        SimilarModel.objects.create(
            made_at=now,
            readers=len(known),
            acts=int(here.sum()),
            note_ids=queries.pack_ids(notes[kept]),
            neighbours=found.note.astype("<i4").tobytes(),
            weights=found.weight.astype("<f4").tobytes(),
        )
        newest = SimilarModel.objects.order_by("-pk").values_list("pk", flat=True)[:MODELS_KEPT]
        SimilarModel.objects.exclude(pk__in=list(newest)).delete()
    return len(kept)


def forget_lists(*, now: dt.datetime) -> None:
    """Drop lists that no session can be on."""
    current = ReaderChoice.objects.filter(personal=True, list_id__gt=0).values("list_id")
    with transaction():
        PersonalList.objects.filter(made_at__lt=now - LISTS_KEPT).exclude(pk__in=current).delete()


def forget_reader(*, person_id: int, now: dt.datetime) -> None:
    """Drop what was made of somebody's reading: it is forgotten."""
    with transaction():
        PersonalList.objects.filter(person_id=person_id).delete()
        ReaderChoice.objects.filter(person_id=person_id).update(list_id=0, at=now)


def end_if_too_young(*, person_id: int, now: dt.datetime) -> None:
    """Take back the choice of somebody who may be under 18, and what was made of their reading."""
    if queries.get_standing(person_id=person_id, now=now).may_choose:
        return
    with transaction():
        PersonalList.objects.filter(person_id=person_id).delete()
        ReaderChoice.objects.filter(person_id=person_id).delete()
