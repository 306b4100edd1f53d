"""Pacing and calibration on public auctions: iPinYou's campaign 2997, as published with RLB (WSDM 2017)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meadow.bench.framework import Steps
from meadow.bench.pacing_peers import PEERS
from meadow.bench.pacing_replay import (
    Figures,
    Floats,
    Make,
    Ours,
    Stream,
    figures_of,
    greedy,
    replay,
    tuned,
)
from meadow.promotion.pacing import Calibrator, Settings

SLOTS: Final = 24
STEP: Final = 20
PARTS: Final = (32, 8, 2)
FILES: Final = ("test.theta.txt", "info.json")
# Published with the data, at budget 1/32 and episodes of 1,000: clicks won on this very stream.
PUBLISHED_CLICKS: Final = {"RLB's MDP": 80, "RLB": 78, "linear bid": 71, "max CPC": 48}
BASE: Final = Settings()
WITHOUT: Final[dict[str, Settings]] = {
    "without the slot's end": replace(BASE, closing=1.0),
    "without a window (all history alike)": replace(BASE, memory=1e12, surprise=1e12),
    "without noticing breaks": replace(BASE, surprise=1e12),
    "with a short view only": replace(BASE, memory=600.0, surprise=1e12),
    "without a prior": replace(BASE, prior=0.0),
    "without closing gaps early": replace(BASE, tolerance=1.0),
}


@dataclass(frozen=True)
class Calibration:
    """Predicted over observed responses: as given, calibrated, and the 95 % range that chance alone spans."""

    raw: float
    calibrated: float
    clicks: int
    half_width: float


@dataclass(frozen=True)
class PublicPacing:
    """Figures by budget part and way, clicks beside, settings that were chosen, and the calibration."""

    by_part: dict[int, dict[str, Figures]]
    clicks: dict[int, dict[str, int]]
    chosen: dict[str, Any]
    calibration: Calibration


@dataclass(frozen=True)
class Auctions:
    """The public rows: click, clearing price, prediction; and the training part's prices."""

    click: NDArray[np.int64]
    price: Floats
    value: Floats
    known_prices: Floats
    known_value: float


def read_auctions(folder: Path) -> Auctions:
    """Read the stream and the training part's histogram; predictions are left as published."""
    rows = np.loadtxt(folder / FILES[0])
    counts = np.array(json.loads((folder / FILES[1]).read_text())["price_counter_train"], np.int64)
    known = np.repeat(np.arange(len(counts)), counts)
    spread = known[:: max(len(known) // 10_000, 1)].astype(np.float64)
    return Auctions(
        rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2], spread, float(rows[:100, 2].mean())
    )


def calibrate(auctions: Auctions) -> Floats:
    """Return predictions calibrated on the past only, step by step."""
    calibrator = Calibrator(middle=auctions.known_value)
    calibrated = np.empty(len(auctions.value))
    for first in range(0, len(calibrated), STEP):
        span = slice(first, first + STEP)
        calibrated[span] = calibrator.apply(auctions.value[span])
        calibrator.learn(auctions.value[span], auctions.click[span])
    return calibrated


def stream_of(auctions: Auctions, value: Floats, part: slice) -> Stream:
    """Return a stretch of the stream; its clock counts opportunities, so the forecast of traffic is exact."""
    price, value = auctions.price[part], value[part]
    count = len(price)
    slots = np.linspace(0, count, SLOTS + 1).astype(np.int64)
    steps = np.append(np.arange(0, count, STEP), count)
    return Stream(
        price=price,
        value=value,
        at=np.arange(count, dtype=np.float64),
        steps=steps,
        clock=steps[:-1].astype(np.float64),
        slots=slots,
        forecast=(slots.astype(float).tolist(), np.diff(slots).astype(float).tolist()),
        known_prices=auctions.known_prices,
        known_values=np.full(len(auctions.known_prices), auctions.known_value),
    )


def measure_public(folder: Path, steps: Steps) -> PublicPacing:
    """Tune the peers on the first half, then run all on the whole stream at each budget."""
    steps.start("calibrating iPinYou's predictions")
    auctions = read_auctions(folder)
    value = calibrate(auctions)
    half = stream_of(auctions, value, slice(0, len(value) // 2))
    whole = stream_of(auctions, value, slice(None))
    halves = [int(half.price.sum() / part) for part in PARTS]
    makes: dict[str, Make] = {"ours": Ours}
    chosen: dict[str, Any] = {}
    for name, settings in PEERS.items():
        steps.start(f"tuning {name} on the first half of iPinYou")
        chosen[name], makes[name] = tuned(half, halves, settings, replay)
    for name, setting in WITHOUT.items():
        makes[name] = _with(setting)
    by_part: dict[int, dict[str, Figures]] = {}
    clicks: dict[int, dict[str, int]] = {}
    for part in PARTS:
        steps.start(f"iPinYou at 1/{part} of its cost")
        by_part[part], clicks[part] = run_all(whole, makes, part, auctions.click)
    return PublicPacing(by_part, clicks, chosen, _calibration(auctions, value))


def _with(setting: Settings) -> Make:
    return lambda stream, budget: Ours(stream, budget, setting)


def run_all(
    stream: Stream, makes: dict[str, Make], part: int, click: NDArray[np.int64]
) -> tuple[dict[str, Figures], dict[str, int]]:
    """Return figures and clicks of each way at a `part`-th of the stream's whole cost."""
    budget = int(stream.price.sum() / part)
    figures: dict[str, Figures] = {}
    clicks = {"hindsight greedy": int(click[greedy(stream, budget)[1]].sum())}
    for name, make in makes.items():
        run = replay(stream, make(stream, budget), budget)
        figures[name] = figures_of(stream, run, budget)
        clicks[name] = int(click[run.won].sum())
    return figures, clicks


def _calibration(auctions: Auctions, value: Floats) -> Calibration:
    clicks = int(auctions.click.sum())
    ratio = float(value.sum()) / clicks
    return Calibration(
        raw=float(auctions.value.sum()) / clicks,
        calibrated=ratio,
        clicks=clicks,
        half_width=1.96 * ratio / clicks**0.5,
    )


def missing(folder: Path | None) -> Sequence[str]:
    """Return which files of the stream are not there."""
    if folder is None:
        return FILES
    return [name for name in FILES if not (folder / name).is_file()]
