"""The tables of the warehouse, in numbered steps that each run once."""

from typing import Final

# A part is on the disk before its insert returns, and only then is the stream told to move on.
DURABLE: Final = "fsync_after_insert = 1, fsync_part_directory = 1"

STEPS: Final[tuple[str, ...]] = (
    # `life` names the stream's life (its creation), `seq` the message, `batch` the first message of
    # the insert: together they say where to go on reading. See ingest.py.
    # A projection is part of the same data part as its rows, so a crash cannot part the two.
    f"""
    CREATE TABLE IF NOT EXISTS facts (
        id String,
        kind LowCardinality(String),
        note_id Int64,
        author_id Int64,
        person String,
        signed_in Bool,
        surface LowCardinality(String),
        slot UInt16,
        campaign_id Int64,
        arm UInt16,
        nonce String,
        at DateTime64(3, 'UTC'),
        received_at DateTime64(3, 'UTC'),
        ms UInt32,
        provenance LowCardinality(String),
        reason LowCardinality(String),
        life Int64,
        seq UInt64,
        batch UInt64,
        inserted_at DateTime64(6, 'UTC'),
        PROJECTION by_id (SELECT id ORDER BY id),
        PROJECTION by_nonce (SELECT nonce, kind, life, seq ORDER BY nonce)
    )
    ENGINE = MergeTree
    PARTITION BY toYYYYMM(received_at)
    ORDER BY (note_id, kind, at, id)
    SETTINGS {DURABLE}
    """,
)
