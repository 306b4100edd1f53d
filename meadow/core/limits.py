"""Rate limits that hold over every web process: fixed windows counted in PostgreSQL."""

import datetime as dt
import hashlib
import ipaddress
import math
from functools import cache
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from meadow.core.errors import RateLimited
from meadow.core.models import RateCount


class PostgresStorage(Storage):
    """The `limits` storage protocol over the RateCount table; one atomic statement a hit."""

    STORAGE_SCHEME = ["meadow-postgres"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return Error

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` hits in the window of `expiry` seconds and return the hits so far."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_ratecount AS old (key, count, ends_at)"
                " VALUES (%(key)s, %(amount)s, "
                " clock_timestamp() + make_interval(secs => %(window)s))"
                " ON CONFLICT (key) DO UPDATE SET"
                " count = CASE WHEN old.ends_at <= clock_timestamp()"
                " THEN excluded.count ELSE old.count + excluded.count END,"
                " ends_at = CASE WHEN old.ends_at <= clock_timestamp()"
                " THEN excluded.ends_at ELSE old.ends_at END"
                " RETURNING count",
                {"key": key, "amount": amount, "window": expiry},
            )
            return int(cursor.fetchone()[0])

    def get(self, key: str) -> int:
        """Return the hits in the window that is open now."""
        row = self._read(key)
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """Return when the open window ends, in seconds since the epoch."""
        row = self._read(key)
        return float(row[1]) if row else 0.0

    def check(self) -> bool:
        """Whether the storage answers."""
        return RateCount.objects.count() >= 0

    def reset(self) -> int | None:
        """Forget every window."""
        return RateCount.objects.all().delete()[0]

    def clear(self, key: str) -> None:
        """Forget the window of one key."""
        RateCount.objects.filter(pk=key).delete()

    def _read(self, key: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count, extract(epoch FROM ends_at) FROM core_ratecount"
                " WHERE key = %s AND ends_at > clock_timestamp()",
                [key],
            )
            return cursor.fetchone()


@cache
def _limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(PostgresStorage())


@cache
def _parse(rate: str) -> RateLimitItem:
    return parse(rate)


def check_rate(*, name: str, rate: str, subject: str, now: dt.datetime) -> None:
    """Count one try of `subject` at `name`. Raises RateLimited with the seconds left to wait.

    `rate` is written as "20/minute" or "5 per 10 seconds". Call it before the use case opens its
    transaction, or the count is rolled back with it.
    """
    item = _parse(rate)
    # Subjects can be addresses and names: only a digest is kept.
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    if _limiter().hit(item, name, digest):
        return
    ends_at = _limiter().get_window_stats(item, name, digest).reset_time
    raise RateLimited(retry_after=max(1, math.ceil(ends_at - now.timestamp())))


def caller(request: HttpRequest) -> str:
    """Return whom to count: the person, or the address for a stranger."""
    user = request.user
    if user.is_authenticated:
        return f"person:{user.pk}"
    return f"address:{network_of(client_address(request))}"


def network_of(address: str) -> str:
    """Return what one caller holds: an IPv4 address, or the /64 that an IPv6 line comes with."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))


def client_address(request: HttpRequest) -> str:
    """Return the caller's address: the connection's, or what the trusted proxies in front saw."""
    trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if 0 < trusted <= len(seen) and seen[-trusted]:
        return seen[-trusted]
    return str(request.META.get("REMOTE_ADDR") or "unknown")
