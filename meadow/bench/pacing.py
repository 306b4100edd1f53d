"""Pacing on public auctions and on a made day, beside published ways to pace; and calibration."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meadow.bench.framework import AT_LEAST, AT_MOST, Bench, Bound, Row, Steps
from meadow.bench.pacing_day import FORECAST_RIGHT, SEED, THIN, DayPacing, day, measure_day
from meadow.bench.pacing_peers import PEERS
from meadow.bench.pacing_public import (
    PARTS,
    PUBLISHED_CLICKS,
    WITHOUT,
    PublicPacing,
    measure_public,
    missing,
)
from meadow.bench.pacing_replay import Figures, Ours
from meadow.bench.ranking import data_folder

SLOT, SLOT_STRETCH = Bound(AT_MOST, 0.7, of_ratio=True), Bound(AT_MOST, 0.5, of_ratio=True)
DEVIATION, USE, VALUE = Bound(AT_MOST, 0.005), Bound(AT_LEAST, 0.995), Bound(AT_LEAST, 0.97)
OVER, ABSORBED = Bound(AT_MOST, 0.0), Bound(AT_MOST, 0.01)
CALIBRATION, UPDATE = Bound(AT_MOST, 0.05), Bound(AT_MOST, 1.0)
STEPS: Final = 1 + len(PEERS) + 2 * len(PARTS) + 1 + 3 + 2
UPDATES: Final = 2_000


def bench() -> Bench:
    """Return the bench."""
    about = "even spend at the best value, on iPinYou's campaign 2997 and a made day"
    return Bench(name="pacing", about=about, steps=STEPS, run=run)


def run(steps: Steps) -> Sequence[Row]:
    """Measure all and return the rows."""
    folder = data_folder()
    public = folder / "ipinyou-2997" if folder else None
    lacks = missing(public)
    found = None if lacks or public is None else measure_public(public, steps)
    made = measure_day(steps)
    steps.start("timing updates")
    return [*_public(found, public), *_day(made), _update()]


def _public(found: PublicPacing | None, folder: Path | None) -> list[Row]:
    if found is None:
        why = "MEADOW_BENCH_DATA names no folder with ipinyou-2997"
        return [
            *(row for part in PARTS for row in even_rows(f"iPinYou at 1/{part}", {}, why=why)),
            Row("iPinYou, predicted over observed, off by", "", CALIBRATION, note=why),
        ]
    rows: list[Row] = []
    for part in PARTS:
        clicks = {**found.clicks[part], **(PUBLISHED_CLICKS if part == 32 else {})}
        said = ", ".join(f"{name} {count}" for name, count in clicks.items() if name not in WITHOUT)
        figures = {name: each for name, each in found.by_part[part].items() if name not in WITHOUT}
        parts = f"; {ablation(found)}" if part == 32 else ""
        rows += even_rows(f"iPinYou at 1/{part}", figures, note=f"clicks: {said}{parts}")
    each = found.calibration
    rows.append(
        Row(
            *("iPinYou, predicted over observed, off by", "", CALIBRATION),
            ours=round(abs(each.calibrated - 1.0), 4),
            beside={"as given": round(each.raw - 1.0, 4)},
            note=f"{each.calibrated:.3f}, each prediction calibrated on its past only; {each.clicks} clicks,"
            f" so chance alone moves it by ±{each.half_width:.3f} (95 %)",
        )
    )
    return rows


def even_rows(
    name: str, figures: dict[str, Figures], *, note: str = "", why: str = "", value: bool = True
) -> list[Row]:
    """Return slot error, deviation, use and (where judged) value of ours beside the others."""
    measures = (
        ("mean slot error", "slot_error", SLOT, SLOT_STRETCH),
        ("cumulative deviation at most", "deviation", DEVIATION, None),
        ("share of the budget used", "use", USE, None),
        *((("value of the hindsight greedy's", "value", VALUE, None),) if value else ()),
    )
    if not figures:
        return [
            Row(f"{name}, {said}", "", goal, stretch, note=why)
            for said, _, goal, stretch in measures
        ]
    ours = figures["ours"]
    rows = []
    for said, field, goal, stretch in measures:
        beside = {
            peer: round(getattr(each, field), 4) for peer, each in figures.items() if peer != "ours"
        }
        measured = getattr(ours, field)
        rows.append(
            Row(
                *(f"{name}, {said}", "", goal, stretch),
                ours=round(measured, 5),
                beside=beside,
                ratio=measured / figures["PID"].slot_error if field == "slot_error" else None,
                note=note if field == "value" else "",
            )
        )
    return rows


def ablation(found: PublicPacing) -> str:
    """Say what each part of the controller is for: the figures at 1/32 with it left out."""
    figures = found.by_part[32]
    said = "; ".join(
        f"{name} {figures[name].value:.4f}, slot error {figures[name].slot_error:.4f},"
        f" deviation {figures[name].deviation:.4f}"
        for name in WITHOUT
    )
    return f"value {said}"


def _day(made: DayPacing) -> list[Row]:
    rows: list[Row] = []
    for part, figures in made.by_part.items():
        rows += even_rows(f"day at 1/{part}", figures)
    for weather, figures in made.by_weather.items():
        # The greedy knows the change of price beforehand; evenness forbids to use it.
        rows += even_rows(f"day with {weather}", figures, value="prices" not in weather)
    usable = made.claims.count(None)
    return [
        *rows,
        Row("day with a surge, share of the budget used", "", USE, ours=round(made.surge.use, 5)),
        Row("thin day, share of the budget used", "", USE, ours=round(made.thin.use, 5)),
        Row(
            *("decisions that call a budget of twice the day's cost feasible", "", OVER),
            ours=float(made.claims.count(True)),
            note=f"{made.claims.count(False)} say that it is not, the first {usable} do not know yet;"
            f" {made.beyond.use:.3f} of it was spent",
        ),
        Row("charged beyond the budget, worst of all days", "", OVER, ours=made.worst_over),
        Row("borne by the platform, worst of all days", "", ABSORBED, ours=made.worst_absorbed),
    ]


def _update() -> Row:
    stream = day(seed=SEED, opportunities=THIN * 6, weather=FORECAST_RIGHT)
    way = Ours(stream, int(stream.price.sum() / 8))
    took = []
    for place in range(UPDATES):
        span = slice(place * 10, place * 10 + 10)
        began = time.thread_time()
        way.learn(stream.price[span], stream.value[span], 0.0)
        way.bid(now=float(stream.at[place * 10]), spent=0.0)
        took.append(1e3 * (time.thread_time() - began))
    took.sort()
    return Row(
        *("one update of one campaign, p99 of processor time", "ms", UPDATE),
        ours=round(took[int(0.99 * UPDATES)], 4),
        note=f"p50 {took[UPDATES // 2]:.3f} ms, ten opportunities each",
    )
