"""What is over its retention goes: out of the warehouse, out of the archive, not out of the figures."""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meadow.analytics.archive import Archive, ArchiveBroken
from meadow.analytics.columns import FROZEN_COLUMNS, FROZEN_SCHEMA
from meadow.analytics.warehouse.archiving import load_frozen
from meadow.analytics.warehouse.rollups import find_latest, read_mark
from meadow.analytics.warehouse.store import Store
from meadow.analytics.warehouse.storing import Subject

log = logging.getLogger("meadow.warehouse.retention")


def first_days_kept(kept: Mapping[str, int | None], *, now: dt.datetime) -> dict[str, dt.date]:
    """Return the first UTC day whose facts are kept, for each kind that is not kept for ever."""
    return {kind: now.date() - dt.timedelta(days=days) for kind, days in kept.items() if days}


def retire(
    store: Store,
    archive: Archive,
    *,
    kept: Mapping[str, int | None],
    now: dt.datetime,
    resume: bool = False,
) -> set[Subject] | None:
    """Remove the facts that are over their retention and return the note days to count again.

    Returns None, and does nothing, while the roll-up lacks facts. `resume` looks through the archive
    for facts that an earlier call sealed and did not come to remove. Nothing may be stored meanwhile.

    Their cells in the roll-up are sealed in the archive first and count in their place, so figures
    stay as they are. A crash after the seal is made good by the next start (the seal is loaded as a
    segment is) and by `resume`.
    """
    if read_mark(store).watermark < find_latest(store):
        return None
    days = first_days_kept(kept, now=now)
    due = {kind: day for kind, day in days.items() if _holds_older(store, kind, day)}
    changed: set[Subject] = set()
    if due:
        cells = _cells_before(store, due)
        retirement = archive.retire(cells, retired=due, now=now)
        load_frozen(store, archive, retirement)
        changed = {
            (int(row["author_id"]), int(row["note_id"]), (row["day"] - dt.date(1970, 1, 1)).days)
            for row in cells.to_pylist()
        }
        log.info("%d cells count in the place of facts over their retention", cells.num_rows)
    if due or resume:
        _rewrite_segments(archive, now=now)
    return changed


def _holds_older(store: Store, kind: str, day: dt.date) -> bool:
    rows = store.query(
        "SELECT 1 FROM facts WHERE kind = {kind:String} AND toDate(at) < {day:Date} LIMIT 1",
        params={"kind": kind, "day": day.isoformat()},
    )
    return bool(rows)


def _cells_before(store: Store, due: Mapping[str, dt.date]) -> Any:
    """Return what the roll-up counted of the facts that go, less what is frozen already."""
    keys = [name for name in FROZEN_COLUMNS if name not in ("facts", "ms", "counted")]
    names = ", ".join(keys)
    tables = []
    for kind, day in due.items():
        found = store.arrow(
            f"SELECT {names}, sum(f) AS facts, sum(m) AS ms, sum(c) AS counted FROM ("  # noqa: S608
            f"SELECT {names}, toInt64(facts) AS f, toInt64(ms) AS m, toInt64(counted) AS c"
            " FROM rollup FINAL WHERE kind = {kind:String} AND day < {day:Date} UNION ALL"
            f" SELECT {names}, -toInt64(facts), -toInt64(ms), -toInt64(counted)"
            " FROM frozen FINAL WHERE kind = {kind:String} AND day < {day:Date})"
            f" GROUP BY {names} HAVING facts != 0 OR ms != 0 OR counted != 0",
            params={"kind": kind, "day": day.isoformat()},
        )
        if found.num_rows:
            tables.append(_as_cells(found))
    return pa.concat_tables(tables) if tables else FROZEN_SCHEMA.empty_table()


def _as_cells(found: Any) -> Any:
    arrays = []
    for field in FROZEN_SCHEMA:
        column = found[field.name]
        if field.name == "day" and not pa.types.is_date(column.type):
            column = column.cast(pa.int32())
        arrays.append(column.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=FROZEN_SCHEMA)


def _rewrite_segments(archive: Archive, *, now: dt.datetime) -> None:
    """Take the facts that are sealed as cells out of every segment that still holds some."""
    until: dict[str, str] = {}
    for retirement in archive.retirements():
        for kind, day in retirement.retired.items():
            until[kind] = max(day, until.get(kind, day))
    for segment in archive.segments():
        for file in segment.files:
            if file.table != "facts":
                continue
            try:
                facts = archive.read(file)
            except ArchiveBroken as broken:
                # Facts over their retention stay in it until it is whole again and the owner starts.
                log.error("%s: restore it from a copy; `meadow facts verify` names it", broken)
                continue
            doomed = np.zeros(facts.num_rows, dtype=bool)
            for kind, day in until.items():
                before = pa.scalar(
                    dt.datetime.fromisoformat(f"{day}T00:00:00+00:00"), facts["at"].type
                )
                found = pc.and_(pc.equal(facts["kind"], kind), pc.less(facts["at"], before))
                doomed |= found.to_numpy()
            if doomed.any():
                archive.rewrite(segment, facts.filter(pa.array(~doomed)), now=now)
