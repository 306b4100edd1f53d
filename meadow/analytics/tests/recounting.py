"""Figures counted again, the slow and obvious way: one loop over facts, nothing shared with the code."""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from meadow.analytics.facts import Fact, Verdict
from meadow.analytics.testing import make_fact

KINDS = (
    *("impression", "open", "read", "dwell", "complete", "click", "share"),
    *("like", "unlike", "save", "unsave", "comment", "follow", "unfollow"),
)
VALID = ("organic", "paid", "granted")
SHOWN = dict.fromkeys(("impression", "open", "read"))
HALF_AN_HOUR_MS = 30 * 60 * 1000


def make_facts(seed: int, *, count: int, days: int, first: dt.date) -> list[Fact]:
    """Return random facts of two authors with a few notes and readers; some at the same moment."""
    chance = random.Random(seed)
    start = int(dt.datetime(first.year, first.month, first.day, tzinfo=dt.UTC).timestamp() * 1000)
    last = start + days * 24 * 3_600_000 - 1
    people = [letter * 32 for letter in "abcdefg"] + [""]
    facts: list[Fact] = []
    for number in range(count):
        kind = chance.choice((*KINDS, "read", "read", "open", "impression"))
        author = chance.choice((7, 7, 7, 8))
        about_person = kind in ("follow", "unfollow")
        provenance = chance.choice(("organic",) * 5 + ("paid", "granted", "invalid"))
        at = start + chance.randrange(days * 24 * 60) * 60_000
        person = chance.choice(people)
        seen = [fact for fact in facts if fact.kind in ("open", "read") and fact.person]
        if kind == "follow" and seen and chance.random() < 0.8:
            # Soon after a read, now and then just too late.
            before = chance.choice(seen)
            author, person = before.author_id, before.person
            at = min(before.at + chance.choice((0, 1, 7, 29, 30, 31)) * 60_000, last)
        facts.append(
            make_fact(
                id=f"e{number:09d}-fact",
                kind=kind,
                author_id=author,
                note_id=0 if about_person else author * 10 + chance.randrange(3),
                person=person,
                signed_in=chance.random() < 0.8,
                surface="" if about_person else chance.choice(("hot", "follow", "note", "search")),
                at=at,
                received_at=at + 500,
                ms=chance.randrange(90_000) if kind == "dwell" else 0,
                provenance=provenance,
                reason="robot" if provenance == "invalid" else "",
            )
        )
    return facts


def make_verdicts(seed: int, facts: Sequence[Fact], *, count: int) -> list[Verdict]:
    """Return late verdicts on some facts, a few of them judged twice."""
    chance = random.Random(seed)
    chosen = [chance.choice(facts) for _ in range(count)]
    return [
        Verdict(
            id=f"v{number:06d}",
            fact_id=fact.id,
            author_id=fact.author_id,
            note_id=fact.note_id,
            provenance=chance.choice(("organic", "invalid", "paid")),
            reason="ring",
            case_id=f"case{number}",
            at=fact.at + chance.randrange(10_000),
        )
        for number, fact in enumerate(chosen)
    ]


def judge(facts: Sequence[Fact], verdicts: Sequence[Verdict]) -> list[Fact]:
    """Return the facts as they count after all verdicts."""
    latest: dict[str, Verdict] = {}
    for verdict in sorted(verdicts, key=lambda one: (one.at, one.id)):
        latest[verdict.fact_id] = verdict
    return [
        replace(fact, provenance=latest[fact.id].provenance, reason=latest[fact.id].reason)
        if fact.id in latest
        else fact
        for fact in facts
    ]


def moment(fact: Fact) -> dt.datetime:
    """Return when it happened."""
    return dt.datetime.fromtimestamp(fact.at / 1000, dt.UTC)


def within(facts: Sequence[Fact], author: int, since: dt.date, until: dt.date) -> list[Fact]:
    """Return the facts of one author on some days."""
    return [
        fact for fact in facts if fact.author_id == author and since <= moment(fact).date() <= until
    ]


def credit(follow: Fact, facts: Sequence[Fact]) -> int:
    """Return the note that a follow came from, or 0."""
    seen = [
        (fact.at, fact.note_id)
        for fact in facts
        if fact.kind in ("open", "read")
        and fact.author_id == follow.author_id
        and fact.person == follow.person != ""
        and follow.at - HALF_AN_HOUR_MS <= fact.at <= follow.at
    ]
    return max(seen)[1] if seen else 0


def firsts(facts: Sequence[Fact]) -> list[Fact]:
    """Return the reads that count: each person's first organic signed-in one of a note and day."""
    found: dict[tuple[int, dt.date, str], Fact] = {}
    for fact in sorted(facts, key=lambda one: (one.at, one.id)):
        if fact.kind == "read" and fact.provenance == "organic" and fact.signed_in:
            found.setdefault((fact.note_id, moment(fact).date(), fact.person), fact)
    return list(found.values())


def count(key: str, facts: Sequence[Fact], keep: Callable[[Fact], bool]) -> Any:
    """Return one metric of the facts to keep; `firsts` are chosen before keeping."""
    kept = [fact for fact in facts if keep(fact)]

    def kinds(kind: str, provenances: Sequence[str] = VALID) -> int:
        return sum(fact.kind == kind and fact.provenance in provenances for fact in kept)

    dwell = sum(f.ms for f in kept if f.kind == "dwell" and f.provenance in VALID)
    reads = kinds("read")
    follows, unfollows = kinds("follow"), kinds("unfollow")
    everyone = (*VALID, "invalid")
    people = {f.person for f in kept if f.kind in SHOWN and f.provenance in VALID and f.person}
    return {
        "reads_raw": kinds("read", everyone),
        "reads_valid": sum(keep(fact) for fact in firsts(facts)),
        "reads_organic": kinds("read", ("organic",)),
        "reads_paid": kinds("read", ("paid",)),
        "reads_granted": kinds("read", ("granted",)),
        "reads_invalid": kinds("read", ("invalid",)),
        "reads_counted": reads,
        "impressions": kinds("impression"),
        "opens": kinds("open"),
        "clicks": kinds("click"),
        "completions": kinds("complete"),
        "likes": kinds("like"),
        "unlikes": kinds("unlike"),
        "saves": kinds("save"),
        "unsaves": kinds("unsave"),
        "comments": kinds("comment"),
        "shares": kinds("share"),
        "follows": follows,
        "unfollows": unfollows,
        "followers_gained": follows - unfollows,
        "follows_raw": kinds("follow", everyone),
        "unfollows_raw": kinds("unfollow", everyone),
        "followers_change": kinds("follow", everyone) - kinds("unfollow", everyone),
        "reach": len(people),
        "dwell_ms": dwell,
        "dwell_per_read": round(round(dwell / reads, 6)) if reads else None,
        "ctr": share(kinds("open"), kinds("impression")),
        "completion_rate": share(kinds("complete"), reads),
        "like_rate": share(kinds("like"), reads),
    }[key]


def share(over: int, under: int) -> float | None:
    """Return a share to six places."""
    return round(over / under, 6) if under else None
