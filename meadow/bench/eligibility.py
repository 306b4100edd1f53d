"""Everybody's answers: computed beside rule-engine and chDB, read, signed, and told on a page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps, middle
from meadow.bench.load import LoadPlan, LoadResult, raw_request, run_load
from meadow.bench.place import call, environment_of, own_postgres
from meadow.bench.serving import Servers
from meadow.runtime.testing import RunningEngines

PEOPLE: Final = 1_000_000
NOTES_EACH: Final = 20
ENGINE_PEOPLE: Final = 20_000
EXPLAINED: Final = 5_000
CHANGED: Final = 100_000
ROUNDS: Final = 3
READERS: Final = 200
PAGE: Final = "/programs/creator-center/me"
PAGE_SECONDS: Final = 6.0
WARM_UP: Final = 3.0
STEPS: Final = 7 + 4 * ROUNDS
ENGINE, ENGINE_OUTCOME = "rule-engine, each criterion", "rule-engine, outcome alone"
CHDB, COPY = "raw chDB pass", "raw COPY"


@dataclass
class Figures:
    """Results of the rounds, as the parts print them."""

    compute: list[dict[str, Any]] = field(default_factory=list)
    engine: list[dict[str, Any]] = field(default_factory=list)
    chdb: list[dict[str, Any]] = field(default_factory=list)
    explain: dict[str, Any] = field(default_factory=dict)
    population: dict[str, Any] = field(default_factory=dict)
    persist: dict[str, Any] = field(default_factory=dict)
    copy: dict[str, Any] = field(default_factory=dict)
    full_pass: dict[str, Any] = field(default_factory=dict)
    pages: list[LoadResult] = field(default_factory=list)


def bench() -> Bench:
    """Return the bench."""
    about = f"{PEOPLE:,} creators x 8 criteria; {PEOPLE * NOTES_EACH:,} read roll-ups"
    return Bench(name="eligibility", about=about, steps=STEPS, run=run)


def run(steps: Steps) -> Sequence[Row]:
    """Run on a PostgreSQL of its own and return the rows."""
    with own_postgres(steps) as engines:
        return rows_of(measure(engines, steps))


def measure(engines: RunningEngines, steps: Steps) -> Figures:
    """Measure against a PostgreSQL that is up."""
    env = environment_of(engines)
    call(["meadow.cli.main", "manage", "migrate"], env)
    figures = Figures()
    for number in range(1, ROUNDS + 1):
        for name, count, found in (
            ("compute", PEOPLE, figures.compute),
            ("engine", ENGINE_PEOPLE, figures.engine),
            ("chdb", PEOPLE, figures.chdb),
        ):
            steps.start(f"outcomes and reasons ({name}), round {number} of {ROUNDS}")
            found.append(_part(name, count, env))
    steps.start("one person in words")
    figures.explain = _part("explain", EXPLAINED, env)
    steps.start(f"writing {PEOPLE * NOTES_EACH:,} notes and their reads")
    call(["meadow.bench.eligibility_world", str(PEOPLE), str(NOTES_EACH)], env)
    steps.start("everybody from PostgreSQL")
    figures.population = _part("population", PEOPLE, env)
    steps.start("letting everybody in who meets the rule")
    figures.full_pass = _part("full_pass", PEOPLE, env)
    figures.pages = _ask_for_pages(engines, env, steps)
    steps.start(f"signing {CHANGED:,} decisions")
    figures.persist = _part("persist", CHANGED, env)
    figures.copy = _part("copy", CHANGED, env)
    return figures


def rows_of(figures: Figures) -> list[Row]:
    """Return the rows of the budget, and what issue 4 asks for besides."""
    return [
        _beside_engine(figures),
        _beside_chdb(figures),
        _persisted(figures),
        Row(
            "one person's answer with every result in words, p99 of processor time",
            "ms",
            Bound(AT_MOST, 1.0),
            ours=_short(figures.explain["p99"] * 1000),
            note=f"p50 {_short(figures.explain['p50'] * 1000):g} ms; 8 criteria, {EXPLAINED:,} people",
        ),
        *_read(figures.population),
        _passed(figures.full_pass),
        _answered(figures.pages),
    ]


def _beside_engine(figures: Figures) -> Row:
    ours = [median(one["seconds"]) for one in figures.compute]
    scale = PEOPLE / ENGINE_PEOPLE
    reasons = [median(one["reasons_seconds"]) * scale for one in figures.engine]
    outcomes = [median(one["seconds"]) * scale for one in figures.engine]
    alone = median(b / a for a, b in zip(ours, outcomes, strict=True))
    return Row(
        f"outcomes, gaps and blocking criteria of {PEOPLE:,} people",
        "people/s",
        Bound(AT_LEAST, 50, of_ratio=True),
        Bound(AT_LEAST, 200, of_ratio=True),
        ours=middle([PEOPLE / one for one in ours]),
        beside={
            ENGINE: middle([PEOPLE / one for one in reasons]),
            ENGINE_OUTCOME: middle([PEOPLE / one for one in outcomes]),
        },
        ratio=middle([b / a for a, b in zip(ours, reasons, strict=True)]),
        note=f"rule-engine ran on {ENGINE_PEOPLE:,} people and was scaled; it has no reasons, so each"
        f" criterion is a rule of its own; against its outcome alone, without reasons: {alone:.0f}x",
    )


def _beside_chdb(figures: Figures) -> Row:
    ours = [median(one["seconds"]) for one in figures.compute]
    raw = [median(one["seconds"]) for one in figures.chdb]
    found = {one["met"] for one in (*figures.compute, *figures.chdb)}
    return Row(
        "the same, as time",
        "s",
        Bound(AT_MOST, 5, of_ratio=True),
        ours=middle(ours) if len(found) == 1 else None,
        beside={CHDB: middle(raw)},
        ratio=middle([a / b for a, b in zip(ours, raw, strict=True)]),
        note="chDB sums the same outcomes, gaps and blocks over a table in memory and keeps nothing"
        if len(found) == 1
        else f"the two do not find the same people: {sorted(found)}",
    )


def _persisted(figures: Figures) -> Row:
    ours = [CHANGED / one for one in figures.persist["seconds"]]
    raw = [CHANGED / one for one in figures.copy["seconds"]]
    both = zip(figures.persist["seconds"], figures.persist["making"], strict=True)
    whole = middle([CHANGED / (kept + made) for kept, made in both])
    return Row(
        "changed outcomes kept as signed decisions",
        "decisions/s",
        Bound(AT_LEAST, 50_000),
        ours=middle(ours),
        beside={COPY: middle(raw)},
        ratio=_short(middle(ours) / middle(raw)),
        note=f"{CHANGED:,} in one transaction, each with rule, values, terms and reasons, as programs"
        f" makes them; with the making, {whole:,.0f} a second. COPY writes the same documents into a"
        " table without keys",
    )


def _read(figures: dict[str, Any]) -> list[Row]:
    roll_ups = f"{PEOPLE:,} people and {PEOPLE * NOTES_EACH:,} read roll-ups"
    came, went, near = figures["changed"]
    return [
        Row(
            f"the default rule over {roll_ups}, from PostgreSQL",
            "s",
            Bound(AT_MOST, 10),
            ours=middle(figures["seconds"]),
            note=f"{figures['met']:,} of {figures['people']:,} meet it",
        ),
        Row(
            f"dry run of a draft over {roll_ups}",
            "s",
            Bound(AT_MOST, 10),
            ours=middle(figures["dry_seconds"]),
            note=f"{came:,} come in, {went:,} drop out, {near:,} are one criterion away",
        ),
    ]


def _passed(figures: dict[str, Any]) -> Row:
    changed, checked = figures["changed"], figures["receipts"]
    return Row(
        f"a full pass over {PEOPLE:,} people, with a receipt for every changed outcome",
        "s",
        Bound(AT_MOST, 60),
        ours=middle([figures["seconds"]]) if checked else None,
        note=f"{changed:,} came in, each with decision, news and event; {checked:,} of their receipts"
        " were checked"
        if checked
        else f"of {changed:,} changes there are {figures['decisions']:,} decisions, or a receipt failed",
    )


def _answered(pages: Sequence[LoadResult]) -> Row:
    failed = [one.first_failure for one in pages if one.failures or not one.answers]
    return Row(
        "“Why am I in or out?” as a page, p99",
        "ms",
        Bound(AT_MOST, 50),
        ours=None if failed else middle([one.p99_ms for one in pages]),
        note=f"a wrong answer: {failed[0][:200]}"
        if failed
        else f"one after the other, signed in as {READERS} people; p50"
        f" {middle([one.p50_ms for one in pages]):g} ms",
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _ask_for_pages(engines: RunningEngines, env: dict[str, str], steps: Steps) -> list[LoadResult]:
    """Ask for "Why am I in or out?" of people inside and outside, one page after the other."""
    steps.start("building style sheet and static files")
    call(["meadow.cli.main", "build"], env)
    cookies = _part("readers", READERS, env)["cookies"]
    servers = Servers(env=env, logs=engines.folder / "logs")
    try:
        plan = LoadPlan(
            port=servers.start_ours(),
            requests=[raw_request(PAGE, cookie=one) for one in cookies],
            seconds=PAGE_SECONDS,
            connections=1,
            warm_up=WARM_UP,
            marker='data-door="',
            marker_count=1,
        )
        found = []
        for number in range(1, ROUNDS + 1):
            steps.start(f"the personal page, round {number} of {ROUNDS}")
            found.append(run_load(plan))
        return found
    finally:
        servers.stop()


def _part(name: str, number: int, env: dict[str, str]) -> dict[str, Any]:
    said = call(["meadow.bench.eligibility_parts", name, str(number)], env)
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found
