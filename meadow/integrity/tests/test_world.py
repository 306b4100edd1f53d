"""Detectors judged by a simulated world that knows which of its reads are attacks."""

import datetime as dt

import numpy as np

from meadow.integrity.detectors import DETECTORS
from meadow.integrity.testing import FIRST_RULES
from meadow.simulation.events import ATTACK_CODES, CODES, Events, join
from meadow.simulation.recipe import Recipe
from meadow.simulation.services import live
from meadow.simulation.world import make_world

RECIPE = Recipe(creators=200, fans=5000, days=10, seed=7, start=dt.date(2026, 6, 1))


def reads_of(recipe: Recipe) -> Events:
    """Return the reads of a world by person and time."""
    days, _follows = live(make_world(recipe), step=lambda *progress: None)
    events = join(days)
    reads = events.take(np.flatnonzero(events.kind == CODES["read"]))
    return reads.take(np.lexsort((reads.at_ms, reads.person)))


def test_every_planted_clock_and_flood_is_found_and_nothing_honest() -> None:
    reads = reads_of(RECIPE)
    flagged = {detector: np.zeros(len(reads), dtype=bool) for detector in DETECTORS}
    starts = np.unique(reads.person, return_index=True)[1]

    for place in np.split(np.arange(len(reads)), starts[1:]):
        at = reads.at_ms[place]
        for detector, detect in DETECTORS.items():
            for found in detect(at, signed_in=True, limits=FIRST_RULES[detector]):
                flagged[detector][place] |= (at >= found.first) & (at <= found.last)

    for detector in DETECTORS:
        planted = reads.attack == ATTACK_CODES[detector]
        assert planted.sum() >= 500
        assert flagged[detector][planted].all()
    honest = reads.attack == 0
    assert honest.sum() > 5000
    assert not (flagged["clockwork"] | flagged["impossible_rate"])[honest].any()
