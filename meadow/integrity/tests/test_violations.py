"""Violations: recorded once, told at once, closed once, never changed, emptied when somebody is erased."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.events import get_subscriptions, set_subscriptions
from meadow.core.testing import forget_jobs, race, waiting_jobs
from meadow.core.transactions import transaction
from meadow.integrity import services
from meadow.integrity.errors import (
    AboutYourself,
    ViolationClosedAlready,
    ViolationMissing,
    ViolationRecordedAlready,
)
from meadow.integrity.events import ViolationClosed, ViolationOpened
from meadow.integrity.models import Closing, Violation
from meadow.integrity.queries import (
    count_open,
    get_violation,
    list_violations,
    open_person_ids,
)
from meadow.integrity.rulebook import CLOSINGS, RULES
from meadow.integrity.testing import make_violation
from meadow.notifications.queries import list_notifications

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
WORDS = "The same words under forty notes."


def record(person: Person, moderator: Person, **more: Any) -> str:
    wanted: dict[str, Any] = {"rule": "spam", "words": WORDS, "now": NOW} | more
    return services.open_violation(person_id=person.pk, moderator_id=moderator.pk, **wanted)


def close(public_id: str, moderator: Person, **more: Any) -> None:
    wanted: dict[str, Any] = {"reason": "served", "words": "They are deleted.", "now": NOW} | more
    services.close_violation(public_id=public_id, moderator_id=moderator.pk, **wanted)


def test_what_is_recorded_is_kept_as_it_was_said() -> None:
    ann, warden = make_person("ann"), make_person("warden", role="moderator")

    public_id = record(ann, warden, subject="n123", rule="abuse")

    found = get_violation(public_id=public_id)
    assert found.person is not None
    assert (found.person.handle, found.moderator) == ("ann", "warden")
    assert (found.rule, found.words, found.subject) == ("abuse", WORDS, "n123")
    assert (found.state, found.opened_at, found.closed) == ("open", NOW, None)
    assert public_id.startswith("v")


def test_its_person_is_told_at_once_and_again_when_it_is_closed() -> None:
    ann, warden = make_person(), make_person(role="moderator")

    public_id = record(ann, warden)
    close(public_id, warden, reason="mistaken")

    closed, opened = list_notifications(person_id=ann.pk).items
    assert opened.title == "A violation is on your record: Spam"
    assert closed.title == "A violation on your record is closed: Spam"
    assert closed.body == "It should not have been recorded, and counts for nothing any more."
    assert opened.url == closed.url == f"/settings/record#{public_id}"


def test_the_packages_above_hear_of_both() -> None:
    before = get_subscriptions()
    ann, warden = make_person(), make_person(role="moderator")
    set_subscriptions({ViolationOpened: ["integrity.scan"], ViolationClosed: ["integrity.scan"]})

    try:
        public_id = record(ann, warden)
        close(public_id, warden)
    finally:
        set_subscriptions(before)

    told = {"person_id": ann.pk, "violation_id": public_id, "rule": "spam", "at": NOW.isoformat()}
    assert [job["event"] for job in waiting_jobs("integrity.scan")] == [
        told,
        told | {"reason": "served"},
    ]


def test_nobody_records_or_closes_about_themselves() -> None:
    warden, other = make_person(role="moderator"), make_person(role="moderator")
    public_id = record(warden, other)

    with pytest.raises(AboutYourself):
        record(warden, warden)
    with pytest.raises(AboutYourself):
        close(public_id, warden)

    assert Violation.objects.count() == 1
    assert Closing.objects.count() == 0


def test_the_very_same_is_recorded_again_only_once_it_is_closed() -> None:
    ann, warden = make_person(), make_person(role="moderator")
    first = record(ann, warden)

    with pytest.raises(ViolationRecordedAlready):
        record(ann, warden)
    record(ann, warden, words="Other words, and so another thing.")
    record(make_person(), warden)
    close(first, warden)
    record(ann, warden)

    assert Violation.objects.count() == 4


def test_what_is_not_there_cannot_be_closed() -> None:
    with pytest.raises(ViolationMissing):
        close("vNowhere", make_person())


def test_a_violation_is_closed_once_and_the_first_word_stays() -> None:
    ann, warden = make_person(), make_person(role="moderator")
    public_id = record(ann, warden)
    close(public_id, warden, reason="served", words="They are deleted.")

    with pytest.raises(ViolationClosedAlready):
        close(public_id, warden, reason="mistaken", words="Never mind, it was us.")

    closed = get_violation(public_id=public_id).closed
    assert closed is not None
    assert (closed.reason, closed.words, closed.handle) == (
        "served",
        "They are deleted.",
        warden.handle,
    )
    assert len(list_notifications(person_id=ann.pk).items) == 2


def test_what_is_open_is_counted_the_same_for_a_few_and_for_everybody() -> None:
    clean, once, twice, past = (make_person() for _ in range(4))
    make_violation(once.pk)
    make_violation(once.pk, closed="mistaken")
    make_violation(twice.pk)
    make_violation(twice.pk, rule="abuse")
    make_violation(past.pk, closed="served")

    few = count_open([clean.pk, once.pk, twice.pk, past.pk])
    ids, counts = open_person_ids()

    assert few == {once.pk: 1, twice.pk: 2}
    assert list(ids) == sorted([once.pk, twice.pk])
    assert dict(zip(ids.tolist(), counts.tolist(), strict=True)) == few
    assert (str(ids.dtype), str(counts.dtype)) == ("int64", "int64")
    assert count_open([]) == {}


def test_where_nothing_is_open_the_columns_are_empty() -> None:
    ids, counts = open_person_ids()

    assert (ids.tolist(), counts.tolist()) == ([], [])


def test_a_page_of_violations_takes_as_many_queries_for_one_as_for_twenty() -> None:
    asked = []
    for count in (1, 20):
        for _ in range(count):
            make_violation(make_person().pk, moderator_id=make_person().pk, closed="served")
        with CaptureQueriesContext(connection) as queries:
            list_violations()
        asked.append(len(queries))

    assert asked == [2, 2]


def test_lists_are_cut_by_person_state_and_rule_and_go_on_by_cursor() -> None:
    ann, ben = make_person(), make_person()
    first = make_violation(ann.pk).public_id
    second = make_violation(ann.pk, rule="abuse", closed="served").public_id
    third = make_violation(ben.pk).public_id

    def ids(**wanted: Any) -> list[str]:
        return [one.public_id for one in list_violations(**wanted).items]

    page = list_violations(size=2)
    assert [one.public_id for one in page.items] == [third, second]
    assert ids(cursor=page.next_cursor) == [first]
    assert ids(person_id=ann.pk) == [second, first]
    assert ids(state="open") == [third, first]
    assert ids(state="closed") == [second]
    assert ids(rule="abuse") == [second]


@pytest.mark.parametrize("table", ["integrity_violation", "integrity_closing"])
@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM {}",
        "UPDATE {} SET words = 'Other words than were said.'",
        "UPDATE {} SET words = ''",
        "UPDATE {} SET moderator_id = moderator_id + 1",
    ],
)
def test_a_record_is_never_changed(table: str, act: str) -> None:
    make_violation(make_person().pk, closed="served")

    with (
        pytest.raises(IntegrityError, match="are only added"),
        transaction(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(table))

    assert Closing.objects.get().words == "It is gone, and stays so."
    assert Violation.objects.get().words == WORDS


def test_whoever_is_erased_leaves_a_count_and_no_words() -> None:
    ann, ben = make_person(), make_person()
    gone = make_violation(ann.pk, closed="served", subject="n123")
    stays = make_violation(ben.pk, closed="served")

    ann.delete()

    row = Violation.objects.get(pk=gone.pk)
    assert (row.person_id, row.words, row.subject, row.rule) == (None, "", "", "spam")
    assert Closing.objects.get(violation=gone).words == ""
    assert Closing.objects.get(violation=stays).words == "It is gone, and stays so."
    assert get_violation(public_id=gone.public_id).person is None
    assert count_open([ben.pk]) == {}
    assert open_person_ids()[0].tolist() == []


def test_erasing_changes_nothing_else_in_the_same_statement() -> None:
    make_violation(make_person().pk)

    with (
        pytest.raises(IntegrityError, match="are only added"),
        transaction(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE integrity_violation SET person_id = NULL, rule = 'abuse'")

    assert Violation.objects.get().rule == "spam"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"rule": "jaywalking"}, "violation_rule_is_known"),
        ({"words": "Too short"}, "violation_says_what_happened"),
        ({"subject": "a b"}, "violation_subject_is_an_id"),
    ],
)
def test_the_database_refuses_what_no_form_lets_through(
    fields: dict[str, Any], constraint: str
) -> None:
    ann = make_person()

    with pytest.raises(IntegrityError, match=constraint), transaction():
        make_violation(ann.pk, **fields)


def test_the_database_refuses_a_word_about_oneself_and_a_closing_without_words() -> None:
    ann = make_person()
    violation = make_violation(ann.pk)

    with pytest.raises(IntegrityError, match="nobody_records_about_themselves"), transaction():
        make_violation(ann.pk, moderator_id=ann.pk)
    with pytest.raises(IntegrityError, match="says why"), transaction():
        Closing.objects.create(
            violation=violation, reason="served", words="", moderator_id=0, closed_at=NOW
        )


def test_the_rulebook_and_the_table_know_the_same_rules() -> None:
    ann = make_person()

    for rule in RULES:
        make_violation(ann.pk, rule=rule)
    for reason in CLOSINGS:
        make_violation(ann.pk, closed=reason)

    assert count_open([ann.pk]) == {ann.pk: 10}


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_by_six_at_once_records_once() -> None:
    ann, warden = make_person(), make_person(role="moderator")

    outcomes = race(lambda _: record(ann, warden), runners=6)

    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [ViolationRecordedAlready] * 5
    assert count_open([ann.pk]) == {ann.pk: 1}
    forget_jobs()


@pytest.mark.django_db(transaction=True)
def test_without_its_lock_the_same_race_records_more_than_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "_lock_record", lambda person_id: None)
    ann, warden = make_person(), make_person(role="moderator")

    race(lambda _: record(ann, warden), runners=6)

    assert count_open([ann.pk])[ann.pk] > 1
    forget_jobs()


@pytest.mark.django_db(transaction=True)
def test_closed_by_six_at_once_it_is_closed_once_and_told_once() -> None:
    ann, warden = make_person(), make_person(role="moderator")
    public_id = record(ann, warden)

    outcomes = race(lambda _: close(public_id, warden), runners=6)

    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert [type(one) for one in refused] == [ViolationClosedAlready] * 5
    assert len(list_notifications(person_id=ann.pk).items) == 2
    forget_jobs()


@pytest.mark.django_db(transaction=True)
def test_without_its_lock_the_same_race_is_refused_by_the_database_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unlocked(rows: "QuerySet[Any]", **options: Any) -> "QuerySet[Any]":
        return rows

    ann, warden = make_person(), make_person(role="moderator")
    public_id = record(ann, warden)
    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)

    outcomes = race(lambda _: close(public_id, warden), runners=6)

    assert any(isinstance(one, IntegrityError) for one in outcomes)
    assert Closing.objects.count() == 1
    forget_jobs()
