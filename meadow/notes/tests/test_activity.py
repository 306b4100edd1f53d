"""What readers do becomes facts: after commit, once each, also when the stream was away for long."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from meadow.accounts.models import Person
from meadow.accounts.services import block_person, follow_person, unfollow_person
from meadow.accounts.testing import WHEN, make_person
from meadow.analytics import services as analytics
from meadow.analytics.facts import Row
from meadow.analytics.models import PendingFact
from meadow.analytics.testing import last_message, read_stream, rows_of
from meadow.core import nats as core_nats
from meadow.core.errors import EngineUnavailable
from meadow.core.testing import forget_jobs, run_jobs
from meadow.core.transactions import umbrella_transaction
from meadow.notes import services, tasks
from meadow.notes.testing import make_note

pytestmark = pytest.mark.django_db(transaction=True)
LATER = WHEN + dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clean(nats: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(analytics, "_stand_back_until", 0.0)
    forget_jobs()
    yield
    forget_jobs()


def told(act: Callable[[], Any]) -> list[Row]:
    """Return the facts that an act leads to once its jobs have run."""
    before = last_message()
    act()
    run_jobs("facts")
    assert PendingFact.objects.count() == 0
    return [fact for batch in read_stream(after=before) for fact in rows_of(batch)]


def test_what_readers_do_with_a_note_becomes_facts() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    who: Any = {"public_id": note.public_id, "person_id": bo.pk}

    def act() -> None:
        services.like_note(**who, now=WHEN)
        services.like_note(**who, now=LATER)
        services.unlike_note(**who, now=LATER)
        services.save_note(**who, now=WHEN)
        services.unsave_note(**who, now=LATER)
        services.add_comment(public_id=note.public_id, author_id=bo.pk, body="Lovely.", now=LATER)

    facts = told(act)

    at, later = (int(when.timestamp() * 1000) for when in (WHEN, LATER))
    assert sorted((fact["kind"], fact["at"]) for fact in facts) == [
        ("comment", later),
        ("like", at),
        ("save", at),
        ("unlike", later),
        ("unsave", later),
    ]
    same = {"note_id": note.pk, "author_id": ann.pk, "person": bo.pseudonym, "signed_in": True}
    same |= {"surface": "note", "provenance": "organic", "reason": "", "nonce": "", "ms": 0}
    for fact in facts:
        assert {name: fact[name] for name in same} == same


def test_acts_on_one_s_own_note_are_invalid() -> None:
    ann = make_person()
    note = make_note(ann.pk)

    facts = told(lambda: services.like_note(public_id=note.public_id, person_id=ann.pk, now=WHEN))

    assert [(fact["provenance"], fact["reason"]) for fact in facts] == [("invalid", "own")]


def test_follows_and_what_ends_them_become_facts_of_who_is_followed() -> None:
    ann, bo = make_person(), make_person()

    def act() -> None:
        follow_person(follower_id=bo.pk, followed_id=ann.pk, now=WHEN)
        unfollow_person(follower_id=bo.pk, followed_id=ann.pk, now=WHEN)
        follow_person(follower_id=bo.pk, followed_id=ann.pk, now=LATER)
        block_person(blocker_id=ann.pk, blocked_id=bo.pk, now=LATER)

    facts = told(act)

    assert sorted(fact["kind"] for fact in facts) == ["follow", "follow", "unfollow", "unfollow"]
    assert {(f["author_id"], f["note_id"], f["person"], f["surface"]) for f in facts} == {
        (ann.pk, 0, bo.pseudonym, "profile")
    }
    assert len({fact["id"] for fact in facts}) == 4


def test_an_act_that_is_undone_with_its_use_case_is_told_to_nobody() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)

    def like_and_fail() -> None:
        with umbrella_transaction():
            services.like_note(public_id=note.public_id, person_id=bo.pk, now=WHEN)
            raise RuntimeError("power cut")

    def undone() -> None:
        with pytest.raises(RuntimeError, match="power cut"):
            like_and_fail()

    assert told(undone) == []


def test_a_job_that_runs_twice_tells_the_same_fact() -> None:
    ann, bo = make_person(), make_person()
    event = {"note_id": 7, "author_id": ann.pk, "person_id": bo.pk, "at": WHEN.isoformat()}

    first = told(lambda: tasks.count_like(event))
    second = told(lambda: tasks.count_like(event))

    assert [fact["id"] for fact in first] == [fact["id"] for fact in second]
    assert len(first) == 1


def test_two_comments_of_one_moment_are_two_facts() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)

    def act() -> None:
        for _ in range(2):
            services.add_comment(public_id=note.public_id, author_id=bo.pk, body="Hm.", now=WHEN)

    assert len({fact["id"] for fact in told(act)}) == 2


@pytest.mark.slow
def test_acts_wait_in_postgresql_while_the_stream_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = make_person()
    note = make_note(ann.pk)
    before = last_message()
    people = [make_person() for _ in range(30)]
    with monkeypatch.context() as away:
        away.setattr(core_nats, "server_url", lambda: "nats://127.0.0.1:1")
        core_nats.reset()
        for person in people:
            services.like_note(public_id=note.public_id, person_id=person.pk, now=WHEN)
        run_jobs("facts")
        waiting = PendingFact.objects.count()
        with pytest.raises(EngineUnavailable):
            analytics.send_activity()
    core_nats.reset()

    sent = analytics.send_activity()

    assert (waiting, sent, PendingFact.objects.count()) == (30, 30, 0)
    (batch,) = read_stream(after=before)
    assert {fact["person"] for fact in rows_of(batch)} == {person.pseudonym for person in people}


def test_killed_between_the_stream_and_the_commit_the_same_ids_are_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, bo = make_person(), make_person()
    before = last_message()
    event = {"note_id": 7, "author_id": ann.pk, "person_id": bo.pk, "at": WHEN.isoformat()}

    def publish_and_die(subject: str, data: bytes) -> None:
        core_nats.jetstream_publish(subject, data)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(analytics, "jetstream_publish", publish_and_die)
        with pytest.raises(KeyboardInterrupt):
            tasks.count_like(event)

    assert analytics.send_activity() == 1

    ids = [fact["id"] for batch in read_stream(after=before) for fact in rows_of(batch)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_somebody_who_is_gone_is_told_of_without_a_name() -> None:
    ann, bo = make_person(), make_person()
    event = {"note_id": 7, "author_id": ann.pk, "person_id": bo.pk, "at": WHEN.isoformat()}
    Person.objects.filter(pk=bo.pk).delete()

    (fact,) = told(lambda: tasks.count_like(event))

    assert fact["person"] == ""
