"""What promotion tells the packages above, and its own jobs."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """Somebody ordered reach for a note: it is paid for, and waits for review or runs already."""

    order: str
    buyer: int
    note: int
    author: int


@dataclass(frozen=True, slots=True)
class OrderEnded(Event):
    """An order has ended: `state` is rejected, cancelled or finished; its rest follows."""

    order: str
    state: str
    author: int
