"""Who must be looked at, and when: one person after an event, everybody after a change of the rule."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import in_transaction, transaction, transaction_required
from meadow.programs.evaluation import evaluate_many, read_columns
from meadow.programs.metrics import Ids
from meadow.programs.models import Grant, Marked, Membership, Program
from meadow.programs.queries.gathering import get_active_rule, get_entrants, terms_of
from meadow.programs.services.seats import recount_seats
from meadow.programs.services.settling import settle
from meadow.programs.services.writing import Change
from meadow.programs.standing import INSIDE, blocked_by

PEOPLE_A_STEP: Final = 500
PEOPLE_A_QUESTION: Final = 5000
# Looked at in one run of the clock's task; the next run is a minute later.
MOST_LOOKS: Final = 5000
Progress = Callable[[int, int], None]


@dataclass
class Reconciled:
    """What a pass did: how many were looked at, and how many changes led to each state."""

    looked_at: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def changed(self) -> int:
        """How many people stand elsewhere than before."""
        return sum(self.states.values())

    def note(self, looked_at: int, changes: Sequence[Change]) -> None:
        """Add one step of the pass."""
        self.looked_at += looked_at
        self.states.update(change.after.state for change in changes)


def reconcile(
    *,
    program_id: int,
    person_ids: Sequence[int] | None,
    now: dt.datetime,
    progress: Progress | None = None,
) -> Reconciled:
    """Bring people, or with None everybody, to where they belong; safe to run again and at once.

    The whole population is held against the rule in memory to find whom it can concern; these are
    then settled by the same code as one person after an event, which reads their figures again.
    """
    done = Reconciled()
    ids = sorted(
        find_concerned(program_id=program_id, now=now) if person_ids is None else set(person_ids)
    )
    for start in range(0, len(ids), PEOPLE_A_STEP):
        step = ids[start : start + PEOPLE_A_STEP]
        with transaction():
            done.note(len(step), settle(program_id=program_id, person_ids=step, now=now))
        if progress is not None:
            progress(start + len(step), len(ids))
    return done


def find_concerned(*, program_id: int, now: dt.datetime) -> set[int]:
    """Return everybody whose standing the program as it is now may change.

    That is who meets the rule, is not in and may come in; who is in and does not meet it; and
    whoever has a row in another state, or an operator's grant.
    """
    active = get_active_rule(program_id)
    program = Program.objects.get(pk=program_id)
    if active is None or program.killed_at is not None:
        return set()
    people = read_columns(rule=active.rule, now=now)
    met = people.ids[evaluate_many(rule=active.rule, columns=people.columns).met]
    rows = list(Membership.objects.filter(program_id=program_id).values_list("person_id", "state"))
    known = np.sort(np.array([pk for pk, _state in rows], dtype=np.int64))
    settled = np.sort(np.array([pk for pk, state in rows if state == "admitted"], dtype=np.int64))
    fresh = np.setdiff1d(met, known, assume_unique=True)
    grants = Grant.objects.filter(program_id=program_id, revoked_at__isnull=True)
    return {
        *(pk for pk, state in rows if state != "admitted"),
        *np.setdiff1d(settled, met, assume_unique=True).tolist(),
        *_who_may_enter(program, fresh, now=now),
        *grants.values_list("person_id", flat=True),
    }


def _who_may_enter(program: Program, ids: Ids, *, now: dt.datetime) -> Iterator[int]:
    """Yield those whom stage, region and way of admission let in."""
    terms = terms_of(program)
    if terms.paused or not terms.built:
        return
    for start in range(0, len(ids), PEOPLE_A_QUESTION):
        some = ids[start : start + PEOPLE_A_QUESTION].tolist()
        entrants = get_entrants(program=program, person_ids=some, now=now)
        yield from (
            pk for pk, found in entrants.items() if not blocked_by(terms=terms, entrant=found)
        )


def reconcile_everybody(*, program_id: int, now: dt.datetime) -> Reconciled:
    """Run a full pass, count the seats again, and give free ones to who waits."""
    done = reconcile(program_id=program_id, person_ids=None, now=now)
    with transaction():
        recount_seats(program_id=program_id)
    fill_seats(program_id=program_id, now=now)
    return done


def fill_seats(*, program_id: int, now: dt.datetime) -> int:
    """Give free seats to who waits, in their order; returns how many came in.

    Whoever no longer meets the rule leaves the list, and the next one's turn comes.
    """
    admitted = 0
    while True:
        with transaction():
            program = Program.objects.get(pk=program_id)
            free = PEOPLE_A_STEP
            if program.capacity is not None:
                free = min(program.capacity - program.admitted_count, free)
            waiting = Membership.objects.filter(
                program_id=program_id, state="waitlisted", person__is_active=True
            ).order_by("queue_place")
            turn = list(waiting.values_list("person_id", flat=True)[: max(free, 0)])
            if not turn:
                return admitted
            changes = settle(program_id=program_id, person_ids=turn, now=now, promoted=turn)
        admitted += sum(change.after.state in INSIDE for change in changes)
        if not changes:
            return admitted


def look_again(*, now: dt.datetime) -> Reconciled:
    """Settle everybody whose standing time alone may have changed by now."""
    done = Reconciled()
    due = Membership.objects.filter(recheck_at__lte=now).order_by("recheck_at")
    by_program: dict[int, list[int]] = {}
    for program_id, person_id in due.values_list("program_id", "person_id")[:MOST_LOOKS]:
        by_program.setdefault(program_id, []).append(person_id)
    for program_id, person_ids in by_program.items():
        found = reconcile(program_id=program_id, person_ids=person_ids, now=now)
        done.looked_at += found.looked_at
        done.states.update(found.states)
    return done


def look_at_authors(author_ids: Collection[int], now: dt.datetime) -> None:
    """Hear, in the process of the warehouse, that the valid reads of authors' notes changed."""
    mark_people(person_ids=sorted(author_ids), now=now)


