"""Whole tables in numbers: integer columns of a statement as numpy arrays, without a row in Python."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray


def read_columns(
    statement: str, params: Mapping[str, Any] | None = None, *, columns: int
) -> list[NDArray[np.int64]]:
    """Return the `columns` columns of a SELECT of integers in ascending order of its rows.

    PostgreSQL hands each column over as one value of 8 bytes a row (so at most 134 million rows).
    Raises ValueError when a column is NULL somewhere.
    """
    names = [f"c{place}" for place in range(columns)]
    listed = ", ".join(names)
    # Every column in the order of whole rows, so that they stand beside each other also where the
    # first repeats.
    packed = ", ".join(f"string_agg(int8send({name}), '' ORDER BY {listed})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), {packed} FROM ({statement}) s ({listed})",  # noqa: S608
            params,
        )
        count, *packs = cursor.fetchone()
    found = [np.frombuffer(pack or b"", ">i8").astype(np.int64) for pack in packs]
    if any(len(values) != count for values in found):
        raise ValueError("a column is NULL somewhere")
    return found
