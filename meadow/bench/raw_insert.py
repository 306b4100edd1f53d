"""What chDB and PostgreSQL take without us, run as a program: `raw_insert.py SPEC`, prints JSON.

chDB inserts the same Arrow tables of the same size into the same table (its columns, projections and
synced parts), in a folder of its own. PostgreSQL inserts the same rows into a plain table without
indexes: row by row, in one statement of many rows, and by COPY.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from meadow.analytics.columns import FACT_SCHEMA, to_ipc
from meadow.bench.facts_made import make_facts
from meadow.runtime.environment import load_environment

ROWS_ONE_BY_ONE = 3_000
COLUMNS = ("id", "kind", "note_id", "author_id", "person", "surface", "nonce", "ms", "provenance")


def main(words: list[str]) -> None:
    """Measure one round."""
    given = json.loads(words[0])
    figures = insert_into_chdb(batches=given["batches"], rows=given["rows"])
    figures |= insert_into_postgresql(load_environment().database_url, rows=given["rows"])
    print(json.dumps(figures), flush=True)


def insert_into_chdb(*, batches: int, rows: int) -> dict[str, float]:
    """Return facts a second of plain inserts into the warehouse's own table."""
    import datetime as dt

    from meadow.analytics.warehouse.store import Store
    from meadow.analytics.warehouse.storing import Place, with_place, with_seq

    with tempfile.TemporaryDirectory(prefix="meadow-bench-") as folder:
        store = Store(folder=Path(folder) / "raw")
        store.create_schema()
        at = dt.datetime(2026, 3, 14, tzinfo=dt.UTC)
        tables = [
            with_place(
                with_seq(make_facts(rows, first=number * rows), number + 1),
                Place(life=1, batch=number + 1, inserted_at=at),
            )
            for number in range(batches)
        ]
        messages = [(table.schema.names, to_ipc(table)) for table in tables]
        began = time.perf_counter()
        for names, message in messages:
            store.insert(table="facts", columns=names, arrow=message)
        took = time.perf_counter() - began
        store.close()
    return {"chdb": batches * rows / took}


def insert_into_postgresql(database: str, *, rows: int) -> dict[str, float]:
    """Return facts a second of single-row inserts and of COPY, each committed."""
    import psycopg

    table = make_facts(rows, first=0).select(list(COLUMNS))
    records: list[tuple[Any, ...]] = list(zip(*(c.to_pylist() for c in table.columns), strict=True))
    kinds = {"int64": "bigint", "uint32": "bigint", "string": "text"}
    fields = ", ".join(f"{name} {kinds[str(FACT_SCHEMA.field(name).type)]}" for name in COLUMNS)
    names, marks = ", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS))
    with psycopg.connect(database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_facts")
        cursor.execute(f"CREATE TABLE bench_facts ({fields})")
        began = time.perf_counter()
        for record in records[:ROWS_ONE_BY_ONE]:
            cursor.execute(f"INSERT INTO bench_facts ({names}) VALUES ({marks})", record)  # noqa: S608
        by_row = min(len(records), ROWS_ONE_BY_ONE) / (time.perf_counter() - began)
        began = time.perf_counter()
        with (
            connection.transaction(),
            cursor.copy(f"COPY bench_facts ({names}) FROM STDIN") as copy,
        ):
            for record in records:
                copy.write_row(record)
        by_copy = len(records) / (time.perf_counter() - began)
        cursor.execute("DROP TABLE bench_facts")
    return {"postgresql_row": by_row, "postgresql_copy": by_copy}


if __name__ == "__main__":
    main(sys.argv[1:])
