"""When programs look at people: after an event and by the clock within seconds, at all once a day."""

import datetime as dt
import logging
from typing import Any

from meadow.accounts.events import PersonFollowed, PersonUnfollowed
from meadow.core.clock import now
from meadow.core.events import from_json
from meadow.core.jobs import enqueue, find_task, periodic, task
from meadow.programs.services import admission, changes, foreseeing, rule_versions

log = logging.getLogger("meadow.programs.tasks")
QUEUE = "programs"


@task(name="programs.hear_follow", queue=QUEUE)
def hear_follow(event: dict[str, Any]) -> None:
    """Look at both sides of a follow."""
    told = from_json(PersonFollowed, event)
    admission.mark_people(person_ids=[told.followed_id, told.follower_id], now=now())


@task(name="programs.hear_unfollow", queue=QUEUE)
def hear_unfollow(event: dict[str, Any]) -> None:
    """Look at both sides of a follow that ended."""
    told = from_json(PersonUnfollowed, event)
    admission.mark_people(person_ids=[told.followed_id, told.follower_id], now=now())


@task(name="programs.hear_author", queue=QUEUE)
def hear_author(event: dict[str, Any]) -> None:
    """Look at the author of a note that was published, changed or deleted."""
    admission.mark_people(person_ids=[int(event["author_id"])], now=now())


@task(name="programs.hear_person", queue=QUEUE)
def hear_person(event: dict[str, Any]) -> None:
    """Look at whom an event is about."""
    admission.mark_people(person_ids=[int(event["person_id"])], now=now())


@task(name="programs.look_at_marked", queue=QUEUE, lock="programs.look_at_marked")
def look_at_marked() -> None:
    """Settle everybody about whom something changed."""
    admission.look_at_marked(now=now)


@task(name="programs.fill_seats", queue=QUEUE)
def fill_seats(*, program_id: int) -> None:
    """Give free seats to who waits."""
    admission.fill_seats(program_id=program_id, now=now())


@task(name="programs.tell_members", queue=QUEUE)
def tell_members(*, program_id: int) -> None:
    """Tell the open pages of who has a seat that the kill switch was turned."""
    changes.tell_members(program_id=program_id)


@task(name="programs.reconcile_everybody", queue=QUEUE)
def reconcile_everybody(*, program_id: int) -> None:
    """Hold the whole population against a program's rule."""
    done = admission.reconcile_everybody(program_id=program_id, now=now())
    enqueue(
        find_task("programs.foresee"),
        program_id=program_id,
        queueing_lock=f"programs.foresee.{program_id}",
    )
    log.info("program %d: %d people concerned, %s", program_id, done.looked_at, dict(done.states))


@task(name="programs.foresee", queue=QUEUE)
def foresee(*, program_id: int) -> None:
    """Schedule a look at everybody outside whom time alone lets meet the rule within a day."""
    foreseeing.foresee(program_id=program_id, now=now())


@task(name="programs.look_at_foreseen", queue=QUEUE)
def look_at_foreseen(*, program_id: int, person_ids: list[int], until: str) -> None:
    """Settle people at the moment that was foreseen for them."""
    foreseeing.look_at_foreseen(
        program_id=program_id,
        person_ids=person_ids,
        until=dt.datetime.fromisoformat(until),
        now=now(),
    )


# The sixth field is seconds: who is due is looked at within three of them.
@periodic(cron="* * * * * */3")
@task(name="programs.look_again", queue=QUEUE, lock="programs.look_again", retry=False)
def look_again(timestamp: int) -> None:
    """Put rules into force whose day has come, settle whom time alone moves, miss no mark."""
    rule_versions.activate_due(now=now())
    admission.look_again(now=now())
    admission.ask_again()


@periodic(cron="11 4 * * *")
@task(name="programs.look_at_everybody", queue=QUEUE, lock="programs.look_at_everybody")
def look_at_everybody(timestamp: int) -> None:
    """Once a day hold everybody against every rule, whatever was heard or not."""
    for program_id in admission.find_living():
        reconcile_everybody(program_id=program_id)
