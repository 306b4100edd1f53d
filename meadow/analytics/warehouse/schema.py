"""The tables of the warehouse, in numbered steps that each run once."""

from typing import Final

# A part is on the disk before its insert returns, and only then is the stream told to move on.
DURABLE: Final = "fsync_after_insert = 1, fsync_part_directory = 1"

# In the order in which they can be dropped.
TABLES: Final = (
    "facts_judged",
    "facts",
    "verdicts",
    "rollup",
    "rollup_marks",
    "frozen",
    "loaded_segments",
    "schema_steps",
)

# What each fact counts as today. Filter by author_id (and note_id): both tables are sorted so.
JUDGED: Final = """
CREATE VIEW IF NOT EXISTS facts_judged AS
SELECT
    f.id AS id, f.kind AS kind, f.note_id AS note_id, f.author_id AS author_id,
    f.person AS person, f.signed_in AS signed_in, f.surface AS surface, f.slot AS slot,
    f.campaign_id AS campaign_id, f.arm AS arm, f.experiment AS experiment, f.at AS at,
    f.received_at AS received_at, f.ms AS ms, f.term AS term, f.price AS price,
    f.match_class AS match_class, f.inserted_at AS inserted_at,
    if(v.case_id = '', f.provenance, v.provenance) AS provenance,
    if(v.case_id = '', f.reason, v.reason) AS reason,
    v.case_id AS case_id
FROM facts AS f
LEFT JOIN (
    SELECT author_id, note_id, fact_id,
           argMax(provenance, (at, id)) AS provenance,
           argMax(reason, (at, id)) AS reason,
           argMax(case_id, (at, id)) AS case_id
    FROM verdicts
    GROUP BY author_id, note_id, fact_id
) AS v
ON f.author_id = v.author_id AND f.note_id = v.note_id AND f.id = v.fact_id
"""

STEPS: Final[tuple[str, ...]] = (
    # Step 1 made the first form of `facts`, in whose time the stream kept every message: the next
    # step forgets it, and the owner reads the stream again.
    "SELECT 1",
    "DROP TABLE IF EXISTS facts",
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
        experiment LowCardinality(String),
        nonce String,
        at DateTime64(3, 'UTC'),
        received_at DateTime64(3, 'UTC'),
        ms UInt32,
        provenance LowCardinality(String),
        reason LowCardinality(String),
        term String,
        life Int64,
        seq UInt64,
        batch UInt64,
        inserted_at DateTime64(6, 'UTC'),
        PROJECTION by_id (SELECT id ORDER BY id),
        PROJECTION by_nonce (SELECT nonce, kind, life, seq ORDER BY nonce),
        -- What is new since a moment is found without a look at what has long been merged.
        INDEX by_batch (life, batch) TYPE minmax,
        INDEX by_storing inserted_at TYPE minmax
    )
    ENGINE = MergeTree
    PARTITION BY toYYYYMM(received_at)
    ORDER BY (author_id, note_id, at, id)
    SETTINGS {DURABLE}
    """,
    f"""
    CREATE TABLE IF NOT EXISTS verdicts (
        id String,
        fact_id String,
        author_id Int64,
        note_id Int64,
        provenance LowCardinality(String),
        reason LowCardinality(String),
        case_id String,
        at DateTime64(3, 'UTC'),
        life Int64,
        seq UInt64,
        batch UInt64,
        inserted_at DateTime64(6, 'UTC')
    )
    ENGINE = MergeTree
    ORDER BY (author_id, note_id, fact_id, at, id)
    SETTINGS {DURABLE}
    """,
    # Step 5 made the view of what each fact counts as in its first form; see JUDGED.
    "SELECT 1",
    # One row a cell; a recount of a note's day replaces all its cells. Read it with FINAL.
    # `counted`: valid reads, each at the cell of its person's first read that day, so that cells add up.
    f"""
    CREATE TABLE IF NOT EXISTS rollup (
        author_id Int64,
        note_id Int64,
        day Date,
        kind LowCardinality(String),
        provenance LowCardinality(String),
        surface LowCardinality(String),
        hour UInt8,
        facts UInt64,
        ms UInt64,
        counted UInt64,
        version UInt64
    )
    ENGINE = ReplacingMergeTree(version)
    ORDER BY (author_id, note_id, day, kind, provenance, surface, hour)
    SETTINGS {DURABLE}
    """,
    # Everything stored up to `watermark` is in the roll-up; `version` is that of the pass.
    f"""
    CREATE TABLE IF NOT EXISTS rollup_marks (
        one UInt8,
        watermark DateTime64(6, 'UTC'),
        version UInt64
    )
    ENGINE = ReplacingMergeTree(version)
    ORDER BY one
    SETTINGS {DURABLE}
    """,
    # Which segments of the archive are stored here in full.
    f"""
    CREATE TABLE IF NOT EXISTS loaded_segments (number UInt64)
    ENGINE = MergeTree
    ORDER BY number
    SETTINGS {DURABLE}
    """,
    # Cells counted of facts that are over their retention: they count instead of those facts.
    f"""
    CREATE TABLE IF NOT EXISTS frozen (
        author_id Int64,
        note_id Int64,
        day Date,
        kind LowCardinality(String),
        provenance LowCardinality(String),
        surface LowCardinality(String),
        hour UInt8,
        facts UInt64,
        ms UInt64,
        counted UInt64,
        number UInt64
    )
    ENGINE = ReplacingMergeTree
    ORDER BY (author_id, note_id, day, kind, provenance, surface, hour, number)
    SETTINGS {DURABLE}
    """,
    # What some readers read (histories.py) is found without a look at what everybody else did.
    """
    ALTER TABLE facts ADD PROJECTION IF NOT EXISTS by_person (
        SELECT person, kind, note_id, author_id, id, at, provenance ORDER BY person
    )
    """,
    # Parts from before get theirs in the background; until then they are read as before.
    "ALTER TABLE facts MATERIALIZE PROJECTION by_person SETTINGS mutations_sync = 0",
    "ALTER TABLE facts ADD COLUMN IF NOT EXISTS price UInt32 AFTER term",
    "DROP VIEW IF EXISTS facts_judged",
    # Made the view as it was then.
    "SELECT 1",
    "ALTER TABLE facts ADD COLUMN IF NOT EXISTS match_class UInt8 AFTER price",
    "DROP VIEW IF EXISTS facts_judged",
    JUDGED,
)
