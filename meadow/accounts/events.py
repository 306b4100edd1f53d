"""What accounts tell the packages above."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True)
class PersonJoined(Event):
    """Somebody made an account."""

    person_id: int


@dataclass(frozen=True)
class PersonFollowed(Event):
    """One person began to follow another; `at` is ISO 8601 in UTC."""

    follower_id: int
    followed_id: int
    at: str


@dataclass(frozen=True)
class PersonUnfollowed(Event):
    """One person stopped following another, or a block ended it."""

    follower_id: int
    followed_id: int
    at: str


@dataclass(frozen=True)
class PersonBlocked(Event):
    """One person blocked another; follows between them are gone."""

    blocker_id: int
    blocked_id: int


@dataclass(frozen=True)
class PersonUnblocked(Event):
    """One person took a block back."""

    blocker_id: int
    blocked_id: int


@dataclass(frozen=True)
class ProfileChanged(Event):
    """A person's name, picture, words or e-mail address changed, or the address was confirmed."""

    person_id: int


@dataclass(frozen=True)
class ReadingForgotten(Event):
    """A person's old facts belong to nobody now: they go by another pseudonym from here on."""

    person_id: int
