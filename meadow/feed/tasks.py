"""When Hot is ranked, and how a note just published gets in."""

from typing import Any

from meadow.core.clock import now
from meadow.core.events import from_json
from meadow.core.jobs import periodic, task
from meadow.feed import services
from meadow.notes.events import NotePublished


@periodic(cron="* * * * *")
@task(name="feed.rank_hot", queue="feed", lock="feed.rank_hot", retry=False)
def rank_hot(timestamp: int) -> None:
    """Rank Hot each minute; a run that fails is made up for by the next."""
    services.rank_hot(now=now())


# One lock: newcomers commit in the order of their marks, so that no reader skips one.
@task(name="feed.welcome_note", queue="feed", lock="feed.welcome_note")
def welcome_note(event: dict[str, Any]) -> None:
    """Let a note that was just published be explored before the next ranking."""
    published = from_json(NotePublished, event)
    services.welcome_note(note_id=published.note_id, author_id=published.author_id, now=now())
