"""From an event to the news of it: through the real worker, and for reads through the warehouse."""

import datetime as dt
from collections.abc import Iterator

import pytest
from allauth.account.internal.flows.email_verification import verify_email
from allauth.account.models import EmailAddress
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from meadow.accounts.services import follow_person, unfollow_person
from meadow.accounts.testing import make_person
from meadow.analytics.facts import SUBJECT_WEB, encode_facts
from meadow.analytics.testing import make_fact, wait_for
from meadow.core.clock import now
from meadow.core.errors import EngineUnavailable
from meadow.core.nats import jetstream_publish
from meadow.core.testing import forget_jobs, run_jobs, waiting_jobs
from meadow.integrity.testing import make_violation
from meadow.notes.testing import make_note
from meadow.notifications.models import Notification
from meadow.programs import tasks
from meadow.programs.models import Marked, Program
from meadow.programs.services.admission import look_at_marked, mark_people
from meadow.programs.testing import make_program
from meadow.programs.tests.people import look, make_followed, state_of
from meadow.runtime.testing import RunningEngines

pytestmark = pytest.mark.django_db(transaction=True)
READ_RULE = {
    "all": [
        {
            "key": "notes",
            "metric": "notes_with_reads",
            "operator": ">",
            "threshold": 0,
            "params": {"reads_at_least": 3, "within_days": 180},
        }
    ]
}


@pytest.fixture(autouse=True)
def _no_jobs() -> Iterator[None]:
    forget_jobs()
    yield
    forget_jobs()


def is_told(person_id: int) -> bool:
    """Whether somebody was told that they are in."""
    return Notification.objects.filter(person_id=person_id, kind="programs.admitted").exists()


def is_published(message: bytes) -> bool:
    """Publish facts, and return whether the stream has taken them."""
    try:
        jetstream_publish(SUBJECT_WEB, message)
    except EngineUnavailable:
        return False
    return True


def look_and_ask(person_id: int) -> bool:
    """Run what is due, and return whether somebody was told."""
    run_jobs("programs")
    return is_told(person_id)


def test_a_follow_that_crosses_the_line_admits_and_tells() -> None:
    program, star, fan = make_program(), make_followed(5), make_person()

    follow_person(follower_id=fan.pk, followed_id=star.pk, now=now())
    run_jobs("programs")

    assert state_of(program, star) == "admitted"
    assert is_told(star.pk)
    assert Marked.objects.count() == 0


def test_an_unfollow_that_crosses_it_back_begins_the_grace_period() -> None:
    program, star, fan = make_program(), make_followed(5), make_person()
    follow_person(follower_id=fan.pk, followed_id=star.pk, now=now())
    run_jobs("programs")

    unfollow_person(follower_id=fan.pk, followed_id=star.pk, now=now())
    run_jobs("programs")

    assert state_of(program, star) == "grace"


def test_reads_that_cross_the_line_admit_and_tell(warehouse: RunningEngines) -> None:
    program, author = make_program(rule=READ_RULE), make_person()
    note = make_note(author.pk, photos=0, now=now() - dt.timedelta(days=1))
    at = int(now().timestamp() * 1000)
    facts = [
        make_fact(
            person=f"{number:032x}", author_id=author.pk, note_id=note.pk, at=at, received_at=at
        )
        for number in range(3)
    ]

    # Facts carry ids: while the warehouse still makes its stream, they are simply told again.
    assert wait_for(lambda: is_published(encode_facts(facts)))
    # The warehouse is another process: it leaves a mark and a job with figures, perhaps in two passes.
    assert wait_for(lambda: look_and_ask(author.pk))
    assert state_of(program, author) == "admitted"


def test_a_violation_begins_the_grace_period() -> None:
    clean = {
        "all": [
            {"key": "clean", "metric": "open_violations", "operator": "==", "threshold": 0},
        ]
    }
    program, person = make_program(rule=clean), make_person()
    look(program, person)
    make_violation(person.pk)

    mark_people(person_ids=[person.pk], now=now())
    run_jobs("programs")

    assert state_of(program, person) == "grace"


def test_much_news_of_one_person_is_one_look() -> None:
    person = make_person()

    for _number in range(20):
        mark_people(person_ids=[person.pk, person.pk], now=now())

    assert list(Marked.objects.values_list("person_id", "mark")) == [(person.pk, 20)]
    assert len(waiting_jobs("programs.look_at_marked")) == 1


def test_a_mark_whose_job_began_too_early_is_found_by_the_clock() -> None:
    person = make_person()
    mark_people(person_ids=[person.pk], now=now())
    forget_jobs()

    tasks.look_again(timestamp=0)

    assert len(waiting_jobs("programs.look_at_marked")) == 1
    run_jobs("programs")
    tasks.look_again(timestamp=0)
    assert waiting_jobs("programs.look_at_marked") == []


def test_news_that_comes_during_a_look_is_looked_at_after_it() -> None:
    program, person = make_program(), make_followed(5)
    mark_people(person_ids=[person.pk], now=now())
    news = iter([True])

    def read_clock() -> dt.datetime:
        if next(news, False):
            # In the middle of the look somebody follows.
            mark_people(person_ids=[person.pk], now=now())
        return now()

    assert look_at_marked(now=read_clock) == 2

    assert Marked.objects.count() == 0
    assert Program.objects.get(pk=program.pk).admitted_count == 0


def test_an_address_that_is_confirmed_admits_and_tells() -> None:
    confirmed = {
        "all": [{"key": "mail", "metric": "email_verified", "operator": "==", "threshold": 1}]
    }
    program, person = make_program(rule=confirmed), make_person(email="bean@example.org")
    address = EmailAddress.objects.create(user=person, email="bean@example.org", primary=True)

    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.user = person
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined] # likewise
    assert verify_email(request, address)
    run_jobs("programs")

    assert state_of(program, person) == "admitted"
    assert is_told(person.pk)
