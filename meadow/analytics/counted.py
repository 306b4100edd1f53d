"""Who hears, in the transaction that writes them, that the valid reads of authors' notes changed."""

import datetime as dt
from collections.abc import Callable, Collection

Listener = Callable[[Collection[int], dt.datetime], None]

_listeners: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """Have `listener(author_ids, now)` called inside the transaction of the figures.

    It runs in the process of the warehouse: it may note something down or enqueue a job, and what
    it raises undoes the figures too.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def tell_counted(author_ids: Collection[int], *, now: dt.datetime) -> None:
    """Tell every listener whose valid reads are written anew."""
    if author_ids:
        for listener in _listeners:
            listener(author_ids, now)
