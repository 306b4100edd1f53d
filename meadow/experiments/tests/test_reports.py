"""From an exposure to a report: real stream, real warehouse, every person counted once."""

import datetime as dt
from collections.abc import Sequence

import pytest

from meadow.analytics.facts import (
    SUBJECT_ACTIVITY,
    SUBJECT_VERDICT,
    Fact,
    Verdict,
    encode_facts,
    encode_verdicts,
)
from meadow.analytics.testing import make_fact, wait_for
from meadow.analytics.warehouse.client import get_client
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import jetstream_publish
from meadow.experiments import tasks
from meadow.experiments.assignment import assign
from meadow.experiments.errors import ExperimentUnknown, OutcomeUnknown
from meadow.experiments.exposures import expose, expose_people, exposure_id
from meadow.experiments.outcomes import READS, Amount
from meadow.experiments.people import Question, read_people
from meadow.experiments.reports import (
    DAY,
    SETTLING,
    ArmReading,
    Effect,
    Reading,
    Report,
    read_report,
)
from meadow.experiments.services import stop_experiment
from meadow.experiments.testing import NOON, make_experiment
from meadow.runtime.testing import RunningEngines

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
# Everybody exposed within two hours of the start has finished by then.
FINISHED = NOON + 2 * HOUR + DAY + SETTLING


def stored(experiment: str) -> int:
    """How many different exposures the warehouse holds."""
    sql = "SELECT uniqExact(id) FROM facts WHERE kind = 'exposure' AND experiment = {e:String}"
    return int(get_client().query(sql, parameters={"e": experiment}).result_rows[0][0])


@pytest.fixture(autouse=True)
def stream(warehouse: RunningEngines) -> None:
    """The owner has made the stream of facts, or will in a moment."""
    assert wait_for(takes_facts)


def takes_facts() -> bool:
    try:
        jetstream_publish(SUBJECT_ACTIVITY, encode_facts([]))
    except EngineUnavailable:
        return False
    return True


def is_stored(fact_id: str) -> bool:
    sql = (
        "SELECT count() FROM (SELECT id FROM facts UNION ALL SELECT id FROM verdicts)"
        " WHERE id = {id:String}"
    )
    return bool(get_client().query(sql, parameters={"id": fact_id}).result_rows[0][0])


def people(experiment: str, count: int) -> list[str]:
    return [f"{experiment}{number:05d}".rjust(32, "0") for number in range(count)]


def show(experiment: str, persons: Sequence[str], *, at: dt.datetime = NOON) -> None:
    """Expose people and return once the warehouse knows."""
    due = stored(experiment) + len(persons)
    assert expose_people(experiment=experiment, people=persons, now=at) == len(persons)
    assert wait_for(lambda: stored(experiment) >= due)


def tell(facts: Sequence[Fact]) -> None:
    """Publish facts and return once the last of them is stored."""
    for start in range(0, len(facts), 1000):
        jetstream_publish(SUBJECT_ACTIVITY, encode_facts(facts[start : start + 1000]))
    assert wait_for(lambda: is_stored(facts[-1].id))


def fact_of(person: str, *, at: dt.datetime, **given: object) -> Fact:
    moment = int(at.timestamp() * 1000)
    return make_fact(person=person, at=moment, received_at=moment, **given)


def place_of(experiment: str, person: str) -> int:
    """Return the index of somebody's arm."""
    arm = assign(experiment=experiment, unit=person)
    assert arm is not None
    return arm.index


def known(found: ArmReading | Effect) -> Reading:
    assert found.reading is not None
    return found.reading


def arms_of(report: Report) -> dict[str, ArmReading]:
    return {arm.key: arm for arm in report.arms}


def test_an_exposure_is_one_fact_a_person_experiment_and_day() -> None:
    make_experiment("once")
    (ann,) = people("once", 1)

    for hours in (0, 1, 11, 12):
        arm = expose(experiment="once", person=ann, now=NOON + hours * HOUR, surface="hot")
        assert arm == assign(experiment="once", unit=ann)

    second = exposure_id(experiment="once", person=ann, day=dt.date(2026, 3, 15))
    assert wait_for(lambda: is_stored(second))
    sql = (
        "SELECT id, person, arm, toUnixTimestamp64Milli(at), provenance, surface FROM facts"
        " WHERE experiment = 'once' ORDER BY at"
    )
    first = exposure_id(experiment="once", person=ann, day=dt.date(2026, 3, 14))
    noon = int(NOON.timestamp() * 1000)
    assert arm is not None
    assert get_client().query(sql).result_rows == [
        (first, ann, arm.index, noon, "organic", "hot"),
        (second, ann, arm.index, noon + 12 * 3_600_000, "organic", "hot"),
    ]


