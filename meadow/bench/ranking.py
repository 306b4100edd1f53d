"""Similar readers on public data beside `implicit`, the whole ranker where tastes are known."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps
from meadow.bench.ranking_public import PEERS, measure_beauty, measure_lastfm
from meadow.bench.ranking_readers import DAYS
from meadow.bench.ranking_world import HOT, NEW_ACTS, WHOLE, WORLDS, WorldFigures, measure_worlds

PUBLISHED_SASREC: Final = 0.0375
STEPS: Final = 1 + len(PEERS) + 2 + 2 * len(WORLDS)


def bench() -> Bench:
    """Return the bench."""
    about = "similar readers on Last.fm and Beauty, the ranker on a simulated world"
    return Bench(name="ranking", about=about, steps=STEPS, run=run)


def data_folder() -> Path | None:
    """Return the folder of public data, if one is named."""
    named = os.environ.get("MEADOW_BENCH_DATA")
    return Path(named) if named else None


def run(steps: Steps) -> Sequence[Row]:
    """Measure all and return the rows."""
    folder = data_folder()
    return [*_lastfm(folder, steps), *_beauty(folder, steps), *_worlds(measure_worlds(steps))]


def _lastfm(folder: Path | None, steps: Steps) -> list[Row]:
    goal, stretch = Bound(AT_LEAST, 1.05, of_ratio=True), Bound(AT_LEAST, 1.10, of_ratio=True)
    name = "similar readers, Last.fm, Recall@20"
    if folder is None or not (folder / "lastfm" / "data1.txt").is_file():
        return [Row(name, "", goal, stretch, note="MEADOW_BENCH_DATA names no folder with lastfm")]
    found = measure_lastfm(folder / "lastfm", steps)
    best = max(value for peer, value in found.beside.items() if peer.startswith("implicit"))
    tried = ", ".join(f"{count} of {peer}" for peer, count in found.tried.items())
    return [
        Row(
            *(name, "", goal, stretch),
            ours=round(found.ours, 4),
            beside=found.beside,
            ratio=found.ours / best,
            note=f"settings chosen on a fifth held out of the training part, tried were {tried}",
        )
    ]


def _beauty(folder: Path | None, steps: Steps) -> list[Row]:
    goal = Bound(AT_LEAST, 1.2, of_ratio=True)
    stretch = Bound(AT_LEAST, 1.35, of_ratio=True)
    name = "similar readers, Beauty, NDCG@10"
    if folder is None or not (folder / "beauty" / "sequences.txt").is_file():
        return [Row(name, "", goal, stretch, note="MEADOW_BENCH_DATA names no folder with beauty")]
    ours, beside = measure_beauty(folder / "beauty", steps)
    beside = {"SASRec (published)": PUBLISHED_SASREC, **beside}
    return [
        Row(
            *(name, "", goal, stretch),
            ours=round(ours, 4),
            beside=beside,
            ratio=ours / PUBLISHED_SASREC,
            note="last item of each reader, all items ranked",
        )
    ]


def _worlds(found: dict[str, WorldFigures]) -> list[Row]:
    lived = found["habits"]
    whole, hot = lived.known[WHOLE], lived.known[HOT]
    new, new_hot = lived.new[WHOLE], lived.new[HOT]
    at_least = Bound(AT_LEAST, 1.0, of_ratio=True)
    others = {way: round(each.ndcg, 4) for way, each in lived.known.items() if way != WHOLE}
    return [
        Row(
            "the ranker, simulated world, NDCG@20 of true chances to open",
            "",
            at_least,
            ours=round(whole.ndcg, 4),
            beside=others,
            ratio=whole.ndcg / hot.ndcg,
            note=f"{lived.readers} readers, {lived.notes:,} notes, after {DAYS} days",
        ),
        Row(
            "expected opens of a first page",
            "of 20",
            at_least,
            ours=round(whole.opens, 3),
            beside={way: round(each.opens, 3) for way, each in lived.known.items() if way != WHOLE},
            ratio=whole.opens / hot.opens,
        ),
        Row(
            f"NDCG@20 for readers with fewer than {NEW_ACTS} acts",
            "",
            at_least,
            ours=round(new.ndcg, 4),
            beside={way: round(each.ndcg, 4) for way, each in lived.new.items() if way != WHOLE},
            ratio=new.ndcg / new_hot.ndcg,
        ),
        Row(
            "NDCG@20 where taste and quality alone decide",
            "",
            at_least,
            ours=round(found["taste alone"].known[WHOLE].ndcg, 4),
            beside={HOT: round(found["taste alone"].known[HOT].ndcg, 4)},
            ratio=found["taste alone"].known[WHOLE].ndcg / found["taste alone"].known[HOT].ndcg,
        ),
        Row(
            "notes that reach somebody's first 20",
            "of recent",
            at_least,
            ours=round(whole.coverage, 4),
            beside={
                way: round(each.coverage, 4) for way, each in lived.known.items() if way != WHOLE
            },
            ratio=whole.coverage / max(hot.coverage, 1e-9),
        ),
        Row(
            "reads that exploration costs",
            "of expected",
            Bound(AT_MOST, 0.2),
            ours=round(lived.exploration_cost, 4),
            note="expected opens of the first 20 with every fifth place explored, against none",
        ),
        Row(
            "notes shown twice in a session of five pages",
            "of shown",
            Bound(AT_MOST, 0.0),
            ours=lived.repeat_rate,
        ),
    ]
