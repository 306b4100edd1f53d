"""Notes in numbers look and count like notes that were written one by one."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.db import IntegrityError

from meadow.accounts.testing import make_person
from meadow.core.bulk import utc
from meadow.core.transactions import transaction
from meadow.media.testing import make_upload
from meadow.notes.bulk import add_comments, add_notes, add_reactions, find_ids
from meadow.notes.models import Like, Note, NotePhoto, NoteTopic, Topic
from meadow.notes.queries import find_published, get_cards, get_note, list_comments

NOON_MS = 1_777_636_800_000


def add(author: int, *bodies: str) -> list[int]:
    count = len(bodies)
    uploads = np.array([make_upload(author, attached=True).pk for _ in bodies])
    table = pa.table(
        {
            "public_id": [f"nbulk{place}" for place in range(count)],
            "author_id": pa.array([author] * count, pa.int64()),
            "title": [f"Note {place}" for place in range(count)],
            "body": list(bodies),
            "language": ["en"] * count,
            "published_at": utc([NOON_MS + place for place in range(count)]),
        }
    )
    with transaction():
        ids = add_notes(notes=table, uploads=uploads, description="Hills")
    return [int(one) for one in ids]


@pytest.mark.django_db
def test_notes_are_published_with_photo_and_topics() -> None:
    ann = make_person("ann")
    Topic.objects.create(slug="tea", name="Tea", note_count=4)

    first, second = add(ann.pk, "Words #tea #Camp", "More #camp")

    cards = get_cards([first, second])
    assert [(card.title, card.author.handle, card.photo_count) for card in cards] == [
        ("Note 0", "ann", 1),
        ("Note 1", "ann", 1),
    ]
    assert get_note(public_id="nbulk0", viewer_id=None).topics == ["Tea", "Camp"]
    assert dict(Topic.objects.values_list("slug", "note_count")) == {"tea": 5, "camp": 2}
    assert NoteTopic.objects.count() == 3
    assert NotePhoto.objects.get(note_id=first).description == "Hills"
    assert Note.objects.get(pk=first).edited_at == Note.objects.get(pk=first).published_at
    assert find_published(["nbulk0", "nother"]) == {"nbulk0": (first, ann.pk)}
    assert find_ids(["nbulk1"]) == {"nbulk1": second}


@pytest.mark.django_db
def test_counts_equal_rows() -> None:
    ann, bo, cy = (make_person(name) for name in ("ann", "bob", "cyd"))
    first, second = add(ann.pk, "One", "Two")
    at: Any = utc([NOON_MS] * 3)

    with transaction():
        likes = np.array([first, first, second]), np.array([bo.pk, cy.pk, bo.pk])
        add_reactions(kind="like", notes=likes[0], people=likes[1], at=at)
        add_reactions(kind="save", notes=likes[0], people=likes[1], at=at)
        add_comments(notes=likes[0], people=likes[1], bodies=["Yes", "No", "Well"], at=at)

    counts = Note.objects.order_by("pk").values_list("like_count", "save_count", "comment_count")
    assert list(counts) == [(2, 2, 2), (1, 1, 1)]
    page = list_comments(note_public_id="nbulk0", viewer_id=None)
    assert {comment.body for comment in page.items} == {"Yes", "No"}


@pytest.mark.django_db
def test_a_like_given_twice_refuses_all() -> None:
    ann, bo = make_person("ann"), make_person("bob")
    (note,) = add(ann.pk, "One")

    people = np.array([bo.pk, bo.pk])
    with pytest.raises(IntegrityError), transaction():
        add_reactions(kind="like", notes=np.array([note] * 2), people=people, at=utc([1, 2]))

    assert not Like.objects.exists()
    assert Note.objects.get().like_count == 0
