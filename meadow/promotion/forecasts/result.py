"""What a buyer is told before paying, and how it is kept with the order."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

# Kept with each forecast, so that what it is compared with later is read as it was meant.
METHOD: Final = 2


class Range(NamedTuple):
    """With 80 % probability it lies from `low` to `high`; `middle` is as often passed as missed."""

    low: int
    middle: int
    high: int


class Note(StrEnum):
    """What a buyer should know beside the numbers; pages say it in sentences."""

    # No traffic is known yet: there are no ranges, and none are made up.
    NOTHING_KNOWN = "nothing_known"
    # Less than a week of traffic is known: the ranges are wide.
    LITTLE_KNOWN = "little_known"
    # In the middle, part of the budget stays unspent, and goes back.
    BUDGET_TOO_LARGE = "budget_too_large"
    # So few people are reached that the cap on showings binds, or hardly anybody is there.
    AUDIENCE_SMALL = "audience_small"
    # How this note and its author are received is not known: others' figures stand in.
    RESPONSE_UNKNOWN = "response_unknown"
    # No share held out would show the smallest effect worth knowing: the report may not tell.
    LIFT_UNSURE = "lift_unsure"


@dataclass(frozen=True, slots=True)
class Forecast:
    """An order's people, valid impressions and results of its goal; all None where nothing is known.

    `cost` is minor units of the order's unit for 1,000 impressions: `low` the best, `high` the worst.
    `holdout` is the share held out, of 10,000. `method` numbers how it was computed.
    """

    people: Range | None
    impressions: Range | None
    results: Range | None
    cost: Range | None
    holdout: int
    notes: tuple[Note, ...] = ()
    method: int = METHOD

    @property
    def is_known(self) -> bool:
        """Whether there are numbers at all."""
        return self.impressions is not None

    def noting(self, note: Note) -> "Forecast":
        """Return the same forecast with one note more."""
        return replace(self, notes=(*self.notes, note))

    def to_json(self) -> dict[str, Any]:
        """Return what `Order.forecast` keeps; a range is [low, middle, high] or null."""
        ranges = {name: getattr(self, name) for name in _RANGES}
        kept = {name: None if given is None else list(given) for name, given in ranges.items()}
        return kept | {
            "holdout": self.holdout,
            "method": self.method,
            "notes": [str(note) for note in self.notes],
        }


_RANGES: Final = ("people", "impressions", "results", "cost")


def forecast_from_json(kept: dict[str, Any]) -> Forecast | None:
    """Return the forecast that an order keeps, None where it keeps none."""
    if not kept:
        return None
    ranges = {name: None if kept[name] is None else Range(*kept[name]) for name in _RANGES}
    notes = tuple(Note(code) for code in kept["notes"])
    return Forecast(holdout=kept["holdout"], method=kept["method"], notes=notes, **ranges)
