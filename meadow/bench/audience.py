"""`meadow bench audience`: exact sizes of audiences over four dimensions, beside scans of the same people."""

import os
from collections.abc import Mapping, Sequence
from json import loads
from statistics import median
from typing import Any, Final

from meadow.bench.framework import AT_MOST, Bench, Bound, Row, Steps
from meadow.bench.place import call, environment_of, own_postgres

# Fewer for a look at the bench itself; the budget is about ten million. Its stretch, a hundred million, takes
# minutes to make and is measured where MEADOW_BENCH_AUDIENCE_MANY says how many.
PEOPLE: Final = int(os.environ.get("MEADOW_BENCH_AUDIENCE_PEOPLE", "10000000"))
MANY: Final = int(os.environ.get("MEADOW_BENCH_AUDIENCE_MANY", "0"))
BUDGET_PEOPLE: Final = 10_000_000
BUDGET_MANY: Final = 100_000_000
CHDB, POSTGRES = "chDB scan", "PostgreSQL"


def bench() -> Bench:
    """Return the bench."""
    return Bench("audience", f"{PEOPLE:,} people, 4 dimensions", steps=5 if MANY else 4, run=run)


def run(steps: Steps) -> list[Row]:
    """Ask each of the three the same questions about the same people."""
    with own_postgres(steps) as engines:
        env = environment_of(engines)
        found = {}
        for name in ("ours", "chdb", "postgres"):
            steps.start(f"{PEOPLE:,} people ({name})")
            found[name] = _part(name, PEOPLE, env)
    if MANY:
        steps.start(f"{MANY:,} people (ours)")
        found["many"] = _part("ours", MANY, env)
    return rows_of(found)


def rows_of(found: Mapping[str, Any]) -> list[Row]:
    """Return the rows of the budget; where two count differently there is no figure."""
    wrong = differing(found)
    whole = why_not(wrong, PEOPLE, BUDGET_PEOPLE)
    p50, p99 = places(found["ours"]["seconds"])
    chdb, postgres = (median(found[name]["seconds"]) * 1000 for name in ("chdb", "postgres"))
    resident = found["ours"]["resident"] / 1e6
    rows = [
        Row(
            f"exact size among {BUDGET_PEOPLE:,} people, any/all/not over 4 dimensions, p99",
            "ms",
            Bound(AT_MOST, 10),
            ours=None if whole else _short(p99),
            beside={f"{CHDB} p50": _short(chdb), f"{POSTGRES} p50": _short(postgres)},
            ratio=_short(chdb / p50),
            note=whole or f"p50 {p50:.2f} ms; the ratio is of medians to {CHDB}",
        ),
        Row(
            "the sets of these people",
            "MB",
            Bound(AT_MOST, 100),
            ours=None if whole else _short(found["ours"]["bytes"] / 1e6),
            note=whole
            or f"the process grew by {resident:.0f} MB; built in {found['ours']['built']:.0f} s",
        ),
    ]
    if "many" in found:
        rows.append(_many(found["many"]))
    return rows


def _many(found: Mapping[str, Any]) -> Row:
    p50, p99 = places(found["seconds"])
    said = why_not("", MANY, BUDGET_MANY)
    return Row(
        f"the same among {BUDGET_MANY:,} people, p99",
        "ms",
        Bound(AT_MOST, 60),
        ours=None if said else _short(p99),
        note=said or f"p50 {p50:.1f} ms; {found['bytes'] / 1e6:,.0f} MB",
    )


def differing(found: Mapping[str, Any]) -> str:
    """Return what is wrong where the three do not count the same people, or an empty string."""
    ours = found["ours"]["answers"]
    for name in ("chdb", "postgres"):
        theirs = found[name]["answers"]
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
            if mine != other:
                return f"question {number}: we count {mine:,}, {name} counts {other:,}"
    return ""


def why_not(wrong: str, people: int, budget: int) -> str:
    """Return why there is no figure, or an empty string."""
    return wrong or ("" if people == budget else f"measured on {people:,} people, not {budget:,}")


def places(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000


def _part(name: str, people: int, env: Mapping[str, str]) -> dict[str, Any]:
    said = call(["meadow.bench.audience_parts", name, str(people)], env)
    found: dict[str, Any] = loads(said.strip().splitlines()[-1])
    return found


def _short(value: float) -> float:
    return float(f"{value:.3g}")
