"""What the comments part of the API takes and gives, and how records become it."""

import datetime as dt
from typing import Literal

from ninja import Field, Schema

from meadow.core.pagination import Page
from meadow.notes import limits
from meadow.notes.queries import CommentRules
from meadow.notes.records import CommentView
from meadow.notes.schemas import AuthorOut, describe_author


class CommentIn(Schema):
    """A comment, or a reply to one."""

    body: str
    parent: str | None = Field(
        None, description="Id of the comment or reply that is answered; threads have two levels."
    )


class CommentEditIn(Schema):
    """What a comment is to say."""

    body: str


class EarlierWordsOut(Schema):
    """What a comment said until a moment."""

    body: str
    until: dt.datetime


class CommentOut(Schema):
    """A comment; a removed one that still has replies has an empty body."""

    id: str
    parent: str | None
    answers: str | None = Field(description="Handle of whoever wrote the reply that this answers.")
    author: AuthorOut
    is_by_note_author: bool
    body: str
    created_at: dt.datetime
    edited_at: dt.datetime | None
    reply_count: int
    like_count: int
    is_liked: bool
    is_liked_by_author: bool
    is_pinned: bool
    is_withheld: bool = Field(
        description="It holds a word that the note's author keeps out: only its writer and they see it."
    )
    is_hidden: bool = Field(description="Whether moderation keeps it from everybody but its writer")
    is_deleted: bool
    replies: list["CommentOut"] = Field(description="The first ones, oldest first.")
    more_replies: int
    replies_cursor: str | None = Field(
        description="Where the others go on, for GET /comments/{id}/replies."
    )


class CommentPage(Schema):
    """One page of comments."""

    items: list[CommentOut]
    next_cursor: str | None


class CommentRulesIn(Schema):
    """Who may write under a note from now on."""

    comments_from: str = Field(
        description="everyone, known (one of you follows the other) or nobody."
    )


class CommentRulesOut(Schema):
    """Who may write under a note, and whether that is you."""

    comments_from: Literal["everyone", "known", "nobody"]
    may_comment: bool


class CommentWords(Schema):
    """Words that you keep out from under your notes; a comment that holds one is withheld."""

    words: list[str] = Field(max_length=10 * limits.COMMENT_WORDS)


def describe_comment(comment: CommentView) -> CommentOut:
    """Return the API's record of a comment."""
    return CommentOut(
        id=comment.public_id,
        parent=comment.parent_public_id or None,
        answers=comment.answers_handle or None,
        author=describe_author(comment.author),
        is_by_note_author=comment.is_by_note_author,
        body=comment.body,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        reply_count=comment.reply_count,
        like_count=comment.like_count,
        is_liked=comment.is_liked,
        is_liked_by_author=comment.is_liked_by_author,
        is_pinned=comment.is_pinned,
        is_withheld=comment.is_withheld,
        is_hidden=comment.is_hidden,
        is_deleted=comment.is_deleted,
        replies=[describe_comment(one) for one in comment.replies],
        more_replies=comment.more_replies,
        replies_cursor=comment.replies_cursor or None,
    )


def describe_comment_page(page: Page[CommentView]) -> CommentPage:
    """Return the API's page of comments."""
    return CommentPage(
        items=[describe_comment(one) for one in page.items], next_cursor=page.next_cursor
    )


def describe_rules(rules: CommentRules) -> CommentRulesOut:
    """Return the API's record of who may write."""
    return CommentRulesOut(
        comments_from=rules.comments_from,  # type: ignore[arg-type]  # the database holds three
        may_comment=rules.may_comment,
    )
