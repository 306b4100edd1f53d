"""A thread that looks after something goes on, whatever happens to it."""

import logging

import pytest
from django.db import OperationalError

from meadow.core.rounds import LONGEST_PAUSE, go_round


class Enough(BaseException):
    """Ends the thread of a test."""


def rounds(count: int, *steps: object) -> list[float]:
    """Go so many rounds and return how long it paused before each, and before the one after them."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > count:
            raise Enough

    with pytest.raises(Enough):
        go_round(steps, seconds=1.0, name="looking", pause=pause)  # type: ignore[arg-type]
    return pauses


def failing(*errors: Exception | None) -> tuple[list[int], object]:
    """Return what was done so far, and a step that raises these one after the other."""
    done: list[int] = []

    def step() -> None:
        done.append(len(done))
        error = errors[len(done) - 1] if len(done) <= len(errors) else None
        if error is not None:
            raise error

    return done, step


def test_an_error_is_logged_the_thread_backs_off_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done, step = failing(KeyError("x"), ValueError("y"), None, KeyError("z"))

    with caplog.at_level(logging.WARNING):
        pauses = rounds(5, step)

    assert (done, pauses) == ([0, 1, 2, 3, 4], [1.0, 2.0, 4.0, 1.0, 2.0, 1.0])
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 3
    assert "KeyError: 'x'" in caplog.text


def test_it_never_pauses_longer_than_it_may() -> None:
    _, step = failing(*[KeyError("x")] * 40)

    assert max(rounds(40, step)) == LONGEST_PAUSE


def test_one_step_keeps_no_other_from_being_done() -> None:
    _, broken = failing(*[KeyError("x")] * 3)
    done, step = failing()

    rounds(3, broken, step)

    assert done == [0, 1, 2]


def test_a_lost_database_is_tried_again_without_backing_off(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done, step = failing(OperationalError("gone"), OperationalError("gone"))

    with caplog.at_level(logging.WARNING):
        pauses = rounds(3, step)

    assert (done, pauses) == ([0, 1, 2], [1.0] * 4)
    assert [record.getMessage() for record in caplog.records] == [
        "looking: the database is away"
    ] * 2
