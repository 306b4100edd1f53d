"""Forgetting one's reading: the old pseudonym is nowhere afterwards, and what was read stays counted."""

import logging
from typing import Any

import pytest
from django.db import connection

from meadow.accounts import services, tasks
from meadow.accounts.errors import PersonMissing
from meadow.accounts.models import Person
from meadow.accounts.queries import get_pseudonym
from meadow.accounts.testing import WHEN, make_person, make_token, sign_in
from meadow.analytics.models import NoteReads
from meadow.analytics.services import send_activity
from meadow.analytics.testing import last_message
from meadow.core.testing import forget_jobs, run_jobs


def everything_in_postgresql() -> str:
    """Return every row of every table as one text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        said = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            said += [row[0] for row in cursor.fetchall()]
    return "\n".join(said)


@pytest.mark.django_db
def test_a_fresh_pseudonym_takes_the_old_one_s_place() -> None:
    ann, bo = make_person(), make_person()
    old = ann.pseudonym

    services.forget_reading(person_id=ann.pk)

    fresh = get_pseudonym(ann.pk)
    assert fresh != old
    assert len(fresh) == 32
    assert get_pseudonym(bo.pk) == bo.pseudonym
    with pytest.raises(PersonMissing):
        services.forget_reading(person_id=0)


@pytest.mark.django_db(transaction=True)
def test_no_table_and_no_log_holds_the_old_value(
    nats: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    forget_jobs()
    last_message()  # the stream exists
    caplog.set_level(logging.DEBUG)
    ann, bo = make_person(), make_person()
    old = ann.pseudonym
    client = sign_in(ann)
    assert old in everything_in_postgresql()
    services.follow_person(follower_id=ann.pk, followed_id=bo.pk, now=WHEN)
    run_jobs("facts")
    client.get("/settings/privacy")

    answer = client.post("/settings/privacy/forget")

    assert (answer.status_code, answer["Location"]) == (302, "/settings/privacy")
    run_jobs()
    send_activity()
    assert old not in everything_in_postgresql()
    said = capfd.readouterr()
    assert old not in caplog.text + said.out + said.err
    forget_jobs()


@pytest.mark.django_db
def test_what_was_read_stays_counted() -> None:
    ann = make_person()
    NoteReads.objects.create(note_id=5, author_id=9, reads_raw=3, reads_valid=2, watermark=WHEN)

    services.forget_reading(person_id=ann.pk)

    assert NoteReads.objects.values_list("reads_raw", "reads_valid").get() == (3, 2)


@pytest.mark.django_db
def test_acts_told_afterwards_go_by_the_fresh_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bo = make_person(), make_person()
    services.forget_reading(person_id=ann.pk)
    told: list[Any] = []
    monkeypatch.setattr(tasks, "publish_activity", lambda **fact: told.append(fact["person"]))

    tasks.count_follow({"follower_id": ann.pk, "followed_id": bo.pk, "at": WHEN.isoformat()})

    assert told == [Person.objects.get(pk=ann.pk).pseudonym]
    assert told != [ann.pseudonym]


@pytest.mark.django_db
def test_the_page_says_what_is_kept_and_asks_before_it_forgets() -> None:
    ann = make_person()
    client = sign_in(ann)

    page = client.get("/settings/privacy").content.decode()
    question = client.get("/settings/privacy/forget")

    assert "What is kept about your reading" in page
    assert "for as long as this community exists" in page
    assert "What was searched for is kept for 90 days." in page
    assert 'href="/me/verdicts"' in page
    assert 'data-open="forget-reading"' in page
    assert question.status_code == 200
    assert get_pseudonym(ann.pk) == ann.pseudonym


@pytest.mark.django_db
def test_software_may_forget_with_the_right_scope_and_not_too_often() -> None:
    ann = make_person()
    client = sign_in(make_person())
    path = "/api/v1/me/forget-reading"
    tokens = {scope: make_token(ann, scope) for scope in ("profile:read", "profile:write")}

    answers = {
        scope: client.post(path, headers={"Authorization": f"Bearer {token}"}).status_code
        for scope, token in tokens.items()
    }

    assert answers == {"profile:read": 403, "profile:write": 204}
    assert get_pseudonym(ann.pk) != ann.pseudonym
    headers = {"Authorization": f"Bearer {tokens['profile:write']}"}
    statuses = [client.post(path, headers=headers).status_code for _ in range(10)]
    assert statuses == [204] * 9 + [429]
