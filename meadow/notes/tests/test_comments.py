"""Comments: one level of replies, counted exactly, removed without losing what hangs under them."""

from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.models import Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person
from meadow.core.errors import RateLimited
from meadow.core.pagination import InvalidCursor
from meadow.core.testing import race
from meadow.core.transactions import savepoint, transaction
from meadow.notes import errors, limits, services
from meadow.notes.events import CommentAdded, CommentDeleted
from meadow.notes.models import Comment, CommentEdit, Note
from meadow.notes.queries import list_comments, list_replies
from meadow.notes.services import comments
from meadow.notes.testing import WHEN, make_comment, make_note


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    heard: list[Any] = []
    monkeypatch.setattr(comments, "publish", heard.append)
    return heard


def add(note: Note, author: Person, body: Any = "Lovely.", parent: Comment | None = None) -> Any:
    return services.add_comment(
        public_id=note.public_id,
        author_id=author.pk,
        body=body,
        parent_public_id=parent.public_id if parent else None,
        now=WHEN,
    )


def shown(note: Note, viewer: Person | None = None, **options: Any) -> Any:
    page = list_comments(
        note_public_id=note.public_id, viewer_id=viewer.pk if viewer else None, **options
    )
    return [comment.body for comment in page.items]


@pytest.mark.django_db
def test_a_comment_and_a_reply_are_shown_counted_and_told(told: list[Any]) -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)

    comment = add(note, bo, "first <b>")
    reply = add(note, ann, "thanks", parent=comment)

    page = list_comments(note_public_id=note.public_id, viewer_id=ann.pk)
    replies = list_replies(comment_public_id=comment.public_id, viewer_id=None)
    assert [(one.body, one.reply_count, one.can_delete) for one in page.items] == [
        ("first <b>", 1, True)
    ]
    assert page.items[0].body_html == "first &lt;b&gt;"
    assert [(one.body, one.is_by_note_author, one.can_delete) for one in replies.items] == [
        ("thanks", True, False)
    ]
    assert Note.objects.get().comment_count == 2
    assert [type(event) for event in told] == [CommentAdded, CommentAdded]
    assert told[1].parent_author_id == bo.pk
    assert told[1].comment_public_id == reply.public_id


@pytest.mark.django_db
def test_refused_comments_change_nothing(told: list[Any]) -> None:
    ann, bo = make_person(), make_person()
    note, other = make_note(ann.pk), make_note(ann.pk)
    draft = make_note(ann.pk, published=False)
    comment = make_comment(note, bo.pk)
    before = Comment.objects.count(), Note.objects.get(pk=note.pk).comment_count

    tries: list[tuple[Any, Any]] = [
        (lambda: add(note, bo, " \n "), errors.CommentEmpty),
        (lambda: add(note, bo, "x" * 501), errors.CommentTooLong),
        (lambda: add(draft, ann), errors.NoteMissing),
        (lambda: add(other, bo, parent=comment), errors.CommentMissing),
        (lambda: add(note, bo, " ".join(f"@p_{n}" for n in range(21))), errors.TooManyMentions),
    ]
    for act, refusal in tries:
        with pytest.raises(refusal):
            act()

    assert (Comment.objects.count(), Note.objects.get(pk=note.pk).comment_count) == before
    assert told == []


@pytest.mark.django_db
@pytest.mark.parametrize("direction", ["out", "in"])
def test_a_block_refuses_comments_replies_and_mentions_either_way(
    direction: str, told: list[Any]
) -> None:
    ann, bo, cy = make_person(), make_person(handle="bo_b"), make_person()
    note, neutral = make_note(ann.pk), make_note(cy.pk)
    theirs = make_comment(neutral, ann.pk)
    pair = (ann.pk, bo.pk) if direction == "out" else (bo.pk, ann.pk)
    block_person(blocker_id=pair[0], blocked_id=pair[1], now=WHEN)

    with pytest.raises(errors.Blocked):
        add(note, bo)
    with pytest.raises(errors.Blocked):
        add(neutral, bo, parent=theirs)
    with pytest.raises(errors.MentionRefused):
        add(neutral, ann, "look @bo_b")

    assert Comment.objects.count() == 1


@pytest.mark.django_db
def test_comments_of_people_behind_a_block_are_left_out() -> None:
    ann, bo, cy = make_person(), make_person(), make_person()
    note = make_note(ann.pk)
    make_comment(note, bo.pk, body="from bo")
    make_comment(note, cy.pk, body="from cy")
    block_person(blocker_id=cy.pk, blocked_id=bo.pk, now=WHEN)

    assert shown(note, cy) == ["from cy"]
    assert shown(note, bo) == ["from bo"]
    assert shown(note) == ["from cy", "from bo"]


