"""A connection that PostgreSQL has dropped is replaced, whether pooled or not."""

import os

import psycopg
import pytest
from django.db import OperationalError, connection

from meadow.core.database import LOST, forget_dead_connections, read_again_if_lost


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
