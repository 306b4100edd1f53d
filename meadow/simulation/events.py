"""Events as columns: what happened on one day, before it becomes facts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

KINDS: Final = (
    "impression",
    "open",
    "read",
    "dwell",
    "complete",
    "share",
    "like",
    "save",
    "comment",
    "follow",
    "search",
)
CODES: Final = {kind: code for code, kind in enumerate(KINDS)}
SURFACES: Final = ("", "hot", "follow", "profile", "topic", "search")
SURFACE_CODES: Final = {surface: code for code, surface in enumerate(SURFACES)}
ATTACKS: Final = (
    "",
    "clockwork",
    "impossible_rate",
    "token_reuse",
    "bought_followers",
    "like_ring",
)
ATTACK_CODES: Final = {attack: code for code, attack in enumerate(ATTACKS)}
NOBODY: Final = -1


@dataclass(frozen=True)
class Events:
    """Columns of equal length, one row an event.

    `person`, `author` and `note` are rows of the world, NOBODY where there is none; `topic` is what
    was searched for; `token` is above 0 where events share a token that they should not.
    """

    kind: NDArray[np.int8]
    at_ms: NDArray[np.int64]
    person: NDArray[np.int32]
    note: NDArray[np.int32]
    author: NDArray[np.int32]
    surface: NDArray[np.int8]
    slot: NDArray[np.int16]
    ms: NDArray[np.int32]
    topic: NDArray[np.int8]
    attack: NDArray[np.int8]
    token: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, places: Any) -> "Events":
        """Return some of the rows, or all of them in another order."""
        return Events(**{one.name: getattr(self, one.name)[places] for one in fields(self)})


_KINDS_OF_COLUMN: Final = {
    "kind": np.int8,
    "at_ms": np.int64,
    "person": np.int32,
    "note": np.int32,
    "author": np.int32,
    "surface": np.int8,
    "slot": np.int16,
    "ms": np.int32,
    "topic": np.int8,
    "attack": np.int8,
    "token": np.int32,
}
_MISSING: Final = {"note": NOBODY, "author": NOBODY, "topic": NOBODY}


def make_events(kind: str, **given: Any) -> Events:
    """Return events of one kind; what is not given is 0, or NOBODY."""
    count = len(given["at_ms"])
    columns = {"kind": CODES[kind]} | given
    return Events(
        **{
            name: np.broadcast_to(
                np.asarray(columns.get(name, _MISSING.get(name, 0))), (count,)
            ).astype(dtype)
            for name, dtype in _KINDS_OF_COLUMN.items()
        }
    )


def join(parts: Sequence[Events]) -> Events:
    """Return events in order of time; what happens in one millisecond keeps the order given."""
    columns = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts])
        for one in fields(Events)
    }
    return Events(**columns).take(np.argsort(columns["at_ms"], kind="stable"))
