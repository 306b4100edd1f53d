"""What follows when an appeal is granted: packages above register it by the first part of a scope."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from meadow.decisions.reasons import prefix_of
from meadow.decisions.records import AppealRecord

OnGranted = Callable[[AppealRecord, dt.datetime], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """Who acts on granted appeals of a scope."""

    on_granted: OnGranted


_handlers: dict[str, Handler] = {}


def register(scope_prefix: str, *, on_granted: OnGranted) -> None:
    """Open decisions of a scope to appeal.

    `on_granted(appeal, now)` runs inside the transaction of the answer: what it raises undoes both.
    """
    _handlers[scope_prefix] = Handler(on_granted)


def handler_of(scope: str) -> Handler | None:
    """Return who acts on granted appeals of a scope; None where nobody does."""
    return _handlers.get(prefix_of(scope))
