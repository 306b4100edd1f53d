"""Hiding: gone at every place for everybody but the author, appealed against, and put back."""

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.testing import waiting_jobs
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.errors import ReviewerConcerned
from meadow.decisions.queries import get_decision
from meadow.decisions.reasons import describe
from meadow.decisions.testing import ensure_terms as ensure_appeal_terms
from meadow.integrity.errors import NothingToRestore, StatementNeeded, SubjectMissing
from meadow.integrity.models import Inquiry, Violation
from meadow.integrity.moderation import acting, queue, reporting, subjects
from meadow.integrity.moderation.acting import Statement
from meadow.integrity.testing import make_inquiry
from meadow.media.queries import get_pictures
from meadow.notes.models import Comment, Note
from meadow.notes.queries import list_comments
from meadow.notes.services import delete_comment
from meadow.notes.services import deleting as deletion
from meadow.notes.services.publishing import set_topics
from meadow.notes.testing import make_comment, make_note, make_video_note
from meadow.notifications.queries import list_notifications

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
FOUND = Statement(rule="spam", words="The same words under forty notes.")


def hide(kind: str, public_id: str, reporter: Person, moderator: Person, **more: bool) -> str:
    reporting.report_subject(
        kind=kind,  # type: ignore[arg-type]
        public_id=public_id,
        reporter_id=reporter.pk,
        reason="spam",
        words="",
        now=NOW,
    )
    return acting.decide(
        public_id=Inquiry.objects.get(subject=public_id, outcome="").public_id,
        verdict="hide",
        statement=FOUND,
        moderator_id=moderator.pk,
        now=NOW,
        **more,
    )


def test_a_hidden_note_is_gone_at_every_place_for_everybody_but_its_author() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    warden = make_person("warden", role="moderator")
    note = make_note(ann.pk, title="Free phones", with_files=True)
    upload = note.photos.get().upload_id
    picture = get_pictures([upload])[upload].src

    hide("note", note.public_id, ben, warden)

    author, reader, nobody = sign_in(ann), sign_in(ben), sign_in(make_person("cyd"))
    nobody.logout()
    for client, status in ((author, 200), (reader, 404), (nobody, 404)):
        assert client.get(f"/n/{note.public_id}").status_code == status
        assert client.get(f"/api/v1/notes/{note.public_id}").status_code == status
        assert client.get(picture).status_code == status
    for address in ("/", "/@ann", "/api/v1/feed/hot", "/api/v1/people/ann/notes"):
        assert "Free phones" not in reader.get(address).content.decode()
    assert sign_in(warden).get(picture).status_code == 200
    page = author.get(f"/n/{note.public_id}").content.decode()
    assert f"/hidden/note/{note.public_id}" in page
    assert author.get(f"/api/v1/notes/{note.public_id}").json()["is_hidden"] is True


def test_a_moderator_watches_the_reported_film_also_once_it_is_hidden_and_others_do_not() -> None:
    ann, ben, mod = make_person(), make_person(), make_person(role="moderator")
    note = make_video_note(ann.pk)
    film = f"/media/{note.video.upload.public_id}"
    files = (f"{film}/video.mp4", f"{film}/v360.m4s", f"{film}/captions/en.vtt")

    hide("note", note.public_id, ben, mod)
    page = sign_in(mod).get(f"/operator/reports/{Inquiry.objects.get().public_id}").content.decode()

    assert f'<source src="{film}/video.mp4"' in page
    assert "js/player" in page
    assert [sign_in(mod).get(path).status_code for path in files] == [200] * 3
    assert [sign_in(ben).get(path).status_code for path in files] == [404] * 3


def test_the_author_is_told_opens_the_statement_and_a_granted_appeal_restores() -> None:
    ensure_appeal_terms()
    ann, ben = make_person("ann"), make_person("ben")
    warden = make_person("warden", role="moderator")
    second = make_person("second", role="moderator")
    note = make_note(ann.pk, title="Free phones")

    decision = hide("note", note.public_id, ben, warden, with_violation=True)

    told = [one.kind for one in list_notifications(person_id=ann.pk).items]
    assert told == ["integrity.content_hidden", "integrity.violation_opened"]
    found = get_decision(decision)
    assert found is not None
    assert (found.scope, found.outcome, found.rule_version) == (
        "moderation/note",
        "hidden",
        "community-rules.v1",
    )
    assert found.inputs["automated"] is False
    assert FOUND.words not in str(found.inputs)
    words = describe(found)
    assert [one.value for one in words.inputs][:2] == ["Free phones", FOUND.words]
    address = f"/hidden/note/{note.public_id}"
    assert sign_in(ann).get(address).headers["Location"] == f"/decisions/{decision}"
    assert sign_in(ben).get(address).status_code == 404
    appeal = open_appeal(
        decision=decision,
        person_id=ann.pk,
        words="These are my own phones, and I give them away.",
        now=NOW,
    )
    answer = "We looked again: nothing is sold here."
    with pytest.raises(ReviewerConcerned):
        answer_appeal(
            appeal=appeal.public_id, reviewer_id=warden.pk, upheld=True, words=answer, now=NOW
        )
    assert Note.objects.get().hidden_at == NOW

    answer_appeal(
        appeal=appeal.public_id, reviewer_id=second.pk, upheld=True, words=answer, now=NOW
    )

    assert Note.objects.get().hidden_at is None
    assert Violation.objects.get().closing.reason == "mistaken"
    assert queue.find_hiding(kind="note", public_id=note.public_id) == ""
    assert queue.list_own_reports(person_id=ben.pk).items[0].shown_again


