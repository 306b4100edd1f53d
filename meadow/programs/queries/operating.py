"""What operators read: members by state, applications, invitations, grants and the funnel."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from meadow.accounts.queries import PersonCard, get_people
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.programs.errors import ApplicationMissing
from meadow.programs.metrics import check_params, get_metric, get_source
from meadow.programs.models import (
    Application,
    ChangeLog,
    CohortPlace,
    Grant,
    Invitation,
    Membership,
    Program,
    ProgramVisit,
)
from meadow.programs.queries.gathering import find_program, grants_in_force
from meadow.programs.standing import INSIDE
from meadow.programs.words import in_language

PAGE_SIZE: Final = 24
ACTIVE_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Somebody's place in a program; `person` is None for an account that is closed."""

    person_id: int
    person: PersonCard | None
    state: str
    reason: str
    words: str
    since: dt.datetime
    admitted_at: dt.datetime | None
    grace_until: dt.datetime | None
    suspended_until: dt.datetime | None
    queue_place: int | None
    rule_number: int


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application with its answers, by question key."""

    public_id: str
    program: str
    person_id: int
    person: PersonCard | None
    answers: Mapping[str, str]
    state: str
    applied_at: dt.datetime
    reviewed_at: dt.datetime | None
    reviewer: PersonCard | None
    words: str


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation by name (`person`) or by code; `state` is open, used, over or revoked."""

    public_id: str
    person: PersonCard | None
    is_code: bool
    used_by: PersonCard | None
    state: str
    note: str
    created_at: dt.datetime
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant in force."""

    public_id: str
    person: PersonCard | None
    reason: str
    granted_at: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many came how far: of who was admitted `ACTIVE_DAYS` ago or longer and is still in,
    `active` published something in the last `ACTIVE_DAYS` days."""

    visited: int
    applied: int
    waiting: int
    admitted: int
    inside: int
    inside_long: int
    active: int


def count_states(slug: str) -> dict[str, int]:
    """Return how many people are in each state. Raises ProgramMissing."""
    program = find_program(slug)
    rows = Membership.objects.filter(program=program).values_list("state")
    return dict(rows.annotate(count=Count("pk")))


def count_at_steps(program: Program) -> dict[int, int]:
    """Return how many are at each step of a program's pilot, from 0; who is paused there counts."""
    rows = Membership.objects.filter(program=program, step_since__isnull=False)
    return dict(rows.values_list("step").annotate(count=Count("pk")).order_by("step"))


