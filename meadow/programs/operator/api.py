"""The operator's bench over the API: programs, their settings, rules in versions, dry runs."""

from typing import Annotated, Any, cast

import numpy as np
from django.http import HttpRequest
from ninja import Path, Router, Status
from ninja.params.functions import Query

from meadow.accounts.api_auth import OperatorOrToken
from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.pagination import InvalidCursor, decode_cursor, encode_cursor
from meadow.programs import queries, rules
from meadow.programs.diffs import what_changed
from meadow.programs.operator.schemas import (
    AffectedPage,
    BenchOut,
    CohortIn,
    CohortOut,
    ComparisonOut,
    DifferenceOut,
    DraftIn,
    DryRunOut,
    FunnelOut,
    OperatedOut,
    PilotIn,
    QuestionsIn,
    RetiredOut,
    RuleScheduleIn,
    ScheduledOut,
    SettingsIn,
    SwitchIn,
    Who,
    WhyIn,
    affected_out,
    bench_out,
    dry_run_out,
    funnel_out,
    run_out,
)
from meadow.programs.queries.benches import list_benches
from meadow.programs.queries.dry_runs import list_affected
from meadow.programs.queries.gathering import find_program
from meadow.programs.queries.kept_runs import find_run, find_runs, forget_runs
from meadow.programs.schemas import RuleOut, page_out, rule_out
from meadow.programs.services import rule_versions, stages
from meadow.programs.services.pilots import change_pilot
from meadow.programs.services.questions import change_questions

