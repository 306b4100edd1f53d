"""Appeals: once, in time, answered once and by somebody else, and what follows in one transaction."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.testing import race
from meadow.decisions import appeal_services, queries
from meadow.decisions.errors import (
    AppealAnsweredAlready,
    AppealMissing,
    AppealNotPossible,
    AppealOpenedAlready,
    AppealRefused,
    AppealTooLate,
    DecisionMissing,
    ReviewerConcerned,
    WordsMissing,
)
from meadow.decisions.models import Appeal, Decision
from meadow.decisions.receipts import verify
from meadow.decisions.records import AppealRecord
from meadow.decisions.testing import (
    WHEN,
    WORDS,
    make_appeal,
    make_decision,
    register_example,
)
from meadow.decisions.viewers import Viewer
from meadow.notifications.queries import list_notifications

pytestmark = pytest.mark.django_db
ANSWER = "You are right: the note was counted a day too early."
LATER = WHEN + dt.timedelta(days=2)


def answer(appeal: AppealRecord, reviewer: Person, *, upheld: bool = True) -> AppealRecord:
    return appeal_services.answer_appeal(
        appeal=appeal.public_id, reviewer_id=reviewer.pk, upheld=upheld, words=ANSWER, now=LATER
    )


def test_an_appeal_has_a_clock_and_waits() -> None:
    ann = make_person()
    decision = make_decision(ann)

    made = make_appeal(decision)

    (waiting,) = queries.list_appeals().items
    assert waiting == made
    assert (made.words, made.state, made.is_open) == (WORDS, "open", True)
    assert made.due_at == WHEN + dt.timedelta(days=7)
    assert made.decision.appeal_state == "open"
    assert queries.list_appeals_against(decision.id) == [made]
    assert made.terms == 1


def test_a_granted_appeal_lets_the_package_act_and_is_a_decision_of_its_own() -> None:
    acted: list[tuple[str, dt.datetime]] = []
    register_example(on_granted=lambda appeal, now: acted.append((appeal.public_id, now)))
    ann, moderator = make_person(), make_person(role="moderator")
    decision = make_decision(ann)
    appeal = make_appeal(decision)

    answered = answer(appeal, moderator)

    assert acted == [(appeal.public_id, LATER)]
    assert (answered.state, answered.answer, answered.answered_at) == ("granted", ANSWER, LATER)
    ruling = queries.find_decision(answered.ruling_id, Viewer(person_id=ann.pk))
    assert (ruling.outcome, ruling.scope, ruling.capability) == (
        "appeal.granted",
        decision.scope,
        decision.capability,
    )
    assert ruling.inputs == {"decision": decision.public_id, "appeal": appeal.public_id}
    assert ruling.decided_by == f"operator:{moderator.public_id}"
    assert verify(queries.receipt(ruling.public_id), keys=queries.public_keys()).valid
    assert queries.list_appeals().items == []
    assert queries.list_appeals(state="answered").items == [answered]


def test_a_refused_appeal_is_a_decision_too_and_nobody_acts() -> None:
    acted: list[AppealRecord] = []
    register_example(on_granted=lambda appeal, now: acted.append(appeal))
    ann, moderator = make_person(), make_person(role="moderator")

    answered = answer(make_appeal(make_decision(ann)), moderator, upheld=False)

    assert acted == []
    assert answered.state == "refused"
    outcomes = [one.outcome for one in queries.list_decisions(ann.pk).items]
    assert outcomes == ["appeal.refused", "refused"]


def test_the_person_is_told_of_the_answer() -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    decision = make_decision(ann)

    answer(make_appeal(decision), moderator)

    (news,) = list_notifications(person_id=ann.pk).items
    assert (news.title, news.url) == (
        "Your appeal was granted",
        f"/decisions/{decision.public_id}",
    )


def test_what_the_package_raises_undoes_the_answer() -> None:
    def fail(appeal: AppealRecord, now: dt.datetime) -> None:
        raise RuntimeError("the door is stuck")

    register_example(on_granted=fail)
    ann, moderator = make_person(), make_person(role="moderator")
    appeal = make_appeal(make_decision(ann))

    with pytest.raises(RuntimeError, match="stuck"):
        answer(appeal, moderator)

    assert queries.list_appeals().items == [appeal]
    assert Decision.objects.count() == 1
    assert list_notifications(person_id=ann.pk).items == []


def test_only_the_person_concerned_appeals() -> None:
    decision = make_decision(make_person())
    bo = make_person()

    with pytest.raises(AppealRefused):
        appeal_services.open_appeal(
            decision=decision.public_id, person_id=bo.pk, words=WORDS, now=WHEN
        )
    with pytest.raises(DecisionMissing):
        appeal_services.open_appeal(decision="dNowhere", person_id=bo.pk, words=WORDS, now=WHEN)

    assert Appeal.objects.count() == 0


def test_an_appeal_is_possible_to_the_last_microsecond_and_not_after() -> None:
    until = WHEN + dt.timedelta(days=14)
    late, timely = make_decision(make_person()), make_decision(make_person())

    with pytest.raises(AppealTooLate):
        make_appeal(late, now=until + dt.timedelta(microseconds=1))
    made = make_appeal(timely, now=until)

    assert made.opened_at == until
    assert Appeal.objects.count() == 1


def test_what_nobody_would_act_on_is_not_open_to_appeal() -> None:
    ann = make_person()
    final = make_decision(ann, appeal_until=None)
    elsewhere = make_decision(ann, scope="nobody/door")

    for decision in (final, elsewhere):
        with pytest.raises(AppealNotPossible):
            appeal_services.open_appeal(
                decision=decision.public_id, person_id=ann.pk, words=WORDS, now=WHEN
            )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("   too short,  really   ", "Write 20 to 2000 characters: these are 18."),
        ("a" * 2001, "Write 20 to 2000 characters: these are 2001."),
    ],
)
def test_an_appeal_has_enough_words_and_not_too_many(words: str, says: str) -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    decision = make_decision(ann)

    with pytest.raises(WordsMissing) as opening:
        make_appeal(decision, words=words)
    appeal = make_appeal(decision)
    with pytest.raises(WordsMissing) as answering:
        appeal_services.answer_appeal(
            appeal=appeal.public_id, reviewer_id=moderator.pk, upheld=True, words=words, now=LATER
        )

    assert opening.value.fields == answering.value.fields == {"words": [says]}


def test_neither_who_decided_nor_who_is_concerned_answers() -> None:
    ann, operator = make_person(role="moderator"), make_person(role="operator")
    decided = make_appeal(make_decision(ann, decided_by=f"operator:{operator.public_id}"))

    for reviewer in (ann, operator):
        with pytest.raises(ReviewerConcerned):
            answer(decided, reviewer)

    assert queries.list_appeals().items == [decided]
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("guard", ["reviewer_is_not_concerned", "reviewer_did_not_decide"])
def test_the_database_refuses_such_a_reviewer_too(guard: str) -> None:
    ann, operator = make_person(), make_person(role="operator")
    decision = make_decision(ann, decided_by=f"operator:{operator.public_id}")
    made = make_appeal(decision)
    who = ann if guard == "reviewer_is_not_concerned" else operator
    by = decision.decided_by if guard == "reviewer_did_not_decide" else "operator:pElse"

    with pytest.raises(IntegrityError, match=guard):
        Appeal.objects.filter(public_id=made.public_id).update(
            state="refused", reviewer=who, reviewed_by=by, answered_at=LATER, ruling=decision.id
        )


def test_an_answer_stands() -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    appeal = make_appeal(make_decision(ann))
    answer(appeal, moderator, upheld=False)

    with pytest.raises(AppealAnsweredAlready):
        answer(appeal, moderator)
    with (
        pytest.raises(IntegrityError, match="the answer stands"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE decisions_appeal SET state = 'granted'")


def test_an_answer_to_nothing_is_refused() -> None:
    with pytest.raises(AppealMissing):
        appeal_services.answer_appeal(
            appeal="aNowhere",
            reviewer_id=make_person(role="moderator").pk,
            upheld=True,
            words=ANSWER,
            now=LATER,
        )


def test_an_erased_person_s_appeal_is_withdrawn_and_says_nothing_more() -> None:
    ann, bo, moderator = make_person(), make_person(), make_person(role="moderator")
    waiting = make_appeal(make_decision(ann))
    answered = answer(make_appeal(make_decision(bo)), moderator)

    ann.delete()
    bo.delete()

    rows = {row.public_id: row for row in Appeal.objects.all()}
    assert (rows[waiting.public_id].state, rows[waiting.public_id].words) == ("withdrawn", "")
    gone = rows[answered.public_id]
    assert (gone.state, gone.words, gone.answer) == ("granted", "", "")
    with pytest.raises(AppealAnsweredAlready):
        answer(waiting, moderator)


def test_a_reviewer_who_is_erased_leaves_the_answer_standing() -> None:
    ann, moderator = make_person(), make_person(role="moderator")
    answered = answer(make_appeal(make_decision(ann)), moderator)

    moderator.delete()

    row = Appeal.objects.get()
    assert (row.state, row.answer, row.reviewer_id) == ("granted", ANSWER, None)
    assert row.ruling_id is not None
    assert queries.find_appeal(answered.public_id, Viewer(person_id=ann.pk)).answer == ANSWER


@pytest.mark.django_db(transaction=True)
def test_two_tries_at_once_open_one_appeal() -> None:
    decision = make_decision(make_person())

    tried = race(lambda _number: make_appeal(decision), runners=4)

    opened = [one for one in tried if isinstance(one, AppealRecord)]
    assert len(opened) == 1
    assert [type(one) for one in tried if one not in opened] == [AppealOpenedAlready] * 3
    assert Appeal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["guarded", "control"])
def test_two_reviewers_at_once_give_one_answer(
    locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    acted: list[str] = []
    register_example(on_granted=lambda appeal, now: acted.append(appeal.public_id))
    ann = make_person()
    reviewers = [make_person(role="moderator") for _ in range(4)]
    appeal = make_appeal(make_decision(ann))
    if not locked:
        everybody_has_read = threading.Barrier(4)

        def read_only(public_id: str) -> Appeal:
            row = Appeal.objects.select_related("decision__subject").get(public_id=public_id)
            everybody_has_read.wait(timeout=30)
            return row

        monkeypatch.setattr(appeal_services, "_lock_appeal", read_only)

    tried = race(lambda number: answer(appeal, reviewers[number]), runners=4)

    answered = [one for one in tried if isinstance(one, AppealRecord)]
    assert len(answered) == 1
    assert Decision.objects.filter(outcome="appeal.granted").count() == 1
    refusals = {type(one) for one in tried if one not in answered}
    if locked:
        assert refusals == {AppealAnsweredAlready}
        assert acted == [appeal.public_id]
    else:
        # Without the lock only the database's own guard is left, and it says it less kindly.
        assert refusals == {IntegrityError}


def test_the_queue_comes_in_pages_the_soonest_due_first() -> None:
    made = [
        make_appeal(make_decision(make_person()), now=WHEN + dt.timedelta(hours=hour))
        for hour in (3, 1, 2, 1)
    ]

    first = queries.list_appeals(size=3)
    second = queries.list_appeals(size=3, cursor=first.next_cursor)

    order = [one.public_id for one in (*first.items, *second.items)]
    assert order == [made[place].public_id for place in (1, 3, 2, 0)]
    assert second.next_cursor is None


def test_answered_ones_come_in_pages_the_newest_first() -> None:
    moderator = make_person(role="moderator")
    made = [make_appeal(make_decision(make_person())) for _ in range(3)]
    for appeal in made:
        answer(appeal, moderator, upheld=False)

    first = queries.list_appeals(state="answered", size=2)
    second = queries.list_appeals(state="answered", size=2, cursor=first.next_cursor)

    order = [one.public_id for one in (*first.items, *second.items)]
    assert order == [one.public_id for one in made[::-1]]
