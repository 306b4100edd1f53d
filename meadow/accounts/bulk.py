"""People and follows in numbers, for worlds that are made or moved here: no mail, no events."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from django.contrib.auth.hashers import make_password
from numpy.typing import NDArray

from meadow.accounts.models import Follow, Person
from meadow.core.bulk import add_to_counts, copy_table, repeat, reserve_ids
from meadow.core.transactions import transaction_required

Ids = NDArray[np.int64]
# What a caller says of each person; the rest of a row is what everybody starts with.
GIVEN = ("public_id", "handle", "name", "bio", "language", "pseudonym", "joined_at")


@transaction_required
def add_people(*, people: Any) -> Ids:
    """Add people who cannot sign in, one a row of a pyarrow table with the columns of GIVEN.

    Returns their ids in the order of the rows. Raises IntegrityError when a handle is taken.
    """
    count = people.num_rows
    ids = reserve_ids(table=Person._meta.db_table, count=count)
    rows = people.select(list(GIVEN)).append_column("id", pa.array(ids))
    empty = repeat("", count)
    for name, column in {
        "password": repeat(make_password(None), count),
        "email": empty,
        "region": empty,
        "gender": empty,
        "role": repeat(Person.Role.MEMBER.value, count),
        "theme": repeat(Person.Theme.AUTO.value, count),
        "follower_count": repeat(0, count),
        "following_count": repeat(0, count),
        "is_active": repeat(True, count),
        "is_superuser": repeat(False, count),
    }.items():
        rows = rows.append_column(name, column)
    copy_table(into=Person._meta.db_table, rows=rows)
    return ids


@transaction_required
def add_follows(*, followers: Ids, followed: Ids, at: Any) -> None:
    """Add follows that are not there yet and count them at both ends; `at` are UTC timestamps.

    Raises IntegrityError for a pair that is there, or somebody who follows themselves.
    """
    rows = pa.table({"follower_id": followers, "followed_id": followed, "created_at": at})
    copy_table(into=Follow._meta.db_table, rows=rows)
    people = Person._meta.db_table
    add_to_counts(table=people, column="following_count", ids=followers)
    add_to_counts(table=people, column="follower_count", ids=followed)


@transaction_required
def set_password(*, person_id: int, password: str) -> None:
    """Let one of them sign in after all."""
    Person.objects.filter(pk=person_id).update(password=make_password(password))


def find_people(public_ids: Sequence[str]) -> dict[str, int]:
    """Return the ids of those people who are here, by public id."""
    return dict(Person.objects.filter(public_id__in=public_ids).values_list("public_id", "pk"))
