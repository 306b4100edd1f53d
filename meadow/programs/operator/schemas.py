"""The operator's bench as the API gives and takes it: programs, rules, dry runs."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import orjson
from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from meadow.programs.operator.boards import say_gap, say_run
from meadow.programs.queries.benches import BenchLine
from meadow.programs.queries.dry_runs import AffectedLine, DryRun
from meadow.programs.queries.fairness import CUTS, By, Cut, GroupLine, Share, cut
from meadow.programs.queries.operating import Funnel
from meadow.programs.schemas import ProgramOut, ProgramPageOut, RuleOut, program_out
from meadow.programs.services.questions import LONGEST_LABEL, MOST_QUESTIONS
from meadow.programs.services.stages import LONGEST_DAYS, MOST_HANDLES, MOST_SEATS


def _storable(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse what no database keeps: a NUL, half a character, a number of more than 64 bits."""
    try:
        text = orjson.dumps(data)
    except (TypeError, ValueError) as broken:
        raise ValueError(_("It holds something that cannot be kept.")) from broken
    if b"\\u0000" in text:
        raise ValueError(_("It holds something that cannot be kept."))
    return data


Data = Annotated[dict[str, Any], AfterValidator(_storable)]
Stage = Literal["internal", "invited", "cohort", "percentage", "open"]
Admission = Literal["automatic", "application", "invitation"]
Switch = Literal["pause", "resume", "kill", "revive"]
Who = Literal["enters", "dropped", "near", "back"]
Days = Annotated[int, Field(ge=0, le=LONGEST_DAYS)]
# PostgreSQL takes no NUL.
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")
]
Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=500, pattern=r"^[^\x00]*$"),
]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Handle = Annotated[str, StringConstraints(max_length=31, pattern=r"^@?[A-Za-z0-9_]+$")]
Label = Annotated[str, StringConstraints(max_length=LONGEST_LABEL, pattern=r"^[^\x00]*$")]
Option = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]


class BenchOut(ProgramOut):
    """A program with how many people are in each state, and what waits for an operator."""

    states: dict[str, int]
    applications: int = Field(description="How many wait for an answer")
    drafts: int


class OperatedOut(ProgramPageOut):
    """Everything that is public about a program, with how many people are in each state."""

    states: dict[str, int]


class FunnelOut(Schema):
    """How many came how far; of `inside_long`, in for 28 days, `active` published in the last 28."""

    visited: int
    applied: int
    waiting: int
    admitted: int
    inside: int
    inside_long: int
    active: int


def _left_out() -> Any:
    """Stand for what was left out, which no default in the reference could say."""


class SettingsIn(Schema):
    """What is to be set; what is left out stays. `capacity` null is no limit of seats."""

    stage: Stage = Field(default_factory=_left_out)
    percentage: Annotated[int, Field(ge=0, le=100)] = Field(default_factory=_left_out)
    admission: Admission = Field(default_factory=_left_out)
    capacity: Annotated[int, Field(ge=0, le=MOST_SEATS)] | None = Field(default_factory=_left_out)
    regions: Annotated[list[Region], Field(max_length=300)] = Field(
        default_factory=_left_out, description="Codes such as DE; empty is everywhere"
    )
    grace_days: Days = Field(default_factory=_left_out)
    notice_days: Days = Field(default_factory=_left_out)
    reapply_days: Days = Field(default_factory=_left_out)
    appeal_days: Days = Field(default_factory=_left_out)
    next_review: dt.date | None = Field(default_factory=_left_out)


class SwitchIn(Schema):
    """What to do, and why, as everybody reads it in the change log."""

    act: Switch
    note: Why


class WhyIn(Schema):
    """Why, as everybody reads it in the change log."""

    note: Why


class LabelIn(Schema):
    """Words by language; one of them at least."""

    en: Label = ""
    zh_hans: Label = Field("", alias="zh-hans")


