"""When Hot is ranked, and how a note just published gets in."""

from typing import Any

from meadow.accounts.events import ProfileChanged, ReadingForgotten
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


@periodic(cron="* * * * *")
@task(name="feed.make_lists", queue="feed", lock="feed.make_lists", retry=False)
def make_lists(timestamp: int) -> None:
    """Make lists for readers who wait, each minute; a run that fails is made up for by the next."""
    services.make_lists(now=now())


@periodic(cron="17 * * * *")
@task(name="feed.learn_similar", queue="feed", lock="feed.learn_similar", retry=False)
def learn_similar(timestamp: int) -> None:
    """Learn each hour what readers of a note also like."""
    services.learn_similar(now=now())


@task(name="feed.hear_forgotten", queue="feed")
def hear_forgotten(event: dict[str, Any]) -> None:
    """Drop what was made of a reading that is forgotten."""
    forgotten = from_json(ReadingForgotten, event)
    services.forget_reader(person_id=forgotten.person_id, now=now())


@task(name="feed.hear_profile", queue="feed")
def hear_profile(event: dict[str, Any]) -> None:
    """End the feed of one's own of somebody whose year of birth now says that they may be under 18."""
    changed = from_json(ProfileChanged, event)
    services.end_if_too_young(person_id=changed.person_id, now=now())
