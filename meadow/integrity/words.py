"""What detectors found, in plain words with the measured value and the limit, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from meadow.integrity.queries import CaseRecord

NAMES = {
    "clockwork": gettext_lazy("Regular as clockwork"),
    "impossible_rate": gettext_lazy("More than one person can read"),
}
REASONS = {
    "clockwork": gettext_lazy("These reads came at regular intervals, as a program's do."),
    "impossible_rate": gettext_lazy("There were more reads than one person has time for."),
}


def name_detector(detector: str) -> str:
    """Return what a detector looks for, in a few words."""
    return str(NAMES.get(detector, detector))


def describe_case(case: CaseRecord) -> str:
    """Return what was measured and what it was held against, in two sentences."""
    if case.detector == "clockwork":
        return _describe_clockwork(case.measured, case.limits)
    return _describe_rate(case.measured, signed_in=case.signed_in)


def _describe_clockwork(measured: dict[str, Any], limits: dict[str, Any]) -> str:
    return _(
        "%(reads)s reads in a row came %(gap)s seconds apart on average, and that varied by"
        " %(variation)s %%. Over %(least)s reads or more, people vary by more than %(limit)s %%."
    ) % {
        "reads": measured["reads"],
        "gap": _short(measured["gap_ms"] / 1000),
        "variation": _short(measured["variation"] * 100),
        "least": limits["least_reads"],
        "limit": _short(limits["highest_variation"] * 100),
    }


def _describe_rate(measured: dict[str, Any], *, signed_in: bool) -> str:
    said = _("%(reads)s reads fell within %(span)s. One person has time for %(most)s at most.")
    if not signed_in:
        said = _(
            "%(reads)s reads fell within %(span)s. Even several people behind one address have"
            " time for %(most)s at most."
        )
    return said % {
        "reads": measured["reads"],
        "span": _span(int(measured["seconds"])),
        "most": measured["most"],
    }


def _span(seconds: int) -> str:
    """Return a length of time in its largest whole unit."""
    if seconds % 86400 == 0:
        count = seconds // 86400
        return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
    if seconds % 3600 == 0:
        count = seconds // 3600
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    if seconds % 60 == 0:
        count = seconds // 60
        return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}
    return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}


def _short(number: float) -> str:
    """Return a number with one decimal, or none where it is whole."""
    return f"{number:.1f}".removesuffix(".0")
