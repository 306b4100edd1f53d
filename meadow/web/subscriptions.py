"""The one table that maps an event to the tasks that hear of it."""

from meadow.core.events import Event

SUBSCRIPTIONS: dict[type[Event], list[str]] = {}
