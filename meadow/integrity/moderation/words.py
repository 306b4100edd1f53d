"""Names of reasons, outcomes and actions, in the reader's language."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from meadow.integrity.moderation.reasons import REASONS

SCREENED_NAME: Final = gettext_lazy("Found by block words")
OUTCOME_NAMES: Final[dict[str, str | Promise]] = {
    "": pgettext_lazy("report", "Waiting"),
    "dismissed": pgettext_lazy("report", "Left as it is"),
    "warned": pgettext_lazy("report", "Warned"),
    "hidden": pgettext_lazy("report", "Hidden"),
    "suspended": pgettext_lazy("report", "Suspended"),
    "barred": pgettext_lazy("report", "Hidden and suspended"),
}
ACTION_NAMES: Final[dict[str, str | Promise]] = {
    "dismiss": gettext_lazy("Left as it is"),
    "warn": gettext_lazy("Author warned"),
    "hide": gettext_lazy("Hidden"),
    "suspend": gettext_lazy("Suspended"),
    "bar": gettext_lazy("Hidden and suspended"),
    "restore": gettext_lazy("Shown again, or may write again"),
}


def name_reason(code: str) -> str:
    """Return a reason in words; one that is gone as it is stored."""
    found = REASONS.get(code)
    return str(found.name) if found else code
