"""Everybody with an active account by where, when and how known: what groups of people are made of.

Integers for numpy, nothing that names a person; `read_lots` is the one draw by public id.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meadow.core.columns import read_columns

Ids = NDArray[np.int64]
LOTS: Final = 10_000
# The two letters of a region as one number, 0 for a person who does not say it.
_REGION: Final = (
    "CASE WHEN length(p.region) = 2"
    " THEN ascii(left(p.region, 1)) * 256 + ascii(right(p.region, 1)) ELSE 0 END::bigint"
)
_CENSUS: Final = f"""
SELECT p.id::bigint, {_REGION},
       coalesce((extract(year from p.joined_at at time zone 'UTC') * 12
                 + extract(month from p.joined_at at time zone 'UTC') - 1)::bigint, 0),
       coalesce(floor(greatest(extract(epoch from %(now)s::timestamptz - p.joined_at), 0)
                      / 86400)::bigint, 0),
       p.follower_count::bigint, (p.role IN ('moderator', 'operator'))::int::bigint
FROM accounts_person p WHERE p.is_active ORDER BY p.id
"""  # noqa: S608
# The first eight bytes of a digest modulo 10,000, in halves since a bigint has a sign.
_LOTS: Final = f"""
SELECT p.id::bigint,
       mod(mod(('x' || substr(p.digest, 1, 8))::bit(32)::bigint, {LOTS}) * mod(4294967296, {LOTS})
           + ('x' || substr(p.digest, 9, 8))::bit(32)::bigint, {LOTS})::bigint
FROM (SELECT id, encode(sha256(convert_to(%(salt)s || ':' || public_id, 'UTF8')), 'hex') AS digest
      FROM accounts_person WHERE is_active) p ORDER BY p.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Census:
    """Everybody active, ascending by id. `months` count from year 0; 0 is a moment nobody knows."""

    ids: Ids
    regions: Ids
    months: Ids
    age_days: Ids
    followers: Ids
    staff: NDArray[np.bool_]


def count_active() -> int:
    """Return how many people have an active account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_person WHERE is_active")
        return int(cursor.fetchone()[0])


def read_census(*, now: dt.datetime) -> Census:
    """Return what is known of everybody active at `now`."""
    found = read_columns(_CENSUS, {"now": now}, columns=6)
    ids, regions, months, age_days, followers, staff = found
    return Census(
        ids=ids,
        regions=regions,
        months=months,
        age_days=age_days,
        followers=followers,
        staff=staff.astype(bool),
    )


def read_lots(*, salt: str) -> tuple[Ids, Ids]:
    """Return the ids of everybody active and their lots, 0 to 9,999: the same for ever.

    That is SHA-256 of `salt:public id`, its first eight bytes as a whole number modulo 10,000.
    """
    ids, lots = read_columns(_LOTS, {"salt": salt}, columns=2)
    return ids, lots


def code_of(region: str) -> int:
    """Return the number that stands for a region in a census."""
    return ord(region[0]) * 256 + ord(region[1]) if len(region) == 2 else 0


def region_of(code: int) -> str:
    """Return the region that a number stands for, empty for nobody's."""
    return chr(code // 256) + chr(code % 256) if code else ""
