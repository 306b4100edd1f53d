"""Events that other software saw: their people become pseudonyms, their notes ours, they become facts."""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Final

import pyarrow as pa
from django.conf import settings

from meadow.analytics.couriers import Courier
from meadow.analytics.facts import BROWSER_KINDS, SUBJECT_IMPORT
from meadow.analytics.imports import import_facts, refusal
from meadow.analytics.subjects import find_notes

# What happens to a note. Follows and searches name no note, exposures belong to our experiments.
EXTERNAL_KINDS: Final = BROWSER_KINDS | {"like", "unlike", "save", "unsave", "comment"}
# A request waits for the stream about as long as a beacon does.
PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class ExternalEvent:
    """One event; `person` is the sender's own name for somebody, `note` a public id of ours.

    Without an `id`, an event is known by what it says: said twice, it is one.
    """

    person: str
    note: str
    at: dt.datetime
    kind: str
    surface: str = ""
    ms: int = 0
    id: str = ""
    signed_in: bool = True


def import_events(*, source: str, events: Sequence[ExternalEvent], now: dt.datetime) -> int:
    """Import events of one source, all or nothing, and return how many there were.

    Raises ImportRefused with the place of the first fault, or EngineUnavailable; after either, the
    same request may be sent again: the same event has the same fact id.
    """
    notes = find_notes(event.note for event in events)
    for place, event in enumerate(events):
        if event.kind not in EXTERNAL_KINDS:
            mend = f"use one of {', '.join(sorted(EXTERNAL_KINDS))}"
            raise refusal("kind", place, f"{event.kind[:40]!r} is not a kind of event", mend)
        if event.note not in notes:
            problem = f"{event.note[:40]!r} is not a published note"
            raise refusal("note", place, problem, "use the note's public id")
    table = pa.table(
        {
            "id": [fact_id(source=source, event=event) for event in events],
            "kind": [event.kind for event in events],
            "note_id": pa.array([notes[event.note].note_id for event in events], pa.int64()),
            "author_id": pa.array([notes[event.note].author_id for event in events], pa.int64()),
            "person": pa.array(
                [pseudonym_of(source=source, person=event.person) for event in events], pa.string()
            ),
            "signed_in": pa.array([event.signed_in for event in events], pa.bool_()),
            "at": pa.array([event.at for event in events], pa.timestamp("ms", "UTC")),
            "surface": pa.array([event.surface for event in events], pa.string()),
            "ms": pa.array([event.ms for event in events], pa.int64()),
        }
    )
    courier = Courier(SUBJECT_IMPORT, patience=PATIENCE_SECONDS)
    count = import_facts(source=source, table=table, now=now, courier=courier)
    courier.finish()
    return count


def pseudonym_of(*, source: str, person: str) -> str:
    """Return 32 hex digits that stand for a source's person; nobody without our secret can tell."""
    key = hmac.digest(settings.SECRET_KEY.encode(), b"imported person", sha256)
    return hmac.digest(key, as_bytes(f"{source}\n{person}"), sha256).hex()[:32]


def fact_id(*, source: str, event: ExternalEvent) -> str:
    """Return the id under which an event of a source is known, whenever it comes."""
    said = event.id or "\n".join(
        [event.person, event.note, event.at.isoformat(), event.kind, event.surface, str(event.ms)]
    )
    kind = "named" if event.id else "said"
    return "i" + blake2b(as_bytes(f"{source}\n{kind}\n{said}"), digest_size=16).hexdigest()


def as_bytes(text: str) -> bytes:
    """Return text as bytes; JSON may hold halves of characters, which UTF-8 has no place for."""
    return text.encode("utf-8", "surrogatepass")
