"""How followers moved from day to day: the warehouse's facts, or the follows that still stand."""

import datetime as dt

from meadow.accounts import measures
from meadow.analytics.readings import read_series
from meadow.core.errors import EngineUnavailable
from meadow.programs.forecast import HISTORY_DAYS, History, register_history
from meadow.programs.metrics import Params


def read_followers(*, person_id: int, params: Params, now: dt.datetime) -> History:
    """Return by how many followers each of the last full days changed.

    While the warehouse is away, or for an account whose follows were never facts, the days on which
    today's followers came are taken instead: who came and went again is missing there.
    """
    today = now.astimezone(dt.UTC).date()
    joined = measures.read_joined([person_id]).at
    known = HISTORY_DAYS
    if len(joined):
        began = dt.datetime.fromtimestamp(int(joined[0]) / 1e6, dt.UTC).date()
        known = max(0, min(HISTORY_DAYS, (today - began).days - 1))
    if not known:
        return History(gains=())
    since, until = today - dt.timedelta(days=known), today - dt.timedelta(days=1)
    gains: list[int] = []
    try:
        series = read_series(
            metrics=["followers_change"], author_id=person_id, since=since, until=until, by="day"
        )
        gains = [int(figures["followers_change"] or 0) for _day, figures in series.rows]
    except EngineUnavailable:
        gains = []
    if not any(gains):
        midnight = dt.datetime.combine(today, dt.time(), dt.UTC)
        came = measures.read_follow_days(
            person_id, since=midnight - dt.timedelta(days=known), until=midnight
        )
        gains = [came.get(since + dt.timedelta(days=day), 0) for day in range(known)]
    return History(gains=gains)


def register_accounts_histories() -> None:
    """Register how followers move."""
    register_history("followers", read_followers)
