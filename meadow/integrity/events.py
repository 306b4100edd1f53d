"""What integrity tells the packages above."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True)
class ViolationOpened(Event):
    """A violation of `rule` was recorded about somebody; `at` is ISO 8601 in UTC."""

    person_id: int
    violation_id: str
    rule: str
    at: str


@dataclass(frozen=True)
class ViolationClosed(Event):
    """A violation is open no more: `reason` is served or mistaken; `at` is ISO 8601 in UTC."""

    person_id: int
    violation_id: str
    rule: str
    reason: str
    at: str
