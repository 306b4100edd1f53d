"""One small HTTP GET with a deadline, for probing what we started ourselves."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes


def fetch(url: str, *, seconds: float, host: str | None = None) -> Answer | None:
    """Return the answer to a GET, or None when there is none in time. Follows no redirect."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "127.0.0.1", parts.port or 80, timeout=seconds
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Host": host} if host else {})
        response = connection.getresponse()
        return Answer(status=response.status, body=response.read(1_000_000))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
