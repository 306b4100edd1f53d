"""What a version of a rule would do to everybody, worked out on the real population, changing nothing.

A million people are a few seconds: figures come as columns, and no person is a row in Python but
those who are shown. The method is in docs/algorithms/dry-runs.md.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from meadow.accounts.census import region_of
from meadow.accounts.queries import PersonCard, get_people
from meadow.programs import rules
from meadow.programs.errors import VersionMissing
from meadow.programs.evaluation import ManyOutcomes, evaluate_many, read_columns
from meadow.programs.metrics import Column, Ids, check_params, get_metric, get_source
from meadow.programs.models import Program, RuleVersion
from meadow.programs.queries.crowds import BLOCKS, Crowd, Flags, blocked_codes, read_crowd
from meadow.programs.queries.gathering import find_program, get_active_rule

Fate = Literal["enters", "dropped", "near", "back"]
FATES: Final[tuple[Fate, ...]] = get_args(Fate)
# A near miss lacks one criterion by at most this part of its threshold, and at least by one.
NEAR_PART: Final = 10
LOAD_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people, by what would become of them.

    `enters` meet the rule and may come in: of them `seated` find a seat and `waits` join the
    waitlist. `dropped` are in and would begin their grace period (or be out at once where there is
    none); `back` are in their grace period and would be in for good again; `lapses` would lose
    their place on the waitlist. `near` are a part of `unchanged`.
    """

    people: int
    met_before: int
    met_after: int
    inside: int
    enters: int
    seated: int
    waits: int
    dropped: int
    back: int
    lapses: int
    near: int
    unchanged: int

    @property
    def inside_after(self) -> int:
        """How many are in once grace periods are over."""
        return self.inside + self.seated - self.dropped

    @property
    def notices(self) -> int:
        """How many people are told something."""
        return self.seated + self.waits + self.dropped + self.back + self.lapses


@dataclass(frozen=True, slots=True)
class Load:
    """What the people behind the door did in the last LOAD_DAYS days: those in now, those in after."""

    notes_now: int
    notes_after: int
    followers_now: int
    followers_after: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """One rule held against everybody; masks are in the order of `crowd.ids`.

    `values` and `gaps` by criterion key are of the people at the places `affected`: of those whom a
    mask names, since nobody else is ever listed.
    """

    number: int
    rule: rules.Rule
    crowd: Crowd
    affected: Ids
    values: Mapping[str, Ids]
    gaps: Mapping[str, Ids]
    tally: Tally
    held_back: Mapping[str, int]
    load: Load
    masks: Mapping[Fate, Flags]
    inside_after: Flags


@dataclass(frozen=True, slots=True)
class AffectedLine:
    """One person of a list: who they are and their figures, by criterion key."""

    person: PersonCard
    followers: int
    region: str
    values: Mapping[str, int]
    gaps: Mapping[str, int]


def dry_run(*, slug: str, number: int, now: dt.datetime) -> DryRun:
    """Hold one version against everybody. Raises ProgramMissing, VersionMissing."""
    return dry_runs(slug=slug, numbers=[number], now=now)[0]


def dry_runs(*, slug: str, numbers: Sequence[int], now: dt.datetime) -> list[DryRun]:
    """Hold several versions against the same people at the same moment."""
    program = find_program(slug)
    found = dict(
        RuleVersion.objects.filter(program=program, number__in=numbers).values_list(
            "number", "rule"
        )
    )
    if len(found) < len(set(numbers)):
        raise VersionMissing
    crowd = read_crowd(program=program, now=now)
    before = _met_now(program, crowd)
    notes = _notes(crowd)
    return [
        _run(number, rules.from_json(found[number]), crowd, before=before, notes=notes)
        for number in numbers
    ]


def list_affected(run: DryRun, *, fate: Fate, most: int, after: int = 0) -> list[AffectedLine]:
    """Return the people of one fate by their ids, `most` at most of those above `after`.

    Accounts that were closed meanwhile are left out.
    """
    places = np.flatnonzero(run.masks[fate] & (run.crowd.ids > after))[:most]
    ids = run.crowd.ids[places].tolist()
    people = get_people(ids)
    followers = run.crowd.census.followers[places].tolist()
    regions = run.crowd.census.regions[places].tolist()
    known = np.searchsorted(run.affected, places)
    values = {key: column[known].tolist() for key, column in run.values.items()}
    gaps = {key: column[known].tolist() for key, column in run.gaps.items()}
    return [
        AffectedLine(
            person=people[person],
            followers=followers[place],
            region=region_of(regions[place]),
            values={key: column[place] for key, column in values.items()},
            gaps={key: column[place] for key, column in gaps.items()},
        )
        for place, person in enumerate(ids)
        if person in people
    ]


