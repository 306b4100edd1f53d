"""Each metric gives one figure whichever way it is read, and says when time alone changes it."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.analytics.models import NoteReads
from meadow.media.testing import make_upload
from meadow.notes.models import NoteTopic, Topic
from meadow.notes.testing import make_note
from meadow.programs.evaluation import (
    EPOCH,
    changes_at,
    read_changes,
    read_columns,
    read_evidence,
    read_values,
)
from meadow.programs.models import Grant, Program, PushedEvidence
from meadow.programs.rules import Rule, from_json

NOW = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MOMENT = dt.timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


def asking(metric: str, operator: str = "==", threshold: int = 1, **params: Any) -> Rule:
    criterion = {"key": "one", "metric": metric, "operator": operator, "threshold": threshold}
    return from_json({"all": [criterion | {"params": params}]})


def figure(person: Person, metric: str, *, at: dt.datetime = NOW, **params: Any) -> int:
    """Return a figure, the same whichever way it is read."""
    rule = asking(metric, **params)
    few = read_values(rule=rule, person_ids=[person.pk], now=at)[person.pk]["one"]
    everybody = read_columns(rule=rule, now=at)
    assert everybody.columns["one"][everybody.ids.tolist().index(person.pk)] == few
    assert read_evidence(rule=rule, person_id=person.pk, now=at)["one"].value == few
    return few


def change(
    person: Person, metric: str, operator: str = "==", threshold: int = 1, **params: Any
) -> dt.datetime | None:
    """Return when time changes a criterion's answer, the same for one and for everybody."""
    rule = asking(metric, operator, threshold, **params)
    one = changes_at(rule=rule, person_id=person.pk, now=NOW)
    everybody = read_changes(rule=rule, person_ids=None, now=NOW)
    found = dict(zip(everybody.ids.tolist(), everybody.values.tolist(), strict=True))
    moment = found.get(person.pk)
    assert one == (None if moment is None else EPOCH + dt.timedelta(microseconds=moment))
    return one


def test_followers_and_following_are_the_counts_of_the_account() -> None:
    person = make_person(follower_count=7, following_count=3)

    assert figure(person, "followers") == 7
    assert figure(person, "following") == 3
    assert change(person, "followers") is None


def test_days_since_joining_fill_to_the_second() -> None:
    person = make_person(joined_at=NOW - 30 * DAY)

    assert figure(person, "account_age_days") == 30
    assert figure(person, "account_age_days", at=NOW - MOMENT) == 29
    assert figure(make_person(joined_at=None), "account_age_days") == 0
    assert figure(make_person(joined_at=NOW + DAY), "account_age_days") == 0


@pytest.mark.parametrize(
    ("operator", "threshold", "after"),
    [
        (">=", 31, DAY),
        (">=", 40, 10 * DAY),
        (">=", 30, None),
        (">", 40, 11 * DAY),
        ("<", 40, 10 * DAY),
        ("<=", 40, 11 * DAY),
        ("<", 30, None),
        ("==", 30, DAY),
        ("==", 40, 10 * DAY),
        ("==", 29, None),
    ],
)
def test_an_age_is_looked_at_again_when_it_decides(
    operator: str, threshold: int, after: dt.timedelta | None
) -> None:
    person = make_person(joined_at=NOW - 30 * DAY)

    expected = None if after is None else NOW + after
    assert change(person, "account_age_days", operator, threshold) == expected


def test_an_age_in_years_counts_once_it_is_surely_full() -> None:
    person = make_person(birth_year=2007)

    assert figure(person, "age_years") == 18
    assert figure(make_person(birth_year=None), "age_years") == 0
    assert change(person, "age_years") == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert change(make_person(birth_year=None), "age_years") is None


def test_a_profile_is_asked_for_its_photo_and_words() -> None:
    bare, full = make_person(), make_person(bio="I grow beans.")
    full.avatar = make_upload(full.pk)
    full.save()

    assert [figure(one, "has_photo") for one in (bare, full)] == [0, 1]
    assert [figure(one, "has_bio") for one in (bare, full)] == [0, 1]


def test_only_the_address_of_the_account_counts_as_confirmed() -> None:
    person = make_person(email="bean@example.org")
    EmailAddress.objects.create(user=person, email="old@example.org", verified=True)
    address = EmailAddress.objects.create(user=person, email="Bean@example.org", verified=False)
    assert figure(person, "email_verified") == 0

    address.verified = True
    address.save()

    assert figure(person, "email_verified") == 1


def test_a_region_is_one_of_those_listed() -> None:
    regions = ["DE", "CN"]

    assert figure(make_person(region="CN"), "region_in", regions=regions) == 1
    assert figure(make_person(region="FR"), "region_in", regions=regions) == 0
    assert figure(make_person(region=""), "region_in", regions=regions) == 0


def test_notes_count_by_window_and_topic() -> None:
    person = make_person()
    tea = Topic.objects.create(slug="tea", name="Tea")
    old = make_note(person.pk, photos=0, now=NOW - 40 * DAY)
    make_note(person.pk, photos=0, now=NOW - 5 * DAY)
    make_note(person.pk, photos=0, published=False, now=NOW - 5 * DAY)
    NoteTopic.objects.create(note=old, topic=tea)

    assert figure(person, "notes_published") == 2
    assert figure(person, "notes_published", within_days=30) == 1
    assert figure(person, "notes_published", topic="tea") == 1
    assert figure(person, "notes_published", topic="tea", within_days=30) == 0


