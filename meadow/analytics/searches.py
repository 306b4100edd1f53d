"""What people search for, as facts say it: many people's words, never one person's."""

import datetime as dt
import hashlib
from typing import Final

from meadow.analytics.facts import Fact
from meadow.analytics.questions import Bindings, ask
from meadow.analytics.services import keep_fact

LONGEST_TERM: Final = 100
# Looking at the next page or coming back to the results is no other search.
SAME_SEARCH_SECONDS: Final = 600
MOST_COUNTED: Final = 0xFFFF
# So many times as many people as usual: what is below that comes and goes by itself.
RISING_FROM: Final = 2


def publish_search(
    *, term: str, found: int, person: str, mark: str, at: dt.datetime, now: dt.datetime
) -> None:
    """Tell the stream that somebody searched: for what, and how many notes there were (`slot`).

    `person` is a pseudonym, empty for somebody who is signed out or asked not to be tracked: then the
    search is counted and belongs to nobody. `mark` tells two searches of nobody apart.
    """
    window = int(at.timestamp()) // SAME_SEARCH_SECONDS if person else 0
    said = f"search {person or mark} {window} {term}"
    keep_fact(
        Fact(
            id=f"e{hashlib.sha256(said.encode()).hexdigest()[:32]}",
            kind="search",
            note_id=0,
            author_id=0,
            person=person,
            signed_in=bool(person),
            surface="search",
            slot=min(found, MOST_COUNTED),
            campaign_id=0,
            arm=0,
            nonce="",
            at=int(at.timestamp() * 1000),
            received_at=int(now.timestamp() * 1000),
            ms=0,
            term=term[:LONGEST_TERM],
        )
    )


def popular_terms(*, since: dt.datetime, people: int, most: int) -> list[tuple[str, int]]:
    """Return terms that at least `people` different signed-in people searched for and found something by.

    With how many people that were, most first. `slot` of a search is how many notes it found. Raises
    EngineUnavailable.
    """
    bind = Bindings()
    rows = ask(
        "SELECT term, uniqExact(person) AS askers FROM facts_judged"  # noqa: S608 - fixed parts
        " WHERE kind = 'search' AND provenance != 'invalid' AND person != '' AND signed_in"
        f" AND term != '' AND slot > 0 AND at >= {bind.add(since, 'DateTime64(3)')}"
        f" GROUP BY term HAVING askers >= {bind.add(people, 'UInt32')}"
        f" ORDER BY askers DESC, term LIMIT {bind.add(most, 'UInt32')}",
        bind,
    )
    return [(str(term), int(askers)) for term, askers in rows]


def rising_terms(
    *, now: dt.datetime, lately: dt.timedelta, before: dt.timedelta, people: int, most: int
) -> list[str]:
    """Return terms that people look for `lately` at twice the daily rate of the time `before`, or more.

    As `popular_terms`: at least `people` different signed-in ones lately, who found something. What was
    never asked before comes first where most ask. Raises EngineUnavailable.
    """
    bind = Bindings()
    recent = bind.add(now - lately, "DateTime64(3)")
    rows = ask(
        f"SELECT term, uniqExactIf(person, at >= {recent}) AS askers,"  # noqa: S608 - fixed parts
        f" uniqExactIf(person, at < {recent}) / {bind.add(before / lately, 'Float64')} AS usual"
        " FROM facts_judged"
        " WHERE kind = 'search' AND provenance != 'invalid' AND person != '' AND signed_in"
        f" AND term != '' AND slot > 0 AND at >= {bind.add(now - lately - before, 'DateTime64(3)')}"
        f" AND at < {bind.add(now, 'DateTime64(3)')}"
        f" GROUP BY term HAVING askers >= {bind.add(people, 'UInt32')}"
        f" AND askers >= {RISING_FROM} * usual"
        f" ORDER BY askers / (usual + 1) DESC, term LIMIT {bind.add(most, 'UInt32')}",
        bind,
    )
    return [str(row[0]) for row in rows]
