"""Block words where people write: refused and named, held until somebody looked, or shown and queued."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.testing import make_person, sign_in
from meadow.integrity.errors import WordsRefused
from meadow.integrity.models import Action, Inquiry
from meadow.integrity.moderation import acting
from meadow.integrity.screening import keeping
from meadow.notes.models import Comment, Note
from meadow.notes.services import add_comment, edit_note, publish_note
from meadow.notes.services.scheduling import publish_scheduled, schedule_note
from meadow.notes.testing import make_comment, make_note
from meadow.notifications.queries import list_notifications

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def block(pattern: str, action: str, **more: Any) -> None:
    given: dict[str, Any] = {
        "kind": "substring",
        "scopes": ("title", "body", "comment"),
        "rule": "spam",
        "note": "Forty notes a day.",
        "now": NOW,
        "operator_id": 1,
    }
    keeping.add_rule(pattern=pattern, action=action, **(given | more))  # type: ignore[arg-type]


def test_a_refused_word_leaves_the_draft_and_is_named() -> None:
    block("加微信", "refuse")
    ann = make_person("ann")
    draft = make_note(ann.pk, published=False, title="约拍", body="加 微信")

    with pytest.raises(WordsRefused) as refused:
        publish_note(public_id=draft.public_id, author_id=ann.pk, now=NOW)

    assert refused.value.params == {"words": "“加 微信”"}
    assert Note.objects.get().state == "draft"
    note = make_note(ann.pk)
    with pytest.raises(WordsRefused):
        add_comment(public_id=note.public_id, author_id=ann.pk, body="加-微-信", now=NOW)
    assert Comment.objects.count() == 0


def test_a_held_note_waits_until_a_moderator_leaves_it() -> None:
    block("加微信", "hold")
    ann, warden = make_person("ann"), make_person("warden", role="moderator")
    draft = make_note(ann.pk, published=False, title="约拍", body="可以加微信")

    publish_note(public_id=draft.public_id, author_id=ann.pk, now=NOW)

    note, inquiry = Note.objects.get(), Inquiry.objects.get()
    assert (note.state, note.hidden_at) == ("published", NOW)
    assert [one["word"] for one in inquiry.found] == ["加微信"]
    action = Action.objects.get()
    assert (action.moderator_id, action.words, action.rule) == (None, "“加微信”", "spam")
    assert sign_in(warden).get(f"/n/{note.public_id}").status_code == 404
    statement = sign_in(ann).get(f"/hidden/note/{note.public_id}", follow=True).content.decode()
    assert "A rule, by itself; a person has yet to look" in statement
    assert "“加微信”" in statement

    acting.decide(public_id=inquiry.public_id, verdict="dismiss", moderator_id=warden.pk, now=NOW)

    assert Note.objects.get().hidden_at is None
    assert list_notifications(person_id=ann.pk).items[0].kind == "integrity.content_restored"


def test_a_flagged_edit_stays_in_view_and_comes_into_the_queue() -> None:
    block("私聊", "flag")
    ann = make_person("ann")
    note = make_note(ann.pk)

    edit_note(public_id=note.public_id, author_id=ann.pk, title="约拍", body="私聊", now=NOW)

    assert Note.objects.get().hidden_at is None
    assert [one["scope"] for one in Inquiry.objects.get().found] == ["body"]
    assert Action.objects.count() == 0


def test_a_word_blocked_after_a_note_was_scheduled_leaves_it_a_draft_and_says_so() -> None:
    ann = make_person("ann")
    draft = make_note(ann.pk, published=False, title="约拍", body="加微信")
    due = NOW + dt.timedelta(hours=1)
    schedule_note(public_id=draft.public_id, author_id=ann.pk, publish_at=due, now=NOW)
    block("加微信", "refuse")

    assert publish_scheduled(note_id=draft.pk, now=due) is False

    assert Note.objects.get().state == "draft"
    (told,) = list_notifications(person_id=ann.pk).items
    assert "“加微信”" in told.body


def test_a_held_comment_is_not_counted() -> None:
    block("私聊", "hold")
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ann.pk)

    add_comment(public_id=note.public_id, author_id=ben.pk, body="私聊我", now=NOW)

    assert Note.objects.get().comment_count == 0
    assert Comment.objects.get().hidden_at == NOW


def test_a_dry_run_counts_what_stands_in_public_and_adds_nothing() -> None:
    ann = make_person("ann")
    note = make_note(ann.pk, title="约拍", body="想拍照的姐妹可以加微信聊")
    make_note(ann.pk, published=False, body="加微信")
    make_comment(note, ann.pk, body="已加微信")
    rule = keeping.check_rule(
        kind="substring",
        pattern="加微信",
        action="flag",
        scopes=("title", "body", "comment"),
        rule="spam",
    )

    run = keeping.try_rule(rule)

    assert (run.looked_at, run.caught) == (3, 2)
    assert [(one.before, one.word, one.after) for one in run.samples] == [
        ("想拍照的姐妹可以", "加微信", "聊"),
        ("已", "加微信", ""),
    ]
    assert Inquiry.objects.count() == 0
