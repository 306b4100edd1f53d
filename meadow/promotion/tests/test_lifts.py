"""Lift over the warehouse: the states of the observer in memory, and the truth of simulated orders."""

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.testing import make_person
from meadow.analytics.campaigns import list_met
from meadow.analytics.facts import Fact
from meadow.core import clock
from meadow.experiments.statistics.streams import Contrast
from meadow.promotion.lift.holdout import BOOSTED, Draw, Opportunity, arm_of, new_salt
from meadow.promotion.lift.observing import LATE, WINDOW, Observer
from meadow.promotion.models import Order
from meadow.promotion.queries.lifts import OUTCOMES, path_of, read_lift
from meadow.promotion.services.projecting import project_authors
from meadow.promotion.testing import make_order
from meadow.promotion.tests.showing import did, ghost, paid, someone, tell
from meadow.runtime.testing import RunningEngines

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
# So many facts fit into one message.
AT_ONCE = 1_000


@dataclass(frozen=True)
class Event:
    """Something of one person at a minute, told `delay` minutes later, perhaps invalid or twice."""

    kind: str
    person: int
    minute: int
    delay: int
    invalid: bool
    twice: bool

    @property
    def at(self) -> dt.datetime:
        return START + self.minute * MINUTE

    @property
    def told_at(self) -> dt.datetime:
        return self.at + self.delay * MINUTE


events = st.builds(
    Event,
    kind=st.sampled_from(["meet", "meet", "read", "follow"]),
    person=st.integers(0, 5),
    # Close to each other, and to the ends of windows.
    minute=st.integers(0, 30) | st.integers(1_430, 1_475) | st.integers(0, 4_000),
    delay=st.sampled_from([0, 0, 0, 1, 9, 10, 11, 40, 1_500]),
    invalid=st.booleans().filter(bool) | st.just(False) | st.just(False),
    twice=st.booleans(),
)


def fact_of(event: Event, order: Order, draw: Draw) -> list[Fact]:
    marks = {"provenance": "invalid", "reason": "robot"} if event.invalid else {}
    told = {"received_at": int(event.told_at.timestamp() * 1000), **marks}
    if event.kind != "meet":
        fact = did(event.kind, order, event.person, at=event.at, **told)
    elif arm_of(draw, person=someone(event.person)) == BOOSTED:
        fact = paid("impression", order, event.person, at=event.at, **told)
    else:
        fact = ghost(order, event.person, at=event.at, **told)
    return [fact] * (2 if event.twice else 1)


def observe(
    told: list[Event], draw: Draw, *, outcome: str, looks: list[dt.datetime]
) -> list[Contrast]:
    """Return what an observer of one outcome had seen at each look, each fact as it was told."""
    observer = Observer(draw=draw)
    sound = [one for one in told if not one.invalid]
    met = [one for one in sound if one.kind == "meet" and one.told_at < one.at + LATE]
    for one in sorted(met, key=lambda one: (one.at, one.person)):
        arm = arm_of(draw, person=someone(one.person))
        observer.meet(Opportunity(draw.order, someone(one.person), one.at, arm))
    done = sorted((one for one in sound if one.kind == outcome), key=lambda one: one.told_at)
    states = []
    for look in looks:
        while done and done[0].told_at <= look:
            one = done.pop(0)
            observer.look(now=one.told_at)
            observer.outcome(person=someone(one.person), at=one.at)
        states.append(observer.look(now=look))
    return states


