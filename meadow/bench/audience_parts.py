"""What `meadow bench audience` measures, each in a process of its own: `python -m … NAME PEOPLE`."""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from pyroaring import BitMap

from meadow.bench.audience_world import (
    INTERESTS,
    REGIONS,
    Column,
    interest,
    lots,
    questions,
    to_sql,
)

ROUNDS: Final = 3
# Scans take long enough that a part of the questions says what they take.
ASKED_OF_SCANS: Final = 40
ASKED_OF_ROWS: Final = 12


def main() -> None:
    """Run one part and print what it found as one line of JSON."""
    import django

    django.setup()
    name, people = sys.argv[1], int(sys.argv[2])
    print(json.dumps(PARTS[name](people)), flush=True)


def ours(people: int) -> dict[str, Any]:
    """Return the answers, the seconds of each question, and the bytes and seconds of the index."""
    from meadow.promotion.audiences.counting import count_people
    from meadow.promotion.audiences.definition import AGE_BANDS, GENDERS, Dimension
    from meadow.promotion.audiences.index import AudienceIndex

    before = _resident()
    began = time.perf_counter()
    sets: dict[tuple[Dimension, str], BitMap] = {}
    may, start = BitMap(), 0

    def gather(segment: tuple[Dimension, str], who: Any) -> None:
        some = _set_of(who, start=start)
        sets.setdefault(segment, BitMap()).update(some)

    for lot in lots(people):
        may |= _set_of(lot["may"], start=start)
        named: list[tuple[Dimension, tuple[str, ...]]] = [
            ("age", AGE_BANDS),
            ("gender", GENDERS),
            ("region", REGIONS),
        ]
        for dimension, values in named:
            for code, value in enumerate(values):
                gather((dimension, value), lot[dimension] == code)
        for number in range(INTERESTS):
            gather(("interest", interest(number)), lot["interest"] >> number & 1)
        start += len(lot["may"])
    index = AudienceIndex(present=BitMap(range(people)), may_be_targeted=may)
    for (dimension, value), people_of_it in sets.items():
        index.fill(dimension=dimension, value=value, people=people_of_it)
    sets.clear()
    built = time.perf_counter() - began
    asked = questions()
    answers = [count_people(index, definition=one) for one in asked]
    seconds = []
    for _ in range(ROUNDS):
        for one in asked:
            began = time.perf_counter()
            count_people(index, definition=one)
            seconds.append(time.perf_counter() - began)
    return {
        "answers": answers,
        "seconds": seconds,
        "bytes": index.size_in_bytes(),
        "resident": _resident() - before,
        "built": built,
    }


def chdb(people: int) -> dict[str, Any]:
    """Return the answers and seconds of scans of a table in chDB's memory, in its narrowest types."""
    import pyarrow as pa

    from meadow.analytics.columns import to_ipc
    from meadow.analytics.warehouse.store import Store

    with tempfile.TemporaryDirectory(prefix="meadow-bench-") as folder:
        store = Store(folder=Path(folder) / "raw")
        names = "may UInt8, age UInt8, gender UInt8, region UInt8, interest UInt32"
        store.execute(f"CREATE TABLE people ({names}) ENGINE = Memory")
        for lot in lots(people):
            narrow = {
                name: each.astype(np.uint32 if name == "interest" else np.uint8)
                for name, each in lot.items()
            }
            store.insert(table="people", columns=list(narrow), arrow=to_ipc(pa.table(narrow)))
        asked = [
            f"SELECT count() FROM people WHERE {to_sql(one).replace('bit_and(', 'bitAnd(')}"  # noqa: S608
            for one in questions()[:ASKED_OF_SCANS]
        ]
        found = _ask(lambda sql: int(store.query(sql)[0][0]), asked)
        store.close()
    return found


def postgres(people: int) -> dict[str, Any]:
    """Return the answers and seconds of PostgreSQL counting rows, in parallel where it likes."""
    import psycopg

    kinds = {"may": 2, "age": 2, "gender": 2, "region": 2, "interest": 4}
    members = [("fields", ">i2")]
    for name, width in kinds.items():
        members += [(f"{name}_bytes", ">i4"), (name, f">i{width}")]
    row = np.dtype(members)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "CREATE UNLOGGED TABLE people"
            " (may int2, age int2, gender int2, region int2, interest int4)"
        )
        copy_in = "COPY people FROM STDIN (FORMAT binary)"
        with connection.cursor() as cursor, cursor.copy(copy_in) as copy:
            copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
            for lot in lots(people):
                rows = np.zeros(len(lot["may"]), dtype=row)
                rows["fields"] = 5
                for name, each in lot.items():
                    rows[f"{name}_bytes"] = kinds[name]
                    rows[name] = each
                copy.write(rows.tobytes())
            copy.write(b"\xff\xff")
        connection.execute("VACUUM ANALYZE people")
        asked = []
        for one in questions()[:ASKED_OF_ROWS]:
            condition = to_sql(one).replace("bit_and(interest, ", "(interest & ")
            asked.append(f"SELECT count(*) FROM people WHERE {condition}")  # noqa: S608
        return _ask(lambda sql: _first(connection.execute(sql.encode())), asked)


def _set_of(who: Column, *, start: int) -> BitMap:
    """Return who is marked, numbered from `start`; a bitmap takes a buffer three times as quickly."""
    numbers = (np.flatnonzero(who) + start).astype(np.uint32)
    return BitMap(memoryview(numbers))  # type: ignore[arg-type]


def _first(cursor: Any) -> int:
    return int(cursor.fetchone()[0])


def _ask(count: Callable[[str], int], asked: Sequence[str]) -> dict[str, Any]:
    answers, seconds = [], []
    for sql in asked:
        answers.append(count(sql))
        began = time.perf_counter()
        count(sql)
        seconds.append(time.perf_counter() - began)
    return {"answers": answers, "seconds": seconds}


def _resident() -> int:
    """Return the bytes this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ours": ours,
    "chdb": chdb,
    "postgres": postgres,
}

if __name__ == "__main__":
    main()
