"""A person takes their appeal back while it waits: nothing is lost, and nobody answers it any more."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection

from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.core.testing import race
from meadow.decisions import appeal_services, queries
from meadow.decisions.appeal_services import answer_appeal, withdraw_appeal
from meadow.decisions.errors import (
    AppealAnsweredAlready,
    AppealMissing,
    AppealOpenedAlready,
    AppealTooLate,
)
from meadow.decisions.models import Appeal, Decision
from meadow.decisions.records import AppealRecord
from meadow.decisions.testing import DAY, WHEN, WORDS, make_appeal, make_decision

pytestmark = pytest.mark.django_db
ANSWER = "You are right: the note was counted a day too early."
LATER = WHEN + 2 * DAY


def withdraw(appeal: AppealRecord, person_id: int | None = None) -> AppealRecord:
    who = person_id if person_id is not None else appeal.person_id
    assert who is not None
    return withdraw_appeal(appeal=appeal.public_id, person_id=who, now=LATER)


def answer(appeal: AppealRecord, reviewer_id: int) -> AppealRecord:
    return answer_appeal(
        appeal=appeal.public_id, reviewer_id=reviewer_id, upheld=True, words=ANSWER, now=LATER
    )


def test_a_withdrawn_appeal_keeps_what_was_written_and_waits_no_more() -> None:
    decision = make_decision(make_person())
    appeal = make_appeal(decision)

    withdrawn = withdraw(appeal)

    assert (withdrawn.state, withdrawn.withdrawn_at) == ("withdrawn", LATER)
    assert (withdrawn.words, withdrawn.answer, withdrawn.is_open) == (WORDS, "", False)
    assert queries.list_appeals().items == []
    assert queries.list_appeals(state="answered").items == []
    assert queries.list_appeals(state="withdrawn").items == [withdrawn]
    assert Decision.objects.count() == 1


def test_nobody_answers_or_withdraws_what_was_withdrawn() -> None:
    moderator = make_person(role="moderator")
    appeal = make_appeal(make_decision(make_person()))
    withdraw(appeal)

    with pytest.raises(AppealAnsweredAlready):
        answer(appeal, moderator.pk)
    with pytest.raises(AppealAnsweredAlready):
        withdraw(appeal)

    assert Decision.objects.count() == 1


def test_what_was_answered_cannot_be_withdrawn() -> None:
    appeal = make_appeal(make_decision(make_person()))
    answered = answer(appeal, make_person(role="moderator").pk)

    with pytest.raises(AppealAnsweredAlready):
        withdraw(appeal)

    assert queries.list_appeals(state="answered").items == [answered]


def test_only_its_person_withdraws_an_appeal() -> None:
    appeal = make_appeal(make_decision(make_person()))

    for other in (make_person(), make_person(role="moderator"), make_person(role="operator")):
        with pytest.raises(AppealMissing):
            withdraw(appeal, other.pk)

    assert queries.list_appeals().items == [appeal]


def test_who_withdrew_may_appeal_again_to_the_last_microsecond_and_not_after() -> None:
    until = WHEN + 14 * DAY
    decision, late = make_decision(make_person()), make_decision(make_person())
    first = withdraw(make_appeal(decision))
    withdraw(make_appeal(late))

    again = make_appeal(decision, now=until)
    with pytest.raises(AppealTooLate):
        make_appeal(late, now=until + dt.timedelta(microseconds=1))

    assert queries.list_appeals_against(decision.id) == [
        again,
        queries.find_own_appeal(first.public_id, person_id=first.person_id or 0),
    ]
    assert again.decision.appeal_state == "open"
    with pytest.raises(AppealOpenedAlready):
        make_appeal(decision)


def test_a_decision_appealed_against_twice_is_listed_once_and_says_how_the_last_stands() -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    decision = make_decision(ann)
    withdraw(make_appeal(decision))
    answer(make_appeal(decision), moderator.pk)

    listed = queries.list_decisions(ann.pk).items

    assert [(one.outcome, one.appeal_state) for one in listed] == [
        ("appeal.granted", ""),
        ("refused", "granted"),
    ]


@pytest.mark.parametrize(
    "change",
    ["state = 'open', withdrawn_at = NULL", "withdrawn_at = now()", "terms_id = 2", "words = 'No'"],
)
def test_the_database_keeps_a_withdrawal_as_it_was(change: str) -> None:
    withdraw(make_appeal(make_decision(make_person())))

    with (
        pytest.raises(IntegrityError, match="the answer stands"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE decisions_appeal SET {change}")  # noqa: S608 - our own


def test_an_appeal_is_withdrawn_on_a_page_that_asks_once_more() -> None:
    ann = make_person()
    decision = make_decision(ann, appeal_until=clock.now() + DAY)
    appeal = make_appeal(decision, now=clock.now())
    client, path = sign_in(ann), f"/decisions/appeals/{appeal.public_id}/withdraw"
    page = f"/decisions/{decision.public_id}"

    offered = client.get(page).content.decode()
    asked = client.get(path).content.decode()
    still = Appeal.objects.get().state
    done = client.post(path)
    after = client.get(page).content.decode()
    again = client.post(path)

    assert f'href="{path}"' in offered
    assert "What is wrong with this decision?" not in offered
    assert "You can appeal again until" in asked
    assert still == "open"
    assert (done.status_code, done["Location"]) == (302, page)
    assert WORDS in after
    assert f'href="{path}"' not in after
    assert "What is wrong with this decision?" in after
    assert again.status_code == 409
    assert "there is nothing to withdraw" in client.get(path).content.decode()


def test_an_appeal_is_withdrawn_over_the_api() -> None:
    ann = make_person()
    appeal = make_appeal(make_decision(ann), now=WHEN)
    client, path = sign_in(ann), f"/api/v1/appeals/{appeal.public_id}/withdraw"

    foreign = sign_in(make_person(role="operator")).post(path)
    done = client.post(path)
    again = client.post(path)
    listed = sign_in(make_person(role="moderator")).get("/api/v1/appeals?state=withdrawn").json()

    assert (foreign.status_code, foreign.json()["code"]) == (404, "decisions.appeal_missing")
    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    assert done.json()["withdrawn_at"] is not None
    assert (again.status_code, again.json()["code"]) == (409, "decisions.appeal_answered_already")
    assert [one["id"] for one in listed["items"]] == [appeal.public_id]


def test_moderators_find_what_was_withdrawn() -> None:
    appeal = withdraw(make_appeal(make_decision(make_person())))
    keeper = sign_in(make_person(role="moderator"))

    page = keeper.get("/operator/appeals?state=withdrawn").content.decode()
    one = keeper.get(f"/operator/appeals/{appeal.public_id}").content.decode()

    assert f'href="/operator/appeals/{appeal.public_id}"' in page
    assert "Withdrawn" in one
    assert 'name="verdict"' not in one


def test_withdrawn_ones_come_in_pages_the_newest_first() -> None:
    made = [make_appeal(make_decision(make_person()), now=WHEN + DAY * day) for day in range(3)]
    for appeal in made:
        withdraw(appeal)

    first = queries.list_appeals(state="withdrawn", size=2)
    second = queries.list_appeals(state="withdrawn", size=2, cursor=first.next_cursor)

    order = [one.public_id for one in (*first.items, *second.items)]
    assert order == [one.public_id for one in made[::-1]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["guarded", "control"])
def test_an_appeal_is_either_withdrawn_or_answered(
    locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    moderator = make_person(role="moderator")
    appeal = make_appeal(make_decision(make_person()))
    if not locked:
        both_have_read = threading.Barrier(2)

        def read_only(public_id: str) -> Appeal:
            row = Appeal.objects.select_related("decision__subject").get(public_id=public_id)
            both_have_read.wait(timeout=30)
            return row

        monkeypatch.setattr(appeal_services, "_lock_appeal", read_only)

    tried = race(
        lambda number: answer(appeal, moderator.pk) if number else withdraw(appeal), runners=2
    )

    (done,) = [one for one in tried if isinstance(one, AppealRecord)]
    (refused,) = [one for one in tried if one is not done]
    # Without the lock only the database's own guard is left, and it says it less kindly.
    assert type(refused) is (AppealAnsweredAlready if locked else IntegrityError)
    row = Appeal.objects.get()
    assert row.state == done.state
    assert Decision.objects.filter(outcome="appeal.granted").count() == (done.state == "granted")
    assert (row.withdrawn_at is None) == (done.state == "granted")


@pytest.mark.django_db(transaction=True)
def test_one_who_withdraws_and_appeals_again_many_times_at_once_has_one_open() -> None:
    decision = make_decision(make_person())
    withdraw(make_appeal(decision))

    tried = race(lambda _number: make_appeal(decision), runners=4)

    assert sum(isinstance(one, AppealRecord) for one in tried) == 1
    assert Appeal.objects.filter(state="open").count() == 1
    assert Appeal.objects.count() == 2
