"""Reads of notes and comments; everything other packages may ask is named here."""

from meadow.notes.queries.comments import get_comment, list_comments, list_replies
from meadow.notes.queries.notes import (
    count_notes,
    find_note_id,
    get_cards,
    get_edited_note,
    get_note,
    liked_ids,
    list_drafts,
    name_notes,
    notes_of,
    published_ids_of,
    saved_by,
    saved_ids,
    visible_upload_ids,
)
from meadow.notes.records import (
    CommentView,
    DraftCard,
    EditedNote,
    EditedPhoto,
    NoteCard,
    NoteView,
    PhotoView,
)

__all__ = [
    "CommentView",
    "DraftCard",
    "EditedNote",
    "EditedPhoto",
    "NoteCard",
    "NoteView",
    "PhotoView",
    "count_notes",
    "find_note_id",
    "get_cards",
    "get_comment",
    "get_edited_note",
    "get_note",
    "liked_ids",
    "list_comments",
    "list_drafts",
    "list_replies",
    "name_notes",
    "notes_of",
    "published_ids_of",
    "saved_by",
    "saved_ids",
    "visible_upload_ids",
]