def test_a_refused_appeal_leaves_it_hidden() -> None:
    ensure_appeal_terms()
    ann, ben = make_person("ann"), make_person("ben")
    warden, second = (make_person(name, role="moderator") for name in ("warden", "second"))
    note = make_note(ann.pk)
    decision = hide("note", note.public_id, ben, warden)
    appeal = open_appeal(
        decision=decision, person_id=ann.pk, words="I do not see what is wrong here.", now=NOW
    )

    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=second.pk,
        upheld=False,
        words="It is the same text under forty notes.",
        now=NOW,
    )

    assert Note.objects.get().hidden_at == NOW


def test_a_moderator_takes_a_hiding_back_once() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    warden = make_person("warden", role="moderator")
    note = make_note(ann.pk)
    hide("note", note.public_id, ben, warden)
    inquiry = Inquiry.objects.get().public_id
    why = "I mistook it for another note."

    acting.restore(public_id=inquiry, moderator_id=warden.pk, words=why, now=NOW)

    assert Note.objects.get().hidden_at is None
    assert list_notifications(person_id=ann.pk).items[0].kind == "integrity.content_restored"
    with pytest.raises(NothingToRestore):
        acting.restore(public_id=inquiry, moderator_id=warden.pk, words=why, now=NOW)


def test_a_hidden_comment_is_counted_no_more_and_only_its_author_reads_it() -> None:
    ann, ben, cyd = (make_person(name) for name in ("ann", "ben", "cyd"))
    warden = make_person("warden", role="moderator")
    note = make_note(ann.pk)
    comment = make_comment(note, ben.pk, body="Buy followers here")
    make_comment(note, ann.pk, parent=comment, body="No thanks")

    hide("comment", comment.public_id, ann, warden)

    assert Note.objects.get().comment_count == 1
    (seen,) = list_comments(note_public_id=note.public_id, viewer_id=cyd.pk).items
    assert (seen.body, seen.is_deleted, seen.is_hidden) == ("", True, False)
    (own,) = list_comments(note_public_id=note.public_id, viewer_id=ben.pk).items
    assert (own.body, own.is_deleted, own.is_hidden) == ("Buy followers here", False, True)
    inquiry = Inquiry.objects.get().public_id
    acting.restore(
        public_id=inquiry, moderator_id=warden.pk, words="It was meant as a joke.", now=NOW
    )
    assert Note.objects.get().comment_count == 2


def test_deleting_a_hidden_comment_counts_it_once() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ann.pk)
    comment = make_comment(note, ben.pk)
    hide("comment", comment.public_id, ann, make_person("warden", role="moderator"))

    delete_comment(public_id=comment.public_id, actor_id=ben.pk, now=NOW)

    assert Note.objects.get().comment_count == 0
    assert Comment.objects.get().hidden_at == NOW


def test_a_person_is_warned_with_a_statement() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    warden = make_person("warden", role="moderator")
    reporting.report_subject(
        kind="person", public_id=ann.public_id, reporter_id=ben.pk, reason="hate", words="", now=NOW
    )
    inquiry = Inquiry.objects.get().public_id

    with pytest.raises(StatementNeeded):
        acting.decide(public_id=inquiry, verdict="warn", moderator_id=warden.pk, now=NOW)
    assert Inquiry.objects.get().outcome == ""
    acting.decide(
        public_id=inquiry, verdict="warn", statement=FOUND, moderator_id=warden.pk, now=NOW
    )

    assert Inquiry.objects.get().outcome == "warned"
    assert list_notifications(person_id=ann.pk).items[0].kind == "integrity.content_warned"


def test_the_packages_above_hear_of_what_is_hidden_and_restored() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    warden = make_person("warden", role="moderator")
    note = make_note(ann.pk)

    hide("note", note.public_id, ben, warden)
    acting.restore(
        public_id=Inquiry.objects.get().public_id,
        moderator_id=warden.pk,
        words="I mistook it for another note.",
        now=NOW,
    )

    heard = [job["event"] for job in waiting_jobs("programs.hear_author")]
    assert [(one["public_id"], one["author_id"]) for one in heard] == [(note.public_id, ann.pk)] * 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("held", [True, False], ids=["held", "control: nothing is held"])
def test_a_report_comes_before_the_deletion_or_finds_nothing(
    held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ann.pk)
    owner = subjects.owner_of("note")
    assert owner is not None
    if not held:
        subjects.register("note", replace(owner, lock=None))
    deleting, reported = threading.Event(), threading.Event()
    real = set_topics

    def wait_for_the_report(**given: Any) -> None:
        real(**given)
        deleting.set()
        reported.wait(0.5 if held else 60)

    monkeypatch.setattr("meadow.notes.services.deleting.set_topics", wait_for_the_report)
    refused: list[str] = []

    def report() -> None:
        deleting.wait(60)
        try:
            make_inquiry(note.public_id, reporter_id=ben.pk)
        except SubjectMissing as missing:
            refused.append(missing.code)
        reported.set()
        connections.close_all()

    reader = threading.Thread(target=report)
    reader.start()
    try:
        deletion.delete_note(public_id=note.public_id, author_id=ann.pk, now=NOW)
        reader.join()
    finally:
        subjects.register("note", owner)

    # Without the lock what is being deleted is reported after all.
    assert (len(refused), Inquiry.objects.count()) == ((1, 0) if held else (0, 1))
