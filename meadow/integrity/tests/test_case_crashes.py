"""Killed at each step, or with the stream away, a case and its verdicts still come out whole, once."""

import secrets
from typing import Any

import pytest
from django.db import connection

from meadow.analytics.testing import wait_for
from meadow.analytics.verdicts import publish_verdicts
from meadow.core import nats as core_nats
from meadow.core.errors import EngineUnavailable
from meadow.core.testing import run_jobs, waiting_jobs
from meadow.core.transactions import transaction
from meadow.integrity import services
from meadow.integrity.models import ScanMark
from meadow.integrity.testing import make_case
from meadow.integrity.tests.judged import NOW, cases_of, clockwork, count, scan, store, valid

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("engines_and_rules"),
]


def test_killed_before_the_commit_the_next_scan_opens_the_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = secrets.token_hex(16)
    store(clockwork(machine))

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(services, "enqueue_delivery", die)
        with pytest.raises(KeyboardInterrupt):
            services.scan_facts(now=NOW)
    assert (cases_of(machine), waiting_jobs("integrity.deliver_verdicts")) == ([], [])
    assert ScanMark.objects.count() == 0

    scan()

    assert [case.facts for case in cases_of(machine)] == [40]


def test_killed_between_case_and_stream_the_verdicts_still_leave() -> None:
    machine = secrets.token_hex(16)
    bad = clockwork(machine)
    store(bad)

    services.scan_facts(now=NOW)
    waiting = [
        job
        for job in waiting_jobs("integrity.deliver_verdicts")
        if job["case_id"] == cases_of(machine)[0].public_id
    ]

    assert [job["stage"] for job in waiting] == ["judged"]
    assert count("verdicts", "fact_id", [fact.id for fact in bad]) == 0
    run_jobs("integrity")
    assert wait_for(lambda: valid(bad) == 0)


def test_killed_in_the_middle_of_the_verdicts_they_are_sent_again_and_stored_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = secrets.token_hex(16)
    bad = clockwork(machine)
    store(bad)
    services.scan_facts(now=NOW)
    case_id = cases_of(machine)[0].public_id
    sent: list[int] = []

    def publish_two(verdicts: Any) -> None:
        if len(sent) == 2:
            raise KeyboardInterrupt
        publish_verdicts(verdicts)
        sent.append(len(verdicts))

    with monkeypatch.context() as dying:
        dying.setattr(services, "VERDICTS_A_MESSAGE", 15)
        dying.setattr(services, "publish_verdicts", publish_two)
        with pytest.raises(KeyboardInterrupt):
            services.deliver_verdicts(case_id=case_id, stage="judged")

    assert services.deliver_verdicts(case_id=case_id, stage="judged") == 40
    services.deliver_verdicts(case_id=case_id, stage="judged")

    assert sent == [15, 15]
    assert wait_for(lambda: valid(bad) == 0)
    assert count("verdicts", "fact_id", [fact.id for fact in bad]) == 40


@pytest.mark.slow
def test_verdicts_wait_while_the_stream_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case("d" * 32)
    with transaction():
        services.enqueue_delivery(case, stage="judged")
    with monkeypatch.context() as away:
        away.setattr(core_nats, "server_url", lambda: "nats://127.0.0.1:1")
        core_nats.reset()
        run_jobs("integrity")
        with pytest.raises(EngineUnavailable):
            services.deliver_verdicts(case_id=case.public_id, stage="judged")
    core_nats.reset()

    assert [job["case_id"] for job in waiting_jobs("integrity.deliver_verdicts")] == [
        case.public_id
    ]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL, attempts = 100")
    run_jobs("integrity")
    assert waiting_jobs("integrity.deliver_verdicts") == []
    assert wait_for(lambda: count("verdicts", "case_id", [case.public_id]) == 3)
