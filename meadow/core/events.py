"""Typed events: published inside a use case, heard by jobs after it has committed."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar, get_type_hints

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import transaction_required

E = TypeVar("E", bound="Event")

# Only what JSON carries without loss: an event outlives the process that published it.
FIELD_TYPES = (int, str, bool, int | None, str | None)


class EventIsNotClosed(TypeError):
    """An event class is not a frozen dataclass of plain JSON fields."""


class Event:
    """Base of all events; subclasses are frozen dataclasses with int, str or bool fields."""

    __slots__ = ()
    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.name = cls.__name__


_subscriptions: dict[type[Event], tuple[str, ...]] = {}
# Looked at already: to look again would take longer than to publish.
_closed: set[type[Event]] = set()


def set_subscriptions(table: Mapping[type[Event], Sequence[str]]) -> None:
    """Take the table of who hears what. Raises EventIsNotClosed, UnknownTask."""
    checked: dict[type[Event], tuple[str, ...]] = {}
    for kind, names in table.items():
        check_closed(kind)
        for name in names:
            find_task(name)
        checked[kind] = tuple(names)
    _subscriptions.clear()
    _subscriptions.update(checked)


def get_subscriptions() -> dict[type[Event], tuple[str, ...]]:
    """Return the table in force."""
    return dict(_subscriptions)


@transaction_required
def publish(event: Event) -> None:
    """Insert one job a subscriber into the open transaction; it is handed the fields as `event`."""
    check_closed(type(event))
    for name in _subscriptions.get(type(event), ()):
        enqueue(find_task(name), event=to_json(event))


def to_json(event: Event) -> dict[str, Any]:
    """Return an event's fields as a JSON object."""
    return {field.name: getattr(event, field.name) for field in fields_of(event)}


def from_json(kind: type[E], fields: Mapping[str, Any]) -> E:
    """Rebuild an event in the task that hears it."""
    return kind(**fields)


def check_closed(kind: type[Event]) -> None:
    """Raise EventIsNotClosed unless `kind` is a frozen dataclass of plain JSON fields."""
    if kind in _closed:
        return
    # vars(), not getattr: a subclass without the decorator would pass by its parent's.
    params = vars(kind).get("__dataclass_params__")
    if params is None or not params.frozen:
        raise EventIsNotClosed(f"{kind.__name__} must be a frozen dataclass")
    hints = get_type_hints(kind)
    for field in fields_of(kind):
        if hints[field.name] not in FIELD_TYPES:
            raise EventIsNotClosed(
                f"{kind.__name__}.{field.name} is {hints[field.name]}: use int, str or bool"
            )
    _closed.add(kind)


def fields_of(event: Any) -> tuple[dataclasses.Field[Any], ...]:
    """Return the fields of an event, or of its class."""
    return dataclasses.fields(event)
