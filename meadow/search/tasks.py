"""What keeps the index current, and what a search leaves behind."""

import datetime as dt
from typing import Any

from meadow.analytics.searches import publish_search
from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.search.services import habits, indexing, rebuild

QUEUE = "search"


@task(name="search.hear_note", queue=QUEUE)
def hear_note(event: dict[str, Any]) -> None:
    """Read a note anew after anything about it changed; what is no longer for everybody leaves."""
    indexing.index_notes(note_ids=[int(event["note_id"])], now=now())


@task(name="search.hear_content", queue=QUEUE)
def hear_content(event: dict[str, Any]) -> None:
    """Read a note anew that moderation hid or restored; comments are not searched."""
    if event["kind"] == "note":
        indexing.index_note_called(public_id=str(event["public_id"]), now=now())


@task(name="search.hear_person", queue=QUEUE)
def hear_person(event: dict[str, Any]) -> None:
    """Read somebody's name anew."""
    indexing.index_person(person_id=int(event["person_id"]))


@task(name="search.forget_person", queue=QUEUE)
def forget_person(event: dict[str, Any]) -> None:
    """Forget what somebody looked for, who has their reading forgotten."""
    habits.forget_searches(person_id=int(event["person_id"]))


@task(name="search.tell", queue="facts")
def tell(term: str, found: int, person: str, mark: str, at: str) -> None:
    """Tell that somebody searched."""
    when = dt.datetime.fromisoformat(at)
    publish_search(term=term, found=found, person=person, mark=mark, at=when, now=now())


@periodic(cron="*/5 * * * *")
@task(name="search.catch_up", queue=QUEUE, lock="search.catch_up", retry=False)
def catch_up(timestamp: int) -> None:
    """Index what nobody told of; a run that fails is made up for by the next."""
    rebuild.catch_up(now=now())


@periodic(cron="40 19 * * *")
@task(name="search.refresh", queue=QUEUE, lock="search.refresh", retry=False)
def refresh(timestamp: int) -> None:
    """Bring the quality of notes up to date with their reactions each night."""
    rebuild.refresh_priors(now=now())


@periodic(cron="7 * * * *")
@task(name="search.renew_popular", queue=QUEUE, lock="search.renew_popular", retry=False)
def renew_popular(timestamp: int) -> None:
    """Renew what is popular each hour."""
    habits.renew_popular(now=now())
