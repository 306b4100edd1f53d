"""An interval, and the honest answer that there is none yet; both for one stream or thousands."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Intervals:
    """Bounds of one unknown number, an element a stream (or a stream and moment).

    Where `known` is false there is not enough data yet: the bounds are then all that was known
    before any data (infinite where nothing bounds the number) and exclude nothing.
    """

    low: Array
    high: Array
    estimate: Array
    known: Flags

    def excludes(self, truth: float | Array) -> Flags:
        """Return where `truth` lies outside."""
        outside: Flags = (self.low > truth) | (self.high < truth)
        return outside

    def scaled(self, by: float) -> "Intervals":
        """Return the same intervals in another unit, `by` (positive) of which are one of these."""
        return Intervals(self.low * by, self.high * by, self.estimate * by, self.known)

    @property
    def width(self) -> Array:
        """High minus low."""
        return self.high - self.low


def around(
    *, estimate: Array, radius: Array, enough: Flags, floor: float, ceiling: float
) -> Intervals:
    """Return `estimate` plus and minus `radius`, held inside `floor` and `ceiling`.

    An interval that is no narrower than what was known before says nothing, and counts as unknown.
    """
    with np.errstate(invalid="ignore"):
        low = np.maximum(estimate - radius, floor)
        high = np.minimum(estimate + radius, ceiling)
        known = enough & np.isfinite(radius) & ((low > floor) | (high < ceiling))
    return Intervals(
        low=np.where(known, low, floor),
        high=np.where(known, high, ceiling),
        estimate=np.clip(estimate, floor, ceiling),
        known=known,
    )
