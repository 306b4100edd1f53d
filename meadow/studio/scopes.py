"""Whose figures a page shows, over which days, and the addresses that lead on from there."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from meadow.accounts.errors import PersonMissing
from meadow.accounts.permissions import is_operator, require_person
from meadow.accounts.queries import get_profile
from meadow.analytics.subjects import NoteSubject
from meadow.programs.checks import check
from meadow.studio.errors import NotYourStudio
from meadow.studio.opening import CAPABILITY
from meadow.studio.periods import Period

HANDLE: Final = re.compile(r"[A-Za-z0-9_]{3,30}")


@dataclass(frozen=True, slots=True)
class Creator:
    """Somebody whose figures are shown; `is_me` unless an operator looks."""

    id: int
    handle: str
    name: str
    follower_count: int
    is_me: bool


@dataclass(frozen=True, slots=True)
class View:
    """What one page is about: a creator, some days, perhaps one note of theirs."""

    creator: Creator
    period: Period
    note: NoteSubject | None = None

    @property
    def author_id(self) -> int:
        """The id of whose figures these are."""
        return self.creator.id

    @property
    def note_id(self) -> int | None:
        """The id of the note, or None for all of them."""
        return self.note.note_id if self.note else None

    def address(self, name: str, *args: str, **asked: Any) -> str:
        """Return an address of the Studio that keeps whose figures and which days are shown."""
        kept = {**self.owner, **self.period.address, **asked}
        return with_query(reverse(name, args=args), kept)

    def with_period(self, period: Period) -> "View":
        """Return the same page over other days."""
        return View(self.creator, period, self.note)

    @property
    def owner(self) -> dict[str, str]:
        """The part of an address that names another creator, for operators."""
        return {} if self.creator.is_me else {"author": self.creator.handle}

    def facts(self, metric: str, **narrow: Any) -> str:
        """Return the address of the facts behind a number, as exactly as the number is."""
        day: dt.date | None = narrow.pop("day", None)
        since, until = (day, day) if day else (self.period.since, self.period.until)
        asked = {
            "metric": metric,
            **({"note": self.note.public_id} if self.note else {}),
            "since": narrow.pop("since", since),
            "until": narrow.pop("until", until),
            **narrow,
            **self.owner,
        }
        return with_query(reverse("studio_facts"), asked)


def find_creator(*, reader: Any, handle: str | None) -> Creator:
    """Return whose figures are asked for: one's own, or for an operator those of `handle`.

    Behind the door of the Creator Center, over the API too, for an operator who looks at somebody
    else as well. Raises NotSignedIn, NotYourStudio, CapabilityClosed, PersonMissing.
    """
    person = require_person(reader)
    is_own = not handle or handle.lower() == person.handle.lower()
    if not is_own and not is_operator(person):
        raise NotYourStudio
    check(person.pk, CAPABILITY)
    if not handle or is_own:
        return Creator(
            id=person.pk,
            handle=person.handle,
            name=person.name or person.handle,
            follower_count=person.follower_count,
            is_me=True,
        )
    if not HANDLE.fullmatch(handle):
        raise PersonMissing
    profile = get_profile(handle, viewer_id=None)
    return Creator(
        id=profile.card.id,
        handle=profile.card.handle,
        name=profile.card.shown_name,
        follower_count=profile.follower_count,
        is_me=False,
    )


def with_query(path: str, asked: dict[str, Any]) -> str:
    """Return a path with what is asked behind it; what is None is left out."""
    given = {name: value for name, value in asked.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path
