"""A reader's own list: who gets one, from what, and that what it says of itself is so."""

import datetime as dt
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Follow, Person
from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.histories import ReadColumns
from meadow.analytics.tokens import seal_token
from meadow.feed import queries, services, ways
from meadow.feed.models import PersonalList, ReaderChoice, SimilarModel
from meadow.feed.queries import explain
from meadow.feed.ranker import FEATURES, VARIETY, contributions, order_with_variety
from meadow.feed.reading import read_hot, read_nearby
from meadow.feed.rules import HOT, PERSONAL
from meadow.feed.similar import Acts, recency, score_notes, train
from meadow.feed.testing import rank_now
from meadow.notes.models import Like, Note, NoteTopic, Topic
from meadow.notes.testing import make_note

NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def no_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the warehouse out: analytics/tests/test_histories.py tests what is read there."""
    nothing = np.empty(0, np.int64)
    monkeypatch.setattr(
        "meadow.feed.queries.readers.list_reads", lambda **_: ReadColumns(nothing, nothing, nothing)
    )


def under(note: Note, name: str) -> None:
    topic, _ = Topic.objects.get_or_create(slug=name, defaults={"name": name})
    NoteTopic.objects.create(note=note, topic=topic)


def notes_under(name: str, count: int, *, authors: list[int] | None = None) -> list[Note]:
    people = authors or [make_person().pk for _ in range(3)]
    made = [make_note(people[number % len(people)], now=NOW) for number in range(count)]
    for note in made:
        under(note, name)
    return made


def like(person: Person, *notes: Note) -> None:
    for note in notes:
        Like.objects.create(note=note, person=person, created_at=NOW)
        Note.objects.filter(pk=note.pk).update(like_count=F("like_count") + 1)


def wanting(handle: str, **fields: Any) -> Person:
    person = make_person(handle, **fields)
    ReaderChoice.objects.create(person=person, personal=True, at=NOW)
    return person


def list_of(person: Person) -> list[int]:
    kept = PersonalList.objects.get(pk=ReaderChoice.objects.get(person=person).list_id)
    return [int(one) for one in queries.unpack_ids(kept.note_ids)]


@pytest.mark.django_db
def test_what_somebody_likes_comes_first_for_them_and_what_they_acted_on_not_at_all(
    no_reads: None,
) -> None:
    cats, dogs = notes_under("cats", 12), notes_under("dogs", 12)
    ann, ben = wanting("ann"), wanting("ben")
    like(ann, *cats[:4])
    like(ben, *dogs[:4])

    assert services.make_lists(now=NOW) == 2

    assert set(list_of(ann)[:4]) <= {note.pk for note in cats[4:]}
    assert set(list_of(ben)[:4]) <= {note.pk for note in dogs[4:]}
    assert not set(list_of(ann)) & {note.pk for note in cats[:4]}


@pytest.mark.django_db
def test_a_list_is_made_for_nobody_who_did_not_ask_or_may_be_under_18(no_reads: None) -> None:
    notes_under("cats", 5)
    make_person("silent")
    wanting("young", birth_year=2008)
    refused = make_person("refused")
    ReaderChoice.objects.create(person=refused, personal=False, at=NOW)

    assert services.make_lists(now=NOW) == 0

    assert not PersonalList.objects.exists()


@pytest.mark.django_db
def test_consent_taken_back_age_and_forgetting_end_the_list(no_reads: None) -> None:
    notes_under("cats", 5)
    people = [wanting(name) for name in ("ann", "ben", "eve")]
    services.make_lists(now=NOW)
    assert PersonalList.objects.count() == 3

    services.choose_feed(person_id=people[0].pk, personal=False, now=NOW)
    Person.objects.filter(pk=people[1].pk).update(birth_year=2010)
    services.end_if_too_young(person_id=people[1].pk, now=NOW)
    services.forget_reader(person_id=people[2].pk, now=NOW)

    assert not PersonalList.objects.exists()
    assert not ReaderChoice.objects.filter(person=people[1]).exists()


@pytest.mark.django_db
def test_who_is_new_gets_the_best_of_many_topics(no_reads: None) -> None:
    for name in ("cats", "dogs", "food", "art"):
        notes_under(name, 10)
    ann = wanting("ann")

    services.make_lists(now=NOW)

    first = NoteTopic.objects.filter(note_id__in=list_of(ann)[:8])
    assert set(first.values_list("topic__name", flat=True)) == {"cats", "dogs", "food", "art"}


@pytest.mark.django_db
def test_hidden_blocked_and_private_notes_are_on_no_page_of_an_own_list(no_reads: None) -> None:
    ann = wanting("ann")
    cats, author = notes_under("cats", 8), make_person("hidden").pk
    by_hidden = notes_under("cats", 2, authors=[author])
    services.hide_author(person_id=ann.pk, handle="hidden", now=NOW)
    services.hide_note(person_id=ann.pk, public_id=cats[0].public_id, now=NOW)
    rank_now(now=NOW)
    services.make_lists(now=NOW)
    Note.objects.filter(pk=cats[1].pk).update(visibility="private")
    personal = ReaderChoice.objects.get(person=ann).list_id

    page = read_hot(viewer_id=ann.pk, cursor="", now=NOW, personal=personal)

    shown = {placed.card.note_id for placed in page.cards}
    assert shown == {note.pk for note in cats[2:]}
    assert not shown & {note.pk for note in by_hidden}


@pytest.mark.django_db
def test_an_own_card_is_explained_by_what_ranked_it_and_to_its_reader_only(
    no_reads: None,
) -> None:
    cats, _dogs = notes_under("cats", 8), notes_under("dogs", 4)
    ann, ben = wanting("ann"), make_person("ben")
    Follow.objects.create(follower=ann, followed_id=cats[7].author_id, created_at=NOW)
    like(ann, *cats[:2])
    services.make_lists(now=NOW)
    kept = PersonalList.objects.get(person=ann)
    weights = queries.personal_weights(queries.newest_personal_rule())
    features = queries.unpack_floats(kept.features, columns=len(FEATURES))
    Like.objects.all().delete()

    for place, note_id in enumerate(list_of(ann)):
        token = seal_token(
            note_id=note_id, author_id=1, surface="hot", now=NOW, personal=kept.pk, way=ways.OWN
        )
        said = explain(token=token, viewer_id=ann.pk, now=NOW)
        points = contributions(features[place], weights)
        assert said.place == place + 1
        assert [part.points for part in said.parts] == pytest.approx(points.tolist())
        assert said.score == pytest.approx(points.sum())
        assert said.by_topic == ("cats" if said.topics == ["cats"] else "")
        assert ("topics" in said.sources) == (said.topics == ["cats"])
    hidden = explain(token=token, viewer_id=ben.pk, now=NOW)
    assert (hidden.kept, hidden.parts, hidden.by_topic) == (False, [], "")


@pytest.mark.django_db
def test_nearby_shows_topics_beside_those_one_reads(no_reads: None) -> None:
    cook = [make_person("cook").pk]
    bread, pasta = notes_under("bread", 4, authors=cook), notes_under("pasta", 4, authors=cook)
    notes_under("chess", 4)
    ann = wanting("ann")
    like(ann, *bread[:3])
    services.make_lists(now=NOW)
    personal = ReaderChoice.objects.get(person=ann).list_id

    page = read_nearby(viewer_id=ann.pk, personal=personal, cursor="", now=NOW)

    assert {placed.card.note_id for placed in page.cards} == {note.pk for note in pasta}
    token = seal_token(
        note_id=pasta[0].pk,
        author_id=1,
        surface="nearby",
        now=NOW,
        personal=personal,
        way=ways.NEAR,
    )
    assert explain(token=token, viewer_id=ann.pk, now=NOW).by_topic == "pasta"


@pytest.mark.django_db
def test_nearby_says_why_it_is_empty() -> None:
    young, undecided, new = (
        make_person("young", birth_year=2012),
        make_person("und"),
        wanting("new"),
    )

    for person, words in (
        (young, "may be under 18"),
        (undecided, "once you ask for a feed of your own"),
        (new, "Nothing is near yet"),
    ):
        assert words in sign_in(person).get("/nearby").content.decode()


@pytest.mark.django_db
def test_readers_who_share_taste_teach_each_other(no_reads: None) -> None:
    notes = notes_under("cats", 6)
    for number in range(6):
        like(wanting(f"fan{number}"), *notes[:3])
        like(wanting(f"other{number}"), *notes[3:])
    ann = wanting("ann")
    like(ann, notes[0], notes[1])

    assert services.learn_similar(now=NOW) == 6
    services.make_lists(now=NOW)

    kept = PersonalList.objects.get(person=ann)
    row = list_of(ann).index(notes[2].pk)
    assert list_of(ann)[0] == notes[2].pk
    assert kept.sources[row] & 4
    assert int(queries.unpack_ids(kept.like_note_ids)[row]) in (notes[0].pk, notes[1].pk)
    assert SimilarModel.objects.get().readers == 13


@pytest.mark.django_db
def test_the_bench_and_the_simulated_day_run_the_rules_that_ship() -> None:
    rule, hot = queries.newest_personal_rule(), queries.newest_rule()

    assert {name: getattr(rule, name) for name in PERSONAL} == PERSONAL
    assert {name: getattr(hot, name) for name in HOT} == HOT


def test_a_model_says_that_notes_read_together_belong_together() -> None:
    reader = np.repeat(np.arange(20), 2)
    note = np.array([[0, 1] if one % 2 else [2, 3] for one in range(20)]).ravel()

    model = train(Acts(reader, note, np.ones(40)), notes=5)
    found, scores, loudest = score_notes(model, history=np.array([0]), strength=recency(1))

    assert found[np.argmax(scores)] == 1
    assert loudest[np.argmax(scores)] == 0


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 4), st.floats(-2, 2)), min_size=1, max_size=40
    )
)
@settings(deadline=None)
def test_each_place_has_the_best_score_left_and_says_what_variety_cost(
    notes: list[tuple[int, int, float]],
) -> None:
    features = np.zeros((len(notes), len(FEATURES)))
    features[:, 0] = [quality for _, _, quality in notes]
    weights = np.zeros(len(FEATURES))
    weights[0], weights[VARIETY] = 1.0, -0.15
    authors, topics = (np.array([one[column] for one in notes]) for column in (0, 1))

    found = order_with_variety(
        features=features, weights=weights, authors=authors, topics=topics, size=len(notes)
    )

    assert sorted(found.places.tolist()) == list(range(len(notes)))
    for step, (place, row) in enumerate(zip(found.places, found.features, strict=True)):
        above = found.places[max(0, step - 8) : step]
        repeats = 2 * (authors[above] == authors[place]).sum()
        repeats += (topics[above] == topics[place]).sum() if topics[place] else 0
        assert row[VARIETY] == repeats
    if len(set(authors.tolist())) == 1 and len(set(topics.tolist())) == 1:
        chosen = features[found.places, 0]
        assert all(a >= b for a, b in pairwise(chosen))
