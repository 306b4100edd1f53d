"""A ranking run over real rows: what goes into the wall and its pool, and the rule as data."""

import datetime as dt

import pytest
from django.db import IntegrityError

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.analytics.models import NoteReads
from meadow.core.transactions import savepoint, transaction
from meadow.feed import queries, services
from meadow.feed.models import Newcomer, RankingRule, Wall
from meadow.feed.tasks import rank_hot, welcome_note
from meadow.notes.models import Note
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def shown(note: Note, *, impressions: int, reads: int = 0) -> None:
    NoteReads.objects.create(
        note_id=note.pk,
        author_id=note.author_id,
        reads_raw=reads,
        reads_valid=reads,
        impressions=impressions,
        opens=reads,
        watermark=NOW,
    )


def ranked(version: int) -> list[int]:
    return list(queries.unpack_ids(Wall.objects.get(pk=version).note_ids).tolist())


def pooled(version: int) -> list[int]:
    return list(queries.unpack_ids(Wall.objects.get(pk=version).pool_ids).tolist())


def test_only_published_notes_of_active_people_are_ranked() -> None:
    ann, gone = make_person("ann"), make_person("gone")
    kept = make_note(ann.pk, now=NOW)
    make_note(ann.pk, published=False, now=NOW)
    deleted = make_note(ann.pk, now=NOW)
    make_note(gone.pk, now=NOW)
    Note.objects.filter(pk=deleted.pk).update(state="deleted", deleted_at=NOW)
    Person.objects.filter(pk=gone.pk).update(is_active=False)

    assert ranked(services.rank_hot(now=NOW)) == [kept.pk]


def test_a_note_people_pass_by_falls_behind_one_they_like() -> None:
    author = make_person().pk
    passed_by, liked, unknown = (make_note(author, now=NOW) for _ in range(3))
    shown(passed_by, impressions=5000)
    shown(liked, impressions=5000, reads=2500)
    Note.objects.filter(pk=liked.pk).update(like_count=900)

    assert ranked(services.rank_hot(now=NOW)) == [liked.pk, unknown.pk, passed_by.pk]


def test_the_pool_holds_young_notes_shown_little_those_shown_least_first() -> None:
    author = make_person().pk
    seen, little, never = (make_note(author, now=NOW) for _ in range(3))
    make_note(author, now=NOW - dt.timedelta(days=8))
    shown(seen, impressions=100)
    shown(little, impressions=99)

    assert pooled(services.rank_hot(now=NOW)) == [never.pk, little.pk]


def test_an_empty_community_has_an_empty_wall() -> None:
    version = services.rank_hot(now=NOW)

    assert (ranked(version), pooled(version)) == ([], [])


def test_the_newest_rule_decides_and_the_wall_remembers_which() -> None:
    old = RankingRule.objects.get(version=1)
    RankingRule.objects.create(
        **{
            field.name: getattr(old, field.name)
            for field in RankingRule._meta.fields
            if field.name not in {"id", "version", "wall_size"}
        },
        version=2,
        wall_size=2,
    )
    author = make_person().pk
    for _ in range(4):
        make_note(author, now=NOW)

    version = services.rank_hot(now=NOW)

    assert len(ranked(version)) == 2
    assert Wall.objects.get(pk=version).rule.version == 2


def test_a_rule_that_never_decays_is_refused_by_the_database() -> None:
    with transaction(), pytest.raises(IntegrityError), savepoint():
        RankingRule.objects.filter(version=1).update(half_life_hours=0)


def test_a_rule_that_only_explores_is_refused_by_the_database() -> None:
    with transaction(), pytest.raises(IntegrityError), savepoint():
        RankingRule.objects.filter(version=1).update(explore_every=1)


def test_newcomers_of_long_ago_are_dropped_with_the_next_ranking() -> None:
    services.welcome_note(note_id=1, author_id=1, now=NOW - dt.timedelta(hours=3, seconds=1))
    services.welcome_note(note_id=2, author_id=1, now=NOW - dt.timedelta(hours=2))

    services.rank_hot(now=NOW)

    assert list(Newcomer.objects.values_list("note_id", flat=True)) == [2]


def test_the_tasks_rank_and_welcome() -> None:
    note = make_note(make_person().pk, now=NOW)

    rank_hot(timestamp=0)
    welcome_note(
        event={
            "note_id": note.pk,
            "note_public_id": note.public_id,
            "author_id": note.author_id,
            "published_at": NOW.isoformat(),
        }
    )

    assert Wall.objects.count() == 1
    assert Newcomer.objects.get().note_id == note.pk
