"""How facts and figures are said: kinds, surfaces, provenance, reasons, numbers and times."""

from collections.abc import Mapping
from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from meadow.analytics.metrics import Unit, Value

Word = str | Promise

KINDS: Final[Mapping[str, Word]] = {
    "impression": _("Shown"),
    "open": _("Opened"),
    "read": pgettext_lazy("fact", "Read"),
    "dwell": _("Time in view"),
    "complete": _("Read to the end"),
    "click": _("Link clicked"),
    "share": _("Shared"),
    "like": _("Liked"),
    "unlike": _("Like taken back"),
    "save": pgettext_lazy("fact", "Saved"),
    "unsave": _("Save taken back"),
    "comment": _("Commented"),
    "follow": pgettext_lazy("fact", "Followed"),
    "unfollow": _("Unfollowed"),
    "search": _("Searched"),
}
SURFACES: Final[Mapping[str, Word]] = {
    "hot": _("Hot"),
    "follow": pgettext_lazy("tab", "Follow"),
    "profile": _("Your profile"),
    "note": _("The note's own page"),
    "topic": _("Topics"),
    "search": _("Search"),
    "embed": _("Other sites"),
    "board": _("Boards"),
    "nearby": pgettext_lazy("tab", "Nearby"),
    "": _("Unknown"),
}
PROVENANCES: Final[Mapping[str, Word]] = {
    "organic": _("Organic"),
    "paid": _("Paid"),
    "granted": _("Granted"),
    "invalid": _("Invalid"),
}
_reasons: dict[str, Word] = {
    "own": _("Your own visit."),
    "blocked": _("A block stands between you and this person."),
    "robot": _("The client says that it is a robot, or does not say what it is."),
    "prefetch": _("The page was fetched ahead, before anybody chose it."),
    "do_not_track": _("The reader asked not to be tracked."),
    "too_short": _("In view for less than a second."),
    "token_missing": _("It came without the token of a card or page."),
    "token_forged": _("Its token was not one of ours."),
    "token_expired": _("Its token was older than a day."),
    "token_reused": _("Its token had been used before."),
}


def register_reason(code: str, sentence: Word) -> None:
    """Say in words what makes a fact invalid; the package that judges registers its reasons."""
    _reasons[code] = sentence


def reason_sentence(code: str) -> str:
    """Return why a fact is invalid, in the reader's language; the code itself while nobody said."""
    return str(_reasons.get(code, code))


def kind_name(kind: str) -> str:
    """Return what happened, in a word or two."""
    return str(KINDS.get(kind, kind))


def surface_name(surface: str) -> str:
    """Return where something was shown."""
    return str(SURFACES.get(surface, surface))


def provenance_name(provenance: str) -> str:
    """Return how something came about."""
    return str(PROVENANCES.get(provenance, provenance))


def format_value(value: Value, unit: Unit) -> str:
    """Return a figure as it is written: 1,234, 12%, 1 min 5 s; a dash for no value."""
    if value is None:
        return "–"
    if unit == "ms":
        return format_duration(int(value))
    if unit == "ratio":
        return format_share(value)
    return f"{value:,}"


def format_share(share: float) -> str:
    """Return a share as a percentage, with a digit behind the point while it is small."""
    points = round(abs(share) * 100, 1)
    shown = number_format(points, 1) if points < 10 and points % 1 else f"{round(points):,}"
    return gettext("%(number)s%%") % {"number": shown}


def format_duration(ms: int) -> str:
    """Return a length of time in its two largest units."""
    seconds = round(ms / 1000)
    if 0 < ms < 10_000:
        return gettext("%(seconds)s s") % {"seconds": number_format(round(ms / 1000, 1), 1)}
    if seconds < 60:
        return gettext("%(seconds)s s") % {"seconds": seconds}
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}
    hours, minutes = divmod(minutes, 60)
    return gettext("%(hours)s h %(minutes)s min") % {
        "hours": f"{hours:,}",
        "minutes": minutes,
    }