SCOPE = "programs:operate"
router = Router(tags=["programs"])
OPERATE: dict[str, Any] = {
    "auth": OperatorOrToken(SCOPE, write=SCOPE),
    "openapi_extra": {"x-scope": SCOPE},
}
SWITCHES = {
    "pause": stages.pause,
    "resume": stages.resume,
    "kill": stages.kill,
    "revive": stages.revive,
}
Slug = Annotated[str, Path(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
VERSION: Any = Query(..., ge=1, le=1_000_000, description="A version's number")
CURSOR: Any = Query(None, max_length=500, description="`next_cursor` of the page before")
SIZE: Any = Query(24, ge=1, le=100, description="How many at most")
WHO: Any = Query("enters", description="Of whom: who comes in, goes, just misses it, is back")
ONE = "/operator/programs/{slug}"
RULE = f"{ONE}/rules/{{number}}"


@router.get("/operator/programs", response=list[BenchOut], summary="List what you run", **OPERATE)
def list_operated(request: HttpRequest) -> list[BenchOut]:
    """List every program with its figures and what waits for an answer. For operators."""
    return [bench_out(line) for line in list_benches()]


@router.get(ONE, response=OperatedOut, summary="Read a program you run", **OPERATE)
def get_operated(request: HttpRequest, slug: Slug) -> OperatedOut:
    """Read a program's settings, rule, change log, and who stands where. For operators."""
    return _operated(slug)


@router.get(f"{ONE}/funnel", response=FunnelOut, summary="Read the funnel", **OPERATE)
def get_funnel(request: HttpRequest, slug: Slug) -> FunnelOut:
    """Read how far people come, from a first visit to active after 28 days. For operators."""
    return funnel_out(queries.read_funnel(slug, now=clock.now()))


@router.patch(f"{ONE}/settings", response=OperatedOut, summary="Change settings", **OPERATE)
def change_settings(request: HttpRequest, slug: Slug, wanted: SettingsIn) -> OperatedOut:
    """Change stage, share, seats, regions, admission, periods and review, all of them or none.

    Nobody who is in loses their place. For operators.
    """
    given = cast("stages.Settings", wanted.dict(exclude_unset=True))
    stages.change_settings(wanted=given, **by_operator(request, slug))
    return _operated(slug)


@router.post(f"{ONE}/switch", response=OperatedOut, summary="Pause or switch off", **OPERATE)
def switch(request: HttpRequest, slug: Slug, wanted: SwitchIn) -> OperatedOut:
    """Pause, resume, switch off for everybody or on again; every standing is kept. For operators."""
    SWITCHES[wanted.act](note=wanted.note, **by_operator(request, slug))
    return _operated(slug)


@router.put(f"{ONE}/questions", response=OperatedOut, summary="Change questions", **OPERATE)
def put_questions(request: HttpRequest, slug: Slug, wanted: QuestionsIn) -> OperatedOut:
    """Replace what an applicant is asked from now on. For operators."""
    asked = [one.dict(by_alias=True) for one in wanted.questions]
    change_questions(questions=asked, **by_operator(request, slug))
    return _operated(slug)


@router.put(f"{ONE}/pilot", response=OperatedOut, summary="Change the pilot", **OPERATE)
def put_pilot(request: HttpRequest, slug: Slug, wanted: PilotIn) -> OperatedOut:
    """Replace the steps of the pilot: wider for who is at them, never tighter. For operators."""
    change_pilot(pilot=wanted.steps, **by_operator(request, slug))
    return _operated(slug)


@router.get(f"{ONE}/cohort", response=CohortOut, summary="Read the cohort list", **OPERATE)
def get_cohort(request: HttpRequest, slug: Slug) -> CohortOut:
    """List who comes in at the cohort stage. For operators."""
    return CohortOut(handles=[one.handle for one in queries.list_cohort(slug)])


@router.put(f"{ONE}/cohort", response=CohortOut, summary="Replace the cohort list", **OPERATE)
def put_cohort(request: HttpRequest, slug: Slug, wanted: CohortIn) -> CohortOut:
    """Replace the list; who leaves it and is in already stays in. For operators."""
    unknown = stages.set_cohort(handles=wanted.handles, **by_operator(request, slug))
    members = queries.list_cohort(slug)
    return CohortOut(handles=[one.handle for one in members], unknown=unknown)


@router.get(f"{ONE}/rules", response=list[RuleOut], summary="List versions", **OPERATE)
def list_versions(request: HttpRequest, slug: Slug) -> list[RuleOut]:
    """List every version of a program's rule, drafts too, newest first. For operators."""
    found = queries.list_rules(find_program(slug).pk, with_drafts=True)
    return [rule_out(one) for one in found]


@router.post(f"{ONE}/rules", response={201: RuleOut}, summary="Draft a version", **OPERATE)
def draft(request: HttpRequest, slug: Slug, wanted: DraftIn) -> Status[RuleOut]:
    """Keep a new draft. For operators."""
    number = rule_versions.draft_rule(
        rule=wanted.rule, note=wanted.note, **by_operator(request, slug)
    )
    return Status(201, _version(slug, number))


@router.post(f"{ONE}/retire-rule", response=RetiredOut, summary="Retire the rule", **OPERATE)
def retire(request: HttpRequest, slug: Slug, wanted: WhyIn) -> RetiredOut:
    """Take the rule in force back with none after it: nobody comes in by rule, nobody loses a place.

    For operators.
    """
    number = rule_versions.retire_rule(note=wanted.note, **by_operator(request, slug))
    return RetiredOut(number=number)


@router.get(RULE, response=RuleOut, summary="Read a version", **OPERATE)
def get_version(request: HttpRequest, slug: Slug, number: Number) -> RuleOut:
    """Read a version as data and in words. For operators."""
    return _version(slug, number)


@router.put(RULE, response=RuleOut, summary="Change a draft", **OPERATE)
def change_draft(request: HttpRequest, slug: Slug, number: Number, wanted: DraftIn) -> RuleOut:
    """Replace what a draft says. For operators."""
    rule_versions.change_draft(slug=slug, number=number, rule=wanted.rule, note=wanted.note)
    return _version(slug, number)


@router.delete(RULE, response={204: None}, summary="Throw a draft away", **OPERATE)
def discard(request: HttpRequest, slug: Slug, number: Number) -> Status[None]:
    """Throw a draft away for good. For operators."""
    rule_versions.discard_draft(slug=slug, number=number)
    return Status(204, None)


@router.post(f"{RULE}/copy", response={201: RuleOut}, summary="Copy a version", **OPERATE)
def copy(request: HttpRequest, slug: Slug, number: Number) -> Status[RuleOut]:
    """Make a draft that begins as a copy of a version. For operators."""
    source = rules.to_json(queries.get_rule(slug, number).rule)
    made = rule_versions.draft_rule(rule=source, note="", **by_operator(request, slug))
    return Status(201, _version(slug, made))


@router.post(f"{RULE}/schedule", response=ScheduledOut, summary="Schedule a draft", **OPERATE)
def schedule(
    request: HttpRequest, slug: Slug, number: Number, wanted: RuleScheduleIn
) -> ScheduledOut:
    """Put a draft down for a day; where it takes places away, after the notice period. For operators."""
    by = by_operator(request, slug)
    told = rule_versions.schedule_rule(
        number=number, active_from=wanted.active_from or by["now"], **by
    )
    return ScheduledOut(version=_version(slug, number), told=told)


@router.post(f"{RULE}/unschedule", response=RuleOut, summary="Take a version back", **OPERATE)
def unschedule(request: HttpRequest, slug: Slug, number: Number) -> RuleOut:
    """Make a scheduled version a draft again before its day. For operators."""
    rule_versions.unschedule_rule(number=number, **by_operator(request, slug))
    return _version(slug, number)


@router.get(f"{ONE}/difference", response=DifferenceOut, summary="Compare words", **OPERATE)
def get_difference(
    request: HttpRequest, slug: Slug, a: int = VERSION, b: int = VERSION
) -> DifferenceOut:
    """Say in sentences what is different in version `b` from version `a`. For operators."""
    old, new = queries.get_rule(slug, a), queries.get_rule(slug, b)
    return DifferenceOut(a=a, b=b, changes=what_changed(old.rule, new.rule))


@router.get(f"{RULE}/dry-run", response=DryRunOut, summary="Dry run a version", **OPERATE)
def get_dry_run(request: HttpRequest, slug: Slug, number: Number) -> DryRunOut:
    """Say what a version would do to everybody, and change nothing.

    A run is kept for up to 15 minutes and says as of when it is; a changed draft is run anew. Over
    a million people the first takes seconds. For operators.
    """
    return dry_run_out(find_run(slug=slug, number=number, now=clock.now()))


@router.post(f"{RULE}/dry-run", response=DryRunOut, summary="Dry run it again", **OPERATE)
def run_again(request: HttpRequest, slug: Slug, number: Number) -> DryRunOut:
    """Hold a version against everybody as they are now, whatever run is kept. For operators."""
    forget_runs(slug=slug, numbers=[number])
    return dry_run_out(find_run(slug=slug, number=number, now=clock.now()))


@router.get(f"{RULE}/dry-run/people", response=AffectedPage, summary="List whom it is", **OPERATE)
def list_people_of_run(
    request: HttpRequest,
    slug: Slug,
    number: Number,
    who: Who = WHO,
    cursor: str | None = CURSOR,
    size: int = SIZE,
) -> AffectedPage:
    """List who comes in, goes, just misses it or is back, with figures and gaps. For operators."""
    after = decode_cursor(cursor).get("after") if cursor is not None else 0
    if not isinstance(after, int) or not 0 <= after < 2**63:
        raise InvalidCursor
    run = find_run(slug=slug, number=number, now=clock.now())
    left = run.crowd.ids[run.masks[who] & (run.crowd.ids > after)]
    more = {"after": int(left[size - 1])} if len(left) > size else None
    return AffectedPage(
        as_of=run.crowd.now,
        count=int(run.masks[who].sum()),
        items=affected_out(list_affected(run, fate=who, most=size, after=after)),
        next_cursor=encode_cursor(more) if more else None,
    )


@router.get(f"{ONE}/comparison", response=ComparisonOut, summary="Compare two runs", **OPERATE)
def get_comparison(
    request: HttpRequest, slug: Slug, a: int = VERSION, b: int = VERSION
) -> ComparisonOut:
    """Hold two versions against the same people at the same moment. For operators."""
    one, other = find_runs(slug=slug, numbers=[a, b], now=clock.now())
    both = one.inside_after & other.inside_after
    return ComparisonOut(
        both=int(both.sum()),
        only_a=int(np.sum(one.inside_after & ~both)),
        only_b=int(np.sum(other.inside_after & ~both)),
        a=run_out(one),
        b=run_out(other),
    )


def by_operator(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return what every service of operators is handed."""
    return {"slug": slug, "operator_id": require_operator(request.user).pk, "now": clock.now()}


def _operated(slug: str) -> OperatedOut:
    public = page_out(queries.program_page(slug, None, clock.now()))
    return OperatedOut(**public.dict(), states=queries.count_states(slug))


def _version(slug: str, number: int) -> RuleOut:
    return rule_out(queries.get_rule(slug, number))
