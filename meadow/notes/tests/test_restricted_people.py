"""People whom moderation hides or suspends: counts stay exact, writing waits, all comes back."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections
from django.db.models import Count, Q

from meadow.accounts import standing
from meadow.accounts.models import Person
from meadow.accounts.standing import Suspended
from meadow.accounts.testing import make_person, sign_in
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import get_decision
from meadow.decisions.reasons import describe
from meadow.decisions.testing import ensure_terms
from meadow.integrity.errors import CannotBeHidden, DaysUnusable, KeepsOrder
from meadow.integrity.models import Inquiry
from meadow.integrity.moderation import acting, reporting
from meadow.integrity.moderation.acting import Statement, Verdict
from meadow.integrity.moderation.people import end_what_is_over
from meadow.notes.models import Comment, Note, Topic
from meadow.notes.queries import list_comments
from meadow.notes.services import add_comment, change_visibility, publish_note
from meadow.notes.testing import make_comment, make_note, make_topic
from meadow.notifications.queries import list_notifications
from meadow.notifications.services import notify

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
FOUND = Statement(rule="abuse", words="Threats under eleven notes.")


def restrict(person: Person, verdict: Verdict, *, days: int | None = None) -> str:
    reporter = make_person(f"reporter_{Inquiry.objects.count()}")
    moderator = Person.objects.filter(handle="warden").first() or make_person(
        "warden", role="moderator"
    )
    reporting.report_subject(
        kind="person",
        public_id=person.public_id,
        reporter_id=reporter.pk,
        reason="hate",
        words="",
        now=NOW,
    )
    return acting.decide(
        public_id=Inquiry.objects.get(subject=person.public_id, outcome="").public_id,
        verdict=verdict,
        statement=FOUND,
        days=days,
        moderator_id=moderator.pk,
        now=NOW,
    )


def lift(person: Person) -> None:
    acting.restore(
        public_id=Inquiry.objects.filter(subject=person.public_id).latest("pk").public_id,
        moderator_id=Person.objects.get(handle="warden").pk,
        words="Looked at once more.",
        now=NOW + dt.timedelta(hours=1),
    )


def wrong_counts() -> list[object]:
    """Recount topics, comments and replies row by row; returns what differs."""
    notes = Note.objects.filter(
        state="published", visibility="public", hidden_at=None, author__hidden_at=None
    )
    wrong: list[object] = []
    for topic in Topic.objects.all():
        there = notes.filter(topics__topic=topic).count()
        if topic.note_count != there:
            wrong.append((topic.slug, topic.note_count, there))
    standing_under = Count("pk", filter=Q(stands=True))
    for note in Note.objects.all():
        counted = Comment.objects.filter(note=note).aggregate(n=standing_under)["n"]
        if note.comment_count != counted:
            wrong.append((note.public_id, note.comment_count, counted))
    for comment in Comment.objects.filter(parent=None):
        counted = comment.replies.filter(stands=True).count()
        if comment.reply_count != counted:
            wrong.append((comment.public_id, comment.reply_count, counted))
    return wrong


def test_what_they_wrote_leaves_with_them_and_comes_back_counted() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    theirs = make_note(ann.pk, title="By the lake", body="#lake#")
    other = make_note(ben.pk, body="#lake#")
    make_topic("lake", theirs, other)
    first = make_comment(other, ann.pk, body="Where is this?")
    make_comment(other, ben.pk, parent=first)
    make_comment(other, ann.pk, parent=first)

    restrict(ann, "hide")

    other.refresh_from_db()
    assert (other.comment_count, wrong_counts()) == (1, [])
    shown = list_comments(note_public_id=other.public_id, viewer_id=None).items
    assert [(one.body, one.reply_count) for one in shown] == [("", 1)]
    mine = list_comments(note_public_id=other.public_id, viewer_id=ann.pk).items
    assert [(one.body, one.is_deleted) for one in mine] == [("Where is this?", False)]
    reader = sign_in(ben)
    for address in ("/@ann", "/api/v1/people/ann", f"/n/{theirs.public_id}"):
        assert reader.get(address).status_code == 404
    for address in ("/", "/t/lake", "/api/v1/feed/hot"):
        assert "By the lake" not in reader.get(address).content.decode()
    late = add_comment(public_id=other.public_id, author_id=ann.pk, body="I am still here", now=NOW)
    assert (late.stands, wrong_counts()) == (False, [])

    lift(ann)

    other.refresh_from_db()
    assert (other.comment_count, wrong_counts()) == (4, [])
    assert Topic.objects.get(slug="lake").note_count == 2
    assert reader.get("/@ann").status_code == 200


def test_a_suspended_person_writes_nothing_until_the_time_is_over() -> None:
    ann = make_person("ann")
    note, draft = make_note(ann.pk), make_note(ann.pk, published=False)

    decision = restrict(ann, "suspend", days=3)

    for refused in (
        lambda: add_comment(public_id=note.public_id, author_id=ann.pk, body="Hi", now=NOW),
        lambda: publish_note(public_id=draft.public_id, author_id=ann.pk, now=NOW),
        lambda: change_visibility(
            public_id=note.public_id, author_id=ann.pk, visibility="private", now=NOW
        ),
    ):
        with pytest.raises(Suspended):
            refused()
    told = list_notifications(person_id=ann.pk).items[0]
    assert (told.kind, told.url) == ("integrity.person_suspended", f"/decisions/{decision}")
    found = get_decision(decision)
    assert found is not None
    assert (found.scope, found.outcome) == ("moderation/person", "suspended")
    assert "May 5, 2026" in " ".join(one.value for one in describe(found).inputs)
    over = NOW + dt.timedelta(days=3)
    add_comment(public_id=note.public_id, author_id=ann.pk, body="Back", now=over)
    assert (end_what_is_over(now=over - dt.timedelta(seconds=1)), end_what_is_over(now=over)) == (
        0,
        1,
    )
    ann.refresh_from_db()
    assert (ann.suspended_at, ann.suspended_until) == (None, None)
    assert list_notifications(person_id=ann.pk).items[0].kind == "integrity.content_restored"
    assert end_what_is_over(now=over) == 0


def test_a_granted_appeal_lifts_one_restriction_and_leaves_the_other() -> None:
    ensure_terms()
    ann = make_person("ann")
    second = make_person("second", role="moderator")
    restrict(ann, "suspend", days=7)
    barred = restrict(ann, "bar", days=30)
    ann.refresh_from_db()
    assert ann.hidden_until == ann.suspended_until == NOW + dt.timedelta(days=30)
    page = sign_in(ann).get("/").content.decode()
    assert f"/hidden/person/{ann.public_id}" in page

    appeal = open_appeal(
        decision=barred, person_id=ann.pk, words="Those notes were quotations.", now=NOW
    )
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=second.pk,
        upheld=True,
        words="So they were: quotations.",
        now=NOW,
    )

    ann.refresh_from_db()
    assert ann.hidden_at is None
    assert ann.suspended_until == NOW + dt.timedelta(days=7)


def test_who_keeps_order_is_not_restricted_and_notes_are_not_suspended() -> None:
    warden = make_person("other_warden", role="moderator")
    note = make_note(make_person("ann").pk)

    with pytest.raises(KeepsOrder):
        restrict(warden, "suspend")
    with pytest.raises(DaysUnusable):
        restrict(make_person("cyd"), "suspend", days=731)
    reporting.report_subject(
        kind="note",
        public_id=note.public_id,
        reporter_id=warden.pk,
        reason="spam",
        words="",
        now=NOW,
    )
    with pytest.raises(CannotBeHidden):
        acting.decide(
            public_id=Inquiry.objects.get(subject=note.public_id).public_id,
            verdict="bar",
            statement=FOUND,
            moderator_id=Person.objects.get(handle="warden").pk,
            now=NOW,
        )
    assert Inquiry.objects.exclude(outcome="").count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("held", [True, False], ids=["held", "control: nobody waits"])
def test_a_comment_that_races_the_verdict_is_counted_as_it_ends(
    held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ben.pk)
    make_person("warden", role="moderator")
    if not held:
        monkeypatch.setattr("meadow.notes.services.comments.hold_writer", _look_only)
    written = threading.Event()
    decided = threading.Event()
    real = notify

    def wait_for_the_comment(**told: Any) -> None:
        # All is written that the verdict writes, and nothing is committed.
        decided.set()
        written.wait(0.5 if held else 60)
        real(**told)

    monkeypatch.setattr("meadow.integrity.moderation.restricting.notify", wait_for_the_comment)

    def write() -> None:
        decided.wait(60)
        add_comment(public_id=note.public_id, author_id=ann.pk, body="Hi", now=NOW)
        written.set()
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    restrict(ann, "hide")
    writer.join()

    note.refresh_from_db()
    # Without the lock the comment stands though its writer is hidden.
    assert note.comment_count == (0 if held else 1)


def _look_only(person_id: int, *, now: dt.datetime) -> standing.Standing:
    return standing.get_standing(person_id)
