"""From joined columns to records: who and what comes along with a note or a comment."""

from collections.abc import Sequence
from typing import Any

from meadow.accounts.queries import PersonCard
from meadow.media.queries import PICTURE_FIELDS, Picture, build_picture

AVATAR_SIZES = "40px"
AUTHOR_FIELDS = (
    "author_id",
    "author__public_id",
    "author__handle",
    "author__name",
    *(f"author__avatar__{field}" for field in PICTURE_FIELDS),
)


def read_author(row: Sequence[Any]) -> PersonCard:
    """Make an author of the columns AUTHOR_FIELDS."""
    pk, public_id, handle, name, *avatar = row
    return PersonCard(
        id=pk,
        public_id=public_id,
        handle=handle,
        name=name,
        avatar=read_picture(avatar, sizes=AVATAR_SIZES) if avatar[0] else None,
    )


def read_picture(row: Sequence[Any], *, sizes: str) -> Picture:
    """Make a picture of the columns PICTURE_FIELDS."""
    public_id, width, height, placeholder, labels, state, progress = row
    return build_picture(
        public_id=public_id,
        width=width,
        height=height,
        placeholder=placeholder,
        labels=labels,
        state=state,
        progress=progress,
        sizes=sizes,
    )
