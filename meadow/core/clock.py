"""The one place that reads the clock; everything else is handed `now`."""

import datetime as dt


def now() -> dt.datetime:
    """Return the present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - this is the place the ban points to
