"""A time as somebody chose it on their own clock, made a moment."""

import datetime as dt

from meadow.core.zones import find_zone
from meadow.notes.errors import TimeNotThere, TimeUnreadable


def read_local(*, text: str, zone: str) -> dt.datetime:
    """Return the moment of a local time (`2026-05-01T18:30`) in an IANA time zone, in UTC.

    Of an hour that comes twice, the first is meant. Raises TimeUnreadable, or TimeNotThere for an
    hour that the clocks skip.
    """
    try:
        there = find_zone(zone)
        if there is None:
            raise TimeUnreadable
        local = dt.datetime.fromisoformat(text).replace(second=0, microsecond=0)
        if local.tzinfo is not None:
            raise TimeUnreadable
        moment = local.replace(tzinfo=there).astimezone(dt.UTC)
        back = moment.astimezone(there).replace(tzinfo=None)
    # A text that is no time; the year 1 west of Greenwich.
    except (ValueError, OverflowError) as unreadable:
        raise TimeUnreadable from unreadable
    if back != local:
        raise TimeNotThere
    return moment
