"""Changing a comment: for an hour, marked, kept for those who keep order; counts whatever goes."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db.models import QuerySet

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.testing import waiting_jobs
from meadow.notes.errors import CommentTooOld, NotYourComment
from meadow.notes.models import Comment, CommentLike, Like, Note, NoteTopic, Save, Topic
from meadow.notes.queries import list_comments
from meadow.notes.services import edit_comment, keep_words_out, like_comment, like_note, save_note
from meadow.notes.testing import make_comment, make_note, make_topic

pytestmark = pytest.mark.django_db


def test_a_comment_is_changed_for_an_hour_marked_and_kept() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    warden = make_person("warden", role="moderator")
    comment = make_comment(make_note(ann.pk), ben.pk, body="Fisrt")
    soon = comment.created_at + dt.timedelta(minutes=60)

    edit_comment(public_id=comment.public_id, author_id=ben.pk, body="First", now=soon)

    shown = list_comments(note_public_id=comment.note.public_id, viewer_id=None).items[0]
    assert (shown.body, shown.edited_at) == ("First", soon)
    assert len(waiting_jobs("notes.tell_of_comment")) == 1
    address = f"/api/v1/comments/{comment.public_id}/edits"
    assert [one["body"] for one in sign_in(warden).get(address).json()] == ["Fisrt"]
    assert sign_in(ann).get(address).status_code == 404
    late = soon + dt.timedelta(seconds=1)
    with pytest.raises(CommentTooOld):
        edit_comment(public_id=comment.public_id, author_id=ben.pk, body="Last", now=late)
    with pytest.raises(NotYourComment):
        edit_comment(public_id=comment.public_id, author_id=ann.pk, body="Mine", now=soon)
    assert Comment.objects.get().body == "First"


def test_words_kept_out_withhold_a_changed_comment() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    note = make_note(ann.pk)
    comment = make_comment(note, ben.pk)
    keep_words_out(person_id=ann.pk, words=["spoiler"], now=comment.created_at)

    edit_comment(
        public_id=comment.public_id,
        author_id=ben.pk,
        body="A spoiler: he lives",
        now=comment.created_at,
    )

    note.refresh_from_db()
    assert (note.comment_count, Comment.objects.get().stands) == (0, False)


def wrong_counts() -> list[tuple[str, int, int]]:
    """Recount row by row; returns what differs."""
    told: list[tuple[str, int, int]] = []
    for note in Note.objects.all():
        told += [
            ("likes", note.like_count, Like.objects.filter(note=note).count()),
            ("saves", note.save_count, Save.objects.filter(note=note).count()),
            ("comments", note.comment_count, note_comments(note).count()),
        ]
    for comment in Comment.objects.all():
        replies = Comment.objects.filter(parent=comment, stands=True).count()
        likes = CommentLike.objects.filter(comment=comment).count()
        told += [
            ("replies", comment.reply_count, replies),
            ("comment likes", comment.like_count, likes),
        ]
    for topic in Topic.objects.all():
        told.append(("topic", topic.note_count, NoteTopic.objects.filter(topic=topic).count()))
    return [one for one in told if one[1] != one[2]]


def note_comments(note: Note) -> QuerySet[Comment]:
    return Comment.objects.filter(note=note, stands=True)


@pytest.mark.parametrize("seed", range(4))
def test_counts_equal_a_recount_whoever_and_whatever_goes(seed: int) -> None:
    chance = random.Random(seed)
    people = [make_person(f"person_{place}") for place in range(4)]
    notes = [make_note(chance.choice(people).pk, photos=0) for _ in range(3)]
    make_topic("lake", *notes)
    comments: list[Comment] = []
    for _ in range(8):
        parent = chance.choice([None, *[one for one in comments if one.parent_id is None]])
        note = parent.note if parent else chance.choice(notes)
        comments.append(make_comment(note, chance.choice(people).pk, parent=parent))
    for person in people:
        for note in chance.sample(notes, 2):
            like_note(public_id=note.public_id, person_id=person.pk, now=note.created_at)
            save_note(public_id=note.public_id, person_id=person.pk, now=note.created_at)
        comment = chance.choice(comments)
        like_comment(public_id=comment.public_id, person_id=person.pk, now=comment.created_at)
    assert wrong_counts() == []

    removals: list[QuerySet[Any]] = [
        Person.objects.filter(pk=people[0].pk),
        Comment.objects.filter(pk=comments[0].pk),
        Note.objects.filter(pk=notes[0].pk),
        Comment.objects.filter(pk=comments[-1].pk),
        Person.objects.filter(pk=people[1].pk),
    ]
    chance.shuffle(removals)
    for removal in removals:
        removal.delete()
        assert wrong_counts() == []
