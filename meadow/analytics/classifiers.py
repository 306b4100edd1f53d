"""What makes a fact invalid, decided when it is handed in and written into it.

The verdict travels in the stream, so that a rebuild of the warehouse years later reaches the same
one, whoever has blocked whom since. Only what the stream itself shows (a token used twice, a fact
sent twice) is left to the warehouse: see warehouse/classify.py.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from meadow.analytics.facts import SHORTEST_READ_MS, Fact


@dataclass(frozen=True, slots=True)
class Visit:
    """Who handed facts in, as the request shows it; `person_id` is 0 when signed out."""

    person: str
    person_id: int
    signed_in: bool
    user_agent: str = ""
    prefetch: bool = False
    do_not_track: bool = False


Classifier = Callable[[Sequence[Fact], Visit], set[str]]

# Names that crawlers, previews, monitors and HTTP libraries give themselves in User-Agent.
ROBOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scrap|archiver|preview|facebookexternalhit|embedly|monitor|"
    r"uptime|lighthouse|headlesschrome|phantomjs|curl/|wget/|python-|aiohttp|httpx|okhttp|"
    r"go-http-client|java/|libwww|axios/|node-fetch|scrapy",
    re.IGNORECASE,
)


def is_robot(user_agent: str) -> bool:
    """Whether a client names itself a program; one without a name does not browse either."""
    return not user_agent or ROBOTS.search(user_agent) is not None


def _own(facts: Sequence[Fact], visit: Visit) -> set[str]:
    return {fact.id for fact in facts if visit.person_id and fact.author_id == visit.person_id}


def _robot(facts: Sequence[Fact], visit: Visit) -> set[str]:
    return {fact.id for fact in facts} if is_robot(visit.user_agent) else set()


def _prefetch(facts: Sequence[Fact], visit: Visit) -> set[str]:
    return {fact.id for fact in facts} if visit.prefetch else set()


def _do_not_track(facts: Sequence[Fact], visit: Visit) -> set[str]:
    return {fact.id for fact in facts} if visit.do_not_track else set()


def _too_short(facts: Sequence[Fact], visit: Visit) -> set[str]:
    # A note is completed by somebody who also read it.
    timed = ("read", "complete")
    return {fact.id for fact in facts if fact.kind in timed and fact.ms < SHORTEST_READ_MS}


# In order of weight: the first that applies names the reason.
_classifiers: dict[str, Classifier] = {
    "own": _own,
    "robot": _robot,
    "prefetch": _prefetch,
    "do_not_track": _do_not_track,
    "too_short": _too_short,
}


def register(name: str, classify: Classifier) -> None:
    """Add a reason; `classify(facts, visit)` returns the ids of the facts that it makes invalid."""
    _classifiers[name] = classify


def classify_facts(facts: Sequence[Fact], *, visit: Visit) -> list[Fact]:
    """Return `facts` with provenance and reason; one that is invalid already stays as it is."""
    judged = {fact.id: fact.reason for fact in facts if fact.provenance == "invalid"}
    for name, classify in _classifiers.items():
        open_cases = [fact for fact in facts if fact.id not in judged]
        if not open_cases:
            break
        judged |= dict.fromkeys(classify(open_cases, visit), name)
    return [
        replace(fact, provenance="invalid", reason=judged[fact.id]) if fact.id in judged else fact
        for fact in facts
    ]