class QuestionIn(Schema):
    """A question of the application; its key stays the same as long as it asks the same."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    label: LabelIn
    max_length: Annotated[int, Field(ge=1, le=2000)] = 2000
    required: bool = True
    options: Annotated[list[Option], Field(max_length=20)] = Field(default_factory=list)


class QuestionsIn(Schema):
    """All questions, in their order."""

    questions: Annotated[list[QuestionIn], Field(max_length=MOST_QUESTIONS)]


class PilotIn(Schema):
    """All steps of the pilot, the tightest first; none is no pilot."""

    steps: Annotated[list[Data], Field(max_length=6)] = Field(
        description="Each with `days`, `limits` by key, and perhaps `graduation`, a rule"
    )


class CohortIn(Schema):
    """The whole list of the cohort stage, by handle."""

    handles: Annotated[list[Handle], Field(max_length=MOST_HANDLES)]


class CohortOut(Schema):
    """Who is on the list of the cohort stage, and which handles nobody has."""

    handles: list[str]
    unknown: list[str] = Field(default_factory=list)


class DraftIn(Schema):
    """A rule as data, with why it is drafted."""

    rule: Data
    note: Note = ""


class RuleScheduleIn(Schema):
    """From when a draft is to hold; left out, from now on."""

    active_from: AwareDatetime | None = None


class ScheduledOut(Schema):
    """A version that was put down, and how many were told that they would lose their place."""

    version: RuleOut
    told: int


class RetiredOut(Schema):
    """Which version was retired."""

    number: int


class DifferenceOut(Schema):
    """What is different in version `b` from version `a`, a sentence each."""

    a: int
    b: int
    changes: list[str]


class TallyOut(Schema):
    """How many people, by what would become of them."""

    people: int
    met_before: int
    met_after: int
    inside: int
    inside_after: int
    enters: int = Field(description="Meet the rule and may come in")
    seated: int = Field(description="Of them, find a seat")
    waits: int = Field(description="Of them, join the waitlist")
    dropped: int = Field(description="Are in and would lose their place")
    back: int = Field(description="Are in a grace period and would be in for good again")
    lapses: int = Field(description="Would lose their place on the waitlist")
    near: int = Field(description="Just miss it: one criterion, at most a tenth away")
    unchanged: int
    notices: int


class LoadOut(Schema):
    """What the people behind the door did in the last 28 days: those in now, those in after."""

    notes_now: int
    notes_after: int
    followers_now: int
    followers_after: int


class ShareOut(Schema):
    """A share between 0 and 1 and its 95 % interval."""

    value: float
    low: float
    high: float


class GroupOut(Schema):
    """One group of people; a share is null where there are too few to say."""

    label: str
    people: int
    inside: int
    enters: int
    dropped: int
    near: int
    inside_after: int
    share_before: ShareOut | None
    share: ShareOut | None


class CutOut(Schema):
    """Everybody in groups that do not overlap."""

    by: By
    name: str
    groups: list[GroupOut]
    gap: str = Field(description="Whether shares surely differ between groups, in a sentence")


class RunOut(Schema):
    """A version held against everybody as of a moment; nothing was changed."""

    number: int
    as_of: dt.datetime
    words: list[str]
    tally: TallyOut
    held_back: dict[str, int] = Field(description="Who meets the rule and stays out, by reason")
    load: LoadOut


class DryRunOut(RunOut):
    """A dry run with its groups."""

    cuts: list[CutOut]


class ComparisonOut(Schema):
    """Two versions held against the same people at the same moment."""

    both: int = Field(description="Would be in under both")
    only_a: int
    only_b: int
    a: RunOut
    b: RunOut


class AffectedOut(Schema):
    """Somebody of a list, with their figures and what is missing, by criterion key."""

    handle: str
    name: str
    followers: int
    region: str
    values: dict[str, int]
    gaps: dict[str, int]


class AffectedPage(Schema):
    """One page of a dry run's list; `next_cursor` is null on the last."""

    as_of: dt.datetime
    count: int
    items: list[AffectedOut]
    next_cursor: str | None


def bench_out(line: BenchLine) -> BenchOut:
    """Return a program of the operator's list for the API."""
    return BenchOut(
        **program_out(line.card).dict(),
        states=dict(line.states),
        applications=line.applications,
        drafts=line.drafts,
    )


def funnel_out(found: Funnel) -> FunnelOut:
    """Return a funnel for the API."""
    return FunnelOut(**{name: getattr(found, name) for name in FunnelOut.model_fields})


def run_out(run: DryRun) -> RunOut:
    """Return a dry run without its groups for the API."""
    return RunOut(**_run(run))


def dry_run_out(run: DryRun) -> DryRunOut:
    """Return a dry run with its groups for the API."""
    return DryRunOut(**_run(run), cuts=[_cut(cut(run, by)) for by in CUTS])


def affected_out(lines: Sequence[AffectedLine]) -> list[AffectedOut]:
    """Return a dry run's list for the API."""
    return [
        AffectedOut(
            handle=line.person.handle,
            name=line.person.name,
            followers=line.followers,
            region=line.region,
            values=dict(line.values),
            gaps=dict(line.gaps),
        )
        for line in lines
    ]


def _run(run: DryRun) -> dict[str, Any]:
    return {
        "number": run.number,
        "as_of": run.crowd.now,
        "words": say_run(run),
        "tally": TallyOut(**{name: getattr(run.tally, name) for name in TallyOut.model_fields}),
        "held_back": dict(run.held_back),
        "load": LoadOut(**{name: getattr(run.load, name) for name in LoadOut.model_fields}),
    }


def _cut(found: Cut) -> CutOut:
    return CutOut(
        by=found.by,
        name=found.name,
        groups=[_group(one) for one in found.groups],
        gap=say_gap(found),
    )


def _group(line: GroupLine) -> GroupOut:
    plain = {name: getattr(line, name) for name in GroupOut.model_fields}
    shares = {"share_before": _share(line.share_before), "share": _share(line.share)}
    return GroupOut(**{**plain, **shares})


def _share(found: Share | None) -> ShareOut | None:
    return ShareOut(value=found.value, low=found.low, high=found.high) if found else None
