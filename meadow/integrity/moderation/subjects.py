"""What can be reported: packages that own such things say how they look, and how to hide them.

Integrity stands below them, so it knows a subject by its kind and public id alone.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.media.queries import Picture
from meadow.media.video.queries import Video

SubjectKind = Literal["note", "comment", "person"]
KIND_NAMES: Final[dict[str, str | Promise]] = {
    "note": _("Note"),
    "comment": _("Comment"),
    "person": _("Person"),
}


@dataclass(frozen=True, slots=True)
class SubjectView:
    """A reported thing as it is now, hidden or not; `author_id` is whose it is.

    `reach` counts the people or reads that it came to. `about` are the words it hangs under, as a
    comment under a note. A thing that its author removed is `is_gone`. Where there is a `video`, it
    is watched instead of its pictures.
    """

    kind: SubjectKind
    public_id: str
    author_id: int
    title: str
    body: str
    url: str
    reach: int
    written_at: dt.datetime | None
    pictures: Sequence[Picture] = field(default=())
    video: Video | None = None
    about: str = ""
    is_hidden: bool = False
    is_gone: bool = False

    def content(self) -> dict[str, Any]:
        """Return what a snapshot keeps: words, and pictures by their public ids."""
        return {
            "title": self.title,
            "body": self.body,
            "about": self.about,
            "pictures": [picture.public_id for picture in self.pictures],
        }


Look = Callable[[str], SubjectView | None]
MaySee = Callable[[str, int], bool]
Act = Callable[[str, dt.datetime], None]


@dataclass(frozen=True, slots=True)
class Owner:
    """How the owner of a kind shows its things, and acts on a verdict.

    `look` returns a thing whoever asks, None where there never was one. `may_see` is what a report
    needs. `hide` and `restore` are steps of the verdict's transaction, so that no page shows what
    was hidden a moment ago; a kind without them can be warned about and not hidden. `lock` holds the
    thing itself, before the inquiry about it: whoever writes it comes in the same order.
    """

    look: Look
    may_see: MaySee
    lock: Callable[[str], None] | None = None
    hide: Act | None = None
    restore: Act | None = None


_owners: dict[str, Owner] = {}


def register(kind: SubjectKind, owner: Owner) -> None:
    """Set who owns a kind; called in AppConfig.ready()."""
    _owners[kind] = owner


def owner_of(kind: str) -> Owner | None:
    """Return who owns a kind, None where nobody registered it."""
    return _owners.get(kind)


def look_at(*, kind: str, public_id: str) -> SubjectView | None:
    """Return a thing as it is now, None where it is erased."""
    owner = owner_of(kind)
    return owner.look(public_id) if owner else None


def can_hide(kind: str) -> bool:
    """Whether things of a kind can be hidden."""
    owner = owner_of(kind)
    return owner is not None and owner.hide is not None