def test_a_job_exposes_people_as_of_when_they_met_their_arm() -> None:
    make_experiment("by_job")
    (ann,) = people("by_job", 1)

    for _ in range(2):
        tasks.expose(experiment="by_job", people=[ann, ""], at=NOON.isoformat(), surface="hot")

    told = exposure_id(experiment="by_job", person=ann, day=NOON.date())
    assert wait_for(lambda: is_stored(told))
    sql = "SELECT id, toUnixTimestamp64Milli(at) FROM facts WHERE experiment = 'by_job'"
    assert get_client().query(sql).result_rows == [(told, int(NOON.timestamp() * 1000))]


def test_who_takes_no_part_is_not_exposed() -> None:
    make_experiment("hardly", traffic=1)
    make_experiment("asleep", running=False)

    assert expose(experiment="hardly", person="a" * 32, now=NOON) is None
    assert expose(experiment="asleep", person="a" * 32, now=NOON) is None
    assert expose_people(experiment="hardly", people=["", *people("hardly", 20)], now=NOON) == 0


def test_a_draft_and_a_fresh_start_have_not_enough_data() -> None:
    make_experiment("fresh", running=False)

    for outcome in ("read_share", "reads", "dwell_ms", "ctr"):
        report = read_report(experiment="fresh", outcome=outcome, now=NOON)
        assert [(arm.people, arm.reading) for arm in report.arms] == [(0, None), (0, None)]
        assert [(one.reading, one.answer) for one in report.effects] == [(None, "not_enough_data")]
        assert not report.arms_mismatch


def test_an_effect_is_found_from_facts() -> None:
    make_experiment("warm")
    everybody = people("warm", 1600)
    arm_of = {person: place_of("warm", person) for person in everybody}
    show("warm", everybody)
    # A fifth of the control reads, half of the others; each reads a minute after the exposure.
    readers = [
        person
        for number, person in enumerate(everybody)
        if number % 10 < (2 if arm_of[person] == 0 else 5)
    ]
    tell([fact_of(person, at=NOON + HOUR, note_id=7) for person in readers])

    report = read_report(experiment="warm", outcome="read_share", now=FINISHED)

    sizes = [list(arm_of.values()).count(index) for index in (0, 1)]
    shares = [sum(arm_of[person] == index for person in readers) / sizes[index] for index in (0, 1)]
    assert [arm.people for arm in report.arms] == sizes
    assert [known(arm).estimate for arm in report.arms] == pytest.approx(shares)
    (effect,) = report.effects
    assert (effect.arm, effect.over, effect.answer) == ("warm", "control", "higher")
    assert known(effect).low < shares[1] - shares[0] < known(effect).high
    assert 0 < known(effect).low < 0.3 < known(effect).high < 0.5
    assert not report.arms_mismatch
    # The same facts, asked of something nobody did: no answer is made up.
    likes = read_report(experiment="warm", outcome="like_share", now=FINISHED)
    assert [known(arm).low for arm in likes.arms] == [0.0, 0.0]
    assert likes.effects[0].answer == "undecided"


def test_only_what_falls_in_the_window_counts() -> None:
    make_experiment("window")
    ann, bo, cy, di = people("window", 4)
    show("window", [ann, bo, cy])
    show("window", [di], at=NOON + 3 * HOUR)
    facts = [
        fact_of(ann, at=NOON - HOUR, note_id=1),  # before she was shown anything
        fact_of(ann, at=NOON, note_id=2),
        fact_of(ann, at=NOON + HOUR, note_id=3),
        fact_of(ann, at=NOON + 2 * HOUR, note_id=3),  # the same note on the same day
        fact_of(ann, at=NOON + DAY, note_id=4),  # when the window was over
        fact_of(bo, at=NOON + HOUR, note_id=2, provenance="invalid", reason="robot"),
        fact_of(cy, at=NOON + HOUR, note_id=5, author_id=200),
        fact_of(di, at=NOON + 4 * HOUR, note_id=2),  # her window is still open
    ]
    tell(facts)

    def counted(note_id: int = 0, author_id: int = 0) -> float:
        report = read_report(
            experiment="window",
            outcome="read_share",
            now=FINISHED,
            note_id=note_id,
            author_id=author_id,
        )
        assert sum(arm.people for arm in report.arms) == 3
        return sum(arm.people * arm.reading.estimate for arm in report.arms if arm.reading)

    assert counted() == pytest.approx(2)
    assert counted(note_id=3) == pytest.approx(1)
    assert counted(author_id=200) == pytest.approx(1)
    question = Question("window", since=NOON, until=FINISHED, window=DAY)
    done = read_people(
        question=question, amounts=[READS, Amount(("read",)), Amount(("read",), "ms")]
    )
    assert [sorted(amount.tolist()) for amount in done.amounts] == [
        [0, 1, 2],
        [0, 1, 3],
        [0, 1500, 4500],
    ]


