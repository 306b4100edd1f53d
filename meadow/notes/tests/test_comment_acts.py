"""Answers, likes, pins, who may write, words kept out: counted exactly, raced, with controls."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Follow, Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person
from meadow.core.testing import race, somebody_waits
from meadow.core.transactions import savepoint, transaction
from meadow.notes import errors, services
from meadow.notes.models import Comment, CommentLike, Note
from meadow.notes.queries import get_comment, list_comments
from meadow.notes.queries.comment_rules import find_word, form_of
from meadow.notes.services import comment_acts, comments
from meadow.notes.testing import WHEN, make_comment, make_note


def add(note: Note, author: Person, body: str = "Lovely.", parent: str | None = None) -> Any:
    return services.add_comment(
        public_id=note.public_id,
        author_id=author.pk,
        body=body,
        parent_public_id=parent,
        now=WHEN,
    )


def shown(note: Note, viewer: Person | None) -> Any:
    page = list_comments(note_public_id=note.public_id, viewer_id=viewer.pk if viewer else None)
    return [comment.body for comment in page.items]


@pytest.mark.django_db
def test_an_answer_to_a_reply_stands_in_its_thread_and_says_whom_it_answers() -> None:
    ann, bo, cy = make_person(), make_person(handle="bob"), make_person()
    note = make_note(ann.pk)
    comment = add(note, ann)
    reply = add(note, bo, parent=comment.public_id)

    answer = add(note, cy, parent=reply.public_id)

    seen = get_comment(public_id=answer.public_id, viewer_id=None)
    assert (seen.parent_public_id, seen.answers_handle) == (comment.public_id, "bob")
    assert Comment.objects.get(pk=comment.pk).reply_count == 2
    other = add(note, ann)
    elsewhere = add(note, ann, parent=other.public_id)
    with transaction(), pytest.raises(IntegrityError) as raised, savepoint():
        Comment.objects.filter(pk=elsewhere.pk).update(answers=reply)
    cause: Any = raised.value.__cause__
    assert cause.diag.constraint_name == "answers_stay_in_their_thread"


@pytest.mark.django_db
def test_a_like_of_a_comment_counts_once_and_is_refused_across_a_block() -> None:
    ann, bo, cy = make_person(), make_person(), make_person()
    note = make_note(ann.pk)
    comment = make_comment(note, bo.pk)
    block_person(blocker_id=bo.pk, blocked_id=cy.pk, now=WHEN)

    for _ in range(2):
        services.like_comment(public_id=comment.public_id, person_id=ann.pk, now=WHEN)
    with pytest.raises(errors.Blocked):
        services.like_comment(public_id=comment.public_id, person_id=cy.pk, now=WHEN)

    seen = get_comment(public_id=comment.public_id, viewer_id=ann.pk)
    assert (seen.like_count, seen.is_liked, seen.is_liked_by_author) == (1, True, True)
    services.unlike_comment(public_id=comment.public_id, person_id=ann.pk, now=WHEN)
    services.unlike_comment(public_id=comment.public_id, person_id=ann.pk, now=WHEN)
    assert get_comment(public_id=comment.public_id, viewer_id=ann.pk).like_count == 0


def like_in_parallel() -> Any:
    ann = make_person()
    comment = make_comment(make_note(ann.pk), ann.pk)
    readers = [make_person() for _ in range(8)]
    race(
        lambda number: services.like_comment(
            public_id=comment.public_id, person_id=readers[number // 2].pk, now=WHEN
        ),
        runners=16,
    )
    return CommentLike.objects.count(), Comment.objects.get().like_count


@pytest.mark.django_db(transaction=True)
def test_eight_people_who_press_twice_at_once_are_eight_likes() -> None:
    assert like_in_parallel() == (8, 8)


@pytest.mark.django_db(transaction=True)
def test_control_counting_comment_likes_in_python_loses_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_have_read = threading.Barrier(8)

    def careless(*, comment_id: int, person_id: int, now: Any) -> Any:
        _row, fresh = CommentLike.objects.get_or_create(
            comment_id=comment_id, person_id=person_id, defaults={"created_at": now}
        )
        if fresh:
            count = Comment.objects.values_list("like_count", flat=True).get(pk=comment_id)
            all_have_read.wait(timeout=60)
            Comment.objects.filter(pk=comment_id).update(like_count=count + 1)
        return fresh

    monkeypatch.setattr(comment_acts, "add_comment_like", careless)

    assert like_in_parallel() == (8, 1)


@pytest.mark.django_db
def test_one_comment_is_pinned_by_the_notes_author_and_comes_first() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    first, second, third = (make_comment(note, bo.pk, body=f"c{n}") for n in range(3))
    reply = make_comment(note, bo.pk, parent=first)

    for one in (second, first):
        services.pin_comment(public_id=one.public_id, actor_id=ann.pk, now=WHEN)
    with pytest.raises(errors.NotYourComment):
        services.pin_comment(public_id=third.public_id, actor_id=bo.pk, now=WHEN)
    with pytest.raises(errors.RepliesAreNotPinned):
        services.pin_comment(public_id=reply.public_id, actor_id=ann.pk, now=WHEN)

    assert shown(note, None) == ["c0", "c2", "c1"]
    services.delete_comment(public_id=first.public_id, actor_id=bo.pk, now=WHEN)
    assert Comment.objects.filter(pinned_at__isnull=False).count() == 0


@pytest.mark.django_db(transaction=True)
def test_pins_that_race_leave_one() -> None:
    ann = make_person()
    note = make_note(ann.pk)
    made = [make_comment(note, ann.pk) for _ in range(8)]

    outcomes = race(
        lambda number: services.pin_comment(
            public_id=made[number].public_id, actor_id=ann.pk, now=WHEN
        ),
        runners=8,
    )

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert Comment.objects.filter(pinned_at__isnull=False).count() == 1


@pytest.mark.django_db
def test_an_author_lets_write_whom_they_choose_and_may_write_themselves() -> None:
    ann, fan, idol, stranger = (make_person() for _ in range(4))
    Follow.objects.create(follower=fan, followed=ann, created_at=WHEN)
    Follow.objects.create(follower=ann, followed=idol, created_at=WHEN)
    note = make_note(ann.pk)

    def choose(whom: str) -> None:
        services.choose_commenters(public_id=note.public_id, author_id=ann.pk, comments_from=whom)

    choose("known")
    for person in (ann, fan, idol):
        add(note, person)
    with pytest.raises(errors.CommentsForKnown):
        add(note, stranger)
    choose("nobody")
    with pytest.raises(errors.CommentsClosed):
        add(note, fan)
    add(note, ann)
    with pytest.raises(errors.NotYourNote):
        services.choose_commenters(
            public_id=note.public_id, author_id=fan.pk, comments_from="everyone"
        )

    assert Note.objects.get().comment_count == 4


@pytest.mark.django_db
def test_a_comment_with_a_word_kept_out_waits_for_the_author_and_does_not_count() -> None:
    ann, bo, cy = make_person(), make_person(), make_person()
    note = make_note(ann.pk)
    services.keep_words_out(person_id=ann.pk, words=["Spoiler", "剧透"], now=WHEN)

    kept = add(note, bo, "A SPOILER: the crate is red")
    add(note, bo, "Nospoilers here")
    add(note, ann, "my own spoiler")

    assert Note.objects.get().comment_count == 2
    assert shown(note, None) == shown(note, cy) == ["my own spoiler", "Nospoilers here"]
    assert shown(note, bo)[-1] == shown(note, ann)[-1] == "A SPOILER: the crate is red"
    seen = get_comment(public_id=kept.public_id, viewer_id=bo.pk)
    assert (seen.is_withheld, seen.can_release) == (True, False)
    with pytest.raises(errors.CommentMissing):
        get_comment(public_id=kept.public_id, viewer_id=cy.pk)
    with pytest.raises(errors.CommentMissing):
        add(note, cy, parent=kept.public_id)
    with pytest.raises(errors.NotYourComment):
        services.release_comment(public_id=kept.public_id, actor_id=bo.pk, now=WHEN)

    for _ in range(2):
        services.release_comment(public_id=kept.public_id, actor_id=ann.pk, now=WHEN)

    assert Note.objects.get().comment_count == 3
    assert shown(note, cy)[-1] == "A SPOILER: the crate is red"


@pytest.mark.parametrize(
    ("word", "text", "holds"),
    [
        ("ass", "a class act", False),
        ("ass", "what an ASS!", True),
        ("剧透", "别剧透啊", True),
        ("ｓｐａｍ", "Spam", True),
        ("vip群", "加vip群吧", True),
        ("c++", "I write c++ daily", True),
    ],
)
def test_latin_words_are_found_whole_and_chinese_ones_anywhere(
    word: str, text: str, holds: bool
) -> None:
    assert find_word([form_of(word)], text) is holds


@pytest.mark.django_db
def test_lists_of_words_have_limits() -> None:
    ann = make_person()

    with pytest.raises(errors.TooManyWords):
        services.keep_words_out(person_id=ann.pk, words=[f"w{n}" for n in range(201)], now=WHEN)
    with pytest.raises(errors.WordTooLong):
        services.keep_words_out(person_id=ann.pk, words=["x" * 41], now=WHEN)


def comment_while_the_note_closes(how: str) -> Any:
    """Close or delete a note, and comment between its author's decision and its commit."""
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    decided, outcome = threading.Event(), []

    def write() -> None:
        decided.wait()
        try:
            outcome.append(add(note, bo))
        except Exception as refusal:  # noqa: BLE001 - the outcome is what is looked at
            outcome.append(refusal)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    with transaction():
        held = Note.objects.select_for_update().get(pk=note.pk)
        if how == "delete":
            held.state, held.deleted_at = Note.State.DELETED, WHEN
        else:
            held.comments_from = Note.CommentsFrom.NOBODY
        held.save()
        decided.set()
        while writer.is_alive() and not somebody_waits():
            writer.join(timeout=0.02)
    writer.join()
    return outcome[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("how", "refusal"), [("delete", errors.NoteMissing), ("close", errors.CommentsClosed)]
)
def test_a_comment_that_races_with_the_end_of_its_note_is_refused(how: str, refusal: Any) -> None:
    assert isinstance(comment_while_the_note_closes(how), refusal)
    assert Comment.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_comment_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "lock_published", lambda *, public_id: None)

    assert isinstance(comment_while_the_note_closes("close"), Comment)


