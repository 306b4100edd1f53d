"""Events are closed records, heard by one job a subscriber once the use case has committed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from meadow.core import events
from meadow.core.events import Event, EventIsNotClosed, check_closed, from_json, publish, to_json
from meadow.core.jobs import UnknownTask, task
from meadow.core.testing import forget_jobs, run_jobs, waiting_jobs
from meadow.core.transactions import TransactionMissing, transaction

QUEUE = "core-event-tests"
heard: list[tuple[str, dict[str, object]]] = []


@dataclass(frozen=True)
class Bloomed(Event):
    flower_id: int
    colour: str
    wild: bool
    seen_by: int | None = None


@task(name="core.tests.hear_first", queue=QUEUE, retry=False)
def hear_first(event: dict[str, object]) -> None:
    heard.append(("first", event))


@task(name="core.tests.hear_second", queue=QUEUE, retry=False)
def hear_second(event: dict[str, object]) -> None:
    heard.append(("second", event))


@pytest.fixture
def subscribed(transactional_db: None) -> Iterator[None]:
    before = events.get_subscriptions()
    events.set_subscriptions({Bloomed: ["core.tests.hear_first", "core.tests.hear_second"]})
    forget_jobs()
    heard.clear()
    yield
    events.set_subscriptions(before)
    forget_jobs()


def test_each_subscriber_hears_a_committed_event_once(subscribed: None) -> None:
    with transaction():
        publish(Bloomed(flower_id=7, colour="红", wild=True))
        assert heard == []

    run_jobs(QUEUE)

    fields = {"flower_id": 7, "colour": "红", "wild": True, "seen_by": None}
    assert sorted(name for name, _ in heard) == ["first", "second"]
    assert all(event == fields for _, event in heard)


def test_nobody_hears_of_a_use_case_that_rolled_back(subscribed: None) -> None:
    with pytest.raises(ZeroDivisionError):
        publish_and_fail()

    assert waiting_jobs("core.tests.hear_first") == []


def publish_and_fail() -> None:
    with transaction():
        publish(Bloomed(flower_id=7, colour="red", wild=False))
        raise ZeroDivisionError


def test_publishing_outside_a_use_case_is_refused() -> None:
    with pytest.raises(TransactionMissing):
        publish(Bloomed(flower_id=7, colour="red", wild=False))


def test_an_event_survives_the_journey_through_json() -> None:
    event = Bloomed(flower_id=7, colour="red", wild=False, seen_by=3)

    assert from_json(Bloomed, to_json(event)) == event


def test_an_unknown_subscriber_is_refused_at_start() -> None:
    with pytest.raises(UnknownTask):
        events.set_subscriptions({Bloomed: ["core.tests.nobody"]})


def test_an_open_class_is_no_event() -> None:
    class Loose(Event):
        flower_id: int

    @dataclass
    class Mutable(Event):
        flower_id: int

    class Child(Bloomed):
        petals: int

    @dataclass(frozen=True)
    class Rich(Event):
        parts: list[int]

    for kind in (Loose, Mutable, Child, Rich):
        with pytest.raises(EventIsNotClosed):
            check_closed(kind)
