"""The one table that maps an event to the tasks that hear of it."""

from meadow.accounts.events import (
    PersonFollowed,
    PersonJoined,
    PersonUnfollowed,
    ProfileChanged,
    ReadingForgotten,
)
from meadow.charges.events import ChargeAnswered, ChargeEnded
from meadow.core.events import Event
from meadow.integrity.events import (
    ContentHidden,
    ContentRestored,
    PersonSuspended,
    PersonWritesAgain,
    ViolationClosed,
    ViolationOpened,
)
from meadow.notes.events import (
    CommentAdded,
    CommentEdited,
    CommentLiked,
    NoteDeleted,
    NoteEdited,
    NoteLiked,
    NotePublished,
    NoteRestored,
    NoteSaved,
    NoteUnliked,
    NoteUnsaved,
    NoteVisibilityChanged,
)
from meadow.promotion.events import OrderEnded, OrderPlaced

SUBSCRIPTIONS: dict[type[Event], list[str]] = {
    # Nobody hears these yet: askers ask for how a charge stands.
    ChargeAnswered: [],
    ChargeEnded: [],
    OrderPlaced: ["promotion.predict_order"],
    # Nor this: deliveries look at orders themselves each second.
    OrderEnded: [],
    NotePublished: [
        "feed.welcome_note",
        "notes.tell_mentioned",
        "programs.hear_author",
        "search.hear_note",
    ],
    NoteEdited: [
        "notes.tell_mentioned",
        "programs.hear_author",
        "promotion.hear_edit",
        "search.hear_note",
    ],
    NoteDeleted: ["programs.hear_author", "promotion.hear_note", "search.hear_note"],
    NoteVisibilityChanged: [
        "notes.tell_mentioned",
        "programs.hear_author",
        "promotion.hear_note",
        "search.hear_note",
    ],
    NoteRestored: ["notes.tell_mentioned", "programs.hear_author", "search.hear_note"],
    NoteLiked: ["notes.count_like", "notes.order_topics_of"],
    NoteUnliked: ["notes.count_unlike", "notes.order_topics_of"],
    NoteSaved: ["notes.count_save", "notes.order_topics_of"],
    NoteUnsaved: ["notes.count_unsave", "notes.order_topics_of"],
    CommentAdded: ["notes.count_comment", "notes.tell_of_comment"],
    CommentEdited: ["notes.tell_of_comment"],
    CommentLiked: ["notes.tell_of_comment_like"],
    PersonFollowed: ["accounts.count_follow", "programs.hear_follow"],
    PersonUnfollowed: ["accounts.count_unfollow", "programs.hear_unfollow"],
    PersonJoined: ["programs.hear_person", "search.hear_person"],
    ProfileChanged: [
        "feed.hear_profile",
        "programs.hear_person",
        "promotion.hear_profile",
        "search.hear_person",
    ],
    ReadingForgotten: ["search.forget_person"],
    ContentHidden: ["programs.hear_author", "promotion.hear_author", "search.hear_content"],
    ContentRestored: ["programs.hear_author", "promotion.hear_author", "search.hear_content"],
    PersonSuspended: ["promotion.hear_author"],
    PersonWritesAgain: ["promotion.hear_author"],
    ViolationOpened: ["programs.hear_person"],
    ViolationClosed: ["programs.hear_person"],
}
