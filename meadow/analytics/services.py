"""Taking facts in: check their tokens, stamp who and when, hand them to the stream."""

import datetime as dt
from collections.abc import Sequence

from meadow.analytics.beacon import BeaconEvent
from meadow.analytics.classifiers import Visit, classify_facts
from meadow.analytics.facts import SUBJECT_WEB, Fact, encode_facts
from meadow.analytics.tokens import LIFETIME_SECONDS, ReadToken, read_token
from meadow.core.nats import jetstream_publish


def collect_facts(*, events: Sequence[BeaconEvent], visit: Visit, now: dt.datetime) -> int:
    """Publish the facts of one request as one message and return how many there were.

    Returns only after JetStream has acknowledged them; raises EngineUnavailable when it is away.
    """
    facts = [make_fact(event=event, visit=visit, now=now) for event in events]
    jetstream_publish(SUBJECT_WEB, encode_facts(classify_facts(facts, visit=visit)))
    return len(facts)


def make_fact(*, event: BeaconEvent, visit: Visit, now: dt.datetime) -> Fact:
    """Return one event as a fact; a token that is missing, forged or expired makes it invalid."""
    read = read_token(event.token, now=now)
    token = read.token
    return Fact(
        id=event.id,
        kind=event.kind,
        note_id=token.note_id if token else 0,
        author_id=token.author_id if token else 0,
        person=visit.person,
        signed_in=visit.signed_in and not visit.do_not_track,
        surface=token.surface if token else "",
        slot=token.slot if token else 0,
        campaign_id=token.campaign_id if token else 0,
        arm=token.arm if token else 0,
        nonce=token.nonce if token else "",
        at=event_time(event=event, read=read, now=now),
        received_at=int(now.timestamp() * 1000),
        ms=event.ms,
        provenance="invalid" if read.fault else "organic",
        reason=read.fault or "",
    )


def event_time(*, event: BeaconEvent, read: ReadToken, now: dt.datetime) -> int:
    """Return when it happened (ms): the browser's word, held between the token's issue and now."""
    latest = int(now.timestamp() * 1000)
    if event.at is None or read.token is None:
        return latest
    issued = read.token.issued_at * 1000
    latest = min(latest, issued + LIFETIME_SECONDS * 1000)
    return max(issued, min(event.at, latest))
