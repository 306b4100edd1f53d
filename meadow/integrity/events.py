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


@dataclass(frozen=True)
class ContentHidden(Event):
    """A note or comment was taken from view, and its owner has done so; `at` is ISO 8601 in UTC."""

    kind: str
    public_id: str
    author_id: int
    decision_id: str
    at: str


@dataclass(frozen=True)
class ContentRestored(Event):
    """A note or comment is in view again; `decision_id` names what had hidden it."""

    kind: str
    public_id: str
    author_id: int
    decision_id: str
    at: str


@dataclass(frozen=True)
class PersonSuspended(Event):
    """Somebody may write nothing for a time and is still shown; `at` is ISO 8601 in UTC."""

    person_id: int
    decision_id: str
    at: str


@dataclass(frozen=True)
class PersonWritesAgain(Event):
    """Somebody may write again; `decision_id` names what had suspended them."""

    person_id: int
    decision_id: str
    at: str