def _run(number: int, rule: rules.Rule, crowd: Crowd, *, before: Flags, notes: Ids) -> DryRun:
    population = read_columns(rule=rule, now=crowd.now)
    # Somebody may have joined between two statements: only whom the crowd knows is looked at.
    columns = {
        key: Column(ids=population.ids, values=column).at(crowd.ids)
        for key, column in population.columns.items()
    }
    outcomes = evaluate_many(rule=rule, columns=columns)
    meets = outcomes.met | crowd.granted
    frozen = crowd.terms.killed
    inside = crowd.inside
    in_grace = crowd.are("grace")
    blocked = blocked_codes(crowd)
    shut = crowd.are("suspended", "left") | (
        crowd.are("refused") & ~crowd.approved & ~crowd.granted
    )
    outside = ~inside & ~shut
    enters = outside & meets & (blocked == 0)
    dropped = inside & ~in_grace & ~meets & (not frozen)
    back = in_grace & meets & (not frozen)
    waiting = crowd.are("waitlisted")
    lapses = waiting & ~meets & (not frozen)
    near = outside & ~meets & _near(outcomes, outside & ~meets)
    masks: dict[Fate, Flags] = {"enters": enters, "dropped": dropped, "near": near, "back": back}
    seated, waits = _seats(crowd, enters=enters, waiting=waiting, dropped=int(dropped.sum()))
    held = Counter(blocked[outside & meets & (blocked > 0)].tolist())
    inside_after = (inside & ~dropped) | enters
    affected = np.flatnonzero(enters | dropped | near | back).astype(np.int64)
    return DryRun(
        number=number,
        rule=rule,
        crowd=crowd,
        affected=affected,
        values={key: column[affected] for key, column in outcomes.columns.items()},
        gaps={key: column[affected] for key, column in outcomes.gaps.items()},
        tally=_tally(
            crowd,
            before,
            outcomes.met,
            masks,
            lapses=lapses,
            waiting=waiting,
            seats=(seated, waits),
        ),
        held_back={BLOCKS[code]: count for code, count in sorted(held.items())},
        load=_load(crowd, notes, inside_after),
        masks=masks,
        inside_after=inside_after,
    )


def _tally(
    crowd: Crowd,
    before: Flags,
    after: Flags,
    masks: Mapping[Fate, Flags],
    *,
    lapses: Flags,
    waiting: Flags,
    seats: tuple[int, int],
) -> Tally:
    seated, waits = seats
    counts = {fate: int(mask.sum()) for fate, mask in masks.items()}
    lost = int(lapses.sum())
    changed = seated + waits + counts["dropped"] + counts["back"] + lost
    return Tally(
        people=len(crowd.ids),
        met_before=int(before.sum()),
        met_after=int(after.sum()),
        inside=int(crowd.inside.sum()),
        enters=counts["enters"],
        seated=seated,
        waits=waits,
        dropped=counts["dropped"],
        back=counts["back"],
        lapses=lost,
        near=counts["near"],
        unchanged=len(crowd.ids) - changed,
    )


def _seats(crowd: Crowd, *, enters: Flags, waiting: Flags, dropped: int) -> tuple[int, int]:
    """Return how many find a seat, who waits already first, and how many newly wait."""
    queued = int((enters & waiting).sum())
    fresh = int(enters.sum()) - queued
    program = crowd.program
    if program.capacity is None:
        return queued + fresh, 0
    # A grace period keeps its seat; without one it is free at once.
    free = program.capacity - program.admitted_count + (0 if program.grace_days else dropped)
    seated = min(max(free, 0), queued + fresh)
    return seated, fresh - max(seated - queued, 0)


def _near(outcomes: ManyOutcomes, among: Flags) -> Flags:
    """Return who would meet the rule with one criterion more, of which little is missing."""
    near = np.zeros(len(among), dtype=bool)
    for one in outcomes.rule.criteria():
        if get_metric(one.metric).unit == "flag":
            continue
        gaps = outcomes.gaps[one.key]
        little = max(abs(one.threshold) // NEAR_PART, 1)
        places = np.flatnonzero(among & ~near & (gaps != 0) & (np.abs(gaps) <= little))
        if not len(places):
            continue
        columns = {key: column[places] for key, column in outcomes.columns.items()}
        columns[one.key] = columns[one.key] + gaps[places]
        near[places[evaluate_many(rule=outcomes.rule, columns=columns).met]] = True
    return near


def _met_now(program: Program, crowd: Crowd) -> Flags:
    active = get_active_rule(program.pk)
    if active is None:
        return np.zeros(len(crowd.ids), dtype=bool)
    population = read_columns(rule=active.rule, now=crowd.now)
    met = evaluate_many(rule=active.rule, columns=population.columns).met
    return Column(ids=population.ids, values=met.astype(np.int64)).at(crowd.ids).astype(bool)


def _notes(crowd: Crowd) -> Ids:
    metric = get_metric("notes_published")
    params = check_params(metric, {"within_days": LOAD_DAYS}, place="")
    return get_source(metric.key).column(params=params, now=crowd.now).at(crowd.ids)


def _load(crowd: Crowd, notes: Ids, after: Flags) -> Load:
    inside, followers = crowd.inside, crowd.census.followers
    return Load(
        notes_now=int(notes[inside].sum()),
        notes_after=int(notes[after].sum()),
        followers_now=int(followers[inside].sum()),
        followers_after=int(followers[after].sum()),
    )
