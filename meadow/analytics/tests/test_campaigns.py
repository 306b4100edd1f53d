"""What campaigns were delivered and what became of it equals a count by hand."""

import datetime as dt
from typing import Any

from meadow.analytics.campaign_splits import Campaign, Part, list_reached, split_delivered
from meadow.analytics.campaigns import Delivered, count_delivered, list_met
from meadow.analytics.facts import Fact
from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import feed
from meadow.analytics.tokens import HELD_OUT_ARM
from meadow.analytics.warehouse.store import Store

ANN, BEN, CAT, DAN, EVE = (letter * 32 for letter in "abcde")
START = int(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC).timestamp() * 1000)
HOUR = 3_600_000
AUTHOR, NOTE, OTHER = 100, 7, 8


def did(kind: str, person: str, hours: float, **given: Any) -> Fact:
    at = START + int(hours * HOUR)
    here = {"author_id": AUTHOR, "note_id": NOTE, "at": at, "received_at": at, "ms": 2_000}
    return make_fact(kind=kind, person=person, **(here | given))


def paid(kind: str, person: str, hours: float, campaign: int = 5, **given: Any) -> Fact:
    mark: dict[str, Any] = {"campaign_id": campaign, "provenance": "paid", "price": 2_500}
    return did(kind, person, hours, **(mark | given))


def held_out(person: str, hours: float) -> Fact:
    return did("ghost", person, hours, campaign_id=5, arm=HELD_OUT_ARM)


def test_what_was_delivered_is_counted_by_campaign(asked: Store) -> None:
    feed(
        asked,
        [
            *(paid("impression", ANN, 0), paid("impression", ANN, 1, price=3_000)),
            paid("impression", BEN, 1),
            paid("impression", BEN, 2, provenance="invalid", reason="robot"),
            paid("impression", CAT, 1, signed_in=False),
            *(paid("open", ANN, 0), paid("read", ANN, 0), paid("read", ANN, 1)),
            *(paid("read", ANN, 30), paid("click", BEN, 1)),
            *(did("impression", DAN, 0), did("read", DAN, 0), held_out(EVE, 0)),
            paid("impression", DAN, 0, campaign=6, price=1),
            paid("impression", DAN, 0, campaign=9, note_id=OTHER),
        ],
    )

    first, second = count_delivered(notes=[(AUTHOR, NOTE)])

    as_of = dt.datetime(2026, 3, 14, 12, 0, 1, tzinfo=dt.UTC)
    assert first == Delivered(as_of, 5, 5, 3, 1, 8_000, 2, 1, 2, 1, 1, 0, 0)
    assert second == Delivered(as_of, 6, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0)
    both = count_delivered(notes=[(AUTHOR, NOTE), (AUTHOR, OTHER)])
    assert [one.campaign_id for one in both] == [5, 6, 9]
    assert count_delivered(notes=[]) == []


def test_what_people_did_after_a_showing_is_credited_to_the_last_one_they_saw(
    asked: Store,
) -> None:
    feed(
        asked,
        [
            # Ann likes and likes again, saves, comments twice, shares: five interactions.
            *(paid("impression", ANN, 1), did("like", ANN, 2), did("like", ANN, 3)),
            *(did("save", ANN, 3), did("comment", ANN, 4), did("comment", ANN, 5)),
            paid("share", ANN, 6),
            did("follow", ANN, 24, note_id=0),
            # Too late, too early, invalid, never shown, shown in vain, held out.
            *(did("like", ANN, 25.1, id="eLate"), did("like", BEN, 1), paid("impression", BEN, 2)),
            did("comment", BEN, 3, provenance="invalid", reason="own"),
            *(did("like", CAT, 2), paid("impression", DAN, 1, provenance="invalid")),
            *(did("like", DAN, 2), held_out(EVE, 1), did("follow", EVE, 2, note_id=0)),
            # Ben was shown another note of hers later, by another campaign, and followed then.
            paid("impression", BEN, 5, campaign=6, note_id=OTHER),
            *(did("like", BEN, 6), did("follow", BEN, 6, note_id=0)),
            did("follow", BEN, 7, note_id=0),
        ],
    )

    found = count_delivered(notes=[(AUTHOR, NOTE), (AUTHOR, OTHER)])

    assert [(one.campaign_id, one.interactions, one.follows) for one in found] == [
        (5, 6, 1),
        (6, 0, 1),
    ]
    # The other campaign has its follow also where it is not asked about.
    (alone,) = count_delivered(notes=[(AUTHOR, NOTE)])
    assert alone == found[0]


