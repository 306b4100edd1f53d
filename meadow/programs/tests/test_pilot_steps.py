"""The steps of a pilot as data: what is refused and where, what is a narrowing, and who limits what."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.programs.errors import PilotInvalid
from meadow.programs.pilot_words import say_limits, say_step
from meadow.programs.pilots import Step, narrows, read_pilot, steps_of
from meadow.programs.rules import from_json
from meadow.programs.standing import Entrant, Standing, Terms, next_look, next_standing, step_ends
from meadow.programs.step_limits import find_limit, list_limits, register_limit

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LIVE = "live.broadcast"
QUIZ: dict[str, Any] = {
    "key": "quiz",
    "metric": "evidence",
    "operator": ">=",
    "threshold": 80,
    "params": {"name": "quiz"},
}
EASY, HARD = (from_json({"all": [QUIZ | {"threshold": points}]}) for points in (50, 80))


def step(**given: Any) -> dict[str, Any]:
    return {"days": 7, "limits": {"minutes_a_day": 60}} | given


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        ("x", "the list of steps", "a pilot is a list of up to 6 steps"),
        ([step()] * 7, "the list of steps", "a pilot is a list of up to 6 steps"),
        ([1], "[0]", "a step must be an object"),
        ([step(hours=1)], "[0].hours", "a step has no such member"),
        ([step(), step(days=0)], "[1].days", "give a whole number of days from 1 to 365"),
        ([step(days=True)], "[0].days", "give a whole number of days from 1 to 365"),
        ([step(days=366)], "[0].days", "give a whole number of days from 1 to 365"),
        ([step(limits=[])], "[0].limits", "limits must be an object"),
        ([step(limits={"posts": 1})], "[0].limits.posts", "this program can limit: minutes_a_day"),
        (
            [step(limits={"minutes_a_day": 0})],
            "[0].limits.minutes_a_day",
            "give a whole number from 1 to 1,000,000",
        ),
        ([step(graduation=[])], "[0].graduation", "a group must be an object"),
        (
            [step(graduation={"all": [QUIZ | {"threshold": "x"}]})],
            "[0].graduation.all[0].threshold",
            "a threshold is a whole number of up to 13 digits",
        ),
    ],
)
def test_what_is_no_pilot_is_refused_with_its_place(data: Any, place: str, problem: str) -> None:
    with pytest.raises(PilotInvalid) as refused:
        read_pilot(data, capability=LIVE)

    assert refused.value.params == {"place": place, "problem": problem}


def test_a_capability_that_limits_nothing_takes_no_limits() -> None:
    with pytest.raises(PilotInvalid) as refused:
        read_pilot([step()], capability="studio.open")

    assert refused.value.params["problem"] == "this program has no limits"
    assert read_pilot([{"days": 7}], capability="studio.open") == [{"days": 7, "limits": {}}]
    assert read_pilot([], capability="studio.open") is None


def test_a_pilot_is_kept_as_it_is_read() -> None:
    kept = read_pilot([step(graduation={"all": [QUIZ]}), step(days=14)], capability=LIVE)

    assert kept == read_pilot(kept, capability=LIVE)
    first, second = steps_of(kept)
    assert (first.days, first.limits, first.graduation) == (7, {"minutes_a_day": 60}, HARD)
    assert (second.days, second.graduation) == (14, None)
    assert say_step(first, capability=LIVE) == (
        "7 days: 60 minutes a day; to go on: at least 80 points in “quiz”"
    )


@pytest.mark.parametrize(
    ("before", "after", "is_narrower"),
    [
        (Step(7), Step(7), False),
        (Step(7), Step(6), False),
        (Step(7), Step(8), True),
        (Step(7), None, False),
        (None, Step(1), True),
        (Step(7, {"a": 5}), Step(7, {"a": 6}), False),
        (Step(7, {"a": 5}), Step(7, {"a": 4}), True),
        (Step(7, {"a": 5}), Step(7), False),
        (Step(7), Step(7, {"a": 5}), True),
        (Step(7), Step(7, graduation=EASY), True),
        (Step(7, graduation=EASY), Step(7), False),
        (Step(7, graduation=EASY), Step(7, graduation=HARD), True),
        (Step(7, graduation=HARD), Step(7, graduation=EASY), False),
    ],
)
def test_a_step_narrows_by_days_limits_or_what_it_asks(
    before: Step | None, after: Step | None, is_narrower: bool
) -> None:
    assert narrows(before, after) is is_narrower


def test_a_limit_belongs_to_one_capability_and_is_registered_once() -> None:
    register_limit(
        capability="test.garden", key="beans", label="Beans", unit="%(value)s beans a day"
    )

    assert [one.key for one in list_limits("test.garden")] == ["beans"]
    assert find_limit(LIVE, "beans") is None
    said = say_limits({"beans": 1200, "peas": 3}, capability="test.garden")
    assert said == ["1,200 beans a day", "peas: 3"]
    with pytest.raises(ValueError, match="registered already"):
        register_limit(capability="test.garden", key="beans", label="Beans", unit="x")
    with pytest.raises(ValueError, match="small letters"):
        register_limit(capability="test.garden", key="Beans!", label="Beans", unit="x")


@given(
    days=st.lists(st.integers(1, 20), max_size=3),
    number=st.integers(0, 3),
    reason=st.sampled_from(["criteria_met", "pilot_held", "pilot_widened", "criteria_met_again"]),
    began=st.integers(-30, 0),
    since=st.integers(-30, 0),
    met=st.booleans(),
    graduates=st.booleans(),
)
def test_limits_widen_only_after_the_days_and_what_is_asked_and_nobody_is_looked_at_for_nothing(
    days: list[int],
    number: int,
    reason: str,
    began: int,
    since: int,
    met: bool,
    graduates: bool,
) -> None:
    terms = Terms(stage="open", admission="automatic", pilot_days=tuple(days))
    at = Standing("pilot", reason, NOW + since * DAY, step=number, step_since=NOW + began * DAY)

    def settle(standing: Standing) -> Standing | None:
        return next_standing(
            current=standing,
            met=met,
            terms=terms,
            entrant=Entrant(lot=0),
            seat=True,
            now=NOW,
            graduates=graduates,
        )

    after = settle(at)

    assert after is not None
    ends = step_ends(at, terms=terms)
    if met:
        moves = ends is None or (ends <= NOW and graduates)
        assert (after.state == "admitted" or after.step == number + 1) is moves
        # Looked at once more, nothing is said twice; and whoever is held is looked at by no clock.
        if after.state == "pilot" and after.step == number:
            assert settle(after) is after
            look = next_look(after, terms=terms)
            assert look is None or look > NOW
    else:
        assert after.state == "lapsed"
