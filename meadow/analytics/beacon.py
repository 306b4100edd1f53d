"""Reading the body of `POST /e`: limits first, then the schema, then plain records."""

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from meadow.analytics.errors import BeaconMalformed, BeaconTooLarge
from meadow.analytics.facts import BROWSER_KINDS

MOST_BYTES: Final = 64 * 1024
MOST_EVENTS: Final = 200
LONGEST_TOKEN: Final = 200
LONGEST_MS: Final = 24 * 3600 * 1000
LATEST_AT: Final = 1 << 53
FACT_ID = re.compile(r"e[A-Za-z0-9_-]{10,40}")
MEMBERS: Final = frozenset({"id", "k", "t", "ms", "at"})


@dataclass(frozen=True, slots=True)
class BeaconEvent:
    """One event as the browser tells it; `at` is its clock in milliseconds, or None."""

    id: str
    kind: str
    token: str
    ms: int
    at: int | None


def check_size(size: int) -> None:
    """Raise BeaconTooLarge when a body of `size` bytes is over the limit."""
    if size > MOST_BYTES:
        raise BeaconTooLarge(most_events=MOST_EVENTS, most_bytes=MOST_BYTES)


def parse_beacon(body: bytes) -> list[BeaconEvent]:
    """Return the events of one body. Raises BeaconTooLarge or BeaconMalformed; all or nothing."""
    check_size(len(body))
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BeaconMalformed(place="body", problem="not JSON") from None
    if not isinstance(document, dict):
        raise BeaconMalformed(place="body", problem="not an object")
    if document.get("v") != 1:
        raise BeaconMalformed(place="v", problem="only version 1 is known")
    events = document.get("events")
    if not isinstance(events, list) or not events:
        raise BeaconMalformed(place="events", problem="not a list with something in it")
    if len(events) > MOST_EVENTS:
        raise BeaconTooLarge(most_events=MOST_EVENTS, most_bytes=MOST_BYTES)
    return [_parse_event(event, place=f"events[{at}]") for at, event in enumerate(events)]


def _parse_event(event: Any, *, place: str) -> BeaconEvent:
    if not isinstance(event, dict):
        raise BeaconMalformed(place=place, problem="not an object")
    if unknown := sorted(event.keys() - MEMBERS):
        raise BeaconMalformed(place=f"{place}.{unknown[0][:20]}", problem="not a known member")
    fact_id = event.get("id")
    if not isinstance(fact_id, str) or not FACT_ID.fullmatch(fact_id):
        raise BeaconMalformed(place=f"{place}.id", problem="not a fact id")
    kind = event.get("k")
    if not isinstance(kind, str) or kind not in BROWSER_KINDS:
        raise BeaconMalformed(place=f"{place}.k", problem="not a known kind")
    token = event.get("t", "")
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise BeaconMalformed(place=f"{place}.t", problem="not a token")
    ms = event.get("ms", 0)
    if type(ms) is not int or not 0 <= ms <= LONGEST_MS:
        raise BeaconMalformed(place=f"{place}.ms", problem="not milliseconds within a day")
    at = event.get("at")
    if at is not None and (type(at) is not int or not 0 <= at <= LATEST_AT):
        raise BeaconMalformed(place=f"{place}.at", problem="not milliseconds since 1970")
    return BeaconEvent(id=fact_id, kind=kind, token=token, ms=ms, at=at)
