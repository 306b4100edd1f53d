"""What is made for readers who asked for it: their lists, and the model of similar readers."""

import datetime as dt
from typing import Final

from meadow.core.transactions import transaction
from meadow.feed import queries
from meadow.feed.models import PersonalList, ReaderChoice, SimilarModel
from meadow.feed.personal import find_nearby, map_topics, rank_for
from meadow.feed.sources import learn_model

# A list is made anew while its reader reads, at most so often, and kept for sessions that began on it.
LIST_AGE: Final = dt.timedelta(minutes=5)
LISTS_KEPT: Final = dt.timedelta(hours=2)
MODELS_KEPT: Final = 3


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
    model, acts = learn_model(histories.values())
    if not acts:
        return 0
    with transaction():
        SimilarModel.objects.create(
            made_at=now,
            readers=sum(len(notes) > 0 for notes, _ in histories.values()),
            acts=acts,
            note_ids=queries.pack_ids(model.note_ids),
            neighbours=model.neighbours.note.astype("<u2").tobytes(),
            weights=model.neighbours.weight.astype("<f2").tobytes(),
        )
        newest = SimilarModel.objects.order_by("-pk").values_list("pk", flat=True)[:MODELS_KEPT]
        SimilarModel.objects.exclude(pk__in=list(newest)).delete()
    return len(model.note_ids)


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
