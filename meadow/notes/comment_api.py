"""The comments part of the API: the same services as the pages, with the same refusals."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from meadow.accounts.api_auth import open_to_all, scoped
from meadow.accounts.permissions import is_moderator, require_person
from meadow.core.clock import now
from meadow.core.etags import answer_with_etag
from meadow.core.idempotency import StoredAnswer, run_request_once
from meadow.notes import queries, services
from meadow.notes.comment_schemas import (
    CommentEditIn,
    CommentIn,
    CommentOut,
    CommentPage,
    CommentRulesIn,
    CommentRulesOut,
    CommentWords,
    EarlierWordsOut,
    describe_comment,
    describe_comment_page,
    describe_rules,
)

router = Router(tags=["comments"])


@router.get(
    "/notes/{note_id}/comments",
    response=CommentPage,
    summary="List comments",
    **open_to_all("notes:read"),
)
def list_comments(
    request: HttpRequest,
    note_id: str,
    cursor: Query[str | None] = None,
    sort: Query[Literal["best", "new"]] = "new",
    comment: Query[str] = "",
) -> HttpResponse:
    """Return the comments under a note with their first replies, under an ETag.

    The first page opens with the one named in `comment`, or that it answers, and the pinned one.
    """
    page = queries.list_comments(
        note_public_id=note_id,
        viewer_id=request.user.pk,
        cursor=cursor,
        sort=sort,
        linked=comment[:24],
        is_moderator=is_moderator(request.user),
    )
    return answer_with_etag(request, describe_comment_page(page))


@router.post(
    "/notes/{note_id}/comments",
    response={201: CommentOut},
    summary="Comment or reply",
    **scoped("social:write"),
)
def add_comment(request: HttpRequest, note_id: str, payload: CommentIn) -> Status[CommentOut]:
    """Write under a note, under one of its comments, or in answer to a reply.

    With an `Idempotency-Key` header the same request again is answered with the same comment.
    """
    person = require_person(request.user)

    def write() -> StoredAnswer:
        comment = services.add_comment(
            public_id=note_id,
            author_id=person.pk,
            body=payload.body,
            parent_public_id=payload.parent,
            now=now(),
        )
        return StoredAnswer(status=201, body=comment.public_id)

    written = run_request_once(request, person_id=person.pk, action=write)
    return Status(201, _describe(request, written.body))


@router.get(
    "/notes/{note_id}/comment-rules",
    response=CommentRulesOut,
    summary="Who may comment",
    **open_to_all("notes:read"),
)
def read_rules(request: HttpRequest, note_id: str) -> HttpResponse:
    """Return who may write under a note, and whether that is you, under an ETag."""
    rules = queries.get_comment_rules(note_public_id=note_id, viewer_id=request.user.pk)
    return answer_with_etag(request, describe_rules(rules))


@router.put(
    "/notes/{note_id}/comment-rules",
    response=CommentRulesOut,
    summary="Say who may comment",
    **scoped("notes:write"),
)
def choose_commenters(
    request: HttpRequest, note_id: str, payload: CommentRulesIn
) -> CommentRulesOut:
    """Open the comments of an own note to everyone or to people you know, or close them."""
    person = require_person(request.user)
    services.choose_commenters(
        public_id=note_id, author_id=person.pk, comments_from=payload.comments_from
    )
    return CommentRulesOut(
        comments_from=payload.comments_from,  # type: ignore[arg-type]  # the service took it
        may_comment=True,
    )


@router.get(
    "/comments/words", response=CommentWords, summary="Words kept out", **scoped("notes:read")
)
def list_words(request: HttpRequest) -> CommentWords:
    """Return the words that you keep out from under your notes."""
    person = require_person(request.user)
    return CommentWords(words=queries.list_kept_out_words(person.pk))


@router.put(
    "/comments/words", response=CommentWords, summary="Keep words out", **scoped("notes:write")
)
def keep_words_out(request: HttpRequest, payload: CommentWords) -> CommentWords:
    """Make these the words; comments that hold one are withheld from then on."""
    person = require_person(request.user)
    services.keep_words_out(person_id=person.pk, words=payload.words, now=now())
    return CommentWords(words=queries.list_kept_out_words(person.pk))


@router.get(
    "/comments/{comment_id}",
    response=CommentOut,
    summary="Read a comment",
    **open_to_all("notes:read"),
)
def read_comment(request: HttpRequest, comment_id: str) -> HttpResponse:
    """Return one comment with its first replies, under an ETag."""
    return answer_with_etag(request, _describe(request, comment_id))


@router.get(
    "/comments/{comment_id}/replies",
    response=CommentPage,
    summary="List replies",
    **open_to_all("notes:read"),
)
def list_replies(
    request: HttpRequest, comment_id: str, cursor: Query[str | None] = None
) -> HttpResponse:
    """Return the replies under a comment, oldest first, under an ETag."""
    page = queries.list_replies(
        comment_public_id=comment_id,
        viewer_id=request.user.pk,
        cursor=cursor,
        is_moderator=is_moderator(request.user),
    )
    return answer_with_etag(request, describe_comment_page(page))


@router.patch(
    "/comments/{comment_id}",
    response=CommentOut,
    summary="Edit a comment",
    **scoped("social:write"),
)
def edit_comment(request: HttpRequest, comment_id: str, payload: CommentEditIn) -> CommentOut:
    """Change your own comment within an hour; it is marked as edited."""
    person = require_person(request.user)
    services.edit_comment(public_id=comment_id, author_id=person.pk, body=payload.body, now=now())
    return _describe(request, comment_id)


@router.get(
    "/comments/{comment_id}/edits",
    response=list[EarlierWordsOut],
    summary="What a comment said before",
    **scoped("notes:read"),
)
def list_edits(request: HttpRequest, comment_id: str) -> list[EarlierWordsOut]:
    """Read what your comment said before, newest first; moderators read anybody's."""
    person = require_person(request.user)
    edits = queries.list_earlier_words(
        comment_public_id=comment_id, viewer_id=person.pk, is_moderator=is_moderator(person)
    )
    return [EarlierWordsOut(body=one.body, until=one.until) for one in edits]


