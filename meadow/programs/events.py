"""What programs tell the packages above."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True)
class StandingChanged(Event):
    """Somebody stands elsewhere with a program than before; `before` is None for a first state."""

    person_id: int
    program: str
    capability: str
    before: str | None
    state: str
    reason: str