def test_the_next_note_to_leave_says_when_the_figure_changes() -> None:
    person = make_person()
    for age in (20, 5):
        make_note(person.pk, photos=0, now=NOW - age * DAY)

    moment = change(person, "notes_published", ">=", 2, within_days=30)

    assert moment == NOW + 10 * DAY + MOMENT
    assert figure(person, "notes_published", at=moment - MOMENT, within_days=30) == 2
    assert figure(person, "notes_published", at=moment, within_days=30) == 1
    assert change(person, "notes_published", ">=", 2) is None


def test_the_earliest_of_several_changes_counts() -> None:
    person = make_person(joined_at=NOW - 30 * DAY)
    make_note(person.pk, photos=0, now=NOW - 20 * DAY)
    notes = {"metric": "notes_published", "operator": ">=", "threshold": 1}
    age = {"key": "age", "metric": "account_age_days", "operator": ">=", "threshold": 33}
    rule = from_json(
        {
            "all": [
                age,
                {"key": "month", **notes, "params": {"within_days": 30}},
                {"key": "year", **notes, "params": {"within_days": 365}},
            ]
        }
    )

    assert changes_at(rule=rule, person_id=person.pk, now=NOW) == NOW + 3 * DAY


def test_evidence_lists_what_counts_first_and_says_why_the_rest_does_not() -> None:
    person = make_person()
    tea = Topic.objects.create(slug="tea", name="Tea")
    for title, age, reads, topic in (
        ("fresh", 5, 200, True),
        ("leaving", 20, 100, True),
        ("too few", 5, 99, True),
        ("coffee", 5, 500, False),
        ("too old", 31, 900, True),
        ("unread", 1, None, True),
    ):
        note = make_note(person.pk, photos=0, title=title, now=NOW - age * DAY)
        if topic:
            NoteTopic.objects.create(note=note, topic=tea)
        if reads is not None:
            NoteReads.objects.create(
                note_id=note.pk,
                author_id=person.pk,
                reads_raw=reads,
                reads_valid=reads,
                watermark=NOW,
            )
    rule = asking("notes_with_reads", ">", 2, within_days=30, reads_at_least=100, topic="tea")

    evidence = read_evidence(rule=rule, person_id=person.pk, now=NOW)["one"]

    assert [(item.title, item.value, item.reason) for item in evidence.items] == [
        ("leaving", 100, ""),
        ("fresh", 200, ""),
        ("too old", 900, "notes.too_old"),
        ("coffee", 500, "notes.other_topic"),
        ("too few", 99, "notes.too_few_reads"),
        ("unread", 0, "notes.too_few_reads"),
    ]
    assert evidence.value == 2
    assert evidence.items[0].leaves_at == NOW + 10 * DAY
    assert evidence.changes_at == NOW + 10 * DAY + MOMENT
    assert evidence.items[0].url.startswith("/n/n")
    assert (evidence.more, evidence.as_of) == (0, NOW)


def test_a_grant_holds_until_it_is_over_or_revoked() -> None:
    program = Program.objects.order_by("pk").first() or make_program()
    person, other, past = make_person(), make_person(), make_person()
    given = {"program": program, "reason": "A friend of the house", "granted_at": NOW - DAY}
    Grant.objects.create(public_id="g1", person=person, until=NOW + DAY, **given)
    Grant.objects.create(public_id="g2", person=other, revoked_at=NOW, **given)
    Grant.objects.create(public_id="g3", person=past, until=NOW, **given)
    slug = program.slug

    assert [figure(one, "grant", program=slug) for one in (person, other, past)] == [1, 0, 0]
    assert figure(person, "grant", program="another") == 0
    assert change(person, "grant", program=slug) == NOW + DAY
    assert figure(person, "grant", at=NOW + DAY, program=slug) == 0


def test_a_grant_without_end_is_changed_by_no_time() -> None:
    program = Program.objects.order_by("pk").first() or make_program()
    person = make_person()
    Grant.objects.create(
        public_id="g1", program=program, person=person, reason="Founder", granted_at=NOW
    )

    assert figure(person, "grant", program=program.slug) == 1
    assert change(person, "grant", program=program.slug) is None


def make_program() -> Program:
    return Program.objects.create(
        slug="test", capability="test", title={}, summary={}, salt="s", updated_at=NOW
    )


def test_pushed_evidence_counts_until_it_expires() -> None:
    person, late = make_person(), make_person()
    given = {"name": "course", "pushed_at": NOW - DAY, "title": "Light and shade"}
    PushedEvidence.objects.create(person=person, value=80, expires_at=NOW + DAY, **given)
    PushedEvidence.objects.create(person=late, value=90, expires_at=NOW, **given)

    assert figure(person, "evidence", name="course") == 80
    assert figure(person, "evidence", name="another") == 0
    assert figure(late, "evidence", name="course") == 0
    assert change(person, "evidence", ">=", 50, name="course") == NOW + DAY
    assert figure(person, "evidence", at=NOW + DAY, name="course") == 0


def test_everybody_is_read_in_one_statement_a_figure() -> None:
    make_person(follower_count=1)
    follower = {"key": "a", "metric": "followers", "operator": ">", "threshold": 1}
    rule = from_json(
        {
            "any": [
                follower,
                follower | {"key": "b", "threshold": 9},
                {"key": "c", "metric": "notes_published", "operator": ">", "threshold": 1},
            ]
        }
    )

    with CaptureQueriesContext(connection) as few:
        read_values(rule=rule, person_ids=[1, 2, 3], now=NOW)

    assert len(few) == 2


def test_who_left_is_not_among_everybody() -> None:
    gone = make_person(is_active=False, follower_count=9)
    stays = make_person(follower_count=8)

    everybody = read_columns(rule=asking("followers"), now=NOW)

    ids = everybody.ids.tolist()
    assert gone.pk not in ids
    assert everybody.columns["one"][ids.index(stays.pk)] == 8
