"""Letting somebody in by name, with a reason that they can read; and evidence from other packages."""

import datetime as dt

from django.db.models import Q

from meadow.core.ids import new_id
from meadow.core.jobs import enqueue, find_task
from meadow.core.transactions import in_transaction, transaction, transaction_required
from meadow.programs.errors import GrantMissing
from meadow.programs.models import Grant, Program, PushedEvidence
from meadow.programs.queries.gathering import find_program, grants_in_force
from meadow.programs.services.admission import mark_people
from meadow.programs.services.settling import settle_scene
from meadow.programs.services.steps import name_operator, read_person
from meadow.programs.services.suspensions import check_until, read_words


def grant_place(
    *,
    slug: str,
    person_id: int,
    reason: str,
    operator_id: int | None,
    now: dt.datetime,
    until: dt.datetime | None = None,
) -> str:
    """Let somebody in whatever the rule and stage say, while there is a seat; returns the grant's id.

    `operator_id` None is the installation itself (the demo). A grant in force is replaced.
    """
    said = read_words(reason)
    check_until(until, now=now)
    with transaction():
        return write_grant(
            program=find_program(slug),
            person_id=person_id,
            reason=said,
            operator_id=operator_id,
            until=until,
            now=now,
        )


@transaction_required
def write_grant(
    *,
    program: Program,
    person_id: int,
    reason: str,
    operator_id: int | None,
    until: dt.datetime | None,
    now: dt.datetime,
) -> str:
    """Grant a place inside another use case."""
    # Locks the person first, as everybody does.
    read_person(program=program, person_id=person_id, now=now, by_hand=True)
    Grant.objects.filter(program=program, person_id=person_id, revoked_at=None).update(
        revoked_at=now
    )
    grant = Grant.objects.create(
        public_id=new_id("g"),
        program=program,
        person_id=person_id,
        reason=reason,
        granted_by_id=operator_id,
        granted_at=now,
        until=until,
    )
    scene = read_person(program=program, person_id=person_id, now=now, by_hand=True)
    settle_scene(scene, now=now, decided_by=name_operator(operator_id), words=reason)
    _tell_other_programs(person_id)
    return grant.public_id


def revoke_grant(*, slug: str, person_id: int, operator_id: int, now: dt.datetime) -> None:
    """End a grant: who does not meet the rule has the grace period. Raises GrantMissing."""
    with transaction():
        program = find_program(slug)
        read_person(program=program, person_id=person_id, now=now, by_hand=True)
        ended = Grant.objects.filter(
            Q(pk__in=grants_in_force(now)), program=program, person_id=person_id
        ).update(revoked_at=now)
        if not ended:
            raise GrantMissing
        scene = read_person(program=program, person_id=person_id, now=now, by_hand=True)
        settle_scene(scene, now=now, decided_by=name_operator(operator_id))
        _tell_other_programs(person_id)


def _tell_other_programs(person_id: int) -> None:
    """Have a job mark the person, since other rules may ask for the grant.

    A mark of our own would keep whoever else has news of them waiting until we commit.
    """
    enqueue(find_task("programs.hear_person"), event={"person_id": person_id})


def push_evidence(
    *,
    person_id: int,
    name: str,
    value: int,
    now: dt.datetime,
    title: str = "",
    url: str = "",
    expires_at: dt.datetime | None = None,
) -> None:
    """Keep what another package knows of a person under a name; the newest value counts.

    Part of the open use case, or one of its own. Programs look at the person within seconds.
    """
    if in_transaction():
        _push(person_id, name, value, title, url, expires_at, now)
        return
    with transaction():
        _push(person_id, name, value, title, url, expires_at, now)


@transaction_required
def _push(
    person_id: int,
    name: str,
    value: int,
    title: str,
    url: str,
    expires_at: dt.datetime | None,
    now: dt.datetime,
) -> None:
    PushedEvidence.objects.update_or_create(
        person_id=person_id,
        name=name,
        defaults={
            "value": value,
            "title": title,
            "url": url,
            "pushed_at": now,
            "expires_at": expires_at,
        },
    )
    mark_people(person_ids=[person_id], now=now)
