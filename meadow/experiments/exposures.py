"""Telling the stream that somebody met an arm: what an experiment's report is counted from."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from meadow.analytics.facts import SUBJECT_ACTIVITY, Fact, encode_facts
from meadow.core.ids import derived_id
from meadow.core.nats import jetstream_publish
from meadow.experiments.assignment import Arm, assign

# One message of this many facts is about 400 KB.
FACTS_A_MESSAGE: Final = 1000


def expose(*, experiment: str, person: str, now: dt.datetime, surface: str = "") -> Arm | None:
    """Say that `person` (a pseudonym) met their arm of `experiment`, and return the arm.

    None, and nothing is said, for somebody who takes no part. Returns after JetStream has the fact;
    raises EngineUnavailable while it is away. The fact is the same all day (UTC): saying it again
    changes nothing. It costs a round trip: a page enqueues `experiments.expose` instead.
    """
    expose_people(experiment=experiment, people=[person], now=now, surface=surface)
    return assign(experiment=experiment, unit=person)


def expose_people(
    *, experiment: str, people: Sequence[str], now: dt.datetime, surface: str = ""
) -> int:
    """Say the same of many people and return how many of them take part.

    Somebody without a pseudonym is passed over. Raises EngineUnavailable.
    """
    facts = list(_facts(experiment=experiment, people=people, now=now, surface=surface))
    for start in range(0, len(facts), FACTS_A_MESSAGE):
        message = encode_facts(facts[start : start + FACTS_A_MESSAGE])
        jetstream_publish(SUBJECT_ACTIVITY, message)
    return len(facts)


def exposure_id(*, experiment: str, person: str, day: dt.date) -> str:
    """Return the id of the fact that `person` met `experiment` on a day."""
    return derived_id("e", f"exposure:{experiment}:{person}:{day.isoformat()}")


def _facts(
    *, experiment: str, people: Sequence[str], now: dt.datetime, surface: str
) -> Iterator[Fact]:
    at = int(now.timestamp() * 1000)
    day = now.astimezone(dt.UTC).date()
    for person in dict.fromkeys(people):
        arm = assign(experiment=experiment, unit=person) if person else None
        if arm is not None:
            yield Fact(
                id=exposure_id(experiment=experiment, person=person, day=day),
                kind="exposure",
                note_id=0,
                author_id=0,
                person=person,
                signed_in=True,
                surface=surface,
                slot=0,
                campaign_id=0,
                arm=arm.index,
                nonce="",
                at=at,
                received_at=at,
                ms=0,
                experiment=experiment,
            )
