"""For tests of pages that show a feed: rank at once, and let this process know."""

import datetime as dt

from meadow.feed import services
from meadow.feed.fragments import forget_all
from meadow.feed.keeper import keeper
from meadow.feed.reading import forget_passed


def rank_now(*, now: dt.datetime) -> int:
    """Rank what is published and take the wall over in this process; returns its version."""
    version = services.rank_hot(now=now)
    keeper.look()
    return version


def forget_feed() -> None:
    """Drop what this process remembers: databases of tests come and go, and ids start again."""
    keeper.forget()
    forget_all()
    forget_passed()
