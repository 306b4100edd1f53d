"""Responses to showings equal a count by hand, and are those that reports count."""

import datetime as dt
from typing import Any

from meadow.analytics.facts import Fact
from meadow.analytics.responses import (
    PagesHour,
    count_people_within,
    count_showings,
    read_histories,
    read_pages_by_hour,
)
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed
from meadow.analytics.warehouse.store import Store

ANN, BEN, CAT = (letter * 32 for letter in "abc")
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
AUTHOR, NOTE, OTHER = 100, 7, 8
NOTES = [(AUTHOR, NOTE), (AUTHOR, OTHER)]


def did(kind: str, person: str, hours: float, **given: Any) -> Fact:
    at = int((START + hours * HOUR).timestamp() * 1000)
    here = {"author_id": AUTHOR, "note_id": NOTE, "at": at, "received_at": at, "ms": 2_000}
    return make_fact(kind=kind, person=person, **(here | given))


def paid(kind: str, person: str, hours: float, campaign: int = 5, **given: Any) -> Fact:
    mark: dict[str, Any] = {"campaign_id": campaign, "provenance": "paid"}
    return did(kind, person, hours, **(mark | given))


def counted(goal: str, *, since: float, until: float, window: float) -> dict[int, tuple[int, int]]:
    found = count_showings(
        notes=NOTES,
        goal=goal,
        since=START + since * HOUR,
        until=START + until * HOUR,
        window=window * HOUR,
    )
    return {campaign: (each.shown, each.responses) for campaign, each in found.items()}


def test_a_history_is_what_came_without_pay(asked: Store) -> None:
    feed(
        asked,
        [
            *(did("impression", ANN, 0), did("impression", BEN, 0), did("read", ANN, 0)),
            *(did("like", ANN, 0), did("save", ANN, 0), did("share", BEN, 0)),
            did("unlike", ANN, 1),
            did("impression", CAT, 0, provenance="invalid", reason="robot"),
            *(paid("impression", CAT, 0), paid("read", CAT, 0)),
            *(did("impression", ANN, 0, note_id=OTHER), did("follow", ANN, 0, note_id=0)),
            did("impression", ANN, 0, author_id=3, note_id=9),
        ],
    )

    found = read_histories(since=START.date(), author_ids=[AUTHOR])
    everybody = read_histories(since=START.date())
    later = read_histories(since=START.date() + dt.timedelta(days=1))

    rows = zip(
        *(
            getattr(found, name).tolist()
            for name in ("note_id", "impressions", "reads", "interactions", "follows")
        ),
        strict=True,
    )
    assert list(rows) == [(0, 0, 0, 0, 1), (NOTE, 2, 1, 3, 0), (OTHER, 1, 0, 0, 0)]
    assert sorted(everybody.author_id.tolist()) == [3, AUTHOR, AUTHOR, AUTHOR]
    assert len(later.note_id) == 0


def test_a_response_is_given_to_the_last_showing_before_it(asked: Store) -> None:
    feed(
        asked,
        [
            # Ann reads after each of two showings on one day: a report counts the first.
            *(paid("impression", ANN, 0), paid("read", ANN, 0.1)),
            *(paid("impression", ANN, 2), paid("read", ANN, 2.1)),
            # Ben reads too late for the window.
            *(paid("impression", BEN, 1), paid("read", BEN, 3.5)),
            *(paid("impression", CAT, 1, campaign=6, note_id=OTHER),),
            paid("read", CAT, 1.2, campaign=6, note_id=OTHER),
            paid("impression", CAT, 1, provenance="invalid", reason="robot"),
        ],
    )

    assert counted("reads", since=0, until=4, window=1) == {5: (3, 1), 6: (1, 1)}
    assert counted("reads", since=0, until=4, window=3) == {5: (3, 2), 6: (1, 1)}
    assert counted("reads", since=0.5, until=1.5, window=1) == {
        5: (1, 0),
        6: (1, 1),
    }
    assert counted("reads", since=9, until=10, window=1) == {}


def test_interactions_and_follows_are_those_of_a_report(asked: Store) -> None:
    feed(
        asked,
        [
            *(paid("impression", ANN, 0), did("like", ANN, 1), did("unlike", ANN, 1.5)),
            *(did("like", ANN, 2), did("comment", ANN, 2), did("comment", ANN, 3)),
            # Before any showing, without one, and more than a day after one.
            *(did("like", BEN, 0), paid("impression", BEN, 1), did("save", CAT, 1)),
            did("share", BEN, 26),
            # A follow names no note: the last shown of the author has it.
            *(paid("impression", ANN, 4, campaign=6, note_id=OTHER),),
            did("follow", ANN, 5, note_id=0),
        ],
    )

    assert counted("interactions", since=0, until=9, window=24) == {
        5: (2, 3),
        6: (1, 0),
    }
    assert counted("follows", since=0, until=9, window=24) == {
        5: (2, 0),
        6: (1, 1),
    }


def test_what_follows_a_later_showing_is_not_given_to_an_earlier_one(asked: Store) -> None:
    feed(asked, [paid("impression", ANN, 0), paid("impression", ANN, 2), did("like", ANN, 2.5)])

    assert counted("interactions", since=0, until=1, window=24) == {5: (1, 0)}
    assert counted("interactions", since=1, until=3, window=24) == {5: (1, 1)}


def test_who_meets_the_sponsored_place_is_counted_by_hour_and_by_stretch(asked: Store) -> None:
    feed(
        asked,
        [
            *(did("impression", ANN, 0.1, slot=3), did("impression", ANN, 0.2, slot=23)),
            *(did("impression", BEN, 0.3, slot=3), did("impression", ANN, 1.5, slot=3)),
            # Another place, another surface, signed out, nobody who can be told apart.
            did("impression", CAT, 0.5, slot=4),
            did("impression", CAT, 0.5, slot=3, surface="search"),
            did("impression", CAT, 0.5, slot=3, signed_in=False),
            did("impression", "", 0.5, slot=3),
        ],
    )
    span: dict[str, Any] = {
        "since": START - HOUR,
        "until": START + 3 * HOUR,
        "every": 20,
        "place": 3,
    }

    hours = read_pages_by_hour(**span)
    people = count_people_within(**span, hours=[1, 2, 4, 24])

    assert hours == [PagesHour(START, 3, 2), PagesHour(START + HOUR, 1, 1)]
    # By hours Ann comes in two of four; stretches of two hours end at 12 and 10 o'clock.
    assert people == {1: 3, 2: 3, 4: 2}


def test_showings_and_responses_are_told_apart_by_class_of_match(asked: Store) -> None:
    feed(
        asked,
        [
            *(paid("impression", ANN, 0, match_class=3), paid("read", ANN, 0.1)),
            *(paid("impression", BEN, 0, match_class=1), paid("impression", CAT, 0)),
            *(paid("impression", CAT, 1, match_class=3), paid("read", CAT, 1.2, match_class=3)),
        ],
    )

    found = count_showings(
        notes=NOTES, goal="reads", since=START, until=START + 4 * HOUR, window=HOUR
    )

    assert found[5].by_class == {0: (1, 0), 1: (1, 0), 3: (2, 2)}
    assert (found[5].shown, found[5].responses) == (4, 2)
