"""How other processes reach the warehouse: clickhouse-connect, whichever form it has."""

import threading
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.conf import settings

from meadow.core.errors import EngineUnavailable

_local = threading.local()


def get_client() -> Any:
    """Return this thread's clickhouse-connect client. Raises EngineUnavailable."""
    client = getattr(_local, "client", None)
    if client is None:
        try:
            client = clickhouse_connect.get_client(
                dsn=settings.ENVIRONMENT.clickhouse_url,
                compress=False,
                connect_timeout=2,
                send_receive_timeout=30,
                autogenerate_session_id=False,
            )
        except ClickHouseError as away:
            raise EngineUnavailable(engine="warehouse") from away
        _local.client = client
    return client


def warehouse_version() -> str:
    """Return the version of the warehouse. Raises EngineUnavailable."""
    try:
        return str(get_client().command("SELECT version()"))
    except ClickHouseError as away:
        _local.client = None
        raise EngineUnavailable(engine="warehouse") from away
