"""Predictions come to say what is observed, without being judged by their own future."""

import json

import numpy as np
import pytest

from meadow.promotion.pacing import Calibrator


def test_predictions_that_are_twice_too_high_are_halved() -> None:
    luck = np.random.default_rng(4)
    predicted = 0.04 * np.exp(0.5 * luck.normal(size=40_000))
    responded = luck.random(40_000) < predicted / 2
    calibrator = Calibrator(middle=0.04)
    calibrated = np.empty(40_000)

    for first in range(0, 40_000, 200):
        span = slice(first, first + 200)
        calibrated[span] = calibrator.apply(predicted[span])
        calibrator.learn(predicted[span], responded[span])

    later = slice(10_000, None)
    assert predicted[later].sum() / responded[later].sum() > 1.9
    assert calibrated[later].sum() / responded[later].sum() == pytest.approx(1.0, abs=0.05)


def test_untaught_it_believes_what_it_is_given() -> None:
    predicted = np.array([0.001, 0.02, 0.7])

    assert Calibrator().apply(predicted) == pytest.approx(predicted)


def test_the_order_of_predictions_stays() -> None:
    luck = np.random.default_rng(6)
    predicted = np.sort(luck.random(500))
    calibrator = Calibrator(middle=0.5)

    calibrator.learn(predicted, 1 - (luck.random(500) < predicted))

    assert (np.diff(calibrator.apply(predicted)) > 0).all()


def test_it_goes_on_after_a_restart() -> None:
    calibrator, restored = Calibrator(), Calibrator()
    calibrator.learn([0.01, 0.02, 0.03], [1, 0, 1])

    restored.restore(json.loads(json.dumps(calibrator.state())))

    assert (restored.apply([0.01, 0.5]) == calibrator.apply([0.01, 0.5])).all()
