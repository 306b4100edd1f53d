"""`meadow bench search`: a million notes in Chinese and English, beside tantivy in process."""

import json
import os
from typing import Any, Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps
from meadow.bench.place import call, environment_of, own_postgres

# Fewer for a look at the bench itself; the budget is about a million.
NOTES: Final = int(os.environ.get("MEADOW_BENCH_SEARCH_NOTES", "1000000"))
ROUNDS: Final = 2
PEER: Final = "tantivy"


def bench() -> Bench:
    """Return the bench."""
    return Bench("search", f"{NOTES:,} notes in Chinese and English", steps=5 + ROUNDS, run=run)


def run(steps: Steps) -> list[Row]:
    """Fill a database and an index beside it, then ask both the same questions."""
    with own_postgres(steps) as engines:
        env = environment_of(engines)
        call(["meadow.cli.main", "manage", "migrate"], env)
        steps.start(f"writing {NOTES:,} notes")
        _part("world", env)
        steps.start("making the index")
        made = _part("index", env)
        steps.start("asking tantivy")
        peer = _part("peer", env)
        found = []
        for number in range(1, ROUNDS + 1):
            steps.start(f"asking ours, round {number} of {ROUNDS}")
            found.append(_part("ours", env))
    return rows_of(made, peer, found)


def rows_of(made: dict[str, Any], peer: dict[str, Any], found: list[dict[str, Any]]) -> list[Row]:
    """Return the rows of the budget, and how much of what was planted is found."""
    best = min(found, key=lambda one: float(one["p95"]))
    whole = made["notes"] == NOTES
    recall, theirs = found[0]["recall"], peer["recall"]
    rows = [
        Row(
            f"a question to {NOTES:,} notes, the page a reader may see, p95",
            "ms",
            Bound(AT_MOST, 80),
            Bound(AT_MOST, 30),
            ours=_short(sum(one["p95"] for one in found) / len(found)) if whole else None,
            beside={f"{PEER} p95": _short(peer["p95"])},
            ratio=_short(best["p95"] / peer["p95"]),
            note=f"p50 {best['p50']:.1f} ms, worst {best['worst']:.0f} ms; {PEER} p50"
            f" {peer['p50']:.1f} ms; it checks no access and weighs no quality or age"
            if whole
            else f"{made['notes']:,} of {NOTES:,} notes are in the index",
        ),
        Row(
            "notes indexed by a rebuild",
            "notes/s",
            Bound(AT_LEAST, 2_000),
            ours=_short(made["notes"] / made["seconds"]),
            beside={PEER: _short(NOTES / peer["build_seconds"])},
            note="words, dictionary with its keys and all indexes; one process",
        ),
    ]
    for kind, said, goal in (
        ("exact_zh", "planted notes in the first 20, Chinese, as written", 0.98),
        ("exact_en", "planted notes in the first 20, English, as written", 0.98),
        ("slip_zh", "planted notes in the first 20, Chinese, with a wrong homophone", 0.8),
        ("slip_en", "planted notes in the first 20, English, with a slip", 0.9),
    ):
        rows.append(
            Row(
                said,
                "share",
                Bound(AT_LEAST, goal),
                ours=_short(recall[kind]),
                beside={PEER: _short(theirs[kind])},
            )
        )
    return rows


def _part(name: str, env: dict[str, str]) -> dict[str, Any]:
    said = call(["meadow.bench.search_parts", name, str(NOTES)], env)
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def _short(value: float) -> float:
    return float(f"{value:.3g}")
