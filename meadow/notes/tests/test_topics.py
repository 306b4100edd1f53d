"""Topics: what stands under them, in which order, for whom, and who follows them."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.pagination import InvalidCursor
from meadow.core.testing import race, together, waiting_jobs
from meadow.notes import errors, limits, queries, services
from meadow.notes.models import Note, NoteTopic, TopicFollow
from meadow.notes.services import topics as following
from meadow.notes.testing import WHEN, make_note, make_topic
from meadow.notes.text import topic_slug

HOUR = dt.timedelta(hours=1)


def ids(topic_id: int, **how: Any) -> Any:
    page = queries.notes_under(topic_id=topic_id, viewer_id=None, **how)
    return [card.id for card in page.items], page.next_cursor


def order(topic_id: int) -> None:
    services.order_topic(topic_id=topic_id, now=WHEN)


@pytest.mark.django_db
def test_best_is_by_likes_and_saves_and_new_by_time_without_a_note_twice() -> None:
    ann = make_person()
    old, liked, saved = (make_note(ann.pk, now=WHEN + n * HOUR) for n in range(3))
    Note.objects.filter(pk=liked.pk).update(like_count=3)
    Note.objects.filter(pk=saved.pk).update(save_count=2)
    topic = make_topic("harbour", old, liked, saved, make_note(ann.pk, published=False))

    order(topic.pk)
    first, more = ids(topic.pk, order="best", length=2)
    # Somebody writes the best of all in between: it stands behind what was there.
    late = make_note(ann.pk, now=WHEN + 5 * HOUR)
    Note.objects.filter(pk=late.pk).update(like_count=9)
    make_topic("harbour", late)
    order(topic.pk)
    second, end = ids(topic.pk, order="best", length=2, cursor=more)

    assert (first, second, end) == ([saved.pk, liked.pk], [old.pk, late.pk], None)
    assert ids(topic.pk, order="best", length=1)[0] == [late.pk]
    assert ids(topic.pk, order="new") == ([late.pk, saved.pk, liked.pk, old.pk], None)
    with pytest.raises(InvalidCursor):
        ids(topic.pk, order="new", cursor=more)


HAPPENINGS = st.tuples(
    st.sampled_from(["like", "write", "rewrite", "withdraw", "order", "page"]),
    st.integers(0, 30),
    st.integers(0, 9),
)


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    begun=st.integers(0, 5),
    ordered=st.booleans(),
    length=st.integers(1, 3),
    acts=st.lists(HAPPENINGS, max_size=12),
)
def test_a_note_that_stands_is_read_once_whatever_happens_meanwhile(
    begun: int, ordered: bool, length: int, acts: list[tuple[str, int, int]]
) -> None:
    author = make_person().pk
    notes = [make_note(author, photos=0, now=WHEN + n * HOUR) for n in range(begun)]
    topic = make_topic(f"sea{author}", *notes)
    stood = {note.pk for note in notes}
    if ordered:
        order(topic.pk)
    read, more = ids(topic.pk, order="best", length=length)

    for act, which, size in [*acts, *[("page", 0, 0)] * 20]:
        if act == "page" and more:
            seen, more = ids(topic.pk, order="best", length=length, cursor=more)
            read += seen
        elif act == "write":
            notes.append(make_note(author, photos=0))
            make_topic(topic.slug, notes[-1])
        elif act == "order":
            order(topic.pk)
        elif notes:
            note = notes[which % len(notes)]
            under = NoteTopic.objects.filter(note=note)
            if act == "like":
                Note.objects.filter(pk=note.pk).update(like_count=size)
            elif act == "withdraw":
                under.delete()
                stood.discard(note.pk)
            elif act == "rewrite":
                # It leaves the topic and comes back, all between two pages.
                under.delete()
                make_topic(topic.slug, note)
                stood.discard(note.pk)

    assert more is None
    assert len(read) == len(set(read))
    assert stood <= set(read)


@pytest.mark.django_db
def test_an_order_is_made_once_after_all_that_happened_and_is_kept_six_hours(
    client: Client,
) -> None:
    ann, bo = make_person(), make_person()
    notes = [make_note(ann.pk, now=WHEN + n * HOUR) for n in range(3)]
    topic = make_topic("sea", *notes)

    for note in notes[:2]:
        services.like_note(public_id=note.public_id, person_id=bo.pk, now=WHEN)
        services.order_topics_of_note(note_id=note.pk)
    assert waiting_jobs("notes.order_topic") == [{"topic_id": topic.pk}]
    assert services.order_missing_topics(now=WHEN) == 1
    assert services.order_missing_topics(now=WHEN) == 0
    best, more = ids(topic.pk, order="best", length=2)
    services.like_note(public_id=notes[2].public_id, person_id=ann.pk, now=WHEN)
    order(topic.pk)
    assert services.forget_old_topic_orders(now=WHEN + 6 * HOUR) == 0
    assert services.forget_old_topic_orders(now=WHEN + 7 * HOUR) == 1

    assert best == [notes[1].pk, notes[0].pk]
    with pytest.raises(errors.TopicOrderGone):
        ids(topic.pk, order="best", cursor=more)
    gone = client.get("/t/sea", {"order": "best", "cursor": more})
    assert gone["Location"] == "/t/sea?order=best"


@pytest.mark.django_db
def test_a_topic_shows_nobody_who_is_behind_a_block() -> None:
    ann, bo = make_person(), make_person()
    topic = make_topic("harbour", make_note(ann.pk))
    block_person(blocker_id=ann.pk, blocked_id=bo.pk, now=WHEN)

    page = queries.notes_under(topic_id=topic.pk, viewer_id=bo.pk, order="best")

    assert page.items == []


@pytest.mark.django_db
def test_related_topics_stand_under_the_same_notes_and_rising_ones_have_most_authors() -> None:
    ann, bo = make_person(), make_person()
    notes = [make_note(one.pk) for one in (ann, bo, ann)]
    sea = make_topic("sea", *notes)
    make_topic("boats", notes[0], notes[1])
    make_topic("fog", notes[2])
    secret = make_note(ann.pk)
    make_topic("diary", secret)
    make_topic("sea", secret)
    Note.objects.filter(pk=secret.pk).update(visibility="private")
    make_topic("inland", make_note(ann.pk, now=WHEN - dt.timedelta(days=8)))

    related = queries.related_topics(topic_id=sea.pk)
    rising = queries.rising_topics(now=WHEN)

    assert [one.slug for one in related] == ["boats", "fog"]
    assert [one.slug for one in rising] == ["sea", "boats", "fog"]
    assert "diary" not in [one.slug for one in queries.largest_topics()]
    with pytest.raises(errors.TopicMissing):
        queries.get_topic(slug="diary", viewer_id=bo.pk)


@pytest.mark.django_db
def test_a_followed_topic_is_followed_once_and_found_whatever_its_case() -> None:
    ann = make_person()
    make_topic("sea", make_note(ann.pk))
    make_topic("fog", make_note(ann.pk))

    for slug in ("SEA", "sea", "fog"):
        services.follow_topic(slug=slug, person_id=ann.pk, now=WHEN)
    followed = [one.slug for one in queries.followed_topics(ann.pk)]
    services.unfollow_topic(slug="fog", person_id=ann.pk, now=WHEN)

    assert followed == ["fog", "sea"]
    assert queries.get_topic(slug="Sea", viewer_id=ann.pk).is_followed
    assert not queries.get_topic(slug="fog", viewer_id=ann.pk).is_followed
    with pytest.raises(errors.TopicMissing):
        services.follow_topic(slug="nothing", person_id=ann.pk, now=WHEN)


def come_and_go() -> tuple[int, int]:
    """Four notes come under a topic while four others leave it; returns its count and its rows."""
    ann = make_person()
    notes = [make_note(ann.pk, body="#sea", published=place > 3) for place in range(8)]
    topic = make_topic("sea", *notes[4:])

    def act(place: int) -> object:
        change = services.publish_note if place < 4 else services.delete_note
        return change(public_id=notes[place].public_id, author_id=ann.pk, now=WHEN)

    faults = [one for one in race(act, runners=8) if isinstance(one, Exception)]
    assert faults == []
    topic.refresh_from_db()
    return topic.note_count, NoteTopic.objects.filter(topic=topic).count()


@pytest.mark.django_db(transaction=True)
def test_a_topic_counts_the_notes_under_it_whoever_comes_and_goes_at_once() -> None:
    assert come_and_go() == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_trigger_what_left_is_counted_still() -> None:
    switch = "ALTER TABLE notes_notetopic {} TRIGGER what_goes_is_counted"
    with connection.cursor() as cursor:
        cursor.execute(switch.format("DISABLE"))
    try:
        assert come_and_go() == (8, 4)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(switch.format("ENABLE"))


def follow_eight() -> int:
    ann = make_person()
    for place in range(8):
        make_topic(f"sea{place}", make_note(ann.pk))
    answers = race(
        lambda place: services.follow_topic(slug=f"sea{place}", person_id=ann.pk, now=WHEN),
        runners=8,
    )
    refused = [one for one in answers if isinstance(one, errors.TooManyTopicsFollowed)]
    assert len(refused) == 8 - TopicFollow.objects.filter(person_id=ann.pk).count()
    return TopicFollow.objects.filter(person_id=ann.pk).count()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_follow_no_more_topics_than_there_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MOST_TOPICS_FOLLOWED", 3)

    assert follow_eight() == 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_too_many_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_TOPICS_FOLLOWED", 3)
    monkeypatch.setattr(following, "LOCK", "SELECT %s")
    follow_all = together(TopicFollow.objects.create, runners=8)
    monkeypatch.setattr(TopicFollow.objects, "create", follow_all)

    assert follow_eight() == 8


@pytest.mark.django_db
def test_the_page_of_a_topic_asks_little_and_leads_to_the_spelling_that_is_kept(
    django_assert_max_num_queries: Any,
) -> None:
    ann, bo = make_person(), make_person()
    make_topic(topic_slug("Café"), *(make_note(ann.pk) for _ in range(24)))
    client = sign_in(bo)
    client.get("/t/café")

    with django_assert_max_num_queries(12):
        answer = client.get("/t/café")
    words = answer.content.decode()

    assert words.count("data-fact-token") == 20
    assert "/t/caf%C3%A9?order=best&amp;cursor=" in words
    assert client.get("/t/CAFÉ")["Location"] == "/t/caf%C3%A9"
    assert client.get("/t/nothing").status_code == 404
    assert client.post("/t/café/follow").status_code == 302
    assert 'aria-pressed="true"' in client.get("/t/café").content.decode()
