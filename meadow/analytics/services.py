"""Taking facts in: check their tokens, stamp who and when, hand them to the stream."""

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from meadow.analytics.beacon import BeaconEvent
from meadow.analytics.classifiers import Visit, classify_facts
from meadow.analytics.facts import GHOST, SUBJECT_ACTIVITY, SUBJECT_WEB, Fact, encode_facts
from meadow.analytics.models import PendingFact
from meadow.analytics.tokens import LIFETIME_SECONDS, ReadToken, read_token
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import jetstream_publish
from meadow.core.transactions import transaction

# One message of this many facts is about 400 KB.
FACTS_A_MESSAGE: Final = 1000
# While the stream is away every try costs a worker's thread a second: the others stand back so long.
STAND_BACK_SECONDS: Final = 10.0
_stand_back_until = 0.0
log = logging.getLogger("meadow.analytics.services")


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
    token, fault, kind = read.token, str(read.fault or ""), event.kind
    if token and token.is_ghost:
        # Nothing but its place can have been seen.
        kind, fault = (GHOST, fault) if kind == "impression" else (kind, fault or "never_shown")
    return Fact(
        id=event.id,
        kind=kind,
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
        price=token.price if token else 0,
        match_class=token.match_class if token else 0,
        provenance="invalid" if fault else "paid" if token and token.is_paid else "organic",
        reason=fault,
    )


def event_time(*, event: BeaconEvent, read: ReadToken, now: dt.datetime) -> int:
    """Return when it happened (ms): the browser's word, held between the token's issue and now."""
    latest = int(now.timestamp() * 1000)
    if event.at is None or read.token is None:
        return latest
    issued = read.token.issued_at * 1000
    latest = min(latest, issued + LIFETIME_SECONDS * 1000)
    return max(issued, min(event.at, latest))


def publish_activity(
    *,
    kind: str,
    note_id: int,
    author_id: int,
    person: str,
    surface: str,
    at: dt.datetime,
    now: dt.datetime,
    own: bool = False,
    subject: str = "",
) -> None:
    """Tell the stream what PostgreSQL knew first: a like, a comment, a follow.

    `person` is a pseudonym; `own` is an act on one's own note; `subject` tells two acts of one
    moment apart. The fact is written down first, and sent now or, while the stream is away, by the
    task `analytics.send_activity`. A job that runs twice tells the same fact id twice.
    """
    fact = Fact(
        id=activity_id(
            kind=kind, note_id=note_id, author_id=author_id, person=person, subject=subject, at=at
        ),
        kind=kind,
        note_id=note_id,
        author_id=author_id,
        person=person,
        signed_in=True,
        surface=surface,
        slot=0,
        campaign_id=0,
        arm=0,
        nonce="",
        at=int(at.timestamp() * 1000),
        received_at=int(now.timestamp() * 1000),
        ms=0,
        provenance="invalid" if own else "organic",
        reason="own" if own else "",
    )
    keep_fact(fact)


def keep_fact(fact: Fact) -> None:
    """Write a fact down, and send it now or, while the stream is away, later. The same id is one fact."""
    with transaction():
        PendingFact.objects.bulk_create(
            [PendingFact(fact_id=fact.id, fact=asdict(fact))], ignore_conflicts=True
        )
    if time.monotonic() >= _stand_back_until:
        try:
            send_activity()
        except EngineUnavailable:
            log.warning("the stream is away: activity waits in PostgreSQL")


def activity_id(
    *, kind: str, note_id: int, author_id: int, person: str, subject: str, at: dt.datetime
) -> str:
    """Return the id of an act's fact, the same whenever and how often it is told."""
    said = f"{kind} {note_id} {author_id} {subject} {person} {at.isoformat()}"
    return f"e{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def send_activity() -> int:
    """Send every waiting fact and return how many. Raises EngineUnavailable; what is left stays.

    A fact goes from PostgreSQL after the stream has it on disk; killed in between, it is sent again
    under the same id.
    """
    global _stand_back_until
    sent = 0
    while True:
        with transaction():
            # What another thread is sending is skipped, not waited for.
            waiting = PendingFact.objects.select_for_update(skip_locked=True).order_by("pk")
            rows = list(waiting[:FACTS_A_MESSAGE])
            if not rows:
                return sent
            try:
                jetstream_publish(
                    SUBJECT_ACTIVITY, encode_facts([Fact(**row.fact) for row in rows])
                )
            except EngineUnavailable:
                _stand_back_until = time.monotonic() + STAND_BACK_SECONDS
                raise
            PendingFact.objects.filter(pk__in=[row.pk for row in rows]).delete()
        sent += len(rows)
