"""One key: one effect and one answer, under a race too; the control without the guard is not."""

import pytest
from django.contrib.sessions.models import Session
from django.test import RequestFactory

from meadow.core import clock, idempotency
from meadow.core.idempotency import (
    KeyReused,
    KeyUnusable,
    StoredAnswer,
    fingerprint_request,
    read_key,
    run_once,
    run_request_once,
)
from meadow.core.ids import new_id
from meadow.core.models import IdempotencyKey
from meadow.core.testing import race
from meadow.core.transactions import transaction, transaction_required

NOW = clock.now()


@transaction_required
def effect(name: str) -> StoredAnswer:
    """Leave a row whose number can be counted; any table without a unique name would do."""
    key = new_id("x")
    Session.objects.create(session_key=key, session_data=name, expire_date=NOW)
    return StoredAnswer(status=201, body={"made": key})


def effects() -> int:
    return Session.objects.count()


def once(key: str = "k", fingerprint: str = "f", person_id: int = 1) -> StoredAnswer:
    return run_once(
        person_id=person_id, key=key, fingerprint=fingerprint, action=lambda: effect("e")
    )


@pytest.mark.django_db(transaction=True)
def test_twenty_threads_with_one_key_have_one_effect_and_one_answer() -> None:
    answers = race(lambda _: once(), runners=20)

    assert effects() == 1
    assert all(isinstance(answer, StoredAnswer) for answer in answers), answers
    bodies = {str(answer.body) for answer in answers if isinstance(answer, StoredAnswer)}
    assert len(bodies) == 1
    assert sum(not answer.replayed for answer in answers if isinstance(answer, StoredAnswer)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_guard_has_many_effects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_claim", lambda **_: True)

    race(lambda _: once(), runners=20)

    assert effects() == 20


@pytest.mark.django_db(transaction=True)
def test_a_retry_gets_the_stored_answer() -> None:
    first = once()

    second = once()

    assert (second.status, second.body, second.replayed) == (201, first.body, True)
    assert effects() == 1


@pytest.mark.django_db(transaction=True)
def test_another_request_under_the_same_key_is_refused_and_changes_nothing() -> None:
    once(fingerprint="one")

    with pytest.raises(KeyReused):
        once(fingerprint="other")

    assert effects() == 1


@pytest.mark.django_db(transaction=True)
def test_keys_belong_to_one_person() -> None:
    once(person_id=1)
    once(person_id=2)

    assert effects() == 2


@pytest.mark.django_db(transaction=True)
def test_a_failed_action_leaves_the_key_free() -> None:
    def fail() -> StoredAnswer:
        effect("lost")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_once(person_id=1, key="k", fingerprint="f", action=fail)

    assert effects() == 0
    assert IdempotencyKey.objects.count() == 0
    assert once().replayed is False


@pytest.mark.django_db(transaction=True)
def test_a_use_case_that_opens_its_own_transaction_commits_with_the_key() -> None:
    def use_case() -> StoredAnswer:
        with transaction():
            return effect("inner")

    def use_case_that_fails_after() -> StoredAnswer:
        use_case()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_once(person_id=1, key="k", fingerprint="f", action=use_case_that_fails_after)
    assert effects() == 0

    run_once(person_id=1, key="k", fingerprint="f", action=use_case)
    assert effects() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_without_a_key_runs_plainly() -> None:
    request = RequestFactory().post("/api/v1/x")

    def action() -> StoredAnswer:
        with transaction():
            return effect("plain")

    run_request_once(request, person_id=1, action=action)
    run_request_once(request, person_id=1, action=action)

    assert effects() == 2
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "日", "a\x7f"])
def test_an_unusable_key_is_refused(key: str) -> None:
    request = RequestFactory().post("/", headers={"Idempotency-Key": key})

    with pytest.raises(KeyUnusable):
        read_key(request)


def test_a_json_body_is_the_same_in_any_spelling() -> None:
    make = RequestFactory()
    one = make.post("/x", '{"a": 1, "b": [2]}', content_type="application/json")
    same = make.post("/x", '{"b":[2],"a":1}', content_type="application/json")
    other = make.post("/x", '{"a": 2, "b": [2]}', content_type="application/json")
    elsewhere = make.post("/y", '{"a": 1, "b": [2]}', content_type="application/json")

    assert fingerprint_request(one) == fingerprint_request(same)
    assert len({fingerprint_request(each) for each in (one, other, elsewhere)}) == 3
