"""A community that lives through the real services, and the naive reading of where people stand.

`World` is that reading: plain lists, no code of programs beside the lot that somebody drew.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db import connection

from meadow.accounts.models import Person
from meadow.accounts.services import follow_person, unfollow_person
from meadow.accounts.testing import make_person
from meadow.analytics.models import NoteReads
from meadow.core.jobs import find_task
from meadow.core.transactions import transaction
from meadow.integrity.services import close_violation, open_violation
from meadow.notes.services import delete_note, edit_note, publish_note
from meadow.notes.testing import make_note
from meadow.programs.models import Membership, Program
from meadow.programs.rules import from_json, to_json
from meadow.programs.services import admission
from meadow.programs.services.grants import grant_place, push_evidence, revoke_grant
from meadow.programs.services.rule_versions import draft_rule, schedule_rule
from meadow.programs.services.stages import change_stage
from meadow.programs.standing import INSIDE, draw_lot
from meadow.programs.testing import SALT, make_program
from meadow.programs.tests.rule_samples import naive

NOW = dt.datetime(2026, 6, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
PEOPLE = 4
WINDOW = 5
STEP = 3
REASON = "She plants beans."
Story = list[tuple[str, int, int]]
GRADUATION = {
    "all": [
        {
            "key": "quiz",
            "metric": "evidence",
            "operator": ">=",
            "threshold": 1,
            "params": {"name": "quiz"},
        },
        {
            "key": "clean",
            "metric": "violations_recorded",
            "operator": "==",
            "threshold": 0,
            "params": {"within_days": WINDOW},
        },
    ]
}


@dataclass
class Written:
    """A note as the naive reading knows it."""

    author: int
    at: dt.datetime
    public_id: str
    id: int
    on_tea: bool
    deleted: bool = False
    valid: int = 0
    raw: int = 0


@dataclass
class World:
    """What happened, and where everybody stands by it: "pilot" with its beginning, or "admitted"."""

    rule: dict[str, Any]
    percentage: int
    people: list[Person] = field(default_factory=list)
    now: dt.datetime = NOW
    follows: set[tuple[int, int]] = field(default_factory=set)
    notes: list[Written] = field(default_factory=list)
    violations: list[tuple[int, dt.datetime, str, list[str]]] = field(default_factory=list)
    quiz: dict[int, int] = field(default_factory=dict)
    granted: set[int] = field(default_factory=set)
    inside: dict[int, tuple[str, dt.datetime]] = field(default_factory=dict)

    def figure(self, one: dict[str, Any], person: int) -> int:
        """Return a figure of somebody by its definition."""
        metric, params = one["metric"], one.get("params", {})
        days = params.get("within_days", 0)

        def young(at: dt.datetime) -> bool:
            return not days or self.now - at <= days * DAY

        if metric in ("followers", "following"):
            place = 1 if metric == "followers" else 0
            return sum(pair[place] == person for pair in self.follows)
        if metric == "account_age_days":
            joined = self.people[person].joined_at
            assert joined is not None
            return (self.now - joined).days
        if metric == "evidence":
            return self.quiz.get(person, 0)
        if metric == "open_violations":
            return sum(who == person and not end for who, _at, _id, end in self.violations)
        if metric == "violations_recorded":
            return sum(
                who == person and young(at) and end != ["mistaken"]
                for who, at, _id, end in self.violations
            )
        least = params.get("reads_at_least", 0)
        every = params.get("provenance") == "every"
        return sum(
            note.author == person
            and not note.deleted
            and young(note.at)
            and (note.on_tea or not params.get("topic"))
            and (note.raw if every else note.valid) >= least
            for note in self.notes
        )

    def meets(self, rule: Any, person: int) -> bool:
        """Return whether somebody meets the JSON of a rule."""
        values = {one["key"]: self.figure(one, person) for one in criteria_of(rule)}
        return naive(rule, values)

    def graduates(self, person: int) -> bool:
        """Return whether somebody meets what the step of the pilot asks for."""
        return self.meets(GRADUATION, person)

    def settle(self) -> None:
        """Move everybody to where they belong at this moment."""
        for number, person in enumerate(self.people):
            named = number in self.granted
            meets = named or self.meets(self.rule, number)
            if number not in self.inside:
                drawn = draw_lot(salt=SALT, person=person.public_id) < self.percentage * 100
                if meets and (drawn or named):
                    self.inside[number] = ("pilot", self.now)
                continue
            state, since = self.inside[number]
            if not meets:
                del self.inside[number]
            elif state == "pilot" and self.now >= since + STEP * DAY and self.graduates(number):
                self.inside[number] = ("admitted", self.now)

    def states(self) -> dict[int, str]:
        """Return the states of who is in, by person id."""
        return {self.people[number].pk: state for number, (state, _at) in self.inside.items()}


def criteria_of(rule: Any) -> list[dict[str, Any]]:
    if "metric" in rule:
        return [rule]
    members = next(value for key, value in rule.items() if key != "at_least")
    return [one for member in members for one in criteria_of(member)]


def happen(world: World, kind: str, person: int, number: int, second: dict[str, Any]) -> None:
    """Let one thing happen, through the service that people or the warehouse use."""
    pk, now = world.people[person].pk, world.now
    mine = [note for note in world.notes if note.author == person and not note.deleted]
    note = mine[number % len(mine)] if mine else None
    if kind in ("follow", "unfollow"):
        other = (person + 1 + number % (PEOPLE - 1)) % PEOPLE
        act = follow_person if kind == "follow" else unfollow_person
        act(follower_id=pk, followed_id=world.people[other].pk, now=now)
        keep = world.follows.add if kind == "follow" else world.follows.discard
        keep((person, other))
    elif kind == "publish":
        body = "Leaves. #tea" if number % 2 else "Leaves."
        draft = make_note(pk, published=False, body=body, now=now)
        publish_note(public_id=draft.public_id, author_id=pk, now=now)
        world.notes.append(Written(person, now, draft.public_id, draft.pk, bool(number % 2)))
    elif kind == "edit" and note:
        note.on_tea = not note.on_tea
        body = "Other leaves. #tea" if note.on_tea else "Other leaves."
        edit_note(public_id=note.public_id, author_id=pk, title="A", body=body, now=now)
    elif kind == "delete" and note:
        note.deleted = True
        delete_note(public_id=note.public_id, author_id=pk, now=now)
    elif kind in ("reads", "verdict") and note:
        note.raw = max(note.raw, 9 + number)
        # A late verdict takes reads back that counted; they were read all the same.
        note.valid = 8 + number if kind == "reads" else min(note.valid, 9)
        NoteReads.objects.update_or_create(
            note_id=note.id,
            defaults={
                "author_id": pk,
                "reads_raw": note.raw,
                "reads_valid": note.valid,
                "watermark": now,
            },
        )
        admission.look_at_authors([pk], now)
    elif kind == "violation":
        words = f"The same words under {len(world.violations)} notes."
        public_id = open_violation(person_id=pk, rule="spam", words=words, moderator_id=0, now=now)
        world.violations.append((person, now, public_id, []))
    elif kind == "close":
        for about, _at, public_id, end in world.violations:
            if about == person and not end:
                reason: Any = "mistaken" if number % 2 else "served"
                end.append(reason)
                close_violation(
                    public_id=public_id, reason=reason, words=REASON, moderator_id=0, now=now
                )
                break
    elif kind == "quiz":
        world.quiz[person] = number
        push_evidence(person_id=pk, name="quiz", value=number, now=now)
    elif kind == "grant":
        world.granted.add(person)
        grant_place(slug="garden", person_id=pk, reason=REASON, operator_id=None, now=now)
    elif kind == "revoke" and person in world.granted:
        world.granted.discard(person)
        revoke_grant(slug="garden", person_id=pk, operator_id=0, now=now)
    elif kind == "rule":
        world.rule = second
        version = draft_rule(slug="garden", rule=second, note="", operator_id=0, now=now)
        schedule_rule(slug="garden", number=version, active_from=now, operator_id=0, now=now)
    elif kind == "grow":
        world.percentage = min(world.percentage + 30, 100)
        change_stage(
            slug="garden",
            stage="percentage",
            percentage=world.percentage,
            operator_id=0,
            now=now,
        )


def hear(now: dt.datetime, *, deaf_to: str = "") -> None:
    """Run what is due in the queue of programs, in this transaction and at this moment."""
    with patch("meadow.programs.tasks.now", return_value=now):
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM procrastinate_jobs WHERE status = 'todo'"
                    " AND queue_name = 'programs' AND coalesce(scheduled_at, %(now)s) <= %(now)s"
                    " RETURNING task_name, args, id",
                    {"now": now},
                )
                rows = sorted(cursor.fetchall(), key=lambda row: row[2])
            if not rows:
                return
            for name, args, _id in rows:
                if name != deaf_to:
                    given = args if isinstance(args, dict) else json.loads(args)
                    find_task(name).func(**given)


def live(
    rule: dict[str, Any], second: dict[str, Any], story: Story, *, deaf_to: str = ""
) -> tuple[World, Program]:
    """Let a story happen, and hold everybody's standing against the naive reading after each event."""
    begin()
    program = make_program(
        rule=rule,
        grace_days=0,
        notice_days=0,
        stage="percentage",
        percentage=40,
        pilot=[{"days": STEP, "limits": {}, "graduation": to_json(from_json(GRADUATION))}],
    )
    world = World(rule=rule, percentage=40)
    world.people = [make_person(joined_at=NOW - 9 * DAY) for _number in range(PEOPLE)]
    admission.reconcile_everybody(program_id=program.pk, now=NOW)
    hear(NOW)
    world.settle()
    for kind, person, number in story:
        before = set(world.inside)
        if kind == "days":
            world.now += person * DAY
            # The clock's tasks: who is due within seconds, and everybody once a day.
            admission.look_again(now=world.now)
            hear(world.now)
            was_due = states_of(program)
            admission.reconcile_everybody(program_id=program.pk, now=world.now)
            # Of those who were in, the daily pass finds nobody whom the clock had not found.
            assert {pk: state for pk, state in states_of(program).items() if pk in was_due} == (
                was_due
            )
        else:
            happen(world, kind, person, number, second)
        hear(world.now, deaf_to=deaf_to)
        world.settle()
        assert states_of(program) == world.states(), kind
        if kind == "grow":
            assert before <= set(world.inside)
    assert admission.reconcile_everybody(program_id=program.pk, now=world.now).changed == 0
    return world, program


def begin() -> None:
    """Forget the example before: hypothesis runs them all in one transaction."""
    with transaction(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        cursor.execute("DELETE FROM programs_marked")
        for program in Program.objects.filter(slug="garden"):
            Program.objects.filter(pk=program.pk).update(
                slug=f"old-{program.pk}", capability=f"old.{program.pk}", killed_at=NOW
            )
        Person.objects.update(is_active=False)


def states_of(program: Program) -> dict[int, str]:
    """Return the states of who is in."""
    rows = Membership.objects.filter(program=program, state__in=INSIDE)
    return dict(rows.values_list("person_id", "state"))
