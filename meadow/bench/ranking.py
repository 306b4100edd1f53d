"""Similar readers on public data beside `implicit`, the whole ranker where tastes are known."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps
from meadow.bench.ranking_public import PEERS, measure_beauty, measure_lastfm
from meadow.bench.ranking_world import ABLATIONS, WorldFigures, measure_world

PUBLISHED_SASREC: Final = 0.0375
STEPS: Final = 1 + len(PEERS) + 2 + 2 + len(ABLATIONS)


def bench() -> Bench:
    """Return the bench."""
    about = "similar readers on Last.fm and Beauty, the ranker on a simulated world"
    return Bench(name="ranking", about=about, steps=STEPS, run=run)


def data_folder() -> Path | None:
    """Return the folder of public data, if one is named."""
    named = os.environ.get("MEADOW_BENCH_DATA")
    return Path(named) if named else None


def run(steps: Steps) -> Sequence[Row]:
    """Measure all three and return the rows."""
    folder = data_folder()
    return [*_lastfm(folder, steps), *_beauty(folder, steps), *_world(measure_world(steps))]


def _lastfm(folder: Path | None, steps: Steps) -> list[Row]:
    goal, stretch = Bound(AT_LEAST, 1.05, of_ratio=True), Bound(AT_LEAST, 1.10, of_ratio=True)
    name = "similar readers, Last.fm, Recall@20"
    if folder is None or not (folder / "lastfm" / "data1.txt").is_file():
        return [Row(name, "", goal, stretch, note="MEADOW_BENCH_DATA names no folder with lastfm")]
    ours, beside = measure_lastfm(folder / "lastfm", steps)
    best = max(value for peer, value in beside.items() if peer.startswith("implicit"))
    return [
        Row(
            *(name, "", goal, stretch),
            ours=round(ours, 4),
            beside=beside,
            ratio=ours / best,
            note="each peer at the best of a few settings, on the test part; ours at its shipped setting",
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


def _world(found: WorldFigures) -> list[Row]:
    whole, hot = found.ndcg["all"], found.ndcg["Hot alone"]
    return [
        Row(
            "the ranker, simulated world, NDCG@20 of true taste",
            "",
            Bound(AT_LEAST, 1.0, of_ratio=True),
            ours=round(whole, 4),
            beside={name: round(value, 4) for name, value in found.ndcg.items() if name != "all"},
            ratio=whole / hot,
            note=f"{found.readers} readers, {found.notes:,} notes, after {found.days} days",
        ),
        Row(
            "notes that reach somebody's first 20",
            "of recent",
            Bound(AT_LEAST, 1.0, of_ratio=True),
            ours=round(found.coverage["all"], 4),
            beside={"Hot alone": round(found.coverage["Hot alone"], 4)},
            ratio=found.coverage["all"] / max(found.coverage["Hot alone"], 1e-9),
        ),
        Row(
            "reads that exploration costs",
            "of expected",
            Bound(AT_MOST, 0.2),
            ours=round(found.exploration_cost, 4),
            note="expected opens of the first 20 with every fifth place explored, against none",
        ),
        Row(
            "notes shown twice in a session of five pages",
            "of shown",
            Bound(AT_MOST, 0.0),
            ours=found.repeat_rate,
        ),
    ]
