"""Names of what a rule compares, does and looks at, in the reader's language."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

KIND_NAMES: Final[dict[str, str | Promise]] = {
    "word": gettext_lazy("A whole word, in any width and case"),
    "disguised": gettext_lazy("A word in disguise: spaced out, dotted, with lookalike letters"),
    "substring": gettext_lazy("Anywhere in a text, as in Chinese; signs in between do not matter"),
    "link": gettext_lazy("A domain with all below it, or a link"),
}
SHORT_KINDS: Final[dict[str, str | Promise]] = {
    "word": gettext_lazy("Whole word"),
    "disguised": gettext_lazy("In disguise"),
    "substring": gettext_lazy("Anywhere"),
    "link": gettext_lazy("Link"),
}
ACTION_NAMES: Final[dict[str, str | Promise]] = {
    "refuse": gettext_lazy("Refuse it, and say which word"),
    "hold": gettext_lazy("Hold it back until somebody has looked"),
    "flag": gettext_lazy("Show it, and put it into the queue"),
}
SHORT_ACTIONS: Final[dict[str, str | Promise]] = {
    "refuse": pgettext_lazy("block words", "Refused"),
    "hold": pgettext_lazy("block words", "Held back"),
    "flag": pgettext_lazy("block words", "Put into the queue"),
}
SCOPE_NAMES: Final[dict[str, str | Promise]] = {
    "title": gettext_lazy("Titles of notes"),
    "body": gettext_lazy("Texts of notes"),
    "comment": gettext_lazy("Comments"),
    "handle": gettext_lazy("Handles"),
    "profile": gettext_lazy("Names and what people say about themselves"),
}
