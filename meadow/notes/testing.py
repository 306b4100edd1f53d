"""Factories for tests: notes and comments as rows, without the services' rules."""

import datetime as dt

from meadow.core.ids import new_id
from meadow.media.testing import make_upload
from meadow.media.video.testing import make_video
from meadow.notes.models import (
    Board,
    BoardNote,
    Comment,
    Note,
    NotePhoto,
    NoteTopic,
    NoteVideo,
    Save,
    Topic,
)

WHEN = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)


def make_note(
    author: int,
    *,
    published: bool = True,
    title: str = "A quiet morning",
    body: str = "",
    photos: int = 1,
    with_files: bool = False,
    now: dt.datetime = WHEN,
) -> Note:
    """Return a note of the person with id `author`, published with one ready photo by default."""
    note = Note.objects.create(
        public_id=new_id("n"),
        author_id=author,
        state=Note.State.PUBLISHED if published else Note.State.DRAFT,
        title=title,
        body=body,
        created_at=now,
        edited_at=now,
        published_at=now if published else None,
    )
    for position in range(photos):
        upload = make_upload(author, with_files=with_files, attached=True, now=now)
        NotePhoto.objects.create(note=note, upload=upload, position=position)
    return note


def make_topic(slug: str, *notes: Note) -> Topic:
    """Return the topic `slug` with these notes under it, counted."""
    topic, _fresh = Topic.objects.get_or_create(slug=slug, defaults={"name": slug})
    for note in notes:
        NoteTopic.objects.create(note=note, topic=topic)
    topic.note_count += len(notes)
    topic.save(update_fields=["note_count"])
    return topic


def make_board(owner: int, *notes: Note, is_public: bool = True, now: dt.datetime = WHEN) -> Board:
    """Return a board of the person with id `owner` with these notes on it, kept."""
    board = Board.objects.create(
        public_id=new_id("b"),
        owner_id=owner,
        name=new_id("board "),
        is_public=is_public,
        place=0,
        created_at=now,
        edited_at=now,
    )
    for note in notes:
        kept, fresh = Save.objects.get_or_create(
            note=note, person_id=owner, defaults={"created_at": now}
        )
        note.save_count += fresh
        note.save(update_fields=["save_count"])
        BoardNote.objects.create(board=board, kept=kept, added_at=now)
    return board


def make_video_note(
    author: int,
    *,
    published: bool = True,
    state: str = "ready",
    title: str = "A film",
    now: dt.datetime = WHEN,
) -> Note:
    """Return a note with a video of the person with id `author`, its own still as the cover."""
    note = make_note(author, published=published, photos=0, title=title, now=now)
    video = make_video(author, state=state, attached=True, captions=state == "ready", now=now)
    NoteVideo.objects.create(note=note, upload=video)
    NotePhoto.objects.create(note=note, upload=video, position=0)
    note.kind = Note.Kind.VIDEO
    note.save(update_fields=["kind"])
    return note


def make_comment(
    note: Note,
    author: int,
    *,
    body: str = "Lovely light.",
    parent: Comment | None = None,
    now: dt.datetime = WHEN,
) -> Comment:
    """Return a comment under a note, counted."""
    comment = Comment.objects.create(
        public_id=new_id("c"),
        note=note,
        author_id=author,
        parent=parent,
        body=body,
        created_at=now,
    )
    note.comment_count += 1
    note.save(update_fields=["comment_count"])
    if parent is not None:
        parent.reply_count += 1
        parent.save(update_fields=["reply_count"])
    return comment
