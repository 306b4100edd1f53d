"""The live campaigns as columns in memory: a place is a row, the same as in `audiences.membership`."""

import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.uint32]
START: Final = 1024
# Quality 1.0 in whole thousandths, so that scores are compared without rounding.
QUALITY_ONE: Final = 1000
QUALITY_MOST: Final = 10_000
MONEY_MOST: Final = 10**14
COLUMNS: Final = {
    "number": np.int64,
    "author": np.int64,
    "topic": np.int32,
    "rate": np.float64,
    "quality": np.int64,
    "cap": np.int32,
    "low": np.float64,
    "high": np.float64,
    "share": np.float64,
    "money": np.int64,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One campaign as the auction sees it.

    rate: predicted response of a usual person, calibrated; topic: which of the person's affinities
    multiplies it. quality: thousandths. cap: times one person may be shown it; 0 is no cap. low, high,
    share: the pacer's bid, in micro units per response. money: what this process was lent, in micro units.
    """

    number: int
    author: int
    topic: int
    rate: float
    quality: int = QUALITY_ONE
    cap: int = 0
    low: float = 0.0
    high: float = 0.0
    share: float = 1.0
    money: int = 0


class Field:
    """Columns by place. One writer; readers of the same thread see a whole row or none."""

    def __init__(self) -> None:
        self.version = 0
        self.columns: dict[str, NDArray[Any]] = {
            name: np.zeros(START, kind) for name, kind in COLUMNS.items()
        }
        # The most that a row's score can be per unit of affinity; 0 where nobody stands.
        self.bound: NDArray[np.float64] = np.zeros(START)

    def enter(self, *, place: int, entry: Entry) -> None:
        """Put a campaign in, or change it. Raises ValueError for what no auction can compare."""
        sound = (
            0 <= entry.rate <= 1
            and 1 <= entry.quality <= QUALITY_MOST
            and 0 <= entry.low <= entry.high < np.inf
            and 0 <= entry.share <= 1
            and 0 <= entry.money <= MONEY_MOST
            and entry.cap >= 0
            and entry.topic >= 0
        )
        if not sound:
            raise ValueError(f"an entry out of its range: {entry}")
        self._make_room(place)
        for name, column in self.columns.items():
            column[place] = getattr(entry, name)
        self.bound[place] = entry.high * entry.rate * entry.quality if entry.money else 0.0
        self.version += 1

    def leave(self, *, place: int) -> None:
        """Take a campaign out; nobody bids from that place any more."""
        if place < len(self.bound):
            self.bound[place] = 0.0
            for name in ("low", "high", "money"):
                self.columns[name][place] = 0
        self.version += 1

    def pace(
        self,
        *,
        places: Places,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        share: NDArray[np.float64],
        money: NDArray[np.int64],
    ) -> None:
        """Take in the pacers' bids and this process's loans, about once a second."""
        columns = self.columns
        columns["low"][places], columns["high"][places] = low, high
        columns["share"][places] = share
        columns["money"][places] = np.minimum(money, MONEY_MOST)
        worth = high * columns["rate"][places] * columns["quality"][places]
        self.bound[places] = np.where(money > 0, worth, 0.0)
        self.version += 1

    def spend(self, *, place: int, amount: int) -> None:
        """Take a price off what this process was lent."""
        left = max(int(self.columns["money"][place]) - amount, 0)
        self.columns["money"][place] = left
        if not left:
            self.bound[place] = 0.0

    def pack(self) -> bytes:
        """Return everything as one snapshot for other processes."""
        kept = io.BytesIO()
        arrays = {"version": np.array(self.version), "bound": self.bound, **self.columns}
        np.savez(kept, allow_pickle=False, **arrays)
        return kept.getvalue()

    @classmethod
    def unpack(cls, snapshot: bytes) -> "Field":
        """Return the field of a snapshot."""
        field = cls()
        with np.load(io.BytesIO(snapshot), allow_pickle=False) as kept:
            field.version = int(kept["version"])
            field.bound = kept["bound"]
            field.columns = {name: kept[name] for name in COLUMNS}
        return field

    def _make_room(self, place: int) -> None:
        size = len(self.bound)
        if place < size:
            return
        more = max(place + 1, 2 * size) - size
        self.bound = np.concatenate([self.bound, np.zeros(more)])
        self.columns = {
            name: np.concatenate([column, np.zeros(more, column.dtype)])
            for name, column in self.columns.items()
        }
