"""The feed's codes in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

PARTS: Final[Mapping[str, str | Promise]] = {
    "likes": _("Likes"),
    "saves": _("Saves"),
    "comments": _("Comments"),
    "reads": _("Valid reads"),
    "quality": _("How much the community likes it"),
    "fresh": _("How new it is"),
    "followed": _("You follow its author"),
    "topic": _("You read its topics"),
    "similar": _("Readers who like what you like, like it"),
    "author": _("You have read its author before"),
    "shown": _("You were shown it before"),
    "variety": _("More of the same just above"),
}
SOURCES: Final[Mapping[str, str | Promise]] = {
    "follows": _("people you follow"),
    "topics": _("topics you read"),
    "similar": _("readers like you"),
    "trending": _("what the community likes just now"),
    "fresh": pgettext_lazy("source", "new notes"),
}


def list_sources(codes: Sequence[str]) -> str:
    """Return where a note was found, as one phrase."""
    return gettext(", ").join(str(SOURCES[code]) for code in codes)
