"""Programs for tests, and a way in for people of tests that are about something else."""

import datetime as dt
from importlib import import_module
from typing import Any, Final

from meadow.accounts.testing import WHEN
from meadow.core.ids import new_id
from meadow.programs import rules
from meadow.programs.checks import forget_programs
from meadow.programs.migrations._shipped import PROGRAMS
from meadow.programs.models import Application, Invitation, Program, RuleVersion
from meadow.programs.services.grants import grant_place

BUILT_SINCE: Final = import_module("meadow.programs.migrations.0004_promotion_is_built").BUILT
SALT: Final = "5" * 32
FOLLOWERS: Final[dict[str, Any]] = {
    "all": [{"key": "followers", "metric": "followers", "operator": ">", "threshold": 5}]
}


def make_program(
    slug: str = "garden", *, rule: dict[str, Any] | None = None, **fields: Any
) -> Program:
    """Return an open, built program whose rule is in force: more than 5 followers, if not said."""
    fields.setdefault("stage", "open")
    program = Program.objects.create(
        slug=slug,
        capability=fields.pop("capability", f"{slug}.enter"),
        title={"en": slug.title(), "zh-hans": "花园"},
        summary={"en": "A place to plant.", "zh-hans": "种草的地方。"},
        is_built=fields.pop("is_built", True),
        salt=fields.pop("salt", SALT),
        updated_at=WHEN,
        **fields,
    )
    forget_programs()
    RuleVersion.objects.create(
        program=program,
        number=1,
        state="active",
        rule=rules.to_json(rules.from_json(rule or FOLLOWERS)),
        created_at=WHEN,
        active_from=WHEN,
    )
    return program


def make_orchard(now: dt.datetime) -> Program:
    """Return a program that takes everybody's application, with one question."""
    newest = {"key": "anybody", "metric": "followers", "operator": ">=", "threshold": 0}
    return make_program(
        "orchard",
        rule={"all": [newest]},
        admission="application",
        questions=[{"key": "why", "label": {"en": "Why?", "zh-hans": "\u4e3a\u4ec0\u4e48\uff1f"}}],
        next_review=now.date(),
    )


def make_vineyard(*, applicant_id: int, guest_id: int, now: dt.datetime) -> dict[str, str]:
    """Return the names of a program to operate: a draft (version 2), an application, an invitation."""
    program = make_program("vineyard", admission="application", grace_days=0)
    rule = rules.to_json(rules.from_json(FOLLOWERS))
    RuleVersion.objects.create(program=program, number=2, rule=rule, created_at=now)
    application = Application.objects.create(
        public_id=new_id("y"), program=program, person_id=applicant_id, applied_at=now
    )
    invitation = Invitation.objects.create(
        public_id=new_id("i"),
        program=program,
        person_id=guest_id,
        created_by_id=0,
        created_at=now,
        expires_at=now + dt.timedelta(days=30),
    )
    return {
        "bench": program.slug,
        "application": application.public_id,
        "invitation": invitation.public_id,
    }


def ensure_program(slug: str) -> Program:
    """Return one of the six that ship, also where Django's flush between tests took it."""
    forget_programs()
    found = Program.objects.filter(slug=slug).first()
    if found is not None:
        return found
    position, shipped = next(
        (place, one) for place, one in enumerate(PROGRAMS) if one["slug"] == slug
    )
    fields: dict[str, Any] = dict(shipped)
    fields["is_built"] = fields.get("is_built", False) or slug in BUILT_SINCE
    rule = fields.pop("rule")
    program = Program.objects.create(salt=SALT, position=position, updated_at=WHEN, **fields)
    RuleVersion.objects.create(
        program=program,
        number=1,
        state="active",
        rule=rule,
        created_at=WHEN,
        active_from=WHEN,
    )
    return program


def admit(person_id: int, slug: str = "creator-center", *, now: dt.datetime = WHEN) -> None:
    """Let somebody in by a grant, for tests that are about what is behind the door."""
    ensure_program(slug)
    grant_place(slug=slug, person_id=person_id, reason="for a test", operator_id=None, now=now)
    forget_programs()
