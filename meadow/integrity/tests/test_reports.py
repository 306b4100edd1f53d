"""Reports: one inquiry a thing, one report a person, kept as it stood, weighed; one moderator each."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection

from meadow.accounts.models import Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person
from meadow.core.errors import RateLimited
from meadow.core.testing import race
from meadow.integrity.errors import (
    AboutYourself,
    AnsweredAlready,
    ClaimedByAnother,
    DecidedAlready,
    NothingToDecide,
    OwnSubject,
    ReportedAlready,
    SubjectMissing,
    WordsNeeded,
)
from meadow.integrity.models import Action, Inquiry, Report, Snapshot
from meadow.integrity.moderation import acting, queue, reporting
from meadow.integrity.moderation.acting import Statement
from meadow.integrity.moderation.weighing import terms_in_force, weigh
from meadow.integrity.testing import ensure_terms
from meadow.notes.models import Note
from meadow.notes.testing import make_comment, make_note
from meadow.notifications.queries import list_notifications

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
FOUND = Statement(rule="spam", words="The same words under forty notes.")


def report(subject: str, reporter: Person, *, reason: str = "spam", **more: str) -> str:
    given = {"kind": "note", "words": ""} | more
    return reporting.report_subject(
        public_id=subject,
        reporter_id=reporter.pk,
        reason=reason,  # type: ignore[arg-type]
        now=NOW,
        **given,  # type: ignore[arg-type]
    )


def make_reported(*, photos: int = 1) -> tuple[Person, Person, Note, Inquiry]:
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ann.pk, title="Free phones", body="Write to me", photos=photos)
    report(note.public_id, ben)
    return ann, ben, note, Inquiry.objects.get(subject=note.public_id)


def kinds_told(person: Person) -> list[str]:
    return [one.kind for one in list_notifications(person_id=person.pk).items]


def test_reports_of_one_thing_are_one_inquiry_and_each_keeps_what_stood_there() -> None:
    ann, _ben, note, inquiry = make_reported()
    Note.objects.filter(pk=note.pk).update(title="Nothing to see")

    report(note.public_id, make_person("cyd"), reason="scam")

    inquiry.refresh_from_db()
    assert (inquiry.reports, inquiry.author_id, Inquiry.objects.count()) == (2, ann.pk, 1)
    titles = [one.content["title"] for one in Snapshot.objects.order_by("pk")]
    assert titles == ["Free phones", "Nothing to see"]
    assert len(Snapshot.objects.first().content["pictures"]) == 1  # type: ignore[union-attr]


def test_one_person_reports_a_thing_once_while_it_is_open() -> None:
    _ann, ben, note, inquiry = make_reported()

    with pytest.raises(ReportedAlready):
        report(note.public_id, ben, reason="hate")

    inquiry.refresh_from_db()
    assert (inquiry.reports, Report.objects.count()) == (1, 1)


def test_what_is_ones_own_or_not_to_be_seen_cannot_be_reported() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    note, draft = make_note(ann.pk), make_note(ann.pk, published=False)
    comment = make_comment(note, ben.pk)
    block_person(blocker_id=ben.pk, blocked_id=ann.pk, now=NOW)

    with pytest.raises(OwnSubject):
        report(note.public_id, ann)
    with pytest.raises(SubjectMissing):
        report(draft.public_id, ben)
    with pytest.raises(SubjectMissing):
        report(note.public_id, ben)
    with pytest.raises(SubjectMissing):
        report(comment.public_id, ann, kind="comment")
    with pytest.raises(SubjectMissing):
        report("nNobody", ben, kind="person")
    with pytest.raises(WordsNeeded):
        report(ann.public_id, ben, kind="person", reason="other", words="  ")
    assert Inquiry.objects.count() == 0


def test_the_very_same_is_not_reported_again_after_it_was_left() -> None:
    _ann, ben, note, inquiry = make_reported()
    warden = make_person("warden", role="moderator")
    acting.decide(public_id=inquiry.public_id, verdict="dismiss", moderator_id=warden.pk, now=NOW)

    with pytest.raises(AnsweredAlready):
        report(note.public_id, ben)
    Note.objects.filter(pk=note.pk).update(body="Now send money")
    report(note.public_id, ben)

    assert Inquiry.objects.filter(outcome="").count() == 1
    assert kinds_told(ben) == ["integrity.report_answered"]


def test_so_many_reports_an_hour_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reporting.RATES == ("20/hour", "60/day")
    monkeypatch.setattr(reporting, "RATES", ("3/hour", "60/day"))
    ann, ben = make_person("ann"), make_person("ben")
    for _ in range(3):
        report(make_note(ann.pk, photos=0).public_id, ben)

    with pytest.raises(RateLimited):
        report(make_note(ann.pk, photos=0).public_id, ben)

    assert Report.objects.count() == 3


def test_urgency_grows_with_the_reason_with_people_who_are_right_and_with_reach() -> None:
    terms = terms_in_force()

    assert weigh(terms, reasons=["spam"], accuracies=[0.5], reach=0) == 30
    assert weigh(terms, reasons=["spam", "minors"], accuracies=[0.5], reach=0) == 110
    assert weigh(terms, reasons=["spam"], accuracies=[0.5, 1.0], reach=0) == 40
    assert weigh(terms, reasons=["spam"], accuracies=[0.05], reach=999) == 36


def test_an_urgent_report_tells_those_who_keep_order_once() -> None:
    ann, warden = make_person("ann"), make_person("warden", role="moderator")
    note = make_note(ann.pk)

    report(note.public_id, make_person("ben"), reason="self_harm")
    report(note.public_id, make_person("cyd"), reason="minors")

    assert kinds_told(warden) == ["integrity.urgent_report"]
    assert kinds_told(ann) == []


def test_a_claim_keeps_others_out_until_its_time_is_over() -> None:
    _ann, _ben, _note, inquiry = make_reported()
    one, two = make_person("one", role="moderator"), make_person("two", role="moderator")

    until = acting.claim(public_id=inquiry.public_id, moderator_id=one.pk, now=NOW)

    assert until == NOW + dt.timedelta(minutes=15)
    with pytest.raises(ClaimedByAnother):
        acting.claim(public_id=inquiry.public_id, moderator_id=two.pk, now=NOW)
    with pytest.raises(ClaimedByAnother):
        acting.decide(public_id=inquiry.public_id, verdict="dismiss", moderator_id=two.pk, now=NOW)
    with pytest.raises(NothingToDecide):
        acting.take_next(moderator_id=two.pk, now=NOW)
    assert acting.take_next(moderator_id=two.pk, now=until) == inquiry.public_id


def test_nobody_decides_about_themselves() -> None:
    warden, ben = make_person("warden", role="moderator"), make_person("ben")
    report(warden.public_id, ben, kind="person")
    inquiry = Inquiry.objects.get()

    with pytest.raises(AboutYourself):
        acting.decide(
            public_id=inquiry.public_id, verdict="dismiss", moderator_id=warden.pk, now=NOW
        )
    with pytest.raises(NothingToDecide):
        acting.take_next(moderator_id=warden.pk, now=NOW)


def test_a_list_of_reports_takes_the_same_queries_for_one_and_for_eight(
    django_assert_num_queries: object,
) -> None:
    ann, ben = make_person("ann"), make_person("ben")
    for _ in range(8):
        report(make_note(ann.pk, photos=0).public_id, ben)

    with django_assert_num_queries(4):  # type: ignore[operator]
        page = queue.list_inquiries(now=NOW)

    assert len(page.items) == 8


def test_erasing_people_empties_their_words_and_leaves_the_counts() -> None:
    ann, ben, _note, inquiry = make_reported(photos=0)
    warden = make_person("warden", role="moderator")
    acting.decide(
        public_id=inquiry.public_id,
        verdict="hide",
        statement=FOUND,
        moderator_id=warden.pk,
        now=NOW,
    )

    ben.delete()
    ann.delete()

    inquiry.refresh_from_db()
    assert (inquiry.author_id, inquiry.reports, inquiry.outcome) == (None, 1, "hidden")
    assert Report.objects.get().reporter_id is None
    assert [one.content for one in Snapshot.objects.all()] == [{}]
    assert [one.words for one in Action.objects.all()] == [""]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE integrity_action SET rule = 'other'",
        "DELETE FROM integrity_action",
        "UPDATE integrity_report SET reason = 'hate'",
        "UPDATE integrity_snapshot SET content = '{}'",
        "UPDATE integrity_inquiry SET outcome = ''",
        "DELETE FROM integrity_inquiry",
    ],
)
def test_what_was_said_and_done_is_never_changed(statement: str) -> None:
    _ann, _ben, _note, inquiry = make_reported()
    warden = make_person("warden", role="moderator")
    acting.decide(public_id=inquiry.public_id, verdict="dismiss", moderator_id=warden.pk, now=NOW)

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_eight_who_report_at_once_come_to_one_inquiry() -> None:
    ensure_terms()
    note = make_note(make_person("ann").pk)
    people = [make_person() for _ in range(8)]

    race(lambda number: report(note.public_id, people[number]), runners=8)

    assert Inquiry.objects.count() == 1
    assert (Inquiry.objects.get().reports, Report.objects.count()) == (8, 8)


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once() -> None:
    outcomes = race_to_decide()

    assert sorted(type(one).__name__ for one in outcomes) == ["DecidedAlready", "str"]
    assert Action.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_who_decide_at_once_both_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the row is read and not held, and the database's trigger is off."""

    both_have_looked = threading.Barrier(2)

    def look(public_id: str) -> Inquiry:
        found = Inquiry.objects.get(public_id=public_id)
        both_have_looked.wait(timeout=60)
        return found

    monkeypatch.setattr(acting, "_lock", look)

    outcomes = race_to_decide()

    assert Action.objects.count() == 2 or any(isinstance(one, IntegrityError) for one in outcomes)
    assert not any(isinstance(one, DecidedAlready) for one in outcomes)


def race_to_decide() -> list[object]:
    ensure_terms()
    _ann, _ben, _note, inquiry = make_reported()
    wardens = [make_person(role="moderator") for _ in range(2)]
    return list(
        race(
            lambda number: acting.decide(
                public_id=inquiry.public_id,
                verdict="dismiss",
                moderator_id=wardens[number].pk,
                now=NOW,
            ),
            runners=2,
        )
    )


@pytest.mark.django_db(transaction=True)
def test_eight_who_take_the_next_one_get_eight() -> None:
    ensure_terms()
    ann, ben = make_person("ann"), make_person("ben")
    for _ in range(8):
        report(make_note(ann.pk, photos=0).public_id, ben)
    wardens = [make_person(role="moderator") for _ in range(8)]

    taken = race(
        lambda number: acting.take_next(moderator_id=wardens[number].pk, now=NOW), runners=8
    )

    assert len({str(one) for one in taken}) == 8
