"""Who hears that figures of authors changed: with the write of valid reads, or once all is written."""

import datetime as dt
from collections.abc import Callable, Collection

Listener = Callable[[Collection[int], dt.datetime], None]
Teller = Callable[[Collection[int]], None]

_listeners: list[Listener] = []
_tellers: list[Teller] = []


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


def register_teller(teller: Teller) -> None:
    """Have `teller(author_ids)` called once any figures of theirs are written, to tell open pages."""
    if teller not in _tellers:
        _tellers.append(teller)


def tell_pages(author_ids: Collection[int]) -> None:
    """Have the open pages of authors told that their figures moved."""
    if author_ids:
        for teller in _tellers:
            teller(author_ids)
