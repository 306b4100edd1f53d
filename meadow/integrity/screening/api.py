"""Block words over the API, for operators."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query

from meadow.accounts.api_auth import scoped
from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.integrity.screening import keeping, lists
from meadow.integrity.screening.schemas import (
    ChangesOut,
    RetireIn,
    RuleIn,
    ScreeningDryRunOut,
    ScreeningRuleOut,
    ScreeningRulesOut,
    TriedIn,
    change_out,
    dry_run_out,
    rule_out,
)

router = Router(tags=["screening"])
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(50, ge=1, le=100, description="How many at most")


@router.get(
    "/screening/rules",
    response=ScreeningRulesOut,
    summary="List block words",
    **scoped("screening"),
)
def list_rules(
    request: HttpRequest,
    state: Literal["active", "retired"] = "active",
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> ScreeningRulesOut:
    """List the words and links in force, or the retired ones, newest first. For operators."""
    require_operator(request.user)
    page = lists.list_rules(retired=state == "retired", cursor=cursor, size=size)
    return ScreeningRulesOut(
        items=[rule_out(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/screening/rules",
    response={201: ScreeningRuleOut},
    summary="Add a block word",
    **scoped("screening"),
)
def add_rule(request: HttpRequest, wanted: RuleIn) -> Status[ScreeningRuleOut]:
    """Put a word or link in force for every text from now on. For operators."""
    operator = require_operator(request.user)
    public_id = keeping.add_rule(
        kind=wanted.kind,
        pattern=wanted.pattern,
        action=wanted.action,
        scopes=wanted.scopes,
        rule=wanted.rule,
        note=wanted.note,
        operator_id=operator.pk,
        now=clock.now(),
    )
    return Status(201, rule_out(lists.get_rule_record(public_id=public_id)))


@router.post(
    "/screening/dry-run",
    response=ScreeningDryRunOut,
    summary="Try a block word",
    **scoped("screening"),
)
def dry_run(request: HttpRequest, wanted: TriedIn) -> ScreeningDryRunOut:
    """See what a rule would have caught among the newest texts; nothing is added. For operators."""
    require_operator(request.user)
    rule = keeping.check_rule(
        kind=wanted.kind,
        pattern=wanted.pattern,
        action=wanted.action,
        scopes=wanted.scopes,
        rule=wanted.rule,
    )
    return dry_run_out(keeping.try_rule(rule))


@router.post(
    "/screening/rules/{rule_id}/retire",
    response=ScreeningRuleOut,
    summary="Retire a block word",
    **scoped("screening"),
)
def retire_rule(request: HttpRequest, rule_id: str, wanted: RetireIn) -> ScreeningRuleOut:
    """Take a word or link out of force; it stays in the log. For operators."""
    operator = require_operator(request.user)
    keeping.retire_rule(
        public_id=rule_id, note=wanted.note, operator_id=operator.pk, now=clock.now()
    )
    return rule_out(lists.get_rule_record(public_id=rule_id))


@router.get(
    "/screening/changes",
    response=ChangesOut,
    summary="Read the change log of block words",
    **scoped("screening"),
)
def list_changes(request: HttpRequest, cursor: str | None = CURSOR, size: int = SIZE) -> ChangesOut:
    """List who added and retired what, and why, newest first. For operators."""
    require_operator(request.user)
    page = lists.list_changes(cursor=cursor, size=size)
    return ChangesOut(items=[change_out(one) for one in page.items], next_cursor=page.next_cursor)
