"""Recovering from a database that went away: drop what is dead, then try once more."""

from collections.abc import Callable
from typing import TypeVar

import psycopg_pool
from django.db import InterfaceError, OperationalError, connections

from meadow.core.transactions import in_transaction

R = TypeVar("R")
LOST = (OperationalError, InterfaceError)


def forget_dead_connections() -> None:
    """Close this thread's connections and let the pool replace those the server has dropped."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            continue
        connection.close()
        pool = getattr(connection, "pool", None)
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
