"""Traffic from before anything was sold is kept, once, and so is who comes how often."""

import datetime as dt

import pytest

from meadow.analytics.testing import make_fact
from meadow.analytics.tests.conftest import (  # noqa: F401 - fixtures
    asked,
    asking,
    feed,
    served,
    store,
)
from meadow.analytics.warehouse.store import Store
from meadow.promotion.models import InventoryHour, PeopleWithin
from meadow.promotion.services.supplying import learn_supply

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 30, 12, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_hours_that_nobody_counted_are_taken_from_facts_once(asked: Store) -> None:  # noqa: F811
    first = NOW.replace(minute=0) - 48 * HOUR
    facts = []
    # Every hour the same three people, and one of their own.
    for hour in range(48):
        at = int((first + hour * HOUR).timestamp() * 1000) + 60_000
        people = [*range(3), 100 + hour]
        facts += [
            make_fact(kind="impression", slot=3, person=f"{one:032x}", at=at, received_at=at)
            for one in people
        ]
    feed(asked, facts)
    InventoryHour.objects.create(hour=first, pages=9, people=8)

    added, again = learn_supply(now=NOW), learn_supply(now=NOW)

    assert (added, again) == (46, 0)
    kept = InventoryHour.objects.order_by("hour")
    assert [(row.pages, row.people) for row in kept[:2]] == [(9, 8), (4, 4)]
    # The hour that has just ended is still a web process's to write.
    assert kept.last().hour == NOW.replace(minute=0) - 2 * HOUR  # type: ignore[union-attr]
    windows = dict(PeopleWithin.objects.values_list("hours", "people"))
    assert windows == {2: 5.0, 24: 27.0}


def test_without_facts_nothing_is_kept(asked: Store) -> None:  # noqa: F811
    assert learn_supply(now=NOW) == 0
    assert not PeopleWithin.objects.exists()
