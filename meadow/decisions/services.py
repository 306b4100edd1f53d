"""Recording what was decided: documents written, signed by batch, and copied in with one statement."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from django.db import connection

from meadow.core.bulk import copy_table, repeat, reserve_ids
from meadow.core.ids import new_id
from meadow.core.transactions import transaction_required
from meadow.decisions import merkle
from meadow.decisions.documents import format_moment, read_document, write_document
from meadow.decisions.keys import Signer, current_signer
from meadow.decisions.models import Batch, Decision, SigningKey
from meadow.decisions.queries import record_of
from meadow.decisions.receipts import batch_message
from meadow.decisions.records import DecisionRecord, Reason, Ruling

__all__ = ["Reason", "Ruling", "record", "record_many"]

# A batch larger than this is signed in parts, so that memory and one statement stay bounded.
MOST_A_BATCH: Final = 250_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A subject's row: its id and the pseudonym."""

    id: int
    name: str


@transaction_required
def record(*, ruling: Ruling, now: dt.datetime) -> DecisionRecord:
    """Record one decision, signed as a batch of one. Raises RulingUnreadable."""
    (stored,) = _store([ruling], now=now)
    return record_of(
        id=stored.id, person_id=ruling.person_id, content=read_document(stored.document.decode())
    )


@transaction_required
def record_many(*, rulings: Sequence[Ruling], now: dt.datetime) -> list[int]:
    """Record decisions by the batch and return their ids, in the order given.

    One signature covers each batch. Raises RulingUnreadable, and then nothing is recorded.
    """
    ids: list[int] = []
    for start in range(0, len(rulings), MOST_A_BATCH):
        ids += [one.id for one in _store(rulings[start : start + MOST_A_BATCH], now=now)]
    return ids


@dataclass(frozen=True, slots=True)
class _Stored:
    """A decision's row: its id and the signed text."""

    id: int
    document: bytes


@transaction_required
def _store(rulings: Sequence[Ruling], *, now: dt.datetime) -> list[_Stored]:
    subjects = _find_subjects({ruling.person_id for ruling in rulings})
    decided_at = format_moment(now) or ""
    names = [new_id("d") for _ in rulings]
    documents = [
        write_document(
            ruling,
            public_id=name,
            subject=subjects[ruling.person_id].name,
            decided_at=decided_at,
        )
        for ruling, name in zip(rulings, names, strict=True)
    ]
    batch = _sign(documents, now=now)
    count = len(rulings)
    ids = reserve_ids(table=Decision._meta.db_table, count=count)
    rows = {
        "id": pa.array(ids),
        "public_id": pa.array(names, pa.string()),
        "subject_id": pa.array([subjects[one.person_id].id for one in rulings], pa.int64()),
        "scope": _column(ruling.scope for ruling in rulings),
        "capability": _column(ruling.capability for ruling in rulings),
        "outcome": _column(ruling.outcome for ruling in rulings),
        "decided_at": repeat(now, count, pa.timestamp("us", "UTC")),
        "batch_id": repeat(batch.pk, count),
        "place": pa.array(range(count), pa.int32()),
        "document": pa.array(documents, pa.binary()).cast(pa.string()),
    }
    copy_table(into=Decision._meta.db_table, rows=pa.table(rows))
    return [_Stored(id=pk, document=text) for pk, text in zip(ids.tolist(), documents, strict=True)]


@transaction_required
def _sign(documents: Sequence[bytes], *, now: dt.datetime) -> Batch:
    """Store the batch of these documents: the root of their tree, signed."""
    signer = current_signer()
    _note_key(signer, now=now)
    chunks = merkle.chunk_hashes([merkle.hash_leaf(document) for document in documents])
    public_id, root = new_id("b"), merkle.root_of(chunks).hex()
    message = batch_message(
        batch_id=public_id, size=len(documents), root=root, signed_at=format_moment(now) or ""
    )
    return Batch.objects.create(
        public_id=public_id,
        size=len(documents),
        root=root,
        nodes=b"".join(chunks) if len(chunks) > 1 else b"",
        key_id=signer.key_id,
        signature=signer.sign(message),
        signed_at=now,
    )


@transaction_required
def _note_key(signer: Signer, *, now: dt.datetime) -> None:
    """Keep the public key for good, so that what it signed stays verifiable after the next one."""
    key = SigningKey(key_id=signer.key_id, public_key=signer.public_key, first_used_at=now)
    SigningKey.objects.bulk_create([key], ignore_conflicts=True)


@transaction_required
def _find_subjects(person_ids: Iterable[int]) -> dict[int, _Known]:
    """Return the subject of each person; who has none gets one, also when two batches race."""
    wanted = sorted(set(person_ids))
    known = _known_subjects(wanted)
    missing = [person_id for person_id in wanted if person_id not in known]
    if missing:
        with connection.cursor() as cursor:
            # In the order of people, so that two batches cannot wait for each other.
            cursor.execute(
                "INSERT INTO decisions_subject (name, person_id)"
                " SELECT * FROM unnest(%s::varchar[], %s::bigint[])"
                " ON CONFLICT (person_id) DO NOTHING",
                [[new_id("s") for _ in missing], missing],
            )
        known |= _known_subjects(missing)
    return known


def _known_subjects(person_ids: Sequence[int]) -> dict[int, _Known]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, id, name FROM decisions_subject WHERE person_id = ANY(%s)",
            [list(person_ids)],
        )
        return {person_id: _Known(pk, name) for person_id, pk, name in cursor.fetchall()}


def _column(values: Iterable[str]) -> Any:
    return pa.array(list(values), pa.string())
