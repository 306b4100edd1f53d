"""What no person does: reads like clockwork, and more reads than there is time for.

Formulas, thresholds and measured error rates: docs/algorithms/detectors.md. All times are
milliseconds since 1970, ascending; nothing here knows who is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.analytics.facts import SHORTEST_READ_MS

Times = NDArray[np.int64]
Numbers = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of reads, both ends included, and what was measured in it."""

    first: int
    last: int
    measured: Numbers


def find_clockwork(at: Times, *, least_reads: int, highest_variation: float) -> list[Finding]:
    """Return the stretches in which every run of `least_reads` reads comes at regular intervals.

    Regular means that the coefficient of variation (standard deviation over mean) of what a gap has
    beyond the second that a read takes is at most `highest_variation`. `measured` holds `reads`,
    the mean `gap_ms`, and the highest `variation` among the runs.
    """
    gaps = np.diff(at).astype(np.float64)
    size = least_reads - 1
    if len(gaps) < size:
        return []
    # Somebody who leafs through as fast as can be is regular only because of that second.
    runs = np.lib.stride_tricks.sliding_window_view(np.maximum(gaps - SHORTEST_READ_MS, 0), size)
    mean = runs.mean(axis=1)
    # Reads of one moment say nothing: a clock that is ahead gives all that waited the same time.
    variation = np.divide(runs.std(axis=1), mean, out=np.full(len(runs), np.inf), where=mean > 0)
    found = []
    for start, stop in _stretches(variation <= highest_variation, reach=size):
        last = stop - 1 + size
        found.append(
            Finding(
                first=int(at[start]),
                last=int(at[last]),
                measured={
                    "reads": last - start + 1,
                    "gap_ms": int(gaps[start:last].mean()),
                    "variation": round(float(variation[start:stop].max()), 4),
                },
            )
        )
    return found


def find_impossible_rate(at: Times, *, seconds: int, most: int) -> list[Finding]:
    """Return the stretches in which more than `most` reads fall into some window of `seconds`.

    `measured` holds the `reads` of the fullest window.
    """
    if len(at) <= most:
        return []
    # The window that ends with a read, and leaves out one that is a whole window older.
    begins = np.searchsorted(at, at - seconds * 1000, side="right")
    counts = np.arange(len(at)) - begins + 1
    found: list[Finding] = []
    for end in np.flatnonzero(counts > most):
        first, last, reads = int(at[begins[end]]), int(at[end]), int(counts[end])
        if found and first <= found[-1].last:
            before = found.pop()
            first, reads = before.first, max(reads, int(before.measured["reads"]))
        found.append(Finding(first=first, last=last, measured={"reads": reads}))
    return found


def _stretches(marked: NDArray[np.bool_], *, reach: int) -> list[tuple[int, int]]:
    """Return (start, stop) of the marked runs, joined where they share a read."""
    places = np.flatnonzero(marked)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > reach)
    starts = places[np.concatenate(([0], breaks + 1))]
    stops = places[np.concatenate((breaks, [len(places) - 1]))] + 1
    return [(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def detect_clockwork(at: Times, *, signed_in: bool, limits: Mapping[str, Any]) -> list[Finding]:
    """Apply the limits `least_reads` and `highest_variation`."""
    return find_clockwork(
        at,
        least_reads=int(limits["least_reads"]),
        highest_variation=float(limits["highest_variation"]),
    )


def detect_impossible_rate(
    at: Times, *, signed_in: bool, limits: Mapping[str, Any]
) -> list[Finding]:
    """Apply the first of `windows` ([seconds, most]) that is exceeded.

    A signed-out pseudonym may be several people behind one address: it gets `signed_out_times` as
    many. `measured` also holds the `seconds` and the `most` that applied.
    """
    times = 1 if signed_in else int(limits["signed_out_times"])
    for seconds, most in limits["windows"]:
        found = find_impossible_rate(at, seconds=int(seconds), most=int(most) * times)
        if found:
            exceeded = {"seconds": int(seconds), "most": int(most) * times}
            return [
                Finding(first=one.first, last=one.last, measured=one.measured | exceeded)
                for one in found
            ]
    return []


Detect = Callable[..., list[Finding]]
DETECTORS: Final[dict[str, Detect]] = {
    "clockwork": detect_clockwork,
    "impossible_rate": detect_impossible_rate,
}


def least_reads(detector: str, limits: Mapping[str, Any]) -> int:
    """Return with how few reads in a day nobody can be flagged, plus one."""
    if detector == "clockwork":
        return int(limits["least_reads"])
    return min(int(most) for _seconds, most in limits["windows"]) + 1