@pytest.mark.django_db
def test_its_author_the_notes_author_and_moderators_delete_and_others_do_not(
    told: list[Any],
) -> None:
    ann, bo, cy = make_person(), make_person(), make_person()
    note = make_note(ann.pk)
    written = [make_comment(note, bo.pk) for _ in range(4)]

    def delete(comment: Comment, actor: Person, is_moderator: bool = False) -> Any:
        services.delete_comment(
            public_id=comment.public_id, actor_id=actor.pk, is_moderator=is_moderator, now=WHEN
        )

    delete(written[0], bo)
    delete(written[0], bo)
    delete(written[1], ann)
    delete(written[2], cy, is_moderator=True)
    with pytest.raises(errors.NotYourComment):
        delete(written[3], cy)

    assert Note.objects.get().comment_count == 1
    assert len(shown(note)) == 1
    assert [event.actor_id for event in told] == [bo.pk, ann.pk, cy.pk]
    assert all(type(event) is CommentDeleted for event in told)


@pytest.mark.django_db
def test_a_removed_comment_leaves_an_empty_place_while_it_has_replies(told: list[Any]) -> None:
    ann = make_person()
    note = make_note(ann.pk)
    comment = make_comment(note, ann.pk, body="gone")
    reply = make_comment(note, ann.pk, body="stays", parent=comment)

    services.delete_comment(public_id=comment.public_id, actor_id=ann.pk, now=WHEN)
    place = list_comments(note_public_id=note.public_id, viewer_id=ann.pk).items
    replies = list_replies(comment_public_id=comment.public_id, viewer_id=None).items
    with pytest.raises(errors.CommentMissing):
        add(note, ann, parent=comment)
    services.delete_comment(public_id=reply.public_id, actor_id=ann.pk, now=WHEN)

    assert [(one.is_deleted, one.body, one.can_delete) for one in place] == [(True, "", False)]
    assert [one.body for one in replies] == ["stays"]
    assert shown(note) == []
    assert Note.objects.get().comment_count == 0


@pytest.mark.django_db
def test_pages_run_newest_first_for_comments_and_oldest_first_for_replies() -> None:
    ann = make_person()
    note = make_note(ann.pk)
    top = [make_comment(note, ann.pk, body=f"c{n}") for n in range(5)]
    for n in range(3):
        make_comment(note, ann.pk, body=f"r{n}", parent=top[0])

    first = list_comments(note_public_id=note.public_id, viewer_id=None, length=3)
    second = list_comments(
        note_public_id=note.public_id, viewer_id=None, length=3, cursor=first.next_cursor
    )
    replies = list_replies(comment_public_id=top[0].public_id, viewer_id=None, length=2)
    rest = list_replies(
        comment_public_id=top[0].public_id, viewer_id=None, length=2, cursor=replies.next_cursor
    )

    assert [one.body for one in first.items] == ["c4", "c3", "c2"]
    assert [one.body for one in second.items] == ["c1", "c0"]
    assert second.next_cursor is None
    assert [one.body for one in [*replies.items, *rest.items]] == ["r0", "r1", "r2"]
    with pytest.raises(InvalidCursor):
        list_comments(note_public_id=note.public_id, viewer_id=None, cursor="made-up")


@pytest.mark.django_db
def test_a_page_of_comments_takes_few_queries(django_assert_max_num_queries: Any) -> None:
    ann = make_person(handle="ann")
    note = make_note(ann.pk)
    for n in range(20):
        comment = make_comment(note, make_person().pk, body=f"@ann {n}")
        make_comment(note, ann.pk, parent=comment)

    with django_assert_max_num_queries(8):
        page = list_comments(note_public_id=note.public_id, viewer_id=ann.pk)
    services.order_comments(note_id=note.pk, now=WHEN)
    with django_assert_max_num_queries(11):
        best = list_comments(note_public_id=note.public_id, viewer_id=ann.pk, sort="best")

    assert len(page.items) == 20
    assert len(best.items) == 20
    assert len(page.items[0].replies) == 1
    assert 'href="/@ann"' in page.items[0].body_html


@pytest.mark.django_db
def test_comments_over_the_rate_must_wait(monkeypatch: pytest.MonkeyPatch, told: list[Any]) -> None:
    monkeypatch.setattr(limits, "COMMENTS_RATE", "1/minute")
    ann = make_person()
    note = make_note(ann.pk)
    add(note, ann)

    with pytest.raises(RateLimited):
        add(note, ann)

    assert Note.objects.get().comment_count == 1


