"""What an experiment can be judged by: one number (or two, for a ratio) a person and window.

A package above registers what it adds in `AppConfig.ready()`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meadow.experiments.errors import OutcomeUnknown

Measure = Literal["facts", "reads", "ms"]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of something one person did: facts of `kinds`, or the milliseconds they took.

    `reads` counts different notes and days (UTC), as valid reads are counted.
    """

    kinds: tuple[str, ...]
    measure: Measure = "facts"


@dataclass(frozen=True, slots=True)
class Share:
    """The share of people with at least one: exact intervals."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class Capped:
    """The mean a person, of which at most `cap` counts: exact intervals."""

    amount: Amount
    cap: int


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean a person, whatever its size: intervals that lean on the central limit theorem."""

    amount: Amount


@dataclass(frozen=True, slots=True)
class Ratio:
    """All of one over all of another: the delta method, leaning on the central limit theorem."""

    over: Amount
    under: Amount


Shape = Share | Capped | Mean | Ratio


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome; `unit` is of its intervals."""

    key: str
    name: str | Promise
    shape: Shape
    unit: Literal["ratio", "count", "ms"]

    @property
    def amounts(self) -> Sequence[Amount]:
        """The one or two numbers that are read of each person."""
        if isinstance(self.shape, Ratio):
            return (self.shape.over, self.shape.under)
        return (self.shape.amount,)


READS: Final = Amount(("read",), "reads")
IMPRESSIONS: Final = Amount(("impression",))
_registry: dict[str, Outcome] = {}


def register(outcome: Outcome) -> None:
    """Add an outcome. Raises ValueError where its key is taken by another."""
    if _registry.setdefault(outcome.key, outcome) != outcome:
        raise ValueError(f"{outcome.key} is an outcome already")


def get_outcome(key: str) -> Outcome:
    """Return an outcome. Raises OutcomeUnknown."""
    try:
        return _registry[key]
    except KeyError:
        raise OutcomeUnknown(outcome=key, known=", ".join(sorted(_registry))) from None


def list_outcomes() -> list[Outcome]:
    """Return every outcome, in the order of registration."""
    return list(_registry.values())


for _outcome in (
    Outcome("read_share", _("People who read"), Share(READS), "ratio"),
    Outcome("like_share", _("People who liked"), Share(Amount(("like",))), "ratio"),
    Outcome("save_share", _("People who saved"), Share(Amount(("save",))), "ratio"),
    Outcome("comment_share", _("People who commented"), Share(Amount(("comment",))), "ratio"),
    Outcome("follow_share", _("People who followed"), Share(Amount(("follow",))), "ratio"),
    Outcome("reads", _("Reads a person, at most 100"), Capped(READS, cap=100), "count"),
    Outcome("dwell_ms", _("Time in view a person"), Mean(Amount(("dwell",), "ms")), "ms"),
    Outcome("ctr", _("Opens an impression"), Ratio(Amount(("open",)), IMPRESSIONS), "ratio"),
    Outcome(
        "dwell_per_read", _("Time in view a read"), Ratio(Amount(("dwell",), "ms"), READS), "ms"
    ),
):
    register(_outcome)
