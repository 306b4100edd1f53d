"""The one table that maps an event to the tasks that hear of it."""

from meadow.accounts.events import PersonFollowed, PersonUnfollowed
from meadow.core.events import Event
from meadow.notes.events import (
    CommentAdded,
    NoteLiked,
    NotePublished,
    NoteSaved,
    NoteUnliked,
    NoteUnsaved,
)

SUBSCRIPTIONS: dict[type[Event], list[str]] = {
    NotePublished: ["feed.welcome_note"],
    NoteLiked: ["notes.count_like"],
    NoteUnliked: ["notes.count_unlike"],
    NoteSaved: ["notes.count_save"],
    NoteUnsaved: ["notes.count_unsave"],
    CommentAdded: ["notes.count_comment"],
    PersonFollowed: ["accounts.count_follow"],
    PersonUnfollowed: ["accounts.count_unfollow"],
}