def test_a_late_verdict_takes_back_what_it_judges() -> None:
    make_experiment("judged")
    ann, bo = people("judged", 2)
    show("judged", [ann, bo])
    facts = [fact_of(person, at=NOON + HOUR, note_id=9) for person in (ann, bo)]
    tell(facts)
    verdict = Verdict(
        id="v" + "1" * 14,
        fact_id=facts[0].id,
        author_id=facts[0].author_id,
        note_id=9,
        provenance="invalid",
        reason="rate",
        case_id="c1",
        at=int(FINISHED.timestamp() * 1000),
    )
    jetstream_publish(SUBJECT_VERDICT, encode_verdicts([verdict]))
    assert wait_for(lambda: is_stored(verdict.id))

    report = read_report(experiment="judged", outcome="read_share", now=FINISHED)

    read = sum(arm.people * arm.reading.estimate for arm in report.arms if arm.reading)
    assert read == pytest.approx(1)


def test_stopping_freezes_the_report() -> None:
    make_experiment("frozen")
    ann, bo = people("frozen", 2)
    show("frozen", [ann])
    show("frozen", [bo], at=NOON + 3 * HOUR)
    stop_experiment(key="frozen", now=NOON + DAY + HOUR)

    report = read_report(experiment="frozen", outcome="read_share", now=NOON + 30 * DAY)

    assert report.as_of == NOON + DAY + HOUR
    assert sum(arm.people for arm in report.arms) == 1


def test_arms_of_the_wrong_size_are_said_to_be_broken() -> None:
    make_experiment("leaky")
    placed = [(one, place_of("leaky", one)) for one in people("leaky", 800)]
    seen = [one for number, (one, arm) in enumerate(placed) if arm == 0 or number % 2]
    show("leaky", seen)

    report = read_report(experiment="leaky", outcome="read_share", now=FINISHED)

    assert report.arms_mismatch


def test_ratios_and_means_come_from_the_same_people() -> None:
    make_experiment("ratios")
    everybody = people("ratios", 400)
    show("ratios", everybody)
    facts = []
    for number, person in enumerate(everybody):
        kinds = ["impression"] * (5 + number % 3) + ["open"] * (number % 2)
        facts += [fact_of(person, at=NOON + HOUR, kind=kind, note_id=1) for kind in kinds]
        facts.append(
            fact_of(person, at=NOON + HOUR, kind="dwell", note_id=1, ms=1000 * (number % 7))
        )
    tell(facts)

    ctr = read_report(experiment="ratios", outcome="ctr", now=FINISHED)
    dwell = read_report(experiment="ratios", outcome="dwell_ms", now=FINISHED)

    def mean_of(key: str, values: Sequence[float]) -> float:
        arm = 0 if key == "control" else 1
        mine = [
            value
            for person, value in zip(everybody, values, strict=True)
            if place_of("ratios", person) == arm
        ]
        return sum(mine) / len(mine)

    for key in ("control", "warm"):
        opens = mean_of(key, [number % 2 for number in range(400)])
        impressions = mean_of(key, [5 + number % 3 for number in range(400)])
        spent = mean_of(key, [1000.0 * (number % 7) for number in range(400)])
        assert known(arms_of(ctr)[key]).estimate == pytest.approx(opens / impressions)
        assert known(arms_of(dwell)[key]).estimate == pytest.approx(spent)
    assert ctr.effects[0].answer == dwell.effects[0].answer == "undecided"


def test_unknown_names_are_refused() -> None:
    make_experiment("known")

    with pytest.raises(ExperimentUnknown):
        read_report(experiment="unknown", outcome="read_share", now=NOON)
    with pytest.raises(OutcomeUnknown, match="read_shares"):
        read_report(experiment="known", outcome="read_shares", now=NOON)
