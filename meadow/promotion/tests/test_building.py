"""The index is what a count over rows says: nobody in it who did not say yes, or may be under 18."""

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Follow, Person
from meadow.accounts.testing import make_person
from meadow.analytics.histories import HourColumns, ReadColumns
from meadow.core.transactions import umbrella_transaction
from meadow.integrity.models import Case, DetectorRule, TakeBack
from meadow.integrity.queries import subject_of
from meadow.notes.models import Comment, Like, Note, NoteTopic, Save
from meadow.notes.testing import make_comment, make_note, make_topic
from meadow.promotion.models import (
    AdChoice,
    AudienceAnswer,
    AudienceSnapshot,
    SavedAudience,
    UploadedList,
)
from meadow.promotion.queries import communities
from meadow.promotion.queries.audiences import newest_index
from meadow.promotion.services.building import build_audiences, build_if_due
from meadow.promotion.services.choices import choose_promoted
from meadow.promotion.testing import make_list, make_order

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=91)
TOPICS = ("tea", "茶", "walks")


class Warehouse:
    """What pseudonyms read, (note, times), and in which hours they were here, (hour, days)."""

    def __init__(self) -> None:
        self.reads: dict[str, list[int]] = defaultdict(list)
        self.hours: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.asked: list[str] = []

    def list_reads(self, *, pseudonyms: Sequence[str], **_: Any) -> ReadColumns:
        self.asked += pseudonyms
        rows = [
            (place, note, 0) for place, one in enumerate(pseudonyms) for note in self.reads[one]
        ]
        return ReadColumns(*np.array(rows, np.int64).reshape(-1, 3).T)

    def list_active_hours(self, *, pseudonyms: Sequence[str], **_: Any) -> HourColumns:
        rows = [(place, *hour) for place, one in enumerate(pseudonyms) for hour in self.hours[one]]
        return HourColumns(*np.array(rows, np.int64).reshape(-1, 3).T)


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """What is read there analytics/tests/test_histories.py tests."""
    made = Warehouse()
    monkeypatch.setattr(communities, "list_reads", made.list_reads)
    monkeypatch.setattr(communities, "list_active_hours", made.list_active_hours)
    return made


def says_yes(person: Person) -> None:
    choose_promoted(person_id=person.pk, by_interest=True, now=NOW)


def segments_of(index: Any) -> dict[tuple[str, str], set[int]]:
    return {segment: set(people) for segment, people in index.segments.items() if people}


def make_community(chance: random.Random, warehouse: Warehouse) -> None:
    """Fill the tables with a few people who do this and that."""
    people = [
        make_person(
            birth_year=chance.choice([None, 2009, 2008, 2007, 1999, 1970]),
            gender=chance.choice(["", "female", "male"]),
            region=chance.choice(["", "DE", "CN"]),
            is_active=chance.random() > 0.1,
            suspended_at=NOW if chance.random() < 0.15 else None,
        )
        for _ in range(chance.randint(1, 6))
    ]
    for person in people:
        if chance.random() < 0.75:
            AdChoice.objects.create(person=person, by_interest=chance.random() < 0.8, at=NOW)
    notes = [make_note(chance.choice(people).pk, photos=0) for _ in range(4)]
    for name in TOPICS:
        make_topic(name, *chance.sample(notes, chance.randint(0, 4)))
    for person in people:
        for other in people:
            if person != other and chance.random() < 0.4:
                Follow.objects.create(follower=person, followed=other, created_at=NOW)
        for note in notes:
            at = chance.choice([NOW, LONG_AGO])
            if chance.random() < 0.3:
                Like.objects.create(note=note, person=person, created_at=at)
            if chance.random() < 0.2:
                Save.objects.create(note=note, person=person, created_at=at)
            if chance.random() < 0.2:
                make_comment(note, person.pk, now=at)
            if chance.random() < 0.5:
                warehouse.reads[person.pseudonym].append(note.pk)
        for hour in range(3):
            if chance.random() < 0.5:
                warehouse.hours[person.pseudonym].append((hour, chance.randint(1, 3)))


