"""Publishing and editing: what others see, and under which topics."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import F

from meadow.accounts import queries as people
from meadow.accounts.standing import hold_standing, hold_writer
from meadow.core.events import publish
from meadow.core.transactions import transaction, transaction_required
from meadow.integrity.screening import act_on, check_words
from meadow.integrity.screening.matching import Match
from meadow.notes import limits
from meadow.notes.errors import (
    MentionRefused,
    NoteNotPublished,
    PhotosFailed,
    PhotosMissing,
    PhotosNotReady,
    TitleMissing,
    TooManyMentions,
    TooManyTopics,
)
from meadow.notes.events import NoteEdited, NotePublished
from meadow.notes.models import Mention, Note, NotePhoto, NoteTopic, Topic
from meadow.notes.services.concurrency import Editor, check_editor
from meadow.notes.services.drafts import clean_words, describe_photos
from meadow.notes.services.locking import lock_own_note
from meadow.notes.services.topic_order import order_topic_soon
from meadow.notes.services.versions import keep_version, lock_to_change
from meadow.notes.services.videos import check_video
from meadow.notes.text import find_mentions, find_topics


def publish_note(*, public_id: str, author_id: int, now: dt.datetime) -> Note:
    """Show a draft or a scheduled note to those it is for; publishing it a second time changes nothing.

    Raises TitleMissing, PhotosMissing, PhotosNotReady, PhotosFailed, TooManyTopics,
    TooManyMentions, MentionRefused, WordsRefused, Suspended, NoteMissing or NotYourNote, and then
    the draft is as it was.
    """
    with transaction():
        hold_writer(author_id, now=now)
        note = lock_own_note(public_id=public_id, author_id=author_id)
        if note.state != Note.State.PUBLISHED:
            show_note(note, now=now)
    return note


@transaction_required
def show_note(note: Note, *, now: dt.datetime) -> None:
    """Publish a locked draft or scheduled note. Raises what publish_note raises."""
    found = check_ready(note)
    note.state, note.publish_at = Note.State.PUBLISHED, None
    note.published_at = note.edited_at = now
    note.save(update_fields=["state", "publish_at", "published_at", "edited_at"])
    place_under_topics(note)
    set_mentions(note_id=note.pk, author_id=note.author_id, handles=find_mentions(note.body))
    publish(
        NotePublished(
            note_id=note.pk,
            note_public_id=note.public_id,
            author_id=note.author_id,
            published_at=now.isoformat(),
            visibility=note.visibility,
        )
    )
    act_on(kind="note", public_id=note.public_id, found=found, now=now)


@transaction_required
def check_ready(note: Note, *, photos_may_wait: bool = False) -> list[Match]:
    """Refuse what cannot be published, now or later; return the words that somebody is to look at.

    Raises what publish_note raises.
    """
    _check_title(note.title)
    if note.kind == Note.Kind.VIDEO:
        check_video(note_id=note.pk, may_wait=photos_may_wait)
    _check_photos(note_id=note.pk, may_wait=photos_may_wait)
    check_topics(find_topics(note.body))
    check_mentions(author_id=note.author_id, handles=find_mentions(note.body))
    return check_words(texts={"title": note.title, "body": note.body})


def edit_note(
    *,
    public_id: str,
    author_id: int,
    title: str,
    body: str,
    now: dt.datetime,
    descriptions: Mapping[str, str] | None = None,
    editor: Editor | None = None,
) -> Note:
    """Change the words of a published note; the same words again change nothing.

    Raises what publish_note raises about words, NoteNotPublished for a draft, and WordsChanged when
    `editor` has not seen the words it replaces.
    """
    title, body = clean_words(title=title, body=body)
    _check_title(title)
    with transaction():
        hold_writer(author_id, now=now)
        note = lock_to_change(public_id=public_id, author_id=author_id)
        if note.state != Note.State.PUBLISHED:
            raise NoteNotPublished
        check_editor(note, editor, title=title, body=body)
        described = describe_photos(note_id=note.pk, descriptions=descriptions or {})
        if (note.title, note.body) == (title, body) and not described:
            return note
        found = check_words(texts={"title": title, "body": body})
        note.title, note.body, note.edited_at = title, body, now
        note.save(update_fields=["title", "body", "edited_at", "written_in"])
        place_under_topics(note)
        set_mentions(note_id=note.pk, author_id=author_id, handles=find_mentions(body))
        keep_version(note, now=now)
        publish(NoteEdited(note_id=note.pk, note_public_id=public_id, author_id=author_id))
        act_on(kind="note", public_id=public_id, found=found, now=now)
    return note


@transaction_required
def place_under_topics(note: Note) -> None:
    """Put a published note under the topics its text names, or under none unless all may see it.

    A topic's count is of notes that everybody may see. The caller took its author's standing before
    the note. Raises TooManyTopics either way.
    """
    found = find_topics(note.body)
    check_topics(found)
    public = note.visibility == Note.Visibility.PUBLIC and note.hidden_at is None
    public = public and not hold_standing(note.author_id).is_hidden
    set_topics(note_id=note.pk, found=found if public else {})


def check_topics(found: Mapping[str, str]) -> None:
    """Refuse more topics than a note belongs to. Raises TooManyTopics."""
    if len(found) > limits.MOST_TOPICS:
        raise TooManyTopics(count=len(found), most=limits.MOST_TOPICS)


@transaction_required
def set_topics(*, note_id: int, found: Mapping[str, str]) -> None:
    """Put a note under exactly these topics (slug to name).

    Topic rows are locked in primary-key order, because two notes may name the same ones. A trigger
    counts what goes (migration 0011).
    """
    if found:
        Topic.objects.bulk_create(
            [Topic(slug=slug, name=found[slug]) for slug in sorted(found)], ignore_conflicts=True
        )
    wanted = dict(Topic.objects.filter(slug__in=found).values_list("pk", "slug"))
    present = set(NoteTopic.objects.filter(note_id=note_id).values_list("topic_id", flat=True))
    gone, fresh = present - wanted.keys(), wanted.keys() - present
    list(
        Topic.objects.select_for_update(no_key=True)
        .filter(pk__in=gone | fresh)
        .order_by("pk")
        .values_list("pk")
    )
    NoteTopic.objects.filter(note_id=note_id, topic_id__in=gone).delete()
    order = list(found)
    NoteTopic.objects.bulk_create(
        NoteTopic(note_id=note_id, topic_id=pk)
        for pk in sorted(fresh, key=lambda pk: order.index(wanted[pk]))
    )
    Topic.objects.filter(pk__in=fresh).update(note_count=F("note_count") + 1)
    for topic_id in sorted(fresh):
        order_topic_soon(topic_id=topic_id)


@transaction_required
def set_mentions(*, note_id: int, author_id: int, handles: Collection[str]) -> None:
    """Record exactly these people as mentioned; handles nobody has stay plain words.

    Raises TooManyMentions, or MentionRefused for somebody behind a block.
    """
    found = check_mentions(author_id=author_id, handles=handles)
    Mention.objects.filter(note_id=note_id).exclude(person_id__in=found).delete()
    Mention.objects.bulk_create(
        [Mention(note_id=note_id, person_id=person_id) for person_id in sorted(found)],
        ignore_conflicts=True,
    )


def check_mentions(*, author_id: int, handles: Collection[str]) -> set[int]:
    """Return the ids of the people behind `handles`. Raises TooManyMentions or MentionRefused."""
    if len(handles) > limits.MOST_MENTIONS:
        raise TooManyMentions(count=len(handles), most=limits.MOST_MENTIONS)
    if not handles:
        return set()
    found = people.find_by_handles(handles)
    blocked = people.blocked_ids(author_id)
    for handle, person_id in found.items():
        if person_id in blocked:
            raise MentionRefused(handle=handle)
    return set(found.values())


def _check_title(title: str) -> None:
    if not title:
        raise TitleMissing


@transaction_required
def _check_photos(*, note_id: int, may_wait: bool) -> None:
    states = list(NotePhoto.objects.filter(note_id=note_id).values_list("upload__state", flat=True))
    failed = states.count("failed")
    waiting = len(states) - failed - states.count("ready")
    if not states:
        raise PhotosMissing
    if failed:
        raise PhotosFailed(count=failed)
    if waiting and not may_wait:
        raise PhotosNotReady(count=waiting)
