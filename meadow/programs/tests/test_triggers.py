"""What moves a figure has its person looked at: each metric's triggers, as the README lists them."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from allauth.account import signals
from allauth.account.models import EmailAddress

from meadow.accounts.models import Person
from meadow.accounts.services import follow_person, update_profile
from meadow.accounts.testing import make_person
from meadow.analytics.warehouse.projection import write_figures
from meadow.analytics.warehouse.rollups import NoteFigures
from meadow.core.clock import now
from meadow.core.testing import forget_jobs, waiting_jobs
from meadow.integrity.services import open_violation
from meadow.notes.services import delete_note
from meadow.notes.testing import make_note
from meadow.programs import metrics
from meadow.programs.models import Marked
from meadow.programs.services.grants import grant_place, push_evidence
from meadow.programs.testing import make_program
from meadow.web.subscriptions import SUBSCRIPTIONS

pytestmark = pytest.mark.django_db
README: Final = Path(metrics.__file__).with_name("README.md")
ROW: Final = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| ([^|]*) \| ([^|]*)\|$", re.MULTILINE)
HEARING: Final = ("hear_follow", "hear_unfollow", "hear_author", "hear_person")
PARAMS: Final[dict[str, dict[str, Any]]] = {
    "notes_published": {"within_days": 180, "topic": "", "type": ""},
    "notes_with_reads": {"within_days": 180, "reads_at_least": 1, "topic": "", "type": ""},
    "violations_recorded": {"within_days": 30},
    "grant": {"program": "garden"},
    "evidence": {"name": "course"},
    "region_in": {"regions": ["NL"]},
}


def list_triggers() -> dict[str, tuple[str, str]]:
    """Return what the README says each metric hears of, and how time moves it."""
    return {
        key: (heard.strip(), time.strip())
        for keys, heard, time in ROW.findall(README.read_text())
        for key in re.findall(r"[a-z_]+", keys)
    }


def follow(person: Person) -> None:
    follow_person(follower_id=make_person().pk, followed_id=person.pk, now=now())


def follow_another(person: Person) -> None:
    follow_person(follower_id=person.pk, followed_id=make_person().pk, now=now())


def tell_more(person: Person) -> None:
    update_profile(
        person_id=person.pk, name="", bio="I plant.", region="NL", birth_year=1990, gender=""
    )


def confirm(person: Person) -> None:
    address = EmailAddress.objects.create(
        user=person, email=person.email, primary=True, verified=True
    )
    signals.email_confirmed.send(EmailAddress, request=None, email_address=address)


def lose_a_note(person: Person) -> None:
    make_note(person.pk, photos=0, now=now())
    gone = make_note(person.pk, photos=0, now=now())
    delete_note(public_id=gone.public_id, author_id=person.pk, now=now())


def be_read(person: Person) -> None:
    note = make_note(person.pk, photos=0, now=now())
    write_figures([make_figures(note.pk, person.pk)])


def make_figures(note_id: int, author_id: int) -> NoteFigures:
    """Return the figures of a note that one person read."""
    return NoteFigures(
        note_id=note_id,
        author_id=author_id,
        reads_raw=1,
        reads_valid=1,
        impressions=1,
        opens=1,
        watermark=now(),
    )


def break_a_rule(person: Person) -> None:
    moderator = make_person(role="moderator")
    open_violation(
        person_id=person.pk,
        rule="spam",
        words="The same words again.",
        moderator_id=moderator.pk,
        now=now(),
    )


def be_granted(person: Person) -> None:
    make_program()
    until = now() + dt.timedelta(days=9)
    grant_place(
        slug="garden", person_id=person.pk, reason="Yes.", operator_id=None, now=now(), until=until
    )


def pass_a_course(name: str) -> Callable[[Person], None]:
    def act(person: Person) -> None:
        expires = now() + dt.timedelta(days=9)
        push_evidence(person_id=person.pk, name=name, value=1, now=now(), expires_at=expires)

    return act


ACTS: Final[dict[str, Callable[[Person], None]]] = {
    "followers": follow,
    "following": follow_another,
    "account_age_days": tell_more,
    "age_years": tell_more,
    "has_photo": tell_more,
    "has_bio": tell_more,
    "region_in": tell_more,
    "email_verified": confirm,
    "notes_published": lose_a_note,
    "notes_with_reads": be_read,
    "open_violations": break_a_rule,
    "violations_recorded": break_a_rule,
    "grant": be_granted,
    "evidence": pass_a_course("course"),
    "agency_signed": pass_a_course("agency_signed"),
}


def is_looked_at(person: Person) -> bool:
    """Whether programs will look at somebody: marked, or named in an event that they hear."""
    told = [job["event"] for name in HEARING for job in waiting_jobs(f"programs.{name}")]
    people = {value for event in told for key, value in event.items() if key.endswith("_id")}
    return person.pk in people or Marked.objects.filter(person_id=person.pk).exists()


def test_every_metric_says_what_moves_it() -> None:
    registered = {metric.key for metric in metrics.list_metrics()}

    assert set(list_triggers()) == registered
    assert set(ACTS) == registered
    assert all(heard for heard, _time in list_triggers().values())


def test_every_event_that_is_named_is_heard() -> None:
    heard = {
        event.name
        for event, tasks in SUBSCRIPTIONS.items()
        if any(task.startswith("programs.") for task in tasks)
    }
    named = {
        word
        for said, _time in list_triggers().values()
        for word in re.findall(r"`([A-Z][A-Za-z]+)`", said)
    }

    assert named == heard


@pytest.mark.parametrize("key", ACTS)
def test_what_moves_a_figure_has_the_person_looked_at(key: str) -> None:
    forget_jobs()
    person = make_person()
    assert not is_looked_at(person)

    ACTS[key](person)

    assert is_looked_at(person)
    changes = metrics.get_source(key).changes(
        person_ids=[person.pk], params=PARAMS.get(key, {}), now=now()
    )
    assert (person.pk in changes.ids) == bool(list_triggers()[key][1])
