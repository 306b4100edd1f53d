"""A connection that PostgreSQL has dropped is replaced, whether pooled or not; prepared reads are reads."""

import datetime as dt
import os
from contextlib import nullcontext

import psycopg
import pytest
from django.db import DataError, OperationalError, connection

from meadow.core.database import (
    LOST,
    fetch_prepared,
    forget_dead_connections,
    read_again_if_lost,
)
from meadow.core.transactions import transaction


def kill_my_connection() -> None:
    """Have the server end this thread's connection, as a restart would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    name = connection.settings_dict["NAME"]
    address = os.environ["DATABASE_URL"].replace("/meadow?", f"/{name}?")
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])


def ask() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_dropped_connection_fails_until_it_is_forgotten() -> None:
    kill_my_connection()

    with pytest.raises(LOST):
        ask()
    forget_dead_connections()

    assert ask() == 1


@pytest.mark.django_db(transaction=True)
def test_a_read_over_a_dropped_connection_is_made_again() -> None:
    kill_my_connection()

    assert read_again_if_lost(ask) == 1


@pytest.mark.django_db(transaction=True)
def test_a_read_that_keeps_failing_raises() -> None:
    tries = []

    def fail() -> int:
        tries.append(1)
        raise OperationalError("still away")

    with pytest.raises(OperationalError):
        read_again_if_lost(fail)
    assert len(tries) == 2


@pytest.mark.django_db(transaction=True)
def test_a_prepared_read_over_a_dropped_connection_is_made_again() -> None:
    kill_my_connection()

    assert read_again_if_lost(lambda: fetch_prepared("SELECT %s::int", [1])) == [(1,)]


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.django_db(transaction=True)
def test_prepared_reads_take_and_give_what_other_reads_do(inside: bool) -> None:
    at = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
    named = (
        "SELECT %(n)s::int, %(at)s::timestamptz, '5%%', %(none)s::text, %(n)s + 1, %(ids)s::int[]"
    )
    values = {"n": 3, "at": at, "none": None, "ids": [1, 2], "unused": 0}

    with transaction() if inside else nullcontext():
        for _ in range(2):
            assert fetch_prepared(named, values) == [(3, at, "5%", None, 4, [1, 2])]
            assert fetch_prepared("SELECT %s::text, %s::int", ["%s", 70_000]) == [("%s", 70_000)]
            assert fetch_prepared("SELECT 1", []) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_prepared_read_fails_as_others_do_and_the_next_one_works() -> None:
    with pytest.raises(DataError) as failed:
        fetch_prepared("SELECT 1 / %s::int", [0])

    assert isinstance(failed.value.__cause__, psycopg.errors.DivisionByZero)
    assert fetch_prepared("SELECT 1 / %s::int", [1]) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_the_first_prepared_read_of_a_transaction_is_part_of_it() -> None:
    with transaction():
        first = fetch_prepared("SELECT now()", [])
        assert fetch_prepared("SELECT now()", []) == first


@pytest.mark.django_db(transaction=True)
def test_prepared_reads_go_on_after_a_rollback() -> None:
    """With a rollback, psycopg lets go of all that its connection has prepared."""
    fetch_prepared("SELECT %s::int", [1])
    with pytest.raises(DataError), transaction():
        fetch_prepared("SELECT 1 / %s::int", [0])

    assert fetch_prepared("SELECT %s::int", [2]) == [(2,)]
