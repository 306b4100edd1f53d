"""How other processes reach the warehouse: clickhouse-connect, whichever form it has."""

import http.client
import threading
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import orjson
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


def ask_rebuild() -> dict[str, Any]:
    """Have the owner rebuild the warehouse; returns how far it is. Raises EngineUnavailable."""
    return _rebuild("POST")


def read_rebuild() -> dict[str, Any]:
    """Return how far the owner's rebuild is. Raises EngineUnavailable."""
    return _rebuild("GET")


def _rebuild(method: str) -> dict[str, Any]:
    parts = urlsplit(settings.ENVIRONMENT.clickhouse_url)
    headers = {
        "X-ClickHouse-User": unquote(parts.username or "default"),
        "X-ClickHouse-Key": unquote(parts.password or ""),
    }
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=5)
    try:
        connection.request(method, "/rebuild", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise EngineUnavailable(engine="warehouse")
        state: dict[str, Any] = orjson.loads(body)
    except (OSError, http.client.HTTPException, orjson.JSONDecodeError) as away:
        raise EngineUnavailable(engine="warehouse") from away
    finally:
        connection.close()
    return state