@router.delete(
    "/comments/{comment_id}",
    response={204: None},
    summary="Delete a comment",
    **scoped("social:write"),
)
def delete_comment(request: HttpRequest, comment_id: str) -> Status[None]:
    """Take a comment from view: your own, or any under your note. Again changes nothing."""
    person = require_person(request.user)
    services.delete_comment(
        public_id=comment_id, actor_id=person.pk, is_moderator=is_moderator(person), now=now()
    )
    return Status(204, None)


@router.put(
    "/comments/{comment_id}/like",
    response=CommentOut,
    summary="Like a comment",
    **scoped("social:write"),
)
def like_comment(request: HttpRequest, comment_id: str) -> CommentOut:
    """Like a comment; again changes nothing."""
    person = require_person(request.user)
    services.like_comment(public_id=comment_id, person_id=person.pk, now=now())
    return _describe(request, comment_id)


@router.delete(
    "/comments/{comment_id}/like",
    response=CommentOut,
    summary="Unlike a comment",
    **scoped("social:write"),
)
def unlike_comment(request: HttpRequest, comment_id: str) -> CommentOut:
    """Take a like back; again changes nothing."""
    person = require_person(request.user)
    services.unlike_comment(public_id=comment_id, person_id=person.pk, now=now())
    return _describe(request, comment_id)


@router.put(
    "/comments/{comment_id}/pin",
    response=CommentOut,
    summary="Pin a comment",
    **scoped("notes:write"),
)
def pin_comment(request: HttpRequest, comment_id: str) -> CommentOut:
    """Keep a comment at the top of your note, in place of the one that was there."""
    person = require_person(request.user)
    services.pin_comment(public_id=comment_id, actor_id=person.pk, now=now())
    return _describe(request, comment_id)


@router.delete(
    "/comments/{comment_id}/pin",
    response=CommentOut,
    summary="Unpin a comment",
    **scoped("notes:write"),
)
def unpin_comment(request: HttpRequest, comment_id: str) -> CommentOut:
    """Let a pinned comment go back to its place; again changes nothing."""
    person = require_person(request.user)
    services.unpin_comment(public_id=comment_id, actor_id=person.pk)
    return _describe(request, comment_id)


@router.post(
    "/comments/{comment_id}/release",
    response=CommentOut,
    summary="Release a withheld comment",
    **scoped("notes:write"),
)
def release_comment(request: HttpRequest, comment_id: str) -> CommentOut:
    """Let everybody see a comment under your note that was withheld for a word."""
    person = require_person(request.user)
    services.release_comment(public_id=comment_id, actor_id=person.pk, now=now())
    return _describe(request, comment_id)


def _describe(request: HttpRequest, comment_id: str) -> CommentOut:
    return describe_comment(
        queries.get_comment(
            public_id=comment_id,
            viewer_id=request.user.pk,
            is_moderator=is_moderator(request.user),
        )
    )
