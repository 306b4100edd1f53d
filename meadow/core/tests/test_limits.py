"""Limits are exact across connections, and say how long to wait."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory, override_settings

from meadow.core import clock
from meadow.core.errors import RateLimited
from meadow.core.limits import check_rate, client_address, network_of
from meadow.core.models import RateCount
from meadow.core.services import sweep
from meadow.core.testing import race


def attempt(
    subject: str = "ann",
    rate: str = "5/minute",
    name: str = "core.tests",
    now: dt.datetime | None = None,
) -> None:
    check_rate(name=name, rate=rate, subject=subject, now=now or clock.now())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_racing_tries_exactly_the_limit_passes() -> None:
    outcomes = race(lambda _: attempt(), runners=20)

    assert sum(outcome is None for outcome in outcomes) == 5
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 15


@pytest.mark.django_db
def test_the_refusal_says_how_long_to_wait() -> None:
    before = clock.now()
    for _ in range(5):
        attempt()
    over = RateCount.objects.get().ends_at

    with pytest.raises(RateLimited) as refused:
        attempt(now=over - dt.timedelta(seconds=42.5))

    assert refused.value.retry_after == 43
    assert before <= over - dt.timedelta(minutes=1) <= clock.now()


@pytest.mark.django_db
def test_subjects_and_names_are_counted_apart() -> None:
    for _ in range(5):
        attempt("ann")

    attempt("ben")
    attempt("ann", name="core.other")


@pytest.mark.django_db
def test_a_window_that_is_over_counts_anew() -> None:
    for _ in range(5):
        attempt()
    RateCount.objects.update(ends_at=clock.now() - dt.timedelta(seconds=1))

    attempt()

    assert RateCount.objects.get().count == 1


@pytest.mark.django_db
def test_nobody_s_name_or_address_is_kept() -> None:
    attempt("198.51.100.7")

    assert "198.51.100.7" not in RateCount.objects.get().key


@pytest.mark.django_db
def test_closed_windows_are_swept() -> None:
    attempt("ann")
    attempt("ben")
    RateCount.objects.filter(pk=RateCount.objects.first().pk).update(  # type: ignore[union-attr]
        ends_at=clock.now() - dt.timedelta(seconds=1)
    )

    sweep(now=clock.now())

    assert RateCount.objects.count() == 1


@pytest.mark.django_db
def test_addresses_of_past_attempts_do_not_stay_in_the_cache() -> None:
    cache.set("attempt:198.51.100.7", 1, timeout=60)
    cache.set("attempt:203.0.113.9", 1, timeout=3600)

    sweep(now=clock.now() + dt.timedelta(minutes=2))

    assert cache_rows() == [":1:attempt:203.0.113.9"]


def cache_rows() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM core_cache ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_one_line_is_one_caller(address: str, counted: str) -> None:
    assert network_of(address) == counted


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (
            0,
            "203.0.113.9",
            "127.0.0.1",
        ),  # nobody in front: the header is the caller's own invention
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.9.9.9, 203.0.113.9", "203.0.113.9"),
        (1, "", "127.0.0.1"),
        (2, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(trusted: int, forwarded: str, address: str) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})

    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=trusted):
        assert client_address(request) == address
