"""The database settings of the peers: the same server and the same kind of pool as ours."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def pooled(url: str) -> dict[str, Any]:
    """Return Django's settings for a PostgreSQL URL, with the pool that `meadow web` has."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {**query, "pool": {"min_size": 1, "max_size": 16, "timeout": 5}},
    }
