"""The change log of a program, and telling those whom a change concerns."""

import datetime as dt
from typing import Any, Final

from meadow.core import realtime
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import run_after_commit, transaction_required
from meadow.notifications.services import Notice, notify_many
from meadow.programs.checks import forget_programs
from meadow.programs.models import SEATED, ChangeLog, Membership, Program, Watch
from meadow.programs.notices import CHANGED
from meadow.programs.services.writing import EVENT

# What opens or closes a door without moving anybody's standing.
SWITCHES: Final = ("killed", "revived")
PEOPLE_A_STEP: Final = 1000


@transaction_required
def log_change(
    *,
    program: Program,
    kind: str,
    now: dt.datetime,
    before: Any = None,
    after: Any = None,
    note: str = "",
    operator_id: int | None = None,
) -> int:
    """Add a line to a program's public change log and return its id."""
    line = ChangeLog.objects.create(
        program=program,
        kind=kind,
        before=before,
        after=after,
        note=note,
        operator_id=operator_id,
        at=now,
    )
    Program.objects.filter(pk=program.pk).update(updated_at=now)
    run_after_commit(forget_programs)
    if kind in SWITCHES:
        enqueue(find_task("programs.tell_members"), program_id=program.pk)
    return line.pk


def tell_members(*, program_id: int) -> None:
    """Tell the open pages of everybody with a seat to look anew at what the program opens."""
    slug = Program.objects.values_list("slug", flat=True).get(pk=program_id)
    members = Membership.objects.filter(program_id=program_id, state__in=SEATED).order_by(
        "person_id"
    )
    last = 0
    while people := list(
        members.filter(person_id__gt=last).values_list("person_id", flat=True)[:PEOPLE_A_STEP]
    ):
        realtime.publish_many(person_ids=people, kind=EVENT, payload={"program": slug})
        last = people[-1]


@transaction_required
def tell_watchers(*, program: Program, what: str, now: dt.datetime) -> None:
    """Tell everybody who asked that something changed; `what` makes the news one of a kind."""
    people = Watch.objects.filter(program=program).values_list("person_id", flat=True)
    notify_many(
        notices=[
            Notice(
                person_id=person,
                kind=CHANGED,
                params={"title": program.title},
                url=f"/programs/{program.slug}/me",
                key=f"programs.{program.slug}.changed.{what}",
            )
            for person in people
        ],
        now=now,
    )
