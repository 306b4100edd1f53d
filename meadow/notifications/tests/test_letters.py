"""Letters over real SMTP: each once, in its reader's language, however long the server is away."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from pytest_django import Settings

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.errors import EngineUnavailable
from meadow.core.testing import forget_jobs, race, run_jobs, waiting_jobs
from meadow.core.transactions import transaction
from meadow.notifications.letters import send_letters
from meadow.notifications.models import Letter, Notification
from meadow.notifications.services import change_preferences, mark_all_read, notify
from meadow.notifications.tests.mail_server import MailServer, serve_mail
from meadow.notifications.tests.test_sending import confirm

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def use_server(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
    settings.EMAIL_TIMEOUT = 5


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    forget_jobs()
    with serve_mail() as running:
        use_server(settings, running.port)
        yield running
    forget_jobs()


def tell(person: Person, *, key: str = "k", kind: str = "tests.news") -> int:
    with transaction():
        notify(person_id=person.pk, kind=kind, params={"n": 7}, url="/programs", key=key, now=NOW)
    return Notification.objects.get(person=person, key=key).pk


def state_of(notification_id: int) -> str:
    return Letter.objects.get(pk=notification_id).state


def run_what_waits() -> None:
    """Run jobs now that would wait for their next try."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    run_jobs("mail")


def test_a_letter_says_it_in_plain_words_with_a_link_and_how_to_stop_them(
    server: MailServer, settings: Settings
) -> None:
    ann = confirm(make_person("ann"))
    notification_id = tell(ann)

    run_jobs("mail")

    [mail] = server.taken
    news = Notification.objects.get(pk=notification_id)
    site = settings.ENVIRONMENT.base_url
    assert mail["Subject"] == "Meadow: Notifications 7"
    assert mail["To"] == "ann@example.org"
    assert mail["Message-ID"] == f"<{news.public_id}@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().strip().splitlines() == [
        "Notifications 7",
        "",
        "Read it on Meadow:",
        "",
        "Read it on Meadow:",
        f"{site}/notifications/{news.public_id}/open",
        "",
        "You choose which of these mails you get here:",
        f"{site}/settings/notifications",
        "",
        "Meadow",
        f"{site}/",
    ]
    assert state_of(notification_id) == "sent"


def test_a_letter_is_in_the_language_of_its_reader(server: MailServer, words: None) -> None:
    tell(confirm(make_person(language="zh-hans")))

    run_jobs("mail")

    assert server.taken[0]["Subject"] == "Meadow：通知 7"
    assert "Read it" not in server.taken[0].get_content()


def test_sent_again_nothing_leaves(server: MailServer) -> None:
    notification_id = tell(confirm(make_person()))

    assert send_letters(notification_ids=[notification_id], now=NOW) == 1
    assert send_letters(notification_ids=[notification_id], now=NOW) == 0

    assert len(server.taken) == 1


def test_a_server_that_is_away_is_waited_for_and_no_letter_is_lost(settings: Settings) -> None:
    forget_jobs()
    with serve_mail() as gone:
        port = gone.port
    use_server(settings, port)
    ids = [tell(confirm(make_person())) for _ in range(3)]

    run_jobs("mail")

    assert [state_of(one) for one in ids] == ["waiting"] * 3
    assert len(waiting_jobs("notifications.send_letters")) == 3
    with serve_mail(port) as server:
        run_what_waits()
        assert len(server.taken) == 3
    assert [state_of(one) for one in ids] == ["sent"] * 3
    assert waiting_jobs("notifications.send_letters") == []


def test_an_address_that_the_server_refuses_is_given_up_and_the_others_leave(
    server: MailServer,
) -> None:
    ann, ben = confirm(make_person()), confirm(make_person())
    server.refusals[ann.email] = "550 no such mailbox"
    ids = [tell(ann), tell(ben)]

    assert send_letters(notification_ids=ids, now=NOW) == 1

    assert [state_of(one) for one in ids] == ["refused", "sent"]
    assert server.recipients == [ben.email]


def test_an_address_that_the_server_puts_off_waits_and_the_others_leave(server: MailServer) -> None:
    ann, ben = confirm(make_person()), confirm(make_person())
    server.refusals[ann.email] = "451 come back later"
    ids = [tell(ann), tell(ben)]

    with pytest.raises(EngineUnavailable):
        send_letters(notification_ids=ids, now=NOW)
    assert [state_of(one) for one in ids] == ["waiting", "sent"]
    server.refusals.clear()
    run_what_waits()

    assert [state_of(one) for one in ids] == ["sent", "sent"]
    assert sorted(server.recipients) == sorted([ann.email, ben.email])


def test_words_that_fail_keep_no_other_letter_and_are_told(server: MailServer) -> None:
    broken = tell(confirm(make_person()), kind="tests.broken")
    sound = tell(confirm(make_person()))

    with pytest.raises(KeyError, match="missing"):
        send_letters(notification_ids=[broken, sound], now=NOW)

    assert [state_of(one) for one in (broken, sound)] == ["waiting", "sent"]


def test_what_was_read_turned_off_or_unconfirmed_meanwhile_is_not_mailed(
    server: MailServer,
) -> None:
    reader, tired, gone = (confirm(make_person()) for _ in range(3))
    ids = [tell(person) for person in (reader, tired, gone)]
    mark_all_read(person_id=reader.pk, now=NOW)
    change_preferences(person_id=tired.pk, email={"record": False})
    Person.objects.filter(pk=gone.pk).update(is_active=False)

    assert send_letters(notification_ids=ids, now=NOW) == 0

    assert [state_of(one) for one in ids] == ["unwanted"] * 3
    assert server.taken == []


def test_a_job_that_runs_in_two_workers_at_once_sends_each_letter_once(server: MailServer) -> None:
    server.delay = 0.1
    notification_id = tell(confirm(make_person()))

    sent = race(lambda _: send_letters(notification_ids=[notification_id], now=NOW), runners=4)

    assert sorted(map(str, sent)) == ["0", "0", "0", "1"]
    assert len(server.taken) == 1


def test_without_its_lock_the_same_race_sends_the_letter_more_than_once(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(rows: "QuerySet[Any]", **options: Any) -> "QuerySet[Any]":
        return rows

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    server.delay = 0.1
    notification_id = tell(confirm(make_person()))

    race(lambda _: send_letters(notification_ids=[notification_id], now=NOW), runners=4)

    assert len(server.taken) > 1
