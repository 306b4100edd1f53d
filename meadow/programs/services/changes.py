"""The change log of a program, and telling those who asked to hear of changes."""

import datetime as dt
from typing import Any

from meadow.core.transactions import run_after_commit, transaction_required
from meadow.notifications.services import Notice, notify_many
from meadow.programs.checks import forget_programs
from meadow.programs.models import ChangeLog, Program, Watch
from meadow.programs.notices import CHANGED


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
    return line.pk


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
