"""What is judged on public impressions is judged before it is learnt, and a bias goes."""

from pathlib import Path

import numpy as np
import pytest

from meadow.bench.forecast_public import judge_public


def test_predictions_half_too_high_are_brought_to_what_comes(tmp_path: Path) -> None:
    luck = np.random.default_rng(5)
    predicted = 0.04 * np.exp(0.3 * luck.standard_normal(30_000))
    click = luck.random(30_000) < predicted / 1.5
    rows = np.column_stack([click, np.full(30_000, 70), predicted])
    np.savetxt(tmp_path / "test.theta.txt", rows, fmt=["%d", "%d", "%.6f"])
    (tmp_path / "info.json").write_text('{"price_counter_train": [0, 5, 3]}')

    for found in judge_public(tmp_path):
        # About 240 to 560 clicks: two standard errors of the rarest, 13 %.
        assert found.given == pytest.approx(1.5, abs=0.2)
        assert found.frozen == pytest.approx(1.0, abs=0.13)
        assert found.rate == pytest.approx(1.0, abs=0.13)
        assert found.clicks == int(click[int(30_000 * found.part) :].sum())