def list_members(
    slug: str, *, state: str | None = None, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[MemberLine]:
    """Return one page of a program's people, the newest row first; the waitlist in its order.

    Raises ProgramMissing, InvalidCursor.
    """
    rows = Membership.objects.filter(program=find_program(slug))
    if state is not None:
        rows = rows.filter(state=state)
    order = "queue_place" if state == "waitlisted" else "-pk"
    found, more = _page(rows, order, cursor, size)
    people = get_people([row.person_id for row in found])
    return Page(items=[_member(row, people) for row in found], next_cursor=more)


def list_applications(
    slug: str | None = None,
    *,
    state: str = "open",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[ApplicationLine]:
    """Return one page of applications, of one program or all: the oldest open one first."""
    rows = Application.objects.filter(state=state).select_related("program")
    if slug is not None:
        rows = rows.filter(program=find_program(slug))
    found, more = _page(rows, "pk" if state == "open" else "-pk", cursor, size)
    return Page(items=_applications(found), next_cursor=more)


def get_application(public_id: str) -> ApplicationLine:
    """Return one application. Raises ApplicationMissing."""
    rows = Application.objects.filter(public_id=public_id).select_related("program")
    found = _applications(list(rows))
    if not found:
        raise ApplicationMissing
    return found[0]


def label_questions(slug: str) -> dict[str, str]:
    """Return the words of every question that was ever asked, by key: old answers keep theirs."""
    program = find_program(slug)
    changes = ChangeLog.objects.filter(program=program, kind="questions").order_by("pk")
    lists = [*changes.values_list("before", flat=True), program.questions]
    return {one["key"]: in_language(one["label"]) for asked in lists for one in asked or ()}


def list_invitations(
    slug: str, *, now: dt.datetime, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[InvitationLine]:
    """Return one page of a program's invitations, newest first."""
    rows = Invitation.objects.filter(program=find_program(slug))
    found, more = _page(rows, "-pk", cursor, size)
    ids = {pk for row in found for pk in (row.person_id, row.used_by_id) if pk is not None}
    people = get_people(ids)
    return Page(items=[_invitation(row, people, now) for row in found], next_cursor=more)


def list_grants(slug: str, *, now: dt.datetime) -> list[GrantLine]:
    """Return the grants of a program that hold, newest first."""
    rows: list[Grant] = list(
        grants_in_force(now).filter(program=find_program(slug)).order_by("-pk")
    )
    people = get_people([row.person_id for row in rows])
    return [
        GrantLine(
            public_id=row.public_id,
            person=people.get(row.person_id),
            reason=row.reason,
            granted_at=row.granted_at,
            until=row.until,
        )
        for row in rows
    ]


def list_cohort(slug: str) -> list[PersonCard]:
    """Return who is on a program's list of the cohort stage, by handle."""
    rows = CohortPlace.objects.filter(program=find_program(slug))
    people = get_people(rows.values_list("person_id", flat=True))
    return sorted(people.values(), key=lambda card: card.handle.lower())


def read_funnel(slug: str, *, now: dt.datetime) -> Funnel:
    """Return how many came how far, from a first visit to active after 28 days."""
    program = find_program(slug)
    rows = Membership.objects.filter(program=program)
    inside = rows.filter(state__in=INSIDE)
    long_ago = now - dt.timedelta(days=ACTIVE_DAYS)
    settled = list(inside.filter(admitted_at__lte=long_ago).values_list("person_id", flat=True))
    return Funnel(
        visited=ProgramVisit.objects.filter(program=program).count(),
        applied=_count_people(Application, program),
        waiting=rows.filter(state="waitlisted").count(),
        admitted=rows.filter(admitted_at__isnull=False).count(),
        inside=inside.count(),
        inside_long=len(settled),
        active=_count_active(settled, now),
    )


def _count_active(person_ids: Sequence[int], now: dt.datetime) -> int:
    metric = get_metric("notes_published")
    params = check_params(metric, {"within_days": ACTIVE_DAYS}, place="")
    published = get_source(metric.key).values(person_ids=person_ids, params=params, now=now)
    return sum(count > 0 for count in published.values())


def _count_people(model: Any, program: Program) -> int:
    rows = model.objects.filter(program=program)
    return int(rows.values("person_id").distinct().count())


def _page(rows: Any, order: str, cursor: str | None, size: int) -> tuple[list[Any], str | None]:
    name = order.lstrip("-")
    if cursor is not None:
        after = decode_cursor(cursor).get(name)
        if not isinstance(after, int):
            raise InvalidCursor
        rows = rows.filter(**{f"{name}__{'lt' if order.startswith('-') else 'gt'}": after})
    found = list(rows.order_by(order)[: size + 1])
    if len(found) <= size:
        return found, None
    return found[:size], encode_cursor({name: getattr(found[size - 1], name)})


def _member(row: Membership, people: Mapping[int, PersonCard]) -> MemberLine:
    return MemberLine(
        person_id=row.person_id,
        person=people.get(row.person_id),
        state=row.state,
        reason=row.reason,
        words=row.words,
        since=row.since,
        admitted_at=row.admitted_at,
        grace_until=row.grace_until,
        suspended_until=row.suspended_until,
        queue_place=row.queue_place,
        rule_number=row.rule_number,
    )


def _applications(rows: Sequence[Application]) -> list[ApplicationLine]:
    ids = {pk for row in rows for pk in (row.person_id, row.reviewed_by_id) if pk is not None}
    people = get_people(ids)
    return [
        ApplicationLine(
            public_id=row.public_id,
            program=row.program.slug,
            person_id=row.person_id,
            person=people.get(row.person_id),
            answers=row.answers,
            state=row.state,
            applied_at=row.applied_at,
            reviewed_at=row.reviewed_at,
            reviewer=people.get(row.reviewed_by_id) if row.reviewed_by_id else None,
            words=row.words,
        )
        for row in rows
    ]


def _invitation(
    row: Invitation, people: Mapping[int, PersonCard], now: dt.datetime
) -> InvitationLine:
    state = "open" if row.expires_at > now else "over"
    if row.used_at is not None:
        state = "used"
    elif row.revoked_at is not None:
        state = "revoked"
    return InvitationLine(
        public_id=row.public_id,
        person=people.get(row.person_id) if row.person_id else None,
        is_code=row.person_id is None,
        used_by=people.get(row.used_by_id) if row.used_by_id else None,
        state=state,
        note=row.note,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
