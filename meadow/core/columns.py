"""Whole tables in numbers: integer columns of a statement as numpy arrays, without a row in Python."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql
from psycopg.sql import SQL

# The binary form of COPY begins with 11 bytes of signature, 4 of flags, 4 of extension length, and
# ends with a field count of -1.
_HEADER: Final = 19
_TRAILER: Final = 2


def read_columns(
    statement: str, params: Mapping[str, Any] | None = None, *, columns: int
) -> list[NDArray[np.int64]]:
    """Return the `columns` columns of a SELECT; each must be bigint and never NULL.

    A million rows take about a quarter of a second. `params` are bound as in any statement.
    Raises ValueError when a column is NULL somewhere or is no bigint.
    """
    with connection.cursor() as cursor, connection.wrap_database_errors:
        bound = connection.connection.cursor().mogrify(statement, params) if params else statement
        copy = SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(sql.SQL(bound))
        with cursor.copy(copy) as stream:
            data = b"".join(bytes(chunk) for chunk in stream)
    row = np.dtype([("fields", ">i2"), *_fields(columns)])
    size = len(data) - _HEADER - _TRAILER
    if size % row.itemsize:
        raise ValueError("a column is no bigint, or NULL somewhere")
    rows = np.frombuffer(data, row, count=size // row.itemsize, offset=_HEADER)
    if len(rows) and not all((rows[f"size{n}"] == 8).all() for n in range(columns)):
        raise ValueError("a column is no bigint, or NULL somewhere")
    return [rows[f"value{n}"].astype(np.int64) for n in range(columns)]


def _fields(columns: int) -> list[tuple[str, str]]:
    return [field for n in range(columns) for field in ((f"size{n}", ">i4"), (f"value{n}", ">i8"))]