ACTS = ("write", "reply", "answer", "spoil", "release", "delete", "like", "unlike", "pin")


@pytest.mark.django_db
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(0, 99)), max_size=25
    )
)
def test_whatever_happens_counts_equal_rows(acts: list[Any]) -> None:
    people = [make_person() for _ in range(3)]
    note = make_note(people[0].pk)
    services.keep_words_out(person_id=people[0].pk, words=["spoiler"], now=WHEN)
    made: list[Comment] = []
    for act, who, which in acts:
        person = people[who]
        target = made[which % len(made)].public_id if made else "cNone"
        try:
            if act in ("write", "spoil"):
                made.append(add(note, person, "spoiler" if act == "spoil" else "fine"))
            elif act in ("reply", "answer"):
                made.append(add(note, person, parent=target))
            elif act == "delete":
                services.delete_comment(public_id=target, actor_id=person.pk, now=WHEN)
            elif act == "release":
                services.release_comment(public_id=target, actor_id=person.pk, now=WHEN)
            elif act == "pin":
                services.pin_comment(public_id=target, actor_id=person.pk, now=WHEN)
            else:
                like = services.like_comment if act == "like" else services.unlike_comment
                like(public_id=target, person_id=person.pk, now=WHEN)
        except (
            errors.CommentMissing,
            errors.NotYourComment,
            errors.RepliesAreNotPinned,
        ):
            pass

    standing = Comment.objects.filter(
        note=note, deleted_at__isnull=True, withheld_at__isnull=True, hidden_at__isnull=True
    )
    assert Note.objects.get(pk=note.pk).comment_count == standing.count()
    for comment in Comment.objects.filter(note=note):
        assert comment.reply_count == standing.filter(parent=comment).count()
        assert comment.like_count == CommentLike.objects.filter(comment=comment).count()
    assert Comment.objects.filter(note=note, pinned_at__isnull=False).count() <= 1
