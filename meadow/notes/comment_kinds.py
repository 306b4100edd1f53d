"""What people are told about comments; names and words are looked up when they read."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.accounts.queries import get_people
from meadow.notes.queries import name_comments
from meadow.notifications.kinds import Kind, Params

COMMENTED: Final = "notes.commented"
ANSWERED: Final = "notes.answered"
NAMED: Final = "notes.named_in_comment"
LIKED: Final = "notes.comment_liked"
EXCERPT: Final = 120


def look_up(person_id: int, params: Sequence[Params]) -> Sequence[Params]:
    """Return params with `names` (people who are still there) and `title` and `words` as they stand.

    A comment that is gone, or that this person may no longer see, has neither.
    """
    cards = get_people({one for given in params for one in given["people"][:1]}, person_id)
    comments = name_comments([given["comment"] for given in params], viewer_id=person_id)
    looked_up = []
    for given in params:
        card = cards.get(given["people"][0])
        title, words = comments.get(given["comment"], ("", ""))
        looked_up.append(
            {
                **given,
                "name": card.shown_name if card else _("Somebody"),
                "others": len(given["people"]) - 1,
                "title": title,
                "words": words if len(words) <= EXCERPT else f"{words[:EXCERPT].rstrip()}…",
            }
        )
    return looked_up


def _commented(params: Params) -> str:
    said = (
        ngettext(
            "%(name)s and %(others)s other commented on your note",
            "%(name)s and %(others)s others commented on your note",
            params["others"],
        )
        if params["others"]
        else _("%(name)s commented on your note")
    )
    return said % params


def _answered(params: Params) -> str:
    said = (
        ngettext(
            "%(name)s and %(others)s other answered you",
            "%(name)s and %(others)s others answered you",
            params["others"],
        )
        if params["others"]
        else _("%(name)s answered you")
    )
    return said % params


def _named(params: Params) -> str:
    return _("%(name)s named you in a comment") % params


def _liked(params: Params) -> str:
    said = (
        ngettext(
            "%(name)s and %(others)s other like your comment",
            "%(name)s and %(others)s others like your comment",
            params["others"],
        )
        if params["others"]
        else _("%(name)s likes your comment")
    )
    return said % params


def _body(params: Params) -> str:
    if not params["words"]:
        return _("The comment is not there any more.")
    return _("%(title)s: “%(words)s”") % params


KINDS: Final = tuple(
    Kind(
        key=key,
        group="conversation",
        icon=icon,
        title=title,
        body=_body,
        # They come often and wait well: the bell is enough.
        email=False,
        look_up=look_up,
    )
    for key, icon, title in (
        (COMMENTED, "message-circle", _commented),
        (ANSWERED, "message-circle", _answered),
        (NAMED, "at-sign", _named),
        (LIKED, "heart", _liked),
    )
)
