"""What waits, oldest first: the question that packages answer about their own, and its two answers."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet, Sum

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Ask:
    """Which of what waits: at most `most` after a place, only those from before a moment."""

    now: dt.datetime
    most: int = 50
    after: tuple[dt.datetime, str] | None = None
    before: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits since a moment: `amount` minor units of `unit`, None where it is no amount."""

    name: str
    since: dt.datetime
    amount: int | None
    unit: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """How many wait, and how much of a unit ("" for what is no amount)."""

    unit: str
    count: int
    amount: int


def oldest_first(rows: "QuerySet[M]", ask: Ask, *, when: str) -> "list[M]":
    """Return the rows that are asked for, by the field `when` and then by `public_id`."""
    rows = _before(rows, ask, when)
    if ask.after is not None:
        at, name = ask.after
        later = Q(**{f"{when}__gt": at}) | Q(**{when: at, "public_id__gt": name})
        rows = rows.filter(later)
    return list(rows.order_by(when, "public_id")[: ask.most])


def add_up(rows: "QuerySet[Any]", ask: Ask, *, when: str, amount: Any, unit: str) -> list[Total]:
    """Return how many rows are asked for and how much that is, by unit; `most` and `after` do not count."""
    found = _before(rows, ask, when).values_list(unit)
    summed = found.annotate(rows=Count("pk"), total=Sum(amount)).order_by(unit)
    return [Total(unit=one, count=count, amount=int(total)) for one, count, total in summed]


def _before(rows: "QuerySet[M]", ask: Ask, when: str) -> "QuerySet[M]":
    return rows if ask.before is None else rows.filter(**{f"{when}__lt": ask.before})
