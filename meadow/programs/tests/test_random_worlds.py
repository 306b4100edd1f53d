"""In random communities every figure, gap and moment is what a naive recount of the rows gives."""

import datetime as dt
import random
from typing import Any

import pytest

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.analytics.models import NoteReads
from meadow.core.ids import new_id
from meadow.notes.models import Note, NoteTopic, Topic
from meadow.programs.evaluation import (
    EPOCH,
    evaluate,
    evaluate_many,
    read_changes,
    read_columns,
    read_evidence,
    read_values,
)
from meadow.programs.rules import from_json

NOW = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
WINDOW = dt.timedelta(days=30)
SECOND = dt.timedelta(seconds=1)
MOMENT = dt.timedelta(microseconds=1)
NEEDED = 100
RULE = from_json(
    {
        "all": [
            {"key": "followers", "metric": "followers", "operator": ">", "threshold": 5},
            {"key": "age", "metric": "account_age_days", "operator": ">=", "threshold": 30},
            {
                "at_least": 1,
                "of": [
                    {
                        "key": "read",
                        "metric": "notes_with_reads",
                        "operator": ">",
                        "threshold": 2,
                        "params": {"within_days": 30, "reads_at_least": NEEDED},
                    },
                    {
                        "key": "tea",
                        "metric": "notes_published",
                        "operator": ">=",
                        "threshold": 2,
                        "params": {"within_days": 30, "topic": "tea"},
                    },
                ],
            },
        ]
    }
)


def make_world(rolls: random.Random) -> list[Person]:
    """Write people and notes close to every edge: the window, the reads, the thresholds."""
    tea = Topic.objects.create(slug="tea", name="Tea")
    people = [
        make_person(
            follower_count=rolls.choice([4, 5, 6]),
            joined_at=NOW - WINDOW + rolls.choice([-SECOND, dt.timedelta(0), MOMENT, SECOND]),
        )
        for _number in range(25)
    ]
    for person in people:
        for _number in range(rolls.randrange(7)):
            age = WINDOW + rolls.choice([-10 * SECOND, -SECOND, 0 * SECOND, MOMENT, SECOND])
            note = Note.objects.create(
                public_id=new_id("n"),
                author=person,
                state=rolls.choice([Note.State.PUBLISHED, Note.State.PUBLISHED, Note.State.DRAFT]),
                title="A note",
                created_at=NOW - age,
                edited_at=NOW - age,
                published_at=NOW - age,
            )
            if rolls.random() < 0.5:
                NoteTopic.objects.create(note=note, topic=tea)
            if rolls.random() < 0.8:
                NoteReads.objects.create(
                    note_id=note.pk,
                    author_id=person.pk,
                    reads_raw=10 * NEEDED,
                    reads_valid=NEEDED + rolls.choice([-1, 0, 1]),
                    watermark=NOW,
                )
    return people


def recount(person: Person) -> tuple[dict[str, int], list[dt.datetime]]:
    """Return a person's figures, and the moments at which time changes them, row by row."""
    figures = {"followers": person.follower_count, "age": 0, "read": 0, "tea": 0}
    moments = []
    assert person.joined_at is not None
    while person.joined_at + (figures["age"] + 1) * dt.timedelta(days=1) <= NOW:
        figures["age"] += 1
    if figures["age"] < 30:
        moments.append(person.joined_at + 30 * dt.timedelta(days=1))
    for note in Note.objects.filter(author=person, state="published"):
        assert note.published_at is not None
        if NOW - note.published_at > WINDOW:
            continue
        reads = NoteReads.objects.filter(note_id=note.pk).first()
        is_read = reads is not None and reads.reads_valid >= NEEDED
        is_tea = NoteTopic.objects.filter(note=note, topic__slug="tea").exists()
        figures["read"] += is_read
        figures["tea"] += is_tea
        if is_read or is_tea:
            moments.append(note.published_at + WINDOW + MOMENT)
    return figures, moments


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_every_reading_is_the_recount(seed: int) -> None:
    people = make_world(random.Random(seed))

    few = read_values(rule=RULE, person_ids=[person.pk for person in people], now=NOW)
    everybody = read_columns(rule=RULE, now=NOW)
    outcomes = evaluate_many(rule=RULE, columns=everybody.columns)
    changes = read_changes(rule=RULE, person_ids=None, now=NOW)
    moments = dict(zip(changes.ids.tolist(), changes.values.tolist(), strict=True))

    places: dict[int, Any] = {pk: place for place, pk in enumerate(everybody.ids.tolist())}
    answers = set()
    for person in people:
        figures, ends = recount(person)
        outcome = evaluate(rule=RULE, values=figures)
        evidence = read_evidence(rule=RULE, person_id=person.pk, now=NOW)
        assert few[person.pk] == figures
        assert outcomes.outcome(places[person.pk]) == outcome
        assert {key: found.value for key, found in evidence.items()} == figures
        said = moments.get(person.pk)
        expected = min(ends, default=None)
        assert expected == (None if said is None else EPOCH + said * MOMENT)
        answers.add(outcome.met)
    assert answers == {True, False}
