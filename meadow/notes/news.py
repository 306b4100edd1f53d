"""The news that notes give people, in words made when it is read."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from meadow.accounts.standing import Suspended
from meadow.integrity.errors import WordsRefused
from meadow.notes import errors
from meadow.notifications.kinds import Kind

Params = Mapping[str, Any]


def _came_out(params: Params) -> str:
    return _("Your note is out: %(title)s") % params


def _came_out_body(params: Params) -> str:
    return _("It was published at the time you chose.")


def _did_not_come_out(params: Params) -> str:
    return _("This note is still a draft: %(title)s") % params


def _mentioned(params: Params) -> str:
    return _("@%(handle)s mentions you in a note") % params


def _mentioned_body(params: Params) -> str:
    return _("Open it to read what they say.")


def _reason(params: Params) -> str:
    said = _("It could not be published at the time you chose. %(reason)s")
    kind = _REFUSALS.get(params["code"])
    reason = (
        kind(**params["params"]).sentences() if kind else _("Open it and publish it: it says why.")
    )
    return said % {"reason": reason}


_REFUSALS: Final = {
    kind.code: kind
    for kind in (
        errors.TitleMissing,
        errors.PhotosMissing,
        errors.PhotosNotReady,
        errors.PhotosFailed,
        errors.TooManyTopics,
        errors.TooManyMentions,
        errors.MentionRefused,
        WordsRefused,
        Suspended,
    )
}
KINDS: Final = (
    Kind("notes.came_out", "notes", "sprout", _came_out, _came_out_body, email=False),
    Kind("notes.did_not_come_out", "notes", "clock", _did_not_come_out, _reason, email=True),
    Kind("notes.mentioned", "notes", "at-sign", _mentioned, _mentioned_body, email=False),
)