@pytest.mark.django_db
@settings(max_examples=12)
@given(told=st.lists(events, min_size=8, max_size=60))
def test_the_warehouse_gives_the_states_of_the_observer(
    warehouse: RunningEngines, told: list[Event]
) -> None:
    buyer = make_person()
    order = make_order(buyer=buyer, now=START, note_id=buyer.pk, holdout=4_000)
    draw = Draw(order=order.public_id, salt=order.salt, share=order.holdout)
    tell([fact for event in told for fact in fact_of(event, order, draw)])
    looks = [START + minutes * MINUTE for minutes in (1_449, 1_450, 1_471, 2_880, 8_000)]

    for outcome in OUTCOMES:
        kind = {"reads": "read", "follows": "follow"}[outcome]
        for look, state in zip(looks, observe(told, draw, outcome=kind, looks=looks), strict=True):
            met = list_met(
                campaign_id=order.pk,
                author_id=order.author_id,
                note_id=order.note_id,
                window=WINDOW,
                late=LATE,
                now=look,
            )
            path = path_of(met, outcome, boosted=draw.boosted)
            found = path.last() if len(met.first_ms) else Contrast.none()
            for one in fields(Contrast):
                assert getattr(found, one.name) == pytest.approx(getattr(state, one.name)), one.name


def simulate(*, people: int, rate: float, effect: float, seed: int, share: int = 3_000) -> Order:
    """Return an order that met so many people two days ago, of whom some read its note."""
    chance = np.random.default_rng(seed)
    buyer, now = make_person(), clock.now()
    began = now - dt.timedelta(days=2, hours=3)
    order = make_order(
        buyer=buyer, now=began, note_id=buyer.pk, holdout=share, state="running", salt=new_salt()
    )
    draw = Draw(order=order.public_id, salt=order.salt, share=share)
    facts: list[Fact] = []
    for person, second in enumerate(np.sort(chance.integers(0, 24 * 3600, people))):
        at = began + dt.timedelta(seconds=int(second))
        boosted = arm_of(draw, person=someone(person)) == BOOSTED
        showing = (
            paid("impression", order, person, at=at) if boosted else ghost(order, person, at=at)
        )
        facts.append(showing)
        if chance.random() < rate + effect * boosted:
            facts.append(did("read", order, person, at=at + MINUTE))
    for start in range(0, len(facts), AT_ONCE):
        tell(facts[start : start + AT_ONCE])
    project_authors([order.author_id], now=now)
    return order


@pytest.mark.django_db
def test_what_an_order_added_is_recovered(warehouse: RunningEngines) -> None:
    order = simulate(people=4_000, rate=0.08, effect=0.25, seed=7)

    found = read_lift(order.pk, clock.now())

    reads, follows = found.of("reads"), found.of("follows")
    assert (reads.verdict, follows.verdict) == ("added", "not_enough_data")
    assert reads.low < 0.25 < reads.high
    assert reads.people_boosted + reads.people_held_out == found.people == found.met == 4_000
    assert found.ghosts == reads.people_held_out
    assert reads.added == pytest.approx(reads.difference * reads.people_boosted)
    (course, _other) = [one.course for one in found.outcomes]
    assert (course[-1].people, course[-1].low) == (4_000, reads.low)
    assert follows.more_impressions is not None


@pytest.mark.django_db
def test_orders_that_added_nothing_are_not_said_to_have_added_anything(
    warehouse: RunningEngines,
) -> None:
    for seed in range(6):
        order = simulate(people=600, rate=0.2, effect=0.0, seed=seed)

        (reads, follows) = read_lift(order.pk, clock.now()).outcomes

        assert reads.lift.verdict == follows.lift.verdict == "not_enough_data"
        assert all(point.low <= 0 <= point.high for point in (*reads.course, *follows.course))


@pytest.mark.django_db
def test_an_order_whose_arms_contradict_its_draw_claims_nothing(warehouse: RunningEngines) -> None:
    now = clock.now()
    buyer = make_person()
    began = now - dt.timedelta(days=3)
    order = make_order(buyer=buyer, now=began, note_id=buyer.pk, state="running")
    tell([paid("impression", order, one, at=began + one * MINUTE) for one in range(300)])
    project_authors([order.author_id], now=now)

    found = read_lift(order.pk, now)

    assert found.of("reads").verdict == found.of("follows").verdict == "broken"
