"""People and follows in numbers: rows as services make them, counted at both ends."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.db import IntegrityError

from meadow.accounts.bulk import add_follows, add_people, find_people, set_password
from meadow.accounts.models import Follow, Person
from meadow.accounts.queries import get_person_by_handle
from meadow.accounts.testing import make_person
from meadow.core.bulk import utc
from meadow.core.transactions import transaction

NOON_MS = 1_777_636_800_000


def rows(*handles: str) -> Any:
    count = len(handles)
    return pa.table(
        {
            "public_id": [f"p{handle}" for handle in handles],
            "handle": list(handles),
            "name": [handle.title() for handle in handles],
            "bio": [""] * count,
            "language": ["en"] * count,
            "pseudonym": [f"{place:032x}" for place in range(count)],
            "joined_at": utc([NOON_MS] * count),
        }
    )


@pytest.mark.django_db
def test_people_are_members_who_cannot_sign_in_until_they_get_a_password() -> None:
    with transaction():
        ids = add_people(people=rows("ann", "bob"))

    ann = Person.objects.get(pk=ids[0])
    assert (ann.handle, ann.name, ann.role, ann.is_active) == ("ann", "Ann", "member", True)
    assert ann.joined_at is not None
    assert ann.joined_at.timestamp() * 1000 == NOON_MS
    assert not ann.has_usable_password()
    assert get_person_by_handle("bob").id == ids[1]
    with transaction():
        set_password(person_id=ann.pk, password="a long enough word")
    ann.refresh_from_db()
    assert ann.check_password("a long enough word")


@pytest.mark.django_db
def test_a_handle_that_is_taken_refuses_all() -> None:
    make_person("BOB")

    with pytest.raises(IntegrityError), transaction():
        add_people(people=rows("ann", "bob"))

    assert list(Person.objects.values_list("handle", flat=True)) == ["BOB"]


@pytest.mark.django_db
def test_follows_are_counted_at_both_ends() -> None:
    with transaction():
        ann, bo, cy = add_people(people=rows("ann", "bob", "cyd")).tolist()

    with transaction():
        add_follows(
            followers=np.array([ann, bo, ann]),
            followed=np.array([cy, cy, bo]),
            at=utc([NOON_MS, NOON_MS + 1, NOON_MS + 2]),
        )

    counts = Person.objects.order_by("handle").values_list("follower_count", "following_count")
    assert list(counts) == [(0, 2), (1, 1), (2, 0)]
    assert Follow.objects.count() == 3


@pytest.mark.django_db
def test_people_are_found_by_public_id() -> None:
    with transaction():
        ids = add_people(people=rows("ann", "bob"))

    assert find_people(["pbob", "pnobody"]) == {"pbob": ids[1]}
