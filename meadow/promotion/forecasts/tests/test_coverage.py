"""Orders flown through made worlds end within what was foretold, about as often as is said."""

import numpy as np

from meadow.promotion.forecasts.method import forecast
from meadow.promotion.forecasts.simulating import fly, learn_market, make_ask, make_world

ORDERS = ((1_000, 24, 1.0), (10_000, 24, 1.0), (3_000, 6, 1.0), (3_000, 24, 0.2))


def test_most_orders_end_within_their_forecast() -> None:
    inside = {"people": 0, "impressions": 0, "results": 0}
    worlds = 10
    for number in range(worlds):
        luck = np.random.default_rng((77, number))
        world = make_world(luck)
        market = learn_market(world)
        for budget, hours, share in ORDERS:
            ask = make_ask(luck, budget=budget, hours=hours, share=share)
            told = forecast(market, ask, holdout=1_000)
            flown = fly(world, ask, luck, holdout=1_000)
            assert flown.spent <= ask.budget
            for measure in inside:
                low, _, high = getattr(told, measure)
                inside[measure] += low <= getattr(flown, measure) <= high

    # Of 80 % meant, 40 orders of 10 worlds: orders of one world stray together, so that a standard
    # error is that of 10 to 40 throws, 6 to 13 %. Below 22 of 40 is two of the larger.
    for measure, count in inside.items():
        assert count >= 22, measure
