"""Recovering from a database that went away, and reading from it with no planning on the way."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import psycopg
import psycopg_pool
from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    connection,
    connections,
)
from django.db.models import Model
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.adapt import Transformer as MakeTransformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

from meadow.core.transactions import in_transaction

R = TypeVar("R")
M = TypeVar("M", bound=Model)
LOST = (OperationalError, InterfaceError)
MOST_PREPARED: Final = (
    200  # statements of ours a connection keeps; the rest are psycopg's to keep or let go
)
_PARAMETER: Final = re.compile(r"%%|%s|%\((?P<name>\w+)\)s")


@dataclass(frozen=True)
class _Known:
    """What is kept of a connection: what turns values into PostgreSQL's and back, and the names of what
    it has prepared, by statement and types of its values."""

    adapted: Transformer
    names: dict[tuple[str, tuple[int, ...]], bytes]


_prepared: WeakKeyDictionary[psycopg.Connection[Any], _Known] = WeakKeyDictionary()


def forget_dead_connections() -> None:
    """Close this thread's connections and let the pool replace those the server has dropped."""
    for dead in connections.all(initialized_only=True):
        if dead.in_atomic_block:
            continue
        dead.close()
        pool = getattr(dead, "pool", None)
        if pool is not None:
            try:
                pool.check()
            except psycopg_pool.PoolClosed:
                continue


def is_worth_a_retry(error: Exception) -> bool:
    """Whether a fresh connection may help; a pool that waited in vain has already tried."""
    return isinstance(error, LOST) and not isinstance(error.__cause__, psycopg_pool.PoolTimeout)


def read_again_if_lost(read: Callable[[], R]) -> R:
    """Run a read; when its connection was dead, once more over a fresh one."""
    try:
        return read()
    except LOST as lost:
        if in_transaction() or not is_worth_a_retry(lost):
            raise
    forget_dead_connections()
    return read()


def fetch_prepared(
    statement: str, values: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """Run one hot read as a prepared statement, planned once a connection; `%s` are real parameters.

    Django binds on the client, which makes PostgreSQL plan every statement anew: for a short join
    that takes longer than running it. A pooler in between has to keep prepared statements, as
    PgBouncer does from 1.21 on.
    """
    # Each look at `connection` is one into a thread's own storage: a microsecond a time.
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    with database.wrap_database_errors:
        rows = _run(database.connection, statement, values)
    if database.queries_logged:
        database.queries_log.append({"sql": statement, "time": "0.000"})
    return rows


def _run(
    raw: psycopg.Connection[Any], statement: str, values: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    known = _prepared.get(raw)
    if known is None:
        known = _prepared[raw] = _Known(MakeTransformer(raw), {})
    # psycopg opens the transactions, and lets go of the statements that a connection used least.
    if not raw.autocommit or len(known.names) >= MOST_PREPARED:
        # None would forbid preparing at all; Django's own cursors never prepare, whatever stands here.
        raw.prepare_threshold = 5
        with psycopg.Cursor(raw) as cursor:
            cursor.execute(statement, values, prepare=True)
            return cursor.fetchall()
    return _run_at_once(raw, statement, values, known)


def _run_at_once(
    raw: psycopg.Connection[Any],
    statement: str,
    values: Sequence[object] | Mapping[str, object],
    known: _Known,
) -> list[tuple[Any, ...]]:
    """Run a statement by libpq's own calls: a cursor takes as much time again as the answer does."""
    text, names = _numbered(statement)
    given = list(values) if not isinstance(values, Mapping) else [values[name] for name in names]
    adapted = known.adapted
    with raw.lock:
        parameters = adapted.dump_sequence(given, [PyFormat.AUTO] * len(given))
        types = tuple(adapted.types or ())
        name = known.names.get((statement, types))
        if name is None:
            name = b"meadow_%d" % len(known.names)
            _check(raw, raw.pgconn.prepare(name, text, types))
            known.names[statement, types] = name
        # Its types do not say so, but None is NULL.
        result = raw.pgconn.exec_prepared(name, parameters, adapted.formats)  # type: ignore[arg-type]
        _check(raw, result)
        adapted.set_pgresult(result)
        try:
            return adapted.load_rows(0, result.ntuples, tuple)
        finally:
            adapted.set_pgresult(None)  # the answer shall not stay in memory until the next one


def _check(raw: psycopg.Connection[Any], result: PGresult) -> None:
    """Raise what went wrong as psycopg does."""
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return
    if raw.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(f"the connection is lost: {result.get_error_message()}")
    raise error_from_result(result, encoding="utf-8")


@cache
def _numbered(statement: str) -> tuple[bytes, list[str]]:
    """Return a statement with `$1`, `$2`, … for its parameters, and the names of these, if they have any."""
    names: list[str] = []
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found["name"] is None:
            count += 1
            return f"${count}"
        if found["name"] not in names:
            names.append(found["name"])
        return f"${names.index(found['name']) + 1}"

    return _PARAMETER.sub(number, statement).encode(), names


def find_prepared(model: type[M], **equal: object) -> M | None:
    """Return the first row whose columns equal these values, by a prepared statement, or None.

    For hot pages: the ORM builds its statement anew and has it planned anew each time.
    """
    rows = fetch_prepared(_find_statement(model, tuple(equal)), list(equal.values()))
    if not rows:
        return None
    values = list(rows[0])
    for place, convert in _converters(model):
        values[place] = convert(values[place], None, connection)
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, values)


@cache
def _find_statement(model: type[Model], columns: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    fields = ", ".join(quote(str(field.column)) for field in model._meta.concrete_fields)
    asked = " AND ".join(f"{quote(column)} = %s" for column in columns)
    table = quote(model._meta.db_table)
    return f"SELECT {fields} FROM {table} WHERE {asked} LIMIT 1"  # noqa: S608 - names of a model


@cache
def _converters(model: type[Model]) -> list[tuple[int, Callable[..., Any]]]:
    """Return what Django turns a column's value with, by the column's place."""
    return [
        (place, convert)
        for place, field in enumerate(model._meta.concrete_fields)
        for convert in field.get_db_converters(connection)
    ]
