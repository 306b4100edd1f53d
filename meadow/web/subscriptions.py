"""The one table that maps an event to the tasks that hear of it."""

from meadow.core.events import Event
from meadow.notes.events import NotePublished

SUBSCRIPTIONS: dict[type[Event], list[str]] = {
    NotePublished: ["feed.welcome_note"],
}