def mark_people(*, person_ids: Sequence[int], now: dt.datetime) -> None:
    """Have programs look at people because something about them changed, within a second or two.

    Part of the open use case, or one of its own. However much happens to somebody meanwhile, they
    are looked at once.
    """
    if not person_ids:
        return
    if in_transaction():
        _mark(person_ids, now)
    else:
        with transaction():
            _mark(person_ids, now)


@transaction_required
def _mark(person_ids: Sequence[int], now: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO programs_marked AS old (person_id, mark, marked_at)"
            " SELECT id, 1, %s FROM (SELECT DISTINCT unnest(%s::bigint[]) AS id ORDER BY 1) AS n"
            " ON CONFLICT (person_id) DO UPDATE SET mark = old.mark + 1",
            [now, list(person_ids)],
        )
    _ask_for_a_look()


def ask_again() -> None:
    """Ask for a look where marks are left: the job that was waiting began before they committed."""
    if Marked.objects.exists():
        _ask_for_a_look()


def _ask_for_a_look() -> None:
    enqueue(
        find_task("programs.look_at_marked"),
        lock="programs.look_at_marked",
        queueing_lock="programs.look_at_marked",
    )


def look_at_marked(*, now: Callable[[], dt.datetime]) -> int:
    """Settle everybody who is marked, in every program; returns how many people that were.

    A mark goes only when nothing came after it was read; killed in between, it is still there.
    """
    people = 0
    programs = find_living()
    while True:
        rows = list(
            Marked.objects.order_by("marked_at").values_list("person_id", "mark")[:PEOPLE_A_STEP]
        )
        if not rows:
            return people
        ids = [row[0] for row in rows]
        for program_id in programs:
            reconcile(program_id=program_id, person_ids=ids, now=now())
        with transaction(), connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM programs_marked m USING unnest(%s::bigint[], %s::bigint[]) n (id, mark)"
                " WHERE m.person_id = n.id AND m.mark = n.mark",
                [ids, [row[1] for row in rows]],
            )
        people += len(ids)


def find_living() -> list[int]:
    """Return the programs that somebody can come into or is in; the others have nobody to look at."""
    members = Membership.objects.filter(program=OuterRef("pk"))
    living = Program.objects.filter(Q(is_built=True) | Exists(members), killed_at__isnull=True)
    return list(living.values_list("pk", flat=True))


@transaction_required
def enqueue_full_pass(*, program_id: int) -> None:
    """Have everybody looked at once this use case has committed."""
    enqueue(
        find_task("programs.reconcile_everybody"),
        program_id=program_id,
        lock=f"programs.everybody.{program_id}",
        queueing_lock=f"programs.everybody.{program_id}",
    )
