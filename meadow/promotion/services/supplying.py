"""Keeping what forecasts ask of traffic: who comes within some time, and hours before anything was sold."""

import datetime as dt
from typing import Final

from meadow.analytics.responses import count_people_within, read_pages_by_hour
from meadow.core.transactions import transaction
from meadow.promotion.forecasts.reach import SITTING_HOURS
from meadow.promotion.models import InventoryHour, PeopleWithin
from meadow.promotion.queries.rules import newest_rule
from meadow.promotion.queries.supply import TRAFFIC_DAYS

WINDOWS: Final = (SITTING_HOURS, 24, 72, 168, 672)
HOUR: Final = dt.timedelta(hours=1)
# An hour that is over so long will be written by nobody else.
SETTLED: Final = 2 * HOUR


def learn_supply(*, now: dt.datetime) -> int:
    """Count who comes within how long, and keep the hours that no web process counted itself.

    Returns how many hours were added. Such an hour has the cards that were seen at the sponsored place,
    and nothing of prices. Raises EngineUnavailable, and then changes nothing.
    """
    rule = newest_rule()
    until = now.replace(minute=0, second=0, microsecond=0)
    since = until - dt.timedelta(days=TRAFFIC_DAYS)
    hours = read_pages_by_hour(since=since, until=until, every=rule.one_in, place=rule.place)
    if not hours:
        return 0
    # Stretches before the first page are not of a community that was there.
    begun = max(since, hours[0].hour)
    met = count_people_within(
        since=begun, until=until, every=rule.one_in, place=rule.place, hours=WINDOWS
    )
    a_page = sum(each.pages for each in hours) / max((until - begun) / HOUR, 1)
    windows = [
        PeopleWithin(
            hours=window,
            people=count / int((until - begun) / dt.timedelta(hours=window)),
            pages=a_page,
            made_at=now,
        )
        for window, count in met.items()
    ]
    known = set(InventoryHour.objects.filter(hour__gte=since).values_list("hour", flat=True))
    missing = [
        InventoryHour(hour=each.hour, pages=each.pages, people=each.people)
        for each in hours
        if each.hour not in known and each.hour <= now - SETTLED
    ]
    with transaction():
        InventoryHour.objects.bulk_create(missing, ignore_conflicts=True)
        PeopleWithin.objects.bulk_create(
            windows,
            update_conflicts=True,
            unique_fields=["hours"],
            update_fields=["people", "pages", "made_at"],
        )
    return len(missing)
