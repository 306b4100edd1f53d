"""The registry of metrics: what each is called in the reader's language, and how it is computed.

A package above registers what it adds (product clicks, sales) in `AppConfig.ready()`; pages, exports
and the API then show it without knowing it.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.analytics.errors import MetricUnknown
from meadow.analytics.facts import PROVENANCES, Provenance

Unit = Literal["count", "ms", "ratio"]
By = Literal["day", "hour", "surface", "provenance", "note"]
Label = dt.date | int | str
# A ratio is None while there is nothing to divide by.
Value = int | float | None
SPLITS: Final[tuple[By, ...]] = ("day", "hour", "surface", "provenance", "note")
# What counts: everything that was not judged invalid.
VALID: Final[tuple[Provenance, ...]] = ("organic", "paid", "granted")


@dataclass(frozen=True, slots=True)
class Cells:
    """A sum over the cells of the roll-up with these kinds and provenances."""

    kinds: tuple[str, ...]
    provenances: tuple[Provenance, ...] = VALID
    column: Literal["facts", "ms", "counted"] = "facts"


@dataclass(frozen=True, slots=True)
class Credited:
    """Facts about the author, not about a note (a follow); a note gets those that came from it.

    The note is the one that the fact names, else the author's note that the same person opened or
    read last, at most `within` earlier. One fact is credited to one note at most.
    """

    kinds: tuple[str, ...]
    within: dt.timedelta = dt.timedelta(minutes=30)

    @property
    def cells(self) -> Cells:
        """The same facts, where no note is asked about."""
        return Cells(self.kinds)


@dataclass(frozen=True, slots=True)
class People:
    """Different people with at least one valid fact of these kinds; never a sum of its parts."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric less another, both named by key."""

    plus: str
    minus: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """One metric divided by another, both named by key."""

    over: str
    under: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a source: one author, days `since` to `until` (both count), perhaps split."""

    author_id: int
    note_id: int | None
    since: dt.date
    until: dt.date
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Figures that another package keeps: `{label: value}`, under the label "" where not split."""

    read: Callable[[Question], Mapping[Label, int]]


Formula = Cells | Credited | People | Difference | Ratio | Source


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that can be asked for. `good` says whether more of it is welcome."""

    key: str
    name: str | Promise
    explanation: str | Promise
    unit: Unit
    formula: Formula
    good: Literal["more", "less", "neither"] = "more"


_metrics: dict[str, Metric] = {}


def register(metric: Metric) -> None:
    """Add a metric. Raises ValueError when another one has its key, or its parts are unknown."""
    known = _metrics.get(metric.key)
    if known is not None and known != metric:
        raise ValueError(f"the metric {metric.key!r} is registered already")
    if isinstance(metric.formula, Difference | Ratio):
        for part in parts_of(metric):
            formula = get_metric(part).formula
            if isinstance(formula, Difference | Ratio | Source):
                raise ValueError(f"{metric.key!r} is made of {part!r}, which is made itself")
    _metrics[metric.key] = metric


def get_metric(key: str) -> Metric:
    """Return the metric with this key. Raises MetricUnknown."""
    try:
        return _metrics[key]
    except KeyError:
        raise MetricUnknown(metric=key[:40]) from None


def list_metrics() -> list[Metric]:
    """Return all metrics in the order in which they were registered."""
    return list(_metrics.values())


def parts_of(metric: Metric) -> tuple[str, ...]:
    """Return the keys that a ratio or a difference is made of; nothing for any other metric."""
    match metric.formula:
        case Difference(plus, minus):
            return (plus, minus)
        case Ratio(over, under):
            return (over, under)
        case _:
            return ()


def combine(metric: Metric, values: Mapping[str, Value]) -> Value:
    """Return a ratio or difference of its parts' values; a ratio over nothing is None."""
    match metric.formula:
        case Difference(plus, minus):
            return int(values[plus] or 0) - int(values[minus] or 0)
        case Ratio(over, under):
            share = divide(values[over] or 0, values[under] or 0)
            return share if metric.unit == "ratio" or share is None else round(share)
        case _:
            return values[metric.key]


def divide(over: float, under: float) -> float | None:
    """Return a share as every page, file and answer gives it: to six places, or None."""
    return round(over / under, 6) if under else None


def additive(keys: Sequence[str]) -> bool:
    """Whether each of these metrics over several days is made of the sums of its days."""
    formulas = [
        get_metric(part).formula for key in keys for part in (key, *parts_of(get_metric(key)))
    ]
    return not any(isinstance(formula, People) for formula in formulas)


