"""Who is held out stays so, and an observation is final once it is made."""

import datetime as dt

import numpy as np
import pytest

from meadow.promotion.lift.holdout import BOOSTED, HELD_OUT, Draw, Opportunity, meet_opportunity
from meadow.promotion.lift.observing import LATE, WINDOW, Observer
from meadow.promotion.lift.reporting import (
    Lift,
    Plan,
    people_needed,
    plan_holdout,
    report_lift,
    spread_of,
)

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DRAW = Draw(order="order1", salt="0123456789abcdef", share=1_000)


@pytest.mark.slow
def test_a_held_out_person_is_never_served_in_100_000_requests() -> None:
    chance = np.random.default_rng(20261123)
    seen: dict[int, set[int]] = {HELD_OUT: set(), BOOSTED: set()}

    for number, person in enumerate(chance.integers(0, 5_000, 100_000).tolist()):
        met = meet_opportunity(DRAW, person=f"p{person}", at=NOW + number * MINUTE)
        assert met.is_ghost == (met.arm == HELD_OUT)
        seen[met.arm].add(person)

    assert not seen[HELD_OUT] & seen[BOOSTED]
    assert 430 < len(seen[HELD_OUT]) < 570
    assert len(seen[HELD_OUT]) + len(seen[BOOSTED]) == 5_000


def test_another_order_holds_out_others() -> None:
    other = Draw(order="order2", salt="fedcba9876543210", share=1_000)

    def held_out(draw: Draw) -> set[int]:
        people = range(4_000)
        return {one for one in people if meet_opportunity(draw, person=f"p{one}", at=NOW).is_ghost}

    both = held_out(DRAW) & held_out(other)

    assert 15 < len(both) < 70
    with pytest.raises(ValueError, match="a share"):
        Draw(order="order3", salt="", share=0)


def met(person: str, *, arm: int = BOOSTED, at: dt.datetime = NOW) -> Opportunity:
    return Opportunity(order=DRAW.order, person=person, at=at, arm=arm)


def test_a_window_counts_once_it_is_over_and_never_changes_after() -> None:
    observer = Observer(DRAW)
    observer.meet(met("early"))
    observer.meet(met("ghost", arm=HELD_OUT, at=NOW + MINUTE))
    observer.meet(met("early", at=NOW + 2 * MINUTE))
    observer.meet(met("later", at=NOW + dt.timedelta(hours=1)))
    observer.outcome(person="early", at=NOW + MINUTE)
    observer.outcome(person="ghost", at=NOW)
    observer.outcome(person="nobody", at=NOW)

    before = observer.look(now=NOW + WINDOW + LATE - MINUTE)
    assert (float(before.people_treated), float(before.people_control)) == (0, 0)

    closed = NOW + WINDOW + LATE + MINUTE
    state = observer.look(now=closed)
    observer.outcome(person="ghost", at=NOW + 2 * MINUTE)
    observer.meet(met("early", at=closed))
    again = observer.look(now=closed)

    assert again == state
    assert (float(state.people_treated), float(state.total_treated)) == (1, 1)
    assert (float(state.people_control), float(state.total_control)) == (1, 0)
    assert observer.impressions_each == 4 / 3
    last = observer.look(now=closed + dt.timedelta(days=2))
    assert float(last.people_treated) == 2


def test_an_outcome_outside_its_window_is_nothing() -> None:
    observer = Observer(DRAW)
    observer.meet(met("a"))
    observer.outcome(person="a", at=NOW - MINUTE)
    observer.outcome(person="a", at=NOW + WINDOW)

    state = observer.look(now=NOW + WINDOW + LATE)

    assert (float(state.people_treated), float(state.total_treated)) == (1, 0)


def test_too_early_says_how_many_more_and_that_many_is_about_enough() -> None:
    chance = np.random.default_rng(7)
    boosted = chance.random(60_000) < 0.9
    did = (chance.random(60_000) < np.where(boosted, 0.13, 0.08)).astype(float)
    start = Observer(DRAW).state

    def at(people: int) -> Lift:
        state = start.plus(did[:people], boosted[:people], share=DRAW.boosted)
        return report_lift(
            state, share_held_out=DRAW.share, impressions_each=1.35, smallest_effect=0.02
        )

    early, late = at(3_000), at(30_000)

    assert early.verdict == "not_enough_data"
    more = early.more_impressions
    assert more is not None
    assert 2_000 < more < 40_000
    assert late.verdict == "added"
    assert late.more_impressions is None
    assert late.added_low < 0.05 * late.people_boosted < late.added_high


def test_nobody_yet_and_broken_arms_have_no_lift() -> None:
    start = Observer(DRAW).state
    nothing = report_lift(start, share_held_out=1_000, impressions_each=1, smallest_effect=0.01)
    all_boosted = start.plus(np.zeros(500), np.ones(500, dtype=bool), share=DRAW.boosted)
    broken = report_lift(
        all_boosted, share_held_out=1_000, impressions_each=1, smallest_effect=0.01
    )

    assert (nothing.verdict, nothing.low, nothing.high) == ("not_enough_data", -1, 1)
    assert (nothing.more_impressions, nothing.added) == (None, 0)
    assert broken.verdict == "broken"


def test_the_share_is_the_usual_one_unless_a_small_order_needs_more() -> None:
    def plan(impressions: int, effect: float = 0.05) -> Plan:
        return plan_holdout(
            impressions=impressions, impressions_each=1.5, rate=0.05, smallest_effect=effect
        )

    assert plan(50_000) == Plan(share=1_000, is_enough=True)
    small = plan(5_000)
    assert small.is_enough
    assert small.share > 1_000
    assert plan(500) == Plan(share=1_000, is_enough=False)
    needed = people_needed(
        spread=spread_of(rate=0.05, effect=0.02, share=0.9), effect=0.02, share=0.9
    )
    assert needed is not None
    assert 10_000 < needed < 30_000
    assert people_needed(spread=0.1, effect=1e-6, share=0.9) is None
