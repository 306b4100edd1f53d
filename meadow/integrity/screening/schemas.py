"""Block words as the API gives and takes them."""

import datetime as dt
from typing import Annotated

from ninja import Field, Schema
from pydantic import StringConstraints

from meadow.integrity.rulebook import RuleCode
from meadow.integrity.screening.forms import LONGEST_NOTE, LONGEST_PATTERN
from meadow.integrity.screening.matching import ActionCode, Kind, Scope
from meadow.integrity.screening.records import ChangeRecord, DryRun, RuleRecord

Pattern = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=LONGEST_PATTERN, pattern=r"^[^\x00]*$"
    ),
]
Note = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE, pattern=r"^[^\x00]*$"
    ),
]


class TriedIn(Schema):
    """A rule to try on the newest texts."""

    pattern: Pattern
    kind: Kind
    action: ActionCode = "flag"
    scopes: list[Scope] = Field(
        min_length=1, max_length=5, description="Handles and profiles can only be refused"
    )
    rule: RuleCode = Field("spam", description="The rule of the community that it guards")


class RuleIn(TriedIn):
    """A rule to add, and why."""

    note: Note


class RetireIn(Schema):
    """Why a rule is retired."""

    note: Note


class ScreeningRuleOut(Schema):
    """A rule of screening."""

    id: str
    pattern: str = Field(description="As it is compared: folded in width and case")
    kind: Kind
    action: ActionCode
    scopes: list[Scope]
    rule: str
    added_by: str
    note: str
    created_at: dt.datetime
    retired_at: dt.datetime | None


class ScreeningRulesOut(Schema):
    """One page of rules, newest first."""

    items: list[ScreeningRuleOut]
    next_cursor: str | None


class SampleOut(Schema):
    """A text that a rule would have caught."""

    scope: Scope
    before: str
    word: str
    after: str
    url: str


class ScreeningDryRunOut(Schema):
    """What a rule would have caught among the newest texts."""

    looked_at: int
    caught: int
    samples: list[SampleOut]


class ScreeningChangeOut(Schema):
    """A line of the change log."""

    rule: str
    kind: Kind
    pattern: str
    what: str
    note: str
    by: str
    changed_at: dt.datetime


class ChangesOut(Schema):
    """One page of the change log, newest first."""

    items: list[ScreeningChangeOut]
    next_cursor: str | None


def rule_out(one: RuleRecord) -> ScreeningRuleOut:
    """Return a rule for the API."""
    return ScreeningRuleOut(
        id=one.public_id,
        pattern=one.pattern,
        kind=one.kind,  # type: ignore[arg-type] # a constraint of the table
        action=one.action,  # type: ignore[arg-type] # a constraint of the table
        scopes=list(one.scopes),  # type: ignore[arg-type] # checked when it was added
        rule=one.rule,
        added_by=one.added_by,
        note=one.note,
        created_at=one.created_at,
        retired_at=one.retired_at,
    )


def dry_run_out(run: DryRun) -> ScreeningDryRunOut:
    """Return a dry run for the API."""
    return ScreeningDryRunOut(
        looked_at=run.looked_at,
        caught=run.caught,
        samples=[
            SampleOut(
                scope=one.scope,  # type: ignore[arg-type] # one of the rule's
                before=one.before,
                word=one.word,
                after=one.after,
                url=one.url,
            )
            for one in run.samples
        ],
    )


def change_out(one: ChangeRecord) -> ScreeningChangeOut:
    """Return a change for the API."""
    return ScreeningChangeOut(
        rule=one.rule_id,
        kind=one.kind,  # type: ignore[arg-type] # a constraint of the table
        pattern=one.pattern,
        what=one.what,
        note=one.note,
        by=one.handle,
        changed_at=one.changed_at,
    )
