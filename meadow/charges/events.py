"""What charges tell the packages above."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True, slots=True)
class ChargeAnswered(Event):
    """Somebody agreed to a charge or declined it."""

    charge: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class ChargeEnded(Event):
    """A charge has ended: captured, voided or expired; `captured` minor units were taken in all."""

    charge: str
    captured: int
