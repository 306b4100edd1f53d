"""What narrows a figure: window, topic, which reads; and what was recorded about somebody."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.analytics.models import NoteReads
from meadow.integrity.testing import make_violation
from meadow.notes.models import Note, NoteTopic, Topic
from meadow.notes.testing import make_note
from meadow.programs.boards import make_criteria
from meadow.programs.diffs import takes_away, what_changed
from meadow.programs.errors import RuleInvalid
from meadow.programs.evaluation import (
    EPOCH,
    changes_at,
    evaluate,
    read_changes,
    read_columns,
    read_evidence,
    read_values,
)
from meadow.programs.evidence import register_pushed
from meadow.programs.metrics import get_metric
from meadow.programs.models import PushedEvidence
from meadow.programs.queries.weighing import weigh_for_page
from meadow.programs.rules import Rule, from_json
from meadow.programs.wording import describe, describe_item

NOW = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MOMENT = dt.timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


def asking(metric: str, operator: str, threshold: int, **params: Any) -> Rule:
    one = {"key": "one", "metric": metric, "operator": operator, "threshold": threshold}
    return from_json({"all": [one | {"params": params}]})


def figure(rule: Rule, person: Person, *, at: dt.datetime = NOW) -> int:
    """Return the figure of a rule's criterion, the same whichever way it is read."""
    few = read_values(rule=rule, person_ids=[person.pk], now=at)[person.pk]["one"]
    everybody = read_columns(rule=rule, now=at)
    assert everybody.columns["one"][everybody.ids.tolist().index(person.pk)] == few
    evidence = read_evidence(rule=rule, person_id=person.pk, now=at)["one"]
    assert evidence.value == few
    return few


def change(rule: Rule, person: Person) -> dt.datetime | None:
    """Return when time changes the figure, the same for one, for everybody and as evidence."""
    one = changes_at(rule=rule, person_id=person.pk, now=NOW)
    found = read_changes(rule=rule, person_ids=None, now=NOW)
    moments = dict(zip(found.ids.tolist(), found.values.tolist(), strict=True))
    said = moments.get(person.pk)
    assert one == (None if said is None else EPOCH + dt.timedelta(microseconds=said))
    assert read_evidence(rule=rule, person_id=person.pk, now=NOW)["one"].changes_at == one
    return one


def read_note(person: Person, *, valid: int, raw: int, age: dt.timedelta = DAY) -> Note:
    note = make_note(person.pk, photos=0, now=NOW - age)
    NoteReads.objects.create(
        note_id=note.pk, author_id=person.pk, reads_valid=valid, reads_raw=raw, watermark=NOW
    )
    return note


def every(operator: str, threshold: int, **params: Any) -> Rule:
    return asking("notes_with_reads", operator, threshold, provenance="every", **params)


@pytest.mark.parametrize("operator", [">", ">=", "=="])
def test_reads_that_are_not_organic_can_let_nobody_in(operator: str) -> None:
    with pytest.raises(RuleInvalid) as refused:
        every(operator, 1, reads_at_least=100)

    assert refused.value.params["place"] == "all[0].operator"
    assert refused.value.text() == (
        "The rule cannot be read at all[0].operator: what is not organic never helps anybody in:"
        " ask for fewer than or at most so many."
    )


def test_a_provenance_that_nobody_keeps_is_refused() -> None:
    with pytest.raises(RuleInvalid) as refused:
        asking("notes_with_reads", "<", 1, reads_at_least=1, provenance="paid")

    assert refused.value.params["place"] == "all[0].params.provenance"
    assert "choose one of: organic, every" in refused.value.text()


def test_a_ceiling_counts_every_read_and_a_floor_the_valid_ones() -> None:
    person = make_person()
    read_note(person, valid=99, raw=100)
    read_note(person, valid=100, raw=100)
    read_note(person, valid=99, raw=99)

    assert figure(every("<", 3, reads_at_least=100), person) == 2
    assert figure(asking("notes_with_reads", ">", 1, reads_at_least=100), person) == 1


def test_more_reads_of_any_kind_never_help_over_a_ceiling() -> None:
    person = make_person()
    note = read_note(person, valid=0, raw=99)
    rule = every("<", 1, reads_at_least=100)
    assert evaluate(rule=rule, values={"one": figure(rule, person)}).met

    NoteReads.objects.filter(note_id=note.pk).update(reads_raw=100)

    assert not evaluate(rule=rule, values={"one": figure(rule, person)}).met


def test_a_ceiling_is_said_in_words_on_the_page_and_in_a_difference() -> None:
    person = make_person()
    read_note(person, valid=0, raw=100)
    read_note(person, valid=50, raw=99)
    rule = every("<=", 5, reads_at_least=100, within_days=30)

    _outcome, views = weigh_for_page(rule, person.pk, NOW)
    (board,) = make_criteria(views)
    counting, other = views[0].evidence.items

    assert describe(rule) == (
        "At most 5 notes of the last 30 days with at least 100 reads each, paid, granted and"
        " invalid ones included"
    )
    assert [line.figure for line in board.lines] == ["100 reads of any kind", ""]
    assert describe_item(counting) == ""
    assert describe_item(other) == "99 of 100 reads of every kind."
    organic = asking("notes_with_reads", "<=", 5, reads_at_least=100, within_days=30)
    assert takes_away(organic, rule)
    assert what_changed(organic, rule) == [
        "Instead of at most 5 notes of the last 30 days with at least 100 valid reads each: at most"
        " 5 notes of the last 30 days with at least 100 reads each, paid, granted and invalid ones"
        " included."
    ]


