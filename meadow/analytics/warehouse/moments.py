"""Moments as the warehouse keeps them: microseconds since 1970, UTC."""

import datetime as dt
from typing import Final

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def to_micros(at: dt.datetime) -> int:
    """Return a moment as microseconds since 1970."""
    return (at - EPOCH) // dt.timedelta(microseconds=1)


def from_micros(micros: int) -> dt.datetime:
    """Return a moment from microseconds since 1970."""
    return EPOCH + dt.timedelta(microseconds=micros)
