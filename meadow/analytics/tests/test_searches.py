"""What many search for, asked of the warehouse: never what few did."""

import datetime as dt

from meadow.analytics.facts import Fact
from meadow.analytics.searches import popular_terms, rising_terms
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed
from meadow.analytics.warehouse.store import Store

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def searches(
    term: str,
    people: int,
    *,
    days_ago: float,
    found: int = 3,
    signed_in: bool = True,
    times: int = 1,
) -> list[Fact]:
    at = int((NOW - days_ago * DAY).timestamp() * 1000)
    return [
        make_fact(
            kind="search",
            note_id=0,
            author_id=0,
            person=f"{number:032x}" if signed_in else "",
            signed_in=signed_in,
            surface="search",
            slot=found,
            term=term,
            at=at,
            received_at=at,
        )
        for number in range(people)
        for _ in range(times)
    ]


def test_a_term_is_popular_by_people_and_never_by_few(asked: Store) -> None:
    feed(
        asked,
        searches("露营", 7, days_ago=2),
        searches("fern", 5, days_ago=0.2, times=2),
        searches("my name", 4, days_ago=0.1, times=30),
        searches("nowhere", 9, days_ago=1, found=0),
        searches("signed out", 9, days_ago=1, signed_in=False),
        searches("long ago", 9, days_ago=8),
    )

    assert popular_terms(since=NOW - 7 * DAY, people=5, most=10) == [("露营", 7), ("fern", 5)]
    assert popular_terms(since=NOW - 7 * DAY, people=5, most=1) == [("露营", 7)]


def test_a_term_rises_when_many_more_than_usual_ask_for_it(asked: Store) -> None:
    feed(
        asked,
        searches("new", 6, days_ago=0.5),
        searches("doubled", 10, days_ago=0.5),
        searches("as ever", 6, days_ago=0.5),
        *(searches("as ever", 30, days_ago=days) for days in (1.5, 2.5)),
        searches("doubled", 30, days_ago=3),
        searches("few", 4, days_ago=0.5, times=9),
        searches("tomorrow", 9, days_ago=-1),
    )

    rising = rising_terms(now=NOW, lately=DAY, before=6 * DAY, people=5, most=5)

    # Usual a day: 30 people in six days are 5 for both; 10 of them are twice that, 6 are not.
    assert rising == ["new", "doubled"]
