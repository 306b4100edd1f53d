"""What accounts tell the packages above."""

from dataclasses import dataclass

from meadow.core.events import Event


@dataclass(frozen=True)
class PersonJoined(Event):
    """Somebody made an account."""

    person_id: int


@dataclass(frozen=True)
class PersonFollowed(Event):
    """One person began to follow another."""

    follower_id: int
    followed_id: int


@dataclass(frozen=True)
class PersonUnfollowed(Event):
    """One person stopped following another."""

    follower_id: int
    followed_id: int


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
    """A person's name, picture or words changed."""

    person_id: int
