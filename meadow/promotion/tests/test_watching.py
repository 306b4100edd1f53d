"""What waits longer than it should is said, and the site stays ready."""

import datetime as dt

import pytest

from meadow.accounts.testing import make_person
from meadow.core import clock
from meadow.core.health import Worrying, register_check, run_checks
from meadow.promotion.models import Delivered
from meadow.promotion.queries.health import Trouble, list_troubles
from meadow.promotion.testing import ensure_rule, make_order
from meadow.promotion.watching import promotion_version

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.django_db
def test_a_review_a_pace_and_a_charge_that_are_late_are_named_with_their_oldest() -> None:
    ann = make_person()
    make_order(buyer=ann, now=NOW)
    make_order(buyer=ann, now=NOW - 25 * HOUR)
    running = make_order(buyer=ann, now=NOW - HOUR, state="running")
    Delivered.objects.create(order=running, as_of=NOW - 6 * MINUTE, price=5)

    assert list_troubles(now=NOW) == [
        Trouble("review", 1, NOW - 25 * HOUR),
        Trouble("stale", 1, None),
        Trouble("unsettled", 1, NOW - 6 * MINUTE),
    ]


@pytest.mark.django_db
def test_an_order_that_has_just_begun_is_not_late() -> None:
    make_order(buyer=make_person(), now=NOW, state="running")

    assert list_troubles(now=NOW + MINUTE / 2) == []


@pytest.mark.django_db(transaction=True)
def test_the_site_stays_ready_while_something_is_late() -> None:
    ensure_rule()
    assert promotion_version() == "rule 1"
    make_order(buyer=make_person(), now=clock.now() - 25 * HOUR)

    with pytest.raises(Worrying):
        promotion_version()
    register_check("promotion", promotion_version)
    (said,) = (one for one in run_checks() if one.name == "promotion")
    assert (said.ok, said.detail) == (True, "review: 1")
