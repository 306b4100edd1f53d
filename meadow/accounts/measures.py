"""Figures of people as numbers, of a few or of everybody, for rules that weigh them.

Every figure is one of `FIGURES`; who has none has 0. Only people with an account that is active
are there when everybody is asked for.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meadow.core.columns import read_columns
from meadow.core.database import fetch_prepared

Ids = NDArray[np.int64]
_PERSON: Final = "accounts_person"
_DAY: Final = "86400 * 1000000::bigint"
_MICROS: Final = "(extract(epoch from p.joined_at) * 1000000)::bigint"
_NOW: Final = "(extract(epoch from %(now)s::timestamptz) * 1000000)::bigint"
# The e-mail address of the account, confirmed: another confirmed address of the same person is not it.
_VERIFIED: Final = (
    "EXISTS (SELECT FROM account_emailaddress e WHERE e.user_id = p.id AND e.verified"
    " AND lower(e.email) = lower(p.email))"
)
FIGURES: Final[Mapping[str, str]] = {
    "followers": "p.follower_count::bigint",
    "following": "p.following_count::bigint",
    "account_age_days": f"coalesce(greatest({_NOW} - {_MICROS}, 0) / ({_DAY}), 0)",
    # The year is all that is known, so a birthday counts from the end of its year.
    "age_years": (
        "coalesce(greatest(extract(year from %(now)s::timestamptz at time zone 'UTC')::bigint"
        " - p.birth_year - 1, 0), 0)"
    ),
    "has_photo": "(p.avatar_id IS NOT NULL)::int::bigint",
    "has_bio": "(p.bio <> '')::int::bigint",
    "email_verified": f"({_VERIFIED})::int::bigint",
    "region_in": "(p.region = ANY(%(regions)s))::int::bigint",
}


@dataclass(frozen=True, slots=True)
class Joined:
    """When people joined, in µs since 1970: ascending ids and their moments."""

    ids: Ids
    at: Ids


def active_people() -> Ids:
    """Return the ids of everybody with an active account, ascending."""
    statement = f"SELECT id::bigint FROM {_PERSON} WHERE is_active"  # noqa: S608
    return read_columns(statement, columns=1)[0]


def read_figure(
    figure: str, *, person_ids: Sequence[int], now: dt.datetime, regions: Sequence[str] = ()
) -> dict[int, int]:
    """Return one of FIGURES of a few people; who does not exist is missing."""
    values: dict[str, Any] = {"now": now, "regions": list(regions), "ids": list(person_ids)}
    statement = f"SELECT p.id, {FIGURES[figure]} FROM {_PERSON} p WHERE p.id = ANY(%(ids)s)"  # noqa: S608
    return dict(fetch_prepared(statement, values))


def read_figure_of_all(
    figure: str, *, now: dt.datetime, regions: Sequence[str] = ()
) -> tuple[Ids, Ids]:
    """Return the ids of everybody active, ascending, and one of FIGURES of each."""
    ids, values = read_columns(
        f"SELECT p.id::bigint, {FIGURES[figure]} FROM {_PERSON} p"  # noqa: S608
        " WHERE p.is_active",
        {"now": now, "regions": list(regions)},
        columns=2,
    )
    return ids, values


def read_joined(person_ids: Sequence[int] | None) -> Joined:
    """Return when these people, or everybody active, joined; who did not say is missing."""
    chosen = "p.is_active" if person_ids is None else "p.id = ANY(%(ids)s)"
    ids, at = read_columns(
        f"SELECT p.id::bigint, {_MICROS} FROM {_PERSON} p"  # noqa: S608
        f" WHERE {chosen} AND p.joined_at IS NOT NULL",
        {"ids": list(person_ids or ())},
        columns=2,
    )
    return Joined(ids=ids, at=at)


def people_with_birth_year(person_ids: Sequence[int] | None) -> Ids:
    """Return which of these people, or of everybody active, said their year of birth."""
    chosen = "p.is_active" if person_ids is None else "p.id = ANY(%(ids)s)"
    return read_columns(
        f"SELECT p.id::bigint FROM {_PERSON} p"  # noqa: S608
        f" WHERE {chosen} AND p.birth_year IS NOT NULL",
        {"ids": list(person_ids or ())},
        columns=1,
    )[0]


def read_follow_days(
    person_id: int, *, since: dt.datetime, until: dt.datetime
) -> dict[dt.date, int]:
    """Return how many of a person's followers of today came on each UTC day, where some did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (created_at AT TIME ZONE 'UTC')::date, count(*) FROM accounts_follow"
            " WHERE followed_id = %s AND created_at >= %s AND created_at < %s GROUP BY 1",
            [person_id, since, until],
        )
        return dict(cursor.fetchall())
