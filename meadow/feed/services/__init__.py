"""What changes the feed, by noun: walls, and what readers choose."""

from meadow.feed.services.choices import (
    choose_feed,
    hide_author,
    hide_note,
    show_author,
    show_note,
    start_over,
    want_less,
    want_more,
)
from meadow.feed.services.personal import end_if_too_young, forget_reader, learn_similar, make_lists
from meadow.feed.services.walls import rank_hot, welcome_note

__all__ = [
    "choose_feed",
    "end_if_too_young",
    "forget_reader",
    "hide_author",
    "hide_note",
    "learn_similar",
    "make_lists",
    "rank_hot",
    "show_author",
    "show_note",
    "start_over",
    "want_less",
    "want_more",
    "welcome_note",
]
