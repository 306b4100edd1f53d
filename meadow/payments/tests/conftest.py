"""Play money is on, and Stripe is a process of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from meadow.payments.testing import ensure_bounds, running_localstripe, stripe_on
from meadow.runtime.payment_keys import PaymentKeys, StripeKeys


@pytest.fixture(scope="session")
def localstripe() -> Iterator[StripeKeys]:
    with running_localstripe() as keys:
        yield keys


@pytest.fixture
def stripe(localstripe: StripeKeys, settings: Any) -> StripeKeys:
    settings.PAYMENTS = stripe_on(localstripe)
    return localstripe


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(sandbox=True)


@pytest.fixture(autouse=True)
def _bounds(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db" if not _commits(request) else "transactional_db")
        ensure_bounds()


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))
