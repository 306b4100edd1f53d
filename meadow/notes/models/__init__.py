"""Notes, their photos and topics, and what readers do with them: one module a noun."""

from meadow.notes.models.boards import Board, BoardNote
from meadow.notes.models.comments import (
    Comment,
    CommentEdit,
    CommentLike,
    CommentOrder,
    CommentWeights,
    CommentWord,
    NoteWatch,
)
from meadow.notes.models.notes import Note, NotePhoto, NoteVersion, NoteVideo, PinnedNote
from meadow.notes.models.reactions import Like, Save
from meadow.notes.models.topics import Mention, NoteTopic, Topic, TopicFollow, TopicOrder

__all__ = [
    "Board",
    "BoardNote",
    "Comment",
    "CommentEdit",
    "CommentLike",
    "CommentOrder",
    "CommentWeights",
    "CommentWord",
    "Like",
    "Mention",
    "Note",
    "NotePhoto",
    "NoteTopic",
    "NoteVersion",
    "NoteVideo",
    "NoteWatch",
    "PinnedNote",
    "Save",
    "Topic",
    "TopicFollow",
    "TopicOrder",
]