@pytest.mark.django_db
def test_the_database_itself_refuses_a_reply_to_a_reply_or_across_notes() -> None:
    ann = make_person()
    note, other = make_note(ann.pk), make_note(ann.pk)
    comment = make_comment(note, ann.pk)
    reply = make_comment(note, ann.pk, parent=comment)
    top = make_comment(note, ann.pk)

    tries: list[tuple[str, Any]] = [
        ("replies_hang_under_comments_only", lambda: make_comment(note, ann.pk, parent=reply)),
        ("replies_hang_under_comments_only", lambda: make_comment(other, ann.pk, parent=comment)),
        (
            "comment_stays_where_it_is",
            lambda: Comment.objects.filter(pk=comment.pk).update(parent=top),
        ),
        (
            "comment_stays_where_it_is",
            lambda: Comment.objects.filter(pk=top.pk).update(note=other),
        ),
        ("comment_says_something", lambda: make_comment(note, ann.pk, body="")),
    ]
    for fact, broken in tries:
        with transaction(), pytest.raises(IntegrityError) as raised, savepoint():
            broken()
        cause: Any = raised.value.__cause__
        assert cause.diag.constraint_name == fact

    assert Comment.objects.filter(parent__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_counts_are_exact_while_sixteen_threads_write_and_remove() -> None:
    ann = make_person()
    note = make_note(ann.pk)
    people = [make_person() for _ in range(16)]
    top = make_comment(note, ann.pk)

    def work(number: int) -> Any:
        for _ in range(3):
            add(note, people[number])
            reply = add(note, people[number], parent=top)
            if number % 2:
                services.delete_comment(
                    public_id=reply.public_id, actor_id=people[number].pk, now=WHEN
                )

    failures = [one for one in race(work, runners=16) if isinstance(one, Exception)]

    living = Comment.objects.filter(note=note, deleted_at__isnull=True)
    top.refresh_from_db()
    assert failures == []
    assert Note.objects.get().comment_count == living.count() == 1 + 48 + 24
    assert top.reply_count == living.filter(parent=top).count() == 24


@pytest.mark.django_db(transaction=True)
def test_two_people_removing_one_comment_count_once() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    comment = make_comment(note, bo.pk)

    race(
        lambda number: services.delete_comment(
            public_id=comment.public_id, actor_id=(ann, bo)[number % 2].pk, now=WHEN
        ),
        runners=8,
    )

    assert Note.objects.get().comment_count == 0


@pytest.mark.django_db
def test_pages_in_the_best_order_neither_repeat_nor_skip_while_people_act(told: list[Any]) -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    early = [make_comment(note, bo.pk, body=f"c{n}") for n in range(12)]
    for one in early[:2]:
        services.like_comment(public_id=one.public_id, person_id=ann.pk, now=WHEN)
    services.order_comments(note_id=note.pk, now=WHEN)
    late = make_comment(note, bo.pk, body="late")
    services.pin_comment(public_id=early[5].public_id, actor_id=ann.pk, now=WHEN)

    cursor, read = None, []
    while True:
        page = list_comments(
            note_public_id=note.public_id, viewer_id=None, length=3, cursor=cursor, sort="best"
        )
        read += [one.body for one in page.items]
        # Between two pages an unread comment rises, another is unpinned, a new one is written.
        services.like_comment(public_id=early[11].public_id, person_id=bo.pk, now=WHEN)
        services.unpin_comment(public_id=early[5].public_id, actor_id=ann.pk)
        make_comment(note, bo.pk, body="too late")
        services.order_comments(note_id=note.pk, now=WHEN)
        cursor = page.next_cursor
        if cursor is None:
            break

    assert read[:4] == ["c5", late.body, "c1", "c0"]
    assert sorted(read) == sorted([late.body, *(f"c{n}" for n in range(12))])


@pytest.mark.django_db
def test_what_others_replied_to_somebody_who_is_erased_stays_under_an_empty_place() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    secret, lonely = add(note, bo, "My secret."), add(note, bo)
    add(note, bo, "Mine too.", parent=secret)
    add(note, ann, "Kept.", parent=secret)
    CommentEdit.objects.create(comment=secret, body="Before.", replaced_at=WHEN)

    Person.objects.filter(pk=bo.pk).delete()

    [place] = list_comments(note_public_id=note.public_id, viewer_id=None).items
    note.refresh_from_db()
    assert (place.public_id, place.is_deleted, place.body) == (secret.public_id, True, "")
    assert [reply.body for reply in place.replies] == ["Kept."]
    assert (place.reply_count, note.comment_count) == (1, 1)
    assert not Comment.objects.filter(pk=lonely.pk).exists()
    assert Comment.objects.get(pk=secret.pk).body == "–"
    assert (Comment.objects.count(), CommentEdit.objects.count()) == (2, 0)
