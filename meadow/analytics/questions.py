"""Questions to the warehouse: SQL put together of fixed parts, every value a bound parameter."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clickhouse_connect.driver.exceptions import OperationalError

from meadow.analytics.errors import PeriodInvalid
from meadow.analytics.metrics import By, Cells, Credited, People
from meadow.analytics.warehouse.client import get_client
from meadow.core.errors import EngineUnavailable

MOST_DAYS: Final = 400
# Before and after these there are no facts, and a day of the warehouse ends in 2149.
EARLIEST: Final = dt.date(2000, 1, 1)
LATEST: Final = dt.date(2100, 1, 1)
MOST_LABELS: Final = 50_000
AS_OF: Final = "(SELECT argMax(toUnixTimestamp64Micro(watermark), version) FROM rollup_marks)"
_CELL_LABELS: Final[dict[By, str]] = {
    "day": "day",
    "hour": "hour",
    "surface": "surface",
    "provenance": "provenance",
    "note": "note_id",
}
_FACT_LABELS: Final[dict[By, str]] = _CELL_LABELS | {"day": "toDate(at)", "hour": "toHour(at)"}


@dataclass
class Bindings:
    """Values on their way to the warehouse; the same value is sent once."""

    values: dict[str, Any] = field(default_factory=dict)
    _placeholders: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, value: Any, kind: str) -> str:
        """Return the placeholder of a value."""
        key = (repr(value), kind)
        if key not in self._placeholders:
            name = f"p{len(self.values)}"
            self.values[name] = value
            self._placeholders[key] = f"{{{name}:{kind}}}"
        return self._placeholders[key]

    def words(self, values: Sequence[str]) -> str:
        """Return the placeholder of a list of words."""
        return self.add(list(values), "Array(String)")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facts a question is about; `until` counts. `author_id` None: everybody's."""

    author_id: int | None
    since: dt.date
    until: dt.date
    note_id: int | None = None

    def cells(self, bind: Bindings) -> str:
        """Return the condition on the roll-up."""
        days = f"day >= {bind.add(self.since, 'Date')} AND day <= {bind.add(self.until, 'Date')}"
        return " AND ".join([*self._subjects(bind), days])

    def facts(self, bind: Bindings) -> str:
        """Return the condition on facts."""
        since, until = bind.add(self.since, "Date"), bind.add(self.until, "Date")
        days = f"at >= toDateTime({since}, 'UTC') AND at < toDateTime({until} + 1, 'UTC')"
        return " AND ".join([*self._subjects(bind), days])

    def _subjects(self, bind: Bindings) -> list[str]:
        conditions = []
        if self.author_id is not None:
            conditions.append(f"author_id = {bind.add(self.author_id, 'Int64')}")
        if self.note_id is not None:
            conditions.append(f"note_id = {bind.add(self.note_id, 'Int64')}")
        return conditions


def check_period(since: dt.date, until: dt.date) -> None:
    """Raise PeriodInvalid for days the wrong way round, too many, or out of this world."""
    if since < EARLIEST or until > LATEST or not 0 <= (until - since).days < MOST_DAYS:
        raise PeriodInvalid(most_days=MOST_DAYS)


def ask(sql: str, bind: Bindings) -> Sequence[Sequence[Any]]:
    """Return the rows of an answer. Raises EngineUnavailable."""
    try:
        rows: Sequence[Sequence[Any]] = get_client().query(sql, parameters=bind.values).result_rows
    except OperationalError as away:
        raise EngineUnavailable(engine="warehouse") from away
    return rows


def ask_columns(sql: str, bind: Bindings) -> list[Any]:
    """Return the columns of an answer as numpy arrays, for millions of rows. Raises EngineUnavailable."""
    try:
        table = get_client().query_arrow(sql, parameters=bind.values)
    except OperationalError as away:
        raise EngineUnavailable(engine="warehouse") from away
    return [column.to_numpy() for column in table.columns]


def read_moment(micros: int) -> dt.datetime | None:
    """Return a moment given in microseconds since 1970, None for none at all."""
    return dt.datetime.fromtimestamp(micros / 1e6, dt.UTC) if micros else None


def ask_as_of() -> dt.datetime | None:
    """Return how far the roll-up is. Raises EngineUnavailable."""
    return read_moment(int(ask(f"SELECT {AS_OF}", Bindings())[0][0]))


def cell_label(by: By | None, bind: Bindings, *, split_at: dt.date | None = None) -> str:
    """Return what cells are grouped by: `by`, else before or from `split_at`, else nothing."""
    if by is not None:
        return _CELL_LABELS[by]
    return f"day >= {bind.add(split_at, 'Date')}" if split_at else "0"


def fact_label(by: By | None, bind: Bindings, *, split_at: dt.date | None = None) -> str:
    """Return what facts are grouped by."""
    if by is not None:
        return _FACT_LABELS[by]
    return f"toDate(at) >= {bind.add(split_at, 'Date')}" if split_at else "0"


def sum_of(cells: Cells, bind: Bindings) -> str:
    """Return the sum over the cells that a metric names."""
    return (
        f"sumIf({cells.column}, kind IN {bind.words(cells.kinds)}"
        f" AND provenance IN {bind.words(cells.provenances)})"
    )


def grouped(*, label: str, columns: Sequence[str], source: str, condition: str) -> str:
    """Return the statement that gives `label`, the columns and the freshness, a row a label."""
    listed = ", ".join([f"{label} AS label", *columns, f"{AS_OF} AS as_of"])
    # Every part is one of the fixed texts of this module; what a caller gave is bound.
    return (
        f"SELECT {listed} FROM {source} WHERE {condition}"  # noqa: S608
        f" GROUP BY label ORDER BY label LIMIT {MOST_LABELS}"
    )


def people_condition(people: People, scope: Scope, bind: Bindings) -> str:
    """Return the condition on the facts that make up reach."""
    return (
        f"{scope.facts(bind)} AND kind IN {bind.words(people.kinds)}"
        " AND provenance != 'invalid' AND person != ''"
    )


def credited_facts(credited: Credited, scope: Scope, bind: Bindings) -> str:
    """Return the facts of one author, each with the note that it is credited to, or 0.

    `scope.note_id` is not looked at: the condition on `note_id` belongs outside.
    """
    whole = Scope(scope.author_id, scope.since, scope.until)
    seconds = bind.add(int(credited.within.total_seconds()), "UInt32")
    earlier = Scope(scope.author_id, scope.since - dt.timedelta(days=1), scope.until)
    # Two notes at the same moment: the younger, so that the answer is always the same.
    return (
        "(SELECT f.id AS id, f.kind AS kind, f.at AS at, f.surface AS surface,"  # noqa: S608
        " f.provenance AS provenance, f.reason AS reason, f.person AS person, f.ms AS ms,"
        " f.case_id AS case_id, if(f.note_id != 0, f.note_id,"
        f" if(r.at >= f.at - toIntervalSecond({seconds}), r.seen_note, toInt64(0))) AS note_id"
        " FROM (SELECT id, kind, at, surface, provenance, reason, person, ms, case_id, note_id"
        f" FROM facts_judged WHERE {whole.facts(bind)}"
        f" AND kind IN {bind.words(credited.kinds)} AND provenance != 'invalid') AS f"
        " ASOF LEFT JOIN (SELECT person, at, max(note_id) AS seen_note FROM facts"
        f" WHERE {earlier.facts(bind)} AND note_id != 0 AND person != ''"
        f" AND kind IN {bind.words(('open', 'read'))} GROUP BY person, at) AS r"
        " ON f.person = r.person AND f.at >= r.at)"
    )