notes = st.lists(
    st.tuples(
        st.sampled_from([29 * DAY, 30 * DAY - MOMENT, 30 * DAY, 30 * DAY + MOMENT, 31 * DAY]),
        st.integers(8, 12),
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from(["photo", "video"]),
    ),
    max_size=6,
)


@settings(
    max_examples=25,
)
@given(
    written=notes,
    days=st.sampled_from([0, 30]),
    topic=st.sampled_from(["", "tea"]),
    kind=st.sampled_from(["", "photo", "video"]),
)
def test_every_filter_together_is_a_recount(
    written: list[tuple[dt.timedelta, int, int, bool, str]], days: int, topic: str, kind: str
) -> None:
    tea, _made = Topic.objects.get_or_create(slug="tea", defaults={"name": "Tea"})
    person = make_person()
    for age, valid, more, on_tea, made_of in written:
        note = read_note(person, valid=valid, raw=valid + more, age=age)
        Note.objects.filter(pk=note.pk).update(kind=made_of)
        if on_tea:
            NoteTopic.objects.create(note=note, topic=tea)

    def recount(*, raw: bool) -> int:
        return sum(
            (not days or age <= days * DAY)
            and (on_tea or not topic)
            and kind in ("", made_of)
            and valid + (more if raw else 0) >= 10
            for age, valid, more, on_tea, made_of in written
        )

    asked = {"within_days": days, "topic": topic, "type": kind, "reads_at_least": 10}
    floor, ceiling = asking("notes_with_reads", ">", 1, **asked), every("<", 3, **asked)
    assert figure(floor, person) == recount(raw=False)
    assert figure(ceiling, person) == recount(raw=True)
    change(ceiling, person)


def test_a_type_is_asked_for_and_missed_in_words() -> None:
    person = make_person()
    read_note(person, valid=10, raw=10)
    film = read_note(person, valid=10, raw=10)
    Note.objects.filter(pk=film.pk).update(kind="video")
    rule = asking(
        "notes_with_reads", ">", 1, within_days=30, reads_at_least=10, topic="", type="video"
    )

    assert figure(rule, person) == 1
    assert describe(rule) == (
        "More than 1 note with a video of the last 30 days with at least 10 valid reads"
    )
    counting, other = read_evidence(rule=rule, person_id=person.pk, now=NOW)["one"].items
    assert (counting.url, other.reason) == (f"/n/{film.public_id}", "notes.other_type")
    assert describe_item(other) == "Not a video note."
    with pytest.raises(RuleInvalid) as refused:
        asking("notes_published", ">", 1, type="podcast")
    assert refused.value.params["place"] == "all[0].params.type"


def test_violations_count_within_their_window_unless_they_were_a_mistake() -> None:
    person = make_person()
    make_violation(person.pk, opened_at=NOW - 30 * DAY)
    make_violation(person.pk, opened_at=NOW - 30 * DAY - MOMENT)
    make_violation(person.pk, opened_at=NOW - DAY, closed="served")
    make_violation(person.pk, opened_at=NOW - DAY, closed="mistaken")
    make_violation(person.pk, opened_at=NOW + MOMENT)
    lately = asking("violations_recorded", "==", 0, within_days=30)

    assert figure(lately, person) == 2
    assert figure(asking("violations_recorded", "==", 0), person) == 3
    assert change(lately, person) == NOW + MOMENT
    assert figure(lately, person, at=NOW + MOMENT) == 2
    assert figure(lately, person, at=NOW + 2 * MOMENT) == 2
    assert figure(lately, person, at=NOW + 29 * DAY + MOMENT) == 1
    assert describe(lately) == "No recorded violations of the last 30 days"


def test_an_agency_is_what_is_pushed_and_nobody_pushes_it_yet() -> None:
    signed, out, before = make_person(), make_person(), make_person()
    for person, value, until in ((signed, 1, None), (out, 0, None), (before, 1, NOW)):
        PushedEvidence.objects.create(
            person=person, name="agency_signed", value=value, pushed_at=NOW, expires_at=until
        )
    rule = asking("agency_signed", "==", 1)

    assert [figure(rule, one) for one in (signed, out, before, make_person())] == [1, 0, 0, 0]
    assert change(rule, signed) is None
    assert describe(rule) == "A contract with an agency"
    assert str(get_metric("agency_signed").provenance) == (
        "No part of this community records it yet: it is no for everybody."
    )


def test_an_agency_says_who_records_it_once_somebody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meadow.programs.evidence._pushed", set())
    register_pushed("agency_signed")

    assert str(get_metric("agency_signed").provenance) == (
        "Recorded by Meadow when both sides have signed, never by the person alone."
    )
