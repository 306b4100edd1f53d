"""A use case opens one transaction; its steps refuse to run outside it."""

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError

from meadow.core import clock
from meadow.core.transactions import (
    TransactionAlreadyOpen,
    TransactionMissing,
    run_after_commit,
    savepoint,
    transaction,
    transaction_required,
    umbrella_transaction,
)


@transaction_required
def step(key: str) -> None:
    Session.objects.create(session_key=key, session_data="", expire_date=clock.now())


def fail_after(key: str) -> None:
    with transaction():
        step(key)
        raise ZeroDivisionError


@pytest.mark.django_db
def test_a_step_outside_a_use_case_is_refused_and_changes_nothing() -> None:
    with pytest.raises(TransactionMissing, match="step"):
        step("a")

    assert Session.objects.count() == 0


@pytest.mark.django_db
def test_a_use_case_that_fails_changes_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after("a")

    assert Session.objects.count() == 0


@pytest.mark.django_db
def test_a_use_case_inside_another_is_refused() -> None:
    with transaction(), pytest.raises(TransactionAlreadyOpen):
        transaction().__enter__()


@pytest.mark.django_db
def test_under_an_umbrella_one_use_case_opens_as_usual() -> None:
    with umbrella_transaction():
        with transaction():
            step("a")
            with pytest.raises(TransactionAlreadyOpen):
                transaction().__enter__()
        with transaction():
            step("b")
        with pytest.raises(TransactionAlreadyOpen):
            umbrella_transaction().__enter__()

    assert Session.objects.count() == 2


@pytest.mark.django_db
def test_a_savepoint_contains_an_expected_error() -> None:
    with transaction():
        step("a")
        with pytest.raises(IntegrityError), savepoint():
            step("a")
        step("b")

    assert Session.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_the_commit_does_not_run_without_it() -> None:
    ran: list[str] = []

    def fail() -> None:
        with transaction():
            run_after_commit(lambda: ran.append("lost"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with transaction():
        run_after_commit(lambda: ran.append("kept"))
        assert ran == []

    assert ran == ["kept"]
