"""Recovering from a database that went away, and reading from it with no planning on the way."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import psycopg
import psycopg_pool
from django.db import InterfaceError, OperationalError, connection, connections
from django.db.models import Model

from meadow.core.transactions import in_transaction

R = TypeVar("R")
M = TypeVar("M", bound=Model)
LOST = (OperationalError, InterfaceError)
_PARAMETER = re.compile(r"%(?:\((\w+)\)s|s|%)")


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
    statement: str, values: Sequence[object] | Mapping[str, object], *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run one hot read as a prepared statement, planned once a connection; `%s` are real parameters.

    Django binds on the client, which makes PostgreSQL plan every statement anew: for a short join
    that takes longer than running it. A pooler in between has to keep prepared statements, as
    PgBouncer does from 1.21 on. `binary`: rows come as they are kept, which a thousand times read faster.
    """
    connection.ensure_connection()
    raw = connection.connection
    # None would forbid preparing at all; Django's own cursors never prepare, whatever stands here.
    raw.prepare_threshold = 5
    numbered, names = _numbered(statement)
    bound = [values[name] for name in names] if isinstance(values, Mapping) else values
    with connection.wrap_database_errors, psycopg.RawCursor(raw) as cursor:
        cursor.execute(numbered, bound, prepare=True, binary=binary)
        rows = cursor.fetchall()
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": "0.000"})
    return rows


@cache
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a statement with its parameters as PostgreSQL numbers them, and their names in that order.

    psycopg does this too, but anew for each run of a statement longer than 4,096 characters: a fifth of a
    millisecond for a page of Hot.
    """
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found[1] or f"%s {len(places)}"
        return f"${places.setdefault(name, len(places) + 1)}"

    text = _PARAMETER.sub(number, statement)
    return text.encode(), tuple(places)


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