def test_a_late_verdict_takes_a_showing_and_its_price_back(asked: Store) -> None:
    feed(asked, [paid("impression", ANN, 0), paid("impression", BEN, 0)])
    asked.execute(
        "INSERT INTO verdicts SELECT 'v1', id, author_id, note_id, 'invalid', 'ring', 'case', now(),"
        " 1, 1, 1, now() FROM facts WHERE person LIKE 'b%'"
    )

    (found,) = count_delivered(notes=[(AUTHOR, NOTE)])

    assert (found.impressions, found.invalid, found.price) == (1, 1, 2_500)


def test_who_met_a_campaign_or_would_have_is_told_with_what_they_did(asked: Store) -> None:
    feed(
        asked,
        [
            # Ann reads and follows in time, Ben too late; Cat read before she met it.
            *(paid("impression", ANN, 1), paid("impression", ANN, 0), did("read", ANN, 23.9)),
            did("follow", ANN, 5, note_id=0),
            *(paid("impression", BEN, 2), did("read", BEN, 26)),
            *(did("read", CAT, 2), paid("impression", CAT, 3)),
            # Dan would have met it, and read it all the same; Eve is in both arms.
            *(held_out(DAN, 4), did("read", DAN, 6), did("read", DAN, 7)),
            *(held_out(EVE, 4), paid("impression", EVE, 5)),
            # Told when their windows had closed: the showing too late to be one, the read to count.
            paid("impression", "f" * 32, 1, received_at=START + 2 * HOUR),
            did("read", BEN, 25, received_at=START + 27 * HOUR),
        ],
    )

    def met(hours: float) -> list[tuple[int, ...]]:
        now = dt.datetime.fromtimestamp(START / 1000 + hours * 3600, dt.UTC)
        of = {"campaign_id": 5, "author_id": AUTHOR, "note_id": NOTE}
        day, late = dt.timedelta(days=1), dt.timedelta(minutes=10)
        found = list_met(**of, window=day, late=late, now=now)
        columns = (found.held_out, (found.first_ms - START) // HOUR, found.reads, found.follows)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    everybody = [(0, 0, 1, 1), (0, 2, 0, 0), (0, 3, 0, 0), (1, 4, 1, 0)]
    assert met(200) == everybody
    assert met(27.5) == everybody[:3]
    assert met(24) == []
    assert met(24.17) == everybody[:1]


def test_delivery_is_split_by_hour_surface_and_reason(asked: Store) -> None:
    feed(
        asked,
        [
            *(paid("impression", ANN, 0), paid("impression", ANN, 1, surface="topic")),
            *(paid("open", ANN, 0), paid("read", ANN, 0), paid("impression", BEN, 1.5)),
            paid("impression", BEN, 1.6, provenance="invalid", reason="robot", price=700),
            *(paid("impression", CAT, 1, campaign=6), held_out(EVE, 0)),
            paid("impression", CAT, 0, signed_in=False),
        ],
    )
    campaign = Campaign(id=5, author_id=AUTHOR, note_id=NOTE)

    hours = split_delivered(campaign=campaign, by="hour")

    nine = str(START // 1000)
    ten = str(START // 1000 + 3600)
    assert hours == [Part(nine, 2, 1, 0, 2_500, 0, 1, 1), Part(ten, 3, 2, 1, 5_000, 700, 0, 0)]
    assert hours[1].hour == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    assert [(one.label, one.raw) for one in split_delivered(campaign=campaign, by="surface")] == [
        ("hot", 4),
        ("topic", 1),
    ]
    assert split_delivered(campaign=campaign, by="reason") == [Part("robot", 1, 0, 1, 0, 700, 0, 0)]
    reached = [
        (one.person, one.impressions, one.opens, one.has_read)
        for one in list_reached(campaign=campaign)
    ]
    assert reached == [(BEN, 1, 0, False), (ANN, 2, 1, True)]