def _register_all() -> None:
    for key, name, explanation, provenances, good in (
        (
            "reads_raw",
            _("All reads"),
            _(
                "Each time a note was open and in view for a second: repeated, signed out and invalid too."
            ),
            PROVENANCES,
            "more",
        ),
        (
            "reads_organic",
            _("Organic reads"),
            _(
                "Reads that nobody paid for and the platform did not grant, repeated and signed out ones too."
            ),
            ("organic",),
            "more",
        ),
        (
            "reads_paid",
            _("Paid reads"),
            _("Reads from paid promotion."),
            ("paid",),
            "neither",
        ),
        (
            "reads_granted",
            _("Granted reads"),
            _("Reads from places that the platform granted."),
            ("granted",),
            "neither",
        ),
        (
            "reads_invalid",
            _("Invalid reads"),
            _(
                "Reads that do not count: your own, robots, blocked people, and others; each with its reason."
            ),
            ("invalid",),
            "less",
        ),
    ):
        formula = Cells(("read",), tuple(provenances))
        register(Metric(key, name, explanation, "count", formula, good))  # type: ignore[arg-type]
    register(
        Metric(
            "reads_valid",
            _("Valid reads"),
            _("Organic reads by people who are signed in, once a person, note and day."),
            "count",
            Cells(("read",), ("organic",), "counted"),
        )
    )
    # What the shares below are shares of: everything but invalid reads, repeated ones too.
    register(
        Metric(
            "reads_counted",
            _("Reads without invalid ones"),
            _("Every read but the invalid ones; shares and averages are taken of these."),
            "count",
            Cells(("read",)),
        )
    )
    for key, kind, name, explanation, good in (
        (
            "impressions",
            "impression",
            _("Impressions"),
            _("How often a card was in view for a second."),
            "more",
        ),
        ("opens", "open", _("Opens"), _("How often a card led to the note's page."), "more"),
        ("clicks", "click", _("Clicks"), _("Clicks on links in your notes."), "more"),
        (
            "completions",
            "complete",
            _("Read to the end"),
            _("How often somebody reached the end of a note."),
            "more",
        ),
        ("likes", "like", _("Likes"), _("How often a note was liked."), "more"),
        ("unlikes", "unlike", _("Likes taken back"), _("How often a like was taken back."), "less"),
        ("saves", "save", _("Saves"), _("How often a note was kept for later."), "more"),
        ("unsaves", "unsave", _("Saves taken back"), _("How often a save was undone."), "less"),
        ("comments", "comment", _("Comments"), _("Comments and replies under your notes."), "more"),
        ("shares", "share", _("Shares"), _("How often a note was shared."), "more"),
        (
            "unfollows",
            "unfollow",
            _("Followers lost"),
            _("How often somebody stopped following you."),
            "less",
        ),
    ):
        register(Metric(key, name, explanation, "count", Cells((kind,)), good))  # type: ignore[arg-type]
    register(
        Metric(
            "follows",
            _("Followers gained"),
            _(
                "How often somebody began to follow you. A note is credited when they had opened or"
                " read it last, within half an hour."
            ),
            "count",
            Credited(("follow",)),
        )
    )
    register(
        Metric(
            "followers_gained",
            _("Followers, net"),
            _("Followers gained less followers lost."),
            "count",
            Difference("follows", "unfollows"),
        )
    )
    # The count beside a person's name knows no provenance, so what it is made of cannot leave any out.
    register(
        Metric(
            "follows_raw",
            _("Followers gained (all)"),
            _("Every new follow, invalid ones too: your follower count is made of these."),
            "count",
            Cells(("follow",), PROVENANCES),
        )
    )
    register(
        Metric(
            "unfollows_raw",
            _("Followers lost (all)"),
            _("Every time somebody stopped following you, invalid follows too."),
            "count",
            Cells(("unfollow",), PROVENANCES),
            "less",
        )
    )
    register(
        Metric(
            "followers_change",
            _("Change in followers"),
            _("All followers gained less all followers lost: how your follower count moved."),
            "count",
            Difference("follows_raw", "unfollows_raw"),
        )
    )
    register(
        Metric(
            "reach",
            _("Reach"),
            _(
                "Different people who saw, opened or read something. Somebody signed out is new every"
                " day; days do not add up, because one person may come on several."
            ),
            "count",
            People(("impression", "open", "read")),
        )
    )
    register(
        Metric(
            "dwell_ms",
            _("Time spent reading"),
            _("How long notes were in view, all readers together."),
            "ms",
            Cells(("dwell",), VALID, "ms"),
        )
    )
    register(
        Metric(
            "dwell_per_read",
            _("Average reading time"),
            _("Time spent reading for each read that is not invalid."),
            "ms",
            Ratio("dwell_ms", "reads_counted"),
        )
    )
    for key, over, under, name, explanation in (
        (
            "ctr",
            "opens",
            "impressions",
            _("Click-through rate"),
            _("Opens for each impression."),
        ),
        (
            "completion_rate",
            "completions",
            "reads_counted",
            _("Completion"),
            _("The share of reads that reached the end."),
        ),
        (
            "like_rate",
            "likes",
            "reads_counted",
            _("Like rate"),
            _("Likes for each read that is not invalid."),
        ),
    ):
        register(Metric(key, name, explanation, "ratio", Ratio(over, under)))


_register_all()