def recount(warehouse: Warehouse) -> tuple[set[int], set[int], dict[tuple[str, str], set[int]]]:
    """Return who is there, who may be targeted and who has which value, person by person."""
    there, targeted = set[int](), set[int]()
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for person in Person.objects.filter(is_active=True, suspended_at=None):
        there.add(person.pk)
        choice = AdChoice.objects.filter(person=person, by_interest=True).exists()
        if not choice or (person.birth_year and NOW.year - person.birth_year <= 18):
            continue
        targeted.add(person.pk)
        if person.birth_year:
            band = {2007: "18-24", 1999: "25-34", 1970: "55-"}[person.birth_year]
            found["age", band].add(person.pk)
        if person.gender:
            found["gender", person.gender].add(person.pk)
        if person.region:
            found["region", person.region].add(person.pk)
        for follow in Follow.objects.filter(follower=person):
            found["fans_of", follow.followed.public_id].add(person.pk)
        taste: Counter[str] = Counter()
        lately = {"created_at": NOW}
        acted = [
            *(one.note for one in Like.objects.filter(person=person, **lately)),
            *(one.note for one in Save.objects.filter(person=person, **lately)),
            *(one.note for one in Comment.objects.filter(author=person, **lately)),
        ]
        for note in acted:
            if note.author_id != person.pk:
                found["engaged_with", note.author.public_id].add(person.pk)
            taste.update(dict.fromkeys(_topics(note), 3))
        for note_id in warehouse.reads[person.pseudonym]:
            taste.update(_topics(Note.objects.get(pk=note_id)))
        for topic, strength in taste.items():
            if strength >= 3:
                found["interest", topic].add(person.pk)
        for hour, days in warehouse.hours[person.pseudonym]:
            if days >= 2:
                found["active_hour", str(hour)].add(person.pk)
    return there, targeted, dict(found)


def _topics(note: Note) -> list[str]:
    return list(NoteTopic.objects.filter(note=note).values_list("topic__slug", flat=True))


class Undo(Exception):
    """Takes back what one example made."""


@pytest.mark.django_db
@settings(max_examples=15)
@given(st.integers(0, 10**9))
def test_the_index_is_what_a_count_over_rows_says(warehouse: Warehouse, seed: int) -> None:
    warehouse.reads.clear()
    warehouse.hours.clear()
    with suppress(Undo), umbrella_transaction():
        make_community(random.Random(seed), warehouse)

        build_audiences(now=NOW)

        index, (there, targeted, segments) = newest_index(), recount(warehouse)
        assert set(index.present) == there
        assert set(index.may_be_targeted) == targeted
        assert segments_of(index) == segments
        raise Undo


@pytest.mark.django_db
def test_nothing_is_even_asked_about_who_did_not_say_yes(warehouse: Warehouse) -> None:
    yes, no, young, unasked = (make_person(birth_year=2000, region="DE") for _ in range(4))
    says_yes(yes)
    choose_promoted(person_id=no.pk, by_interest=False, now=NOW)
    says_yes(young)
    Person.objects.filter(pk=young.pk).update(birth_year=2008)

    index = build_audiences(now=NOW)

    assert set(index.present) == {yes.pk, no.pk, young.pk, unasked.pk}
    assert set(index.may_be_targeted) == {yes.pk}
    assert segments_of(index) == {
        ("age", "25-34"): {yes.pk},
        ("region", "DE"): {yes.pk},
    }
    assert warehouse.asked == [yes.pseudonym]


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
def test_a_yes_taken_back_is_gone_at_the_next_building_and_soon_from_every_snapshot() -> None:
    person = make_person(birth_year=2000, region="DE")
    says_yes(person)
    build_audiences(now=NOW)

    choose_promoted(person_id=person.pk, by_interest=False, now=NOW)
    build_audiences(now=NOW + dt.timedelta(minutes=1))

    assert set(newest_index().present) == {person.pk}
    assert segments_of(newest_index()) == {}
    assert AudienceSnapshot.objects.count() == 2
    build_audiences(now=NOW + dt.timedelta(minutes=16))
    assert AudienceSnapshot.objects.count() == 1
    assert AudienceSnapshot.objects.get().made_at == NOW + dt.timedelta(minutes=16)


