"""Who of an order's audience is held out, and what is logged when its turn comes: in both arms the same."""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Final

from meadow.experiments.assignment import BUCKETS, place
from meadow.experiments.queries import Running

HELD_OUT: Final = 0
BOOSTED: Final = 1
_ARMS: Final = ("held_out", "boosted")


@dataclass(frozen=True, slots=True)
class Draw:
    """An order's lot: `share` of 10,000 people are held out. Neither ever changes for an order."""

    order: str
    salt: str
    share: int
    lot: Running = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a share that leaves an arm empty; keep what assignment asks for."""
        if not 0 < self.share < BUCKETS:
            raise ValueError(f"a share is 1 to {BUCKETS - 1} of {BUCKETS}, not {self.share}")
        weights = (self.share, BUCKETS - self.share)
        lot = Running(key=self.order, salt=self.salt, traffic=BUCKETS, arms=_ARMS, weights=weights)
        object.__setattr__(self, "lot", lot)

    @property
    def boosted(self) -> float:
        """The chance of a person to be boosted."""
        return 1 - self.share / BUCKETS


@dataclass(frozen=True, slots=True)
class Opportunity:
    """An impression that the auction gave to an order: served, or a ghost of one."""

    order: str
    person: str
    at: dt.datetime
    arm: int

    @property
    def is_ghost(self) -> bool:
        """Whether it must not be shown: the slot goes to whatever comes next."""
        return self.arm == HELD_OUT


def new_salt() -> str:
    """Return 128 random bits for a new order, in hexadecimal."""
    return secrets.token_hex(16)


def arm_of(draw: Draw, *, person: str) -> int:
    """Return HELD_OUT or BOOSTED, always the same for a person (a pseudonym) and order."""
    arm = place(draw.lot, unit=person)
    if (
        arm is None
    ):  # Everybody takes part, so this cannot be; were it so, nobody is shown anything.
        return HELD_OUT
    return arm.index


def meet_opportunity(draw: Draw, *, person: str, at: dt.datetime) -> Opportunity:
    """Return what is logged now that the order has won a slot of this person's page.

    Asked only *after* the auction was won, by rules that know nothing of the arm (targeting, price,
    pacing, the frequency cap, where ghosts count as served ones do): so both arms hold the people
    who were, or would have been, shown it, and differ in nothing but that.
    """
    return Opportunity(order=draw.order, person=person, at=at, arm=arm_of(draw, person=person))
