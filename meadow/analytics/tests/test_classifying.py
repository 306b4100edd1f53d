"""What a token, a clock and a browser's words make of a fact."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from meadow.analytics import classifiers
from meadow.analytics.beacon import BeaconEvent, parse_beacon
from meadow.analytics.classifiers import Visit, classify_facts, is_robot
from meadow.analytics.errors import BeaconMalformed
from meadow.analytics.facts import ACTIVITY_KINDS, BROWSER_KINDS
from meadow.analytics.readers import daily_pseudonym
from meadow.analytics.services import make_fact
from meadow.analytics.tokens import HELD_OUT_ARM, LIFETIME_SECONDS, SERVED_ARM, seal_token
from meadow.core import clock, ids

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOW = dt.datetime(2026, 3, 14, 12, 0, tzinfo=dt.UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def event(**given: Any) -> dict[str, Any]:
    members = {"id": ids.new_id("e"), "k": "read", "t": "", "ms": 1200}
    return members | given


def token(**given: Any) -> str:
    shown: dict[str, Any] = {"note_id": 41, "author_id": 900, "surface": "hot", "slot": 4}
    shown["now"] = clock.now()
    return seal_token(**(shown | given))


@pytest.mark.parametrize(
    ("at", "clamped"),
    [
        (None, NOW_MS),
        (NOW_MS - 5000, NOW_MS - 5000),
        (NOW_MS + 3_600_000, NOW_MS),
        (NOW_MS - 3_600_000, NOW_MS - 60_000),
        (0, NOW_MS - 60_000),
    ],
)
def test_a_browsers_clock_is_held_between_the_tokens_issue_and_now(
    at: int | None, clamped: int
) -> None:
    sealed = token(now=NOW - dt.timedelta(minutes=1))
    told = BeaconEvent(id="e1234567890", kind="read", token=sealed, ms=1500, at=at)
    visit = Visit(person="a" * 32, person_id=3, signed_in=True)

    fact = make_fact(event=told, visit=visit, now=NOW)

    assert (fact.at, fact.received_at) == (clamped, NOW_MS)


@pytest.mark.parametrize(
    ("sealed", "reason", "note_id"),
    [
        ("", "token_missing", 0),
        ("x" * 80, "token_forged", 0),
        (None, "token_expired", 41),
    ],
)
def test_a_bad_token_makes_a_fact_invalid(sealed: str | None, reason: str, note_id: int) -> None:
    if sealed is None:
        sealed = token(now=NOW - dt.timedelta(seconds=LIFETIME_SECONDS))
    told = BeaconEvent(id="e1234567890", kind="read", token=sealed, ms=1500, at=None)
    visit = Visit(person="a" * 32, person_id=3, signed_in=True, user_agent="curl/8")

    (fact,) = classify_facts([make_fact(event=told, visit=visit, now=NOW)], visit=visit)

    assert (fact.provenance, fact.reason, fact.note_id) == ("invalid", reason, note_id)


@pytest.mark.parametrize(
    ("campaign", "arm", "told", "kind", "provenance", "reason"),
    [
        (0, SERVED_ARM, "impression", "impression", "organic", ""),
        (9, SERVED_ARM, "impression", "impression", "paid", ""),
        (9, SERVED_ARM, "read", "read", "paid", ""),
        (9, HELD_OUT_ARM, "impression", "ghost", "organic", ""),
        (9, HELD_OUT_ARM, "read", "read", "invalid", "never_shown"),
    ],
)
def test_a_campaigns_token_says_what_its_facts_are(
    campaign: int, arm: int, told: str, kind: str, provenance: str, reason: str
) -> None:
    price = 2_500 if campaign else 0
    match = 2 if campaign else 0
    sealed = token(campaign_id=campaign, arm=arm, price=price, match_class=match)
    said = BeaconEvent(id="e1234567890", kind=told, token=sealed, ms=1500, at=None)
    visit = Visit(person="a" * 32, person_id=3, signed_in=True)

    fact = make_fact(event=said, visit=visit, now=NOW)

    assert (fact.kind, fact.provenance, fact.reason) == (kind, provenance, reason)
    assert (fact.campaign_id, fact.price, fact.match_class) == (campaign, price, match)


@pytest.mark.parametrize("kind", sorted(BROWSER_KINDS))
def test_browsers_report_what_they_show(kind: str) -> None:
    (told,) = parse_beacon(orjson.dumps({"v": 1, "events": [event(k=kind)]}))

    assert told.kind == kind


@pytest.mark.parametrize("kind", sorted(ACTIVITY_KINDS))
def test_what_postgresql_knows_first_is_not_taken_from_browsers(kind: str) -> None:
    with pytest.raises(BeaconMalformed):
        parse_beacon(orjson.dumps({"v": 1, "events": [event(k=kind)]}))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["read", "complete"])
def test_a_read_or_completion_within_a_second_is_invalid(kind: str) -> None:
    visit = Visit(person="a" * 32, person_id=3, signed_in=True, user_agent=FIREFOX)
    told = [
        BeaconEvent(id=f"e123456789{ms}", kind=kind, token=token(now=NOW), ms=ms, at=None)
        for ms in (999, 1000)
    ]

    facts = [make_fact(event=one, visit=visit, now=NOW) for one in told]

    assert [fact.reason for fact in classify_facts(facts, visit=visit)] == ["too_short", ""]


def test_a_registered_classifier_names_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifiers, "_classifiers", dict(classifiers._classifiers))
    seen: list[Any] = []

    def blocked(facts: Any, visit: Visit) -> set[str]:
        seen.append(visit.person_id)
        return {fact.id for fact in facts if fact.author_id == 900}

    classifiers.register("blocked", blocked)
    visit = Visit(person="a" * 32, person_id=3, signed_in=True, user_agent=FIREFOX)
    told = [
        BeaconEvent(id=f"e123456789{who}", kind="read", token=sealed, ms=1500, at=None)
        for who, sealed in enumerate([token(now=NOW), token(now=NOW, author_id=901)])
    ]

    facts = [make_fact(event=one, visit=visit, now=NOW) for one in told]

    assert [fact.reason for fact in classify_facts(facts, visit=visit)] == ["blocked", ""]
    assert seen == [3]


@pytest.mark.parametrize(
    ("user_agent", "robot"),
    [
        (FIREFOX, False),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            False,
        ),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; Googlebot/2.1)", True),
        ("facebookexternalhit/1.1", True),
        ("python-requests/2.32", True),
        ("curl/8.14.1", True),
        ("", True),
    ],
)
def test_known_robots_are_known(user_agent: str, robot: bool) -> None:
    assert is_robot(user_agent) is robot


def test_a_strangers_pseudonym_lasts_a_day() -> None:
    who = SimpleNamespace(address="203.0.113.9", user_agent=FIREFOX)
    today, tomorrow = NOW.date(), NOW.date() + dt.timedelta(days=1)

    def pseudonym(day: dt.date, address: str = who.address) -> str:
        return daily_pseudonym(address=address, user_agent=who.user_agent, day=day)

    assert pseudonym(today) == pseudonym(today)
    assert len({pseudonym(today), pseudonym(tomorrow), pseudonym(today, "203.0.113.10")}) == 3
