"""Uploaded lists: hashes are matched with the people here and forgotten, matched or not."""

import datetime as dt
from collections.abc import Iterable
from itertools import islice
from typing import Final

from django.db import connection
from pyroaring import BitMap

from meadow.core.ids import new_id
from meadow.core.transactions import transaction
from meadow.promotion.audiences.uploads import read_digests
from meadow.promotion.errors.audiences import (
    ListEmpty,
    ListMissing,
    ListNamed,
    TooManyAudiences,
)
from meadow.promotion.models import Order, UploadedList
from meadow.promotion.queries.communities import read_audiences_with_lists

MOST_LISTS: Final = 50
DIGESTS_AT_ONCE: Final = 50_000
_LIVE: Final = (Order.State.REVIEW, Order.State.RUNNING, Order.State.PAUSED)
# Only an address that its owner has confirmed is theirs; a handle is hashed in lower case.
_MATCHED: Final = """
SELECT p.id FROM accounts_person p
WHERE p.is_active AND sha256(convert_to(lower(p.handle), 'UTF8')) = ANY(%(digests)s)
UNION
SELECT p.id FROM account_emailaddress e JOIN accounts_person p ON p.id = e.user_id
WHERE p.is_active AND e.verified
  AND sha256(convert_to(lower(btrim(e.email)), 'UTF8')) = ANY(%(digests)s)
"""


def upload_list(*, person_id: int, name: str, lines: Iterable[str], now: dt.datetime) -> str:
    """Keep who is on a list of hashes; returns its public id. It never says how many were found.

    Raises AudienceInvalid with the line (an address in the clear, say), ListEmpty, TooManyAudiences.
    """
    digests = read_digests(lines)
    if not digests:
        raise ListEmpty
    matched = BitMap()
    left = iter(digests)
    while some := list(islice(left, DIGESTS_AT_ONCE)):
        with connection.cursor() as cursor:
            cursor.execute(_MATCHED, {"digests": some})
            matched.update(row[0] for row in cursor.fetchall())
    with transaction():
        if UploadedList.objects.filter(person_id=person_id).count() >= MOST_LISTS:
            raise TooManyAudiences(most=MOST_LISTS)
        kept = UploadedList.objects.create(
            public_id=new_id("l"),
            person_id=person_id,
            name=name,
            lines=len(digests),
            matched=matched.serialize(),
            uploaded_at=now,
        )
    return kept.public_id


def delete_list(*, person_id: int, public_id: str) -> None:
    """Forget a list and whom it means. Raises ListMissing, ListNamed.

    Saved audiences that name it reach nobody by it from then on.
    """
    with transaction():
        row = (
            UploadedList.objects.defer("matched")
            .select_for_update(no_key=True)
            .filter(person_id=person_id, public_id=public_id)
            .first()
        )
        if row is None:
            raise ListMissing
        if any(
            public_id in str(data) for data in read_audiences_with_lists(states=_LIVE, kept=False)
        ):
            raise ListNamed
        row.delete()
