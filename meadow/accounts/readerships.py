"""Who readers are by what they told of themselves, for figures of groups; nothing that names one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meadow.core.database import fetch_prepared

# A pseudonym that nobody has any more has no line.
_READERS: Final = """
SELECT p.pseudonym, p.birth_year, p.gender, p.region, f.created_at
FROM unnest(%s::text[]) AS asked (pseudonym) JOIN accounts_person p USING (pseudonym)
LEFT JOIN accounts_follow f ON f.follower_id = p.id AND f.followed_id = %s
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """What somebody told of themselves ("" and None: nothing), and since when they follow an author."""

    birth_year: int | None
    gender: str
    region: str
    follows_since: dt.datetime | None


def describe_readers(*, pseudonyms: Sequence[str], author_id: int) -> dict[str, Reader]:
    """Return what is known of readers by pseudonym, in one query."""
    rows = fetch_prepared(_READERS, [list(pseudonyms), author_id])
    return {row[0]: Reader(*row[1:]) for row in rows}