@pytest.fixture
def machine() -> Person:
    """Somebody whom a detector took for a machine yesterday."""
    person = make_person(birth_year=2000)
    says_yes(person)
    rule = DetectorRule.objects.order_by("pk").first() or DetectorRule.objects.create(
        detector="clockwork", version=1, parameters={}, created_at=NOW
    )
    Case.objects.create(
        public_id="kmachine",
        subject=subject_of(person.pseudonym),
        signed_in=True,
        rule=rule,
        evidence={},
        window_from=NOW,
        window_to=NOW,
        facts=1,
        judged=b"",
        decided_at=NOW - dt.timedelta(days=1),
    )
    return person


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
def test_who_is_taken_for_a_machine_counts_as_nobody_until_that_is_taken_back(
    machine: Person,
) -> None:
    assert machine.pk not in build_audiences(now=NOW).present

    TakeBack.objects.create(case=Case.objects.get(), operator_id=1, reason="no", taken_back_at=NOW)

    assert machine.pk in build_audiences(now=NOW).may_be_targeted


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
def test_lists_that_live_orders_or_saved_audiences_name_are_in_the_index() -> None:
    buyer = make_person()
    people = [make_person(birth_year=2000) for _ in range(3)]
    for person in people[:2]:
        says_yes(person)
    ordered, saved, old = (make_list(buyer, [one.pk for one in people]) for _ in range(3))
    UploadedList.objects.update(uploaded_at=LONG_AGO)
    make_order(buyer=buyer, now=NOW, audience={"in": "list", "values": [ordered.public_id]})
    SavedAudience.objects.create(
        public_id="d1",
        person=buyer,
        name="x",
        definition={"not": {"in": "list", "values": [saved.public_id]}},
        saved_at=NOW,
    )

    index = build_audiences(now=NOW)

    consenting = {one.pk for one in people[:2]}
    assert segments_of(index) == {
        ("age", "25-34"): consenting,
        ("list", ordered.public_id): consenting,
        ("list", saved.public_id): consenting,
    }
    assert ("list", old.public_id) not in index.segments


@pytest.mark.django_db
def test_people_like_those_on_a_new_list_are_found_and_kept_for_the_day(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meadow.promotion.audiences.lookalike.FEWEST_SEEDS", 5)
    author = make_person()
    tea, walks = make_note(author.pk, photos=0), make_note(author.pk, photos=0)
    make_topic("tea", tea)
    make_topic("walks", walks)
    people = [make_person(birth_year=2000) for _ in range(40)]
    for number, person in enumerate(people):
        says_yes(person)
        warehouse.reads[person.pseudonym] = [tea.pk if number < 14 else walks.pk] * 5
    mine = make_list(author, [one.pk for one in people[:10]])
    UploadedList.objects.update(uploaded_at=NOW)

    index = build_audiences(now=NOW)
    segments = segments_of(index)

    tea_lovers = {one.pk for one in people[10:14]}
    assert segments["look_alike", f"{mine.public_id}:10"] == tea_lovers
    assert segments["look_alike", f"{mine.public_id}:5"] < tea_lovers
    warehouse.reads.clear()
    later = build_audiences(now=NOW + dt.timedelta(hours=1))
    assert segments_of(later)["look_alike", f"{mine.public_id}:10"] == tea_lovers
    tomorrow = build_audiences(now=NOW + dt.timedelta(days=1))
    assert len(tomorrow.of("look_alike", f"{mine.public_id}:10")) == 0
    assert ("look_alike", f"{mine.public_id}:10") in tomorrow.segments


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
def test_few_people_are_built_each_minute_and_what_is_the_same_is_not_kept_again() -> None:
    make_person()
    assert build_if_due(now=NOW)
    first = AudienceSnapshot.objects.get().pk

    assert not build_if_due(now=NOW + dt.timedelta(seconds=40))
    assert build_if_due(now=NOW + dt.timedelta(seconds=60))
    assert AudienceSnapshot.objects.get().pk == first
    AudienceSnapshot.objects.update(people=20_000)
    assert not build_if_due(now=NOW + dt.timedelta(minutes=5))
    assert build_if_due(now=NOW + dt.timedelta(minutes=6))


@pytest.mark.django_db
@pytest.mark.usefixtures("warehouse")
def test_answers_that_no_budget_counts_are_forgotten() -> None:
    buyer = make_person()
    for days in (29, 31):
        AudienceAnswer.objects.create(
            buyer=buyer, question=f"{days}", answer=1, at=NOW - dt.timedelta(days=days)
        )

    build_audiences(now=NOW)

    assert AudienceAnswer.objects.get().question == "29"
