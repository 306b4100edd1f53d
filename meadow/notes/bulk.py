"""Notes and what readers do with them in numbers, for worlds that are made or moved here: no events.

Whoever adds notes ranks afterwards (`feed.services.rank_hot`): nobody is told one by one.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from meadow.core.bulk import add_to_counts, copy_table, repeat, reserve_ids
from meadow.core.ids import new_id
from meadow.core.transactions import transaction_required
from meadow.notes.models import Comment, Like, Note, NotePhoto, NoteTopic, Save, Topic
from meadow.notes.text import find_topics

Ids = NDArray[np.int64]
# What a caller says of each note, besides its photo.
GIVEN = ("public_id", "author_id", "title", "body", "language", "published_at")


@transaction_required
def add_notes(*, notes: Any, uploads: Ids, description: str) -> Ids:
    """Add published notes, one a row of a pyarrow table with the columns of GIVEN.

    `uploads` are the ids of their photos (ready and attached), one each. Topics come from the words
    of the body, as when a person publishes. Returns the ids of the notes, ascending: notes in the
    order of time get ids in the order of time.
    """
    count = notes.num_rows
    ids = reserve_ids(table=Note._meta.db_table, count=count)
    rows = notes.select(list(GIVEN)).append_column("id", pa.array(ids))
    for name, column in {
        "state": repeat(Note.State.PUBLISHED.value, count),
        "created_at": notes["published_at"],
        "edited_at": notes["published_at"],
        "like_count": repeat(0, count),
        "save_count": repeat(0, count),
        "comment_count": repeat(0, count),
    }.items():
        rows = rows.append_column(name, column)
    copy_table(into=Note._meta.db_table, rows=rows)
    photos = {
        "note_id": pa.array(ids),
        "upload_id": pa.array(uploads),
        "position": repeat(0, count),
        "description": repeat(description, count),
    }
    copy_table(into=NotePhoto._meta.db_table, rows=pa.table(photos))
    _add_topics(ids=ids, bodies=notes["body"].to_pylist())
    return ids


@transaction_required
def add_reactions(*, kind: Literal["like", "save"], notes: Ids, people: Ids, at: Any) -> None:
    """Add likes or saves and count them; `at` is a pyarrow column of moments.

    Raises IntegrityError when one of them is there already.
    """
    model = Like if kind == "like" else Save
    rows = pa.table({"note_id": notes, "person_id": people, "created_at": at})
    copy_table(into=model._meta.db_table, rows=rows)
    add_to_counts(table=Note._meta.db_table, column=f"{kind}_count", ids=notes)


@transaction_required
def add_comments(*, notes: Ids, people: Ids, bodies: Sequence[str], at: Any) -> None:
    """Add comments (no replies) and count them; `at` is a pyarrow column of moments."""
    count = len(notes)
    rows = {
        "public_id": pa.array([new_id("c") for _ in range(count)], pa.string()),
        "note_id": pa.array(notes),
        "author_id": pa.array(people),
        "body": pa.array(list(bodies), pa.string()),
        "created_at": at,
        "reply_count": repeat(0, count),
    }
    copy_table(into=Comment._meta.db_table, rows=pa.table(rows))
    add_to_counts(table=Note._meta.db_table, column="comment_count", ids=notes)


@transaction_required
def _add_topics(*, ids: Ids, bodies: Sequence[str]) -> None:
    found = lru_cache(maxsize=100_000)(find_topics)
    names: dict[str, str] = {}
    pairs: list[tuple[int, str]] = []
    for note_id, body in zip(ids.tolist(), bodies, strict=True):
        for slug, name in found(body).items():
            names.setdefault(slug, name)
            pairs.append((note_id, slug))
    if not pairs:
        return
    Topic.objects.bulk_create(
        [Topic(slug=slug, name=names[slug]) for slug in sorted(names)], ignore_conflicts=True
    )
    # In primary-key order, because a note published meanwhile may name the same ones.
    known = dict(
        Topic.objects.select_for_update(no_key=True)
        .filter(slug__in=names)
        .order_by("pk")
        .values_list("slug", "pk")
    )
    topics = np.array([known[slug] for _, slug in pairs], dtype=np.int64)
    rows = {"note_id": pa.array([note_id for note_id, _ in pairs]), "topic_id": pa.array(topics)}
    copy_table(into=NoteTopic._meta.db_table, rows=pa.table(rows))
    add_to_counts(table=Topic._meta.db_table, column="note_count", ids=topics)


def find_ids(public_ids: Sequence[str]) -> dict[str, int]:
    """Return the ids of those notes that are there, whatever their state, by public id."""
    return dict(Note.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
