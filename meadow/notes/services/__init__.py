"""Writes of notes, by noun: drafts, publishing, photos, reactions, topics, comments."""

from meadow.notes.services.boards import (
    create_board,
    delete_board,
    edit_board,
    move_board_to_front,
    move_to_board,
    put_on_board,
    take_many_off_board,
    take_off_board,
)
from meadow.notes.services.comments import add_comment, delete_comment
from meadow.notes.services.drafts import ensure_draft, save_draft
from meadow.notes.services.photos import (
    attach_photo,
    detach_photo,
    move_photo,
    reorder_photos,
    set_photos,
)
from meadow.notes.services.publishing import delete_note, edit_note, publish_note
from meadow.notes.services.reactions import like_note, save_note, unlike_note, unsave_note
from meadow.notes.services.scheduling import (
    cancel_schedule,
    enqueue_due,
    publish_scheduled,
    schedule_note,
)
from meadow.notes.services.topics import follow_topic, unfollow_topic
from meadow.notes.services.visibility import change_visibility

__all__ = [
    "add_comment",
    "attach_photo",
    "cancel_schedule",
    "change_visibility",
    "create_board",
    "delete_board",
    "delete_comment",
    "delete_note",
    "detach_photo",
    "edit_board",
    "edit_note",
    "enqueue_due",
    "ensure_draft",
    "follow_topic",
    "like_note",
    "move_board_to_front",
    "move_photo",
    "move_to_board",
    "publish_note",
    "publish_scheduled",
    "put_on_board",
    "reorder_photos",
    "save_draft",
    "save_note",
    "schedule_note",
    "set_photos",
    "take_many_off_board",
    "take_off_board",
    "unfollow_topic",
    "unlike_note",
    "unsave_note",
]
