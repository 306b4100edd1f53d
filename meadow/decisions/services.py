"""Recording what was decided, signed by batch."""

import datetime as dt
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from psycopg import Copy

from meadow.core.bulk import new_ids, reserve_ids
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
MOST_A_BATCH: Final = 500_000
# Whole chunks of the tree, whose hashes are then worked out while PostgreSQL takes rows in.
ROWS_A_CHUNK: Final = 8 * merkle.CHUNK
MEMORY: Final = "128MB"
_COPY: Final = (
    "COPY decisions_decision (id, public_id, subject_id, scope, capability, outcome, decided_at,"
    " batch_id, place, document) FROM STDIN (FORMAT binary)"
)
# PostgreSQL reads this form in half the time of text (its manual, "COPY", "Binary Format"): a row is
# the number of its fields, then each with its length before it, all in network order.
_START: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_FIELDS: Final = 10
_ID_AND_NAME: Final = struct.Struct(">hiqi")
_SUBJECT: Final = struct.Struct(">iq")
_PLACE_AND_TEXT: Final = struct.Struct(">iqiii")
# PostgreSQL counts from here.
_FIRST_MOMENT: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@transaction_required
def record(*, ruling: Ruling, now: dt.datetime) -> DecisionRecord:
    """Record one decision, signed as a batch of one. Raises RulingUnreadable."""
    stored = _store([ruling], now=now)
    return record_of(
        id=stored.ids[0],
        person_id=ruling.person_id,
        content=read_document(stored.document.decode()),
    )


@transaction_required
def record_many(*, rulings: Sequence[Ruling], now: dt.datetime) -> list[int]:
    """Record decisions by the batch and return their ids, in the order given.

    One signature covers each batch. Raises RulingUnreadable, and then nothing is recorded.
    """
    ids: list[int] = []
    for start in range(0, len(rulings), MOST_A_BATCH):
        ids += _store(rulings[start : start + MOST_A_BATCH], now=now).ids
    return ids


@dataclass(slots=True)
class _Stored:
    """The rows of one batch: their ids in order, and the last signed text."""

    ids: list[int]
    document: bytes = b""


@transaction_required
def _store(rulings: Sequence[Ruling], *, now: dt.datetime) -> _Stored:
    """Write and sign one batch.

    PostgreSQL takes rows in while the next are written here. The batch comes last, because its
    root is known then; that both are there and whole is checked at its insert and at commit.
    """
    subjects = _find_subjects({ruling.person_id for ruling in rulings})
    (batch_id,) = reserve_ids(table=Batch._meta.db_table, count=1).tolist()
    ids = reserve_ids(table=Decision._meta.db_table, count=len(rulings)).tolist()
    # In their order, so that the index takes each page in once and not for every row.
    names = sorted(new_ids(prefix="d", count=len(rulings)))
    stored, chunks = _Stored(ids), list[bytes]()
    decided_at, moment = format_moment(now) or "", _binary_moment(now)
    with (
        _room_for(len(rulings)) as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as copy,
        _sender(copy, len(rulings)) as send,
    ):
        send(_START)
        for start in range(0, len(rulings), ROWS_A_CHUNK):
            end = start + ROWS_A_CHUNK
            pairs = zip(rulings[start:end], names[start:end], strict=True)
            fields, leaves = list[bytes](), list[bytes]()
            for place, (ruling, name) in enumerate(pairs, start):
                subject_id, subject = subjects[ruling.person_id]
                document = write_document(
                    ruling, public_id=name, subject=subject, decided_at=decided_at
                )
                leaves.append(merkle.hash_leaf(document))
                fields += (
                    _ID_AND_NAME.pack(_FIELDS, 8, ids[place], len(name)),
                    name.encode(),
                    _SUBJECT.pack(8, subject_id),
                    _binary_words(ruling.scope, ruling.capability, ruling.outcome),
                    moment,
                    _PLACE_AND_TEXT.pack(8, batch_id, 4, place, len(document)),
                    document,
                )
                stored.document = document
            chunks += merkle.chunk_hashes(leaves)
            send(b"".join(fields))
        send(_END)
    _sign(chunks, batch_id=batch_id, size=len(rulings), now=now)
    return stored


@lru_cache(maxsize=256)
def _binary_words(*words: str) -> bytes:
    """Return words as fields of a row."""
    written = (word.encode() for word in words)
    return b"".join(struct.pack(">i", len(word)) + word for word in written)


def _binary_moment(moment: dt.datetime) -> bytes:
    """Return a moment as a field of a row: microseconds."""
    return struct.pack(">iq", 8, (moment - _FIRST_MOMENT) // dt.timedelta(microseconds=1))


@contextmanager
def _sender(copy: Copy, rows: int) -> Iterator[Callable[[bytes], object]]:
    """Yield what sends rows: many from a thread, so that the next are written here meanwhile."""
    if rows <= ROWS_A_CHUNK:
        yield copy.write
        return
    with ThreadPoolExecutor(1, thread_name_prefix="copy") as thread:
        sent: list[Future[None]] = []
        yield lambda chunk: sent.append(thread.submit(copy.write, chunk))
        for one in sent:
            one.result()


@contextmanager
def _room_for(rows: int) -> Iterator[Any]:
    """Yield a cursor; many rows are kept in memory for the trigger that looks at them together."""
    with connection.cursor() as cursor:
        if rows <= ROWS_A_CHUNK:
            yield cursor
        else:
            cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
            yield cursor
            cursor.execute("SET LOCAL work_mem TO DEFAULT")


@transaction_required
def _sign(chunks: Sequence[bytes], *, batch_id: int, size: int, now: dt.datetime) -> None:
    """Store the batch of `size` over these chunks of documents: the root of their tree, signed."""
    signer = current_signer()
    _note_key(signer, now=now)
    public_id, root = new_id("b"), merkle.root_of(chunks).hex()
    message = batch_message(
        batch_id=public_id, size=size, root=root, signed_at=format_moment(now) or ""
    )
    Batch.objects.create(
        pk=batch_id,
        public_id=public_id,
        size=size,
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
def _find_subjects(person_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Return id and pseudonym of each person's subject, made where there is none yet."""
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
                [new_ids(prefix="s", count=len(missing)), missing],
            )
        known |= _known_subjects(missing)
    return known


def _known_subjects(person_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, id, name FROM decisions_subject WHERE person_id = ANY(%s::bigint[])",
            # As one text, which psycopg writes ten times as fast as a list of numbers.
            [f"{{{','.join(map(str, person_ids))}}}"],
        )
        return {person_id: (pk, name) for person_id, pk, name in cursor.fetchall()}
