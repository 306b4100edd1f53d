"""Whether a person is shown to others and may write: what those who keep order decided.

A hidden person is there for themselves only: their page, notes and comments are nobody else's to
see. A suspended one reads on, and writes nothing but what mends, ends or appeals.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from meadow.accounts.models import Person
from meadow.core import clock
from meadow.core.errors import Message, PermissionDenied
from meadow.core.transactions import transaction_required

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_still_open: list[tuple[re.Pattern[str], tuple[str, ...]]] = []


class Suspended(PermissionDenied):
    """Those who keep order let this person write nothing for a time; `until` is ISO 8601 or empty."""

    code = "accounts.suspended"
    message = _("You cannot write here for now.")
    hint = _("The line at the top of each page leads to the reasons, and to an appeal.")

    def text(self) -> str:
        """Say until when, in the reader's form, where an end was set."""
        if not self.params["until"]:
            return str(self.message)
        until = dt.datetime.fromisoformat(self.params["until"])
        day = formats.date_format(timezone.localtime(until), "DATETIME_FORMAT")
        said: Message = _("You cannot write here until %(day)s UTC.")
        return str(said) % {"day": day}


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds about a person: since when, and until when (None: until it is lifted)."""

    hidden_at: dt.datetime | None = None
    hidden_until: dt.datetime | None = None
    suspended_at: dt.datetime | None = None
    suspended_until: dt.datetime | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether nobody else sees them."""
        return self.hidden_at is not None

    def is_suspended(self, *, now: dt.datetime) -> bool:
        """Whether they may write nothing now; what has run out holds no longer."""
        until = self.suspended_until
        return self.suspended_at is not None and (until is None or until > now)


FIELDS: Final = ("hidden_at", "hidden_until", "suspended_at", "suspended_until")


def shown(person: str = "p") -> str:
    """Return SQL: whoever has this row of accounts_person is shown to others."""
    return f"({person}.is_active AND {person}.hidden_at IS NULL)"


def author_is_shown(author_id: str) -> str:
    """Return SQL: nobody keeps the person with this id from view; a look into a tiny index."""
    return (
        "(NOT EXISTS (SELECT 1 FROM accounts_person kept_p"  # noqa: S608 - our own texts
        f" WHERE kept_p.id = {author_id} AND kept_p.hidden_at IS NOT NULL))"
    )


def is_shown_to(viewer_id: int | None, through: str = "") -> Q:
    """Return the condition that a viewer may see a person; `through` leads to the person."""
    everybody = Q(**{f"{through}hidden_at__isnull": True})
    mine = Q(**{(through or "pk").rstrip("_"): viewer_id}) if viewer_id is not None else Q()
    return Q(**{f"{through}is_active": True}) & (everybody | mine)


def get_standing(person_id: int) -> Standing:
    """Return what holds about a person; nothing about somebody who is gone."""
    row = Person.objects.filter(pk=person_id).values_list(*FIELDS).first()
    return Standing(*row) if row else Standing()


@transaction_required
def hold_standing(person_id: int) -> Standing:
    """Return what holds about a person, and keep it so until the use case ends.

    Taken before any note, as whoever restricts a person does.
    """
    rows = Person.objects.raw(
        "SELECT id, hidden_at, hidden_until, suspended_at, suspended_until"
        " FROM accounts_person WHERE id = %s FOR SHARE",
        [person_id],
    )
    for row in rows:
        return Standing(*(getattr(row, name) for name in FIELDS))
    return Standing()


@transaction_required
def hold_writer(person_id: int, *, now: dt.datetime) -> Standing:
    """Return what holds about somebody who writes, kept until the use case ends. Raises Suspended."""
    standing = hold_standing(person_id)
    refuse_suspended(standing, now=now)
    return standing


def refuse_suspended(standing: Standing, *, now: dt.datetime) -> None:
    """Raise Suspended for whoever may write nothing now."""
    if standing.is_suspended(now=now):
        until = standing.suspended_until
        raise Suspended(until=until.isoformat() if until else "")


@transaction_required
def lock_person(person_id: int) -> None:
    """Hold a person's row: whoever writes as them waits."""
    held = Person.objects.select_for_update(no_key=True).filter(pk=person_id)
    held.values_list("pk").first()


@transaction_required
def set_standing(person_id: int, standing: Standing) -> None:
    """Make this what holds about a person; the caller holds their row."""
    Person.objects.filter(pk=person_id).update(**{name: getattr(standing, name) for name in FIELDS})


def list_run_out(*, now: dt.datetime, most: int = 500) -> list[int]:
    """Return the ids of people about whom something holds whose time is over."""
    over = Q(hidden_until__lte=now) | Q(suspended_until__lte=now)
    return list(Person.objects.filter(over).order_by("pk").values_list("pk", flat=True)[:most])


def keep_open(pattern: str, *, methods: tuple[str, ...] = ()) -> None:
    """Let suspended people write to what matches, by these methods or any; for AppConfig.ready()."""
    _still_open.append((re.compile(pattern), methods))


def check_request(request: HttpRequest, person: Person) -> None:
    """Refuse what a suspended person may not send. Raises Suspended.

    Everything but reading is refused unless it was kept open, so that a new address is closed to
    them until somebody thought about it.
    """
    if person.suspended_at is None or request.method in SAFE_METHODS:
        return
    for pattern, methods in _still_open:
        if pattern.search(request.path) and (not methods or request.method in methods):
            return
    standing = Standing(*(getattr(person, name) for name in FIELDS))
    refuse_suspended(standing, now=clock.now())
