"""A creator with notes, and facts about them in the real warehouse."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.facts import SUBJECT_WEB, Fact, encode_facts
from meadow.analytics.readings import read_totals
from meadow.analytics.testing import make_fact, wait_for
from meadow.analytics.warehouse import client as warehouse_client
from meadow.core import clock
from meadow.core.nats import jetstream_publish
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.programs.testing import admit
from meadow.runtime.testing import RunningEngines


@dataclass
class Creator:
    """Somebody with two notes and a signed-in client; `tell` stores facts and waits for the count."""

    person: Any
    notes: list[Note]
    client: Client
    told: list[Fact] = field(default_factory=list)

    @property
    def today(self) -> dt.date:
        return clock.now().date()

    def fact(self, kind: str = "read", *, note: int = 0, days_ago: int = 0, **given: Any) -> Fact:
        """Return a fact about one of the notes, some days ago at ten minutes past the hour."""
        at = clock.now().replace(minute=10, second=0, microsecond=0)
        if at > clock.now():
            at = clock.now()
        at -= dt.timedelta(days=days_ago)
        about_person = kind in ("follow", "unfollow")
        members = {
            "kind": kind,
            "author_id": self.person.pk,
            "note_id": 0 if about_person else self.notes[note].pk,
            "at": int(at.timestamp() * 1000),
            "received_at": int(at.timestamp() * 1000),
            "person": f"{len(self.told):032x}",
            "ms": 0,
        }
        fact = make_fact(**(members | given))
        self.told.append(fact)
        return fact

    def tell(self, facts: Sequence[Fact]) -> None:
        """Publish facts and return once all that were told are counted."""
        jetstream_publish(SUBJECT_WEB, encode_facts(facts))

        def counted() -> bool:
            days = {"since": self.today - dt.timedelta(days=399), "until": self.today}
            keys = ["reads_raw", "impressions", "likes", "follows_raw", "unfollows_raw", "dwell_ms"]
            found = read_totals(metrics=keys, author_id=self.person.pk, **days).values  # type: ignore[arg-type]
            return found == {
                "reads_raw": sum(fact.kind == "read" for fact in self.told),
                "impressions": sum(fact.kind == "impression" for fact in self.told),
                "likes": sum(fact.kind == "like" for fact in self.told),
                "follows_raw": sum(fact.kind == "follow" for fact in self.told),
                "unfollows_raw": sum(fact.kind == "unfollow" for fact in self.told),
                "dwell_ms": sum(fact.ms for fact in self.told if fact.kind == "dwell"),
            }

        assert wait_for(counted)


@pytest.fixture
def creator(db: None, warehouse: RunningEngines) -> Creator:
    """Somebody with two published notes."""
    person = make_person()
    admit(person.pk, "creator-center")
    notes = [
        make_note(person.pk, title="Fog over the harbour", photos=0),
        make_note(person.pk, title="=HYPERLINK(1)", photos=0),
    ]
    return Creator(person=person, notes=notes, client=sign_in(person))


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the warehouse is asked, a line a question."""
    asked: list[str] = []
    real: Callable[[], Any] = warehouse_client.get_client

    class Counting:
        def __getattr__(self, name: str) -> Any:
            method = getattr(real(), name)

            def call(sql: str, *args: Any, **options: Any) -> Any:
                asked.append(sql)
                return method(sql, *args, **options)

            return call

    monkeypatch.setattr("meadow.analytics.questions.get_client", Counting)
    return asked
