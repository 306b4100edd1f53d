"""From a fact to a gate: only organic, signed-in reads, once a person, note and day, open one."""

import datetime as dt

import pytest

from meadow.accounts.testing import make_person
from meadow.analytics.facts import SUBJECT_WEB, encode_facts
from meadow.analytics.models import NoteReads
from meadow.analytics.testing import NOON, last_message, make_fact, wait_for
from meadow.core.nats import jetstream_publish
from meadow.notes.testing import make_note
from meadow.programs.evaluation import read_columns, read_evidence, read_values
from meadow.programs.models import Membership
from meadow.programs.rules import Rule, from_json, to_json
from meadow.programs.services.admission import (
    look_at_authors,
    look_at_marked,
    reconcile_everybody,
)
from meadow.programs.testing import make_program
from meadow.programs.wording import describe_item
from meadow.runtime.testing import RunningEngines

NOW = NOON + dt.timedelta(days=1)


def asking(reads: int) -> Rule:
    """Return the rule of one note with so many valid reads."""
    return from_json(
        {
            "all": [
                {
                    "key": "notes",
                    "metric": "notes_with_reads",
                    "operator": ">=",
                    "threshold": 1,
                    "params": {"reads_at_least": reads, "within_days": 180},
                }
            ]
        }
    )


@pytest.mark.django_db
def test_paid_granted_and_invalid_reads_open_no_gate(warehouse: RunningEngines) -> None:
    author = make_person().pk
    note = make_note(author, photos=0, now=NOON - dt.timedelta(days=1))
    people = iter(f"{number:032x}" for number in range(100))
    about = {"author_id": author, "note_id": note.pk}
    valid = [make_fact(person=next(people), **about) for _number in range(3)]
    others = [
        make_fact(person=next(people), **about, **given)
        for given in (
            {"provenance": "paid"},
            {"provenance": "granted"},
            {"provenance": "invalid", "reason": "robot"},
            {"signed_in": False},
        )
    ]
    again = make_fact(person=valid[0].person, **about)

    last_message()  # the stream exists from here on
    jetstream_publish(SUBJECT_WEB, encode_facts([*valid, *others, again]))
    figures = NoteReads.objects.filter(note_id=note.pk)
    assert wait_for(lambda: figures.filter(reads_raw=8).exists())

    assert figures.get().reads_valid == 3
    for needed, opened in ((3, 1), (4, 0)):
        rule = asking(needed)
        everybody = read_columns(rule=rule, now=NOW)
        assert everybody.columns["notes"][everybody.ids.tolist().index(author)] == opened
        by_event = make_program(f"event{needed}", rule=to_json(rule))
        look_at_authors([author], NOW)
        look_at_marked(now=lambda: NOW)
        by_pass = make_program(f"pass{needed}", rule=to_json(rule))
        reconcile_everybody(program_id=by_pass.pk, now=NOW)
        for program in (by_event, by_pass):
            admitted = Membership.objects.filter(program=program, state="admitted")
            assert list(admitted.values_list("person_id", flat=True)) == [author][:opened]
        values = read_values(rule=rule, person_ids=[author], now=NOW)
        (item,) = read_evidence(rule=rule, person_id=author, now=NOW)["notes"].items
        assert (values[author]["notes"], item.counts, item.value) == (opened, opened == 1, 3)
    assert describe_item(item) == (
        "3 of 4 valid reads. 5 more do not count: repeated, signed out, paid, granted or invalid."
    )
