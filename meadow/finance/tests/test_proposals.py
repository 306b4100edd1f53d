"""Transfers by hand: two people, once, in plain sight of whoever they concern."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.ids import new_id
from meadow.core.testing import race, together
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import get_decision
from meadow.decisions.reasons import describe
from meadow.finance.errors import (
    BalanceShort,
    KeyTaken,
    NotYours,
    OwnAccount,
    ProposalDecided,
    ProposerAnswers,
    SameAccount,
    SecondPersonNeeded,
    SideUnknown,
    UnitsDiffer,
)
from meadow.finance.models import Proposal
from meadow.finance.queries import get_proposal
from meadow.finance.services import approve, deciding, expire_proposals, refuse, withdraw
from meadow.finance.testing import make_operator, make_proposal
from meadow.ledger.checking import check_books
from meadow.ledger.models import Account, Transfer
from meadow.ledger.queries import find_account, list_entries, read_funds, trial_balance
from meadow.ledger.testing import WHEN, give, wallet
from meadow.notifications.models import Notification

DAY = dt.timedelta(days=1)


@pytest.fixture
def first() -> Person:
    return make_operator("first")


@pytest.fixture
def second() -> Person:
    return make_operator("second")


@pytest.fixture
def ann() -> Person:
    return make_person("ann")


def holds(person: Person) -> int:
    account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(person.pk))
    return read_funds(account).posted if account else 0


def news_of(person: Person) -> list[str]:
    rows = Notification.objects.filter(person_id=person.pk).order_by("pk")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.django_db
def test_what_one_proposes_another_approves_and_its_person_reads_why(
    first: Person, second: Person, ann: Person
) -> None:
    asked = make_proposal(first.pk, taker="@ann")
    assert (holds(ann), news_of(second), news_of(first)) == (0, ["finance.proposed"], [])

    done = approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN)

    account = find_account(kind="person", purpose="wallet", unit="CNY", owner=str(ann.pk)) or 0
    line = list_entries(account).items[0]
    assert (done.state, done.decision, done.transfer) == ("posted", "", line.transfer)
    assert (line.amount, line.reason, line.reference) == (500, "finance.goodwill", asked.public_id)
    assert news_of(ann) == ["finance.given"]
    assert [(one.purpose, one.posted) for one in trial_balance()] == [
        ("wallet", 500),
        ("goodwill", -500),
    ]
    assert list(check_books()) == []


@pytest.mark.django_db
def test_what_is_taken_has_a_receipt_and_a_granted_appeal_gives_it_back(
    first: Person, second: Person, ann: Person
) -> None:
    wallet(str(ann.pk), 800)
    asked = make_proposal(
        first.pk,
        kind="correction",
        giver="@ann",
        taker="platform:corrections",
        amount=300,
        words="It was booked twice.",
    )

    done = approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN)

    decision = get_decision(done.decision)
    assert decision is not None
    assert (decision.person_id, decision.appeal_until) == (ann.pk, WHEN + 30 * DAY)
    said = describe(decision)
    assert said.reasons == ["¥3.00 was taken to set a mistake right."]
    assert "It was booked twice." in [one.value for one in said.inputs]
    assert "It was booked twice." not in str(decision.inputs)
    appeal = open_appeal(
        decision=done.decision,
        person_id=ann.pk,
        words="It was booked once, and I can show you.",
        now=WHEN,
    )
    with pytest.raises(ProposerAnswers):
        answer_appeal(
            appeal=appeal.public_id,
            reviewer_id=first.pk,
            upheld=True,
            words="You are right, it was once.",
            now=WHEN,
        )
    third = make_operator("third")
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=third.pk,
        upheld=True,
        words="You are right, it was once.",
        now=WHEN,
    )
    assert holds(ann) == 800
    assert get_proposal(asked.public_id).given_back != ""
    assert list(check_books()) == []


@pytest.mark.django_db
def test_what_was_spent_in_the_meantime_is_given_back_by_the_platform(
    first: Person, second: Person, ann: Person
) -> None:
    wallet(str(ann.pk), 800)
    bob = make_person("bob")
    asked = make_proposal(first.pk, kind="correction", giver="@ann", taker="@bob", amount=300)
    done = approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN)
    away = make_proposal(first.pk, giver="@bob", taker="platform:goodwill", amount=300)
    approve(proposal=away.public_id, operator_id=second.pk, now=WHEN)
    appeal = open_appeal(
        decision=done.decision,
        person_id=ann.pk,
        words="It was booked once, and I can show you.",
        now=WHEN,
    )

    third = make_operator("third")
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=third.pk,
        upheld=True,
        words="You are right, it was once.",
        now=WHEN,
    )

    assert (holds(ann), holds(bob)) == (800, 0)
    assert ("corrections", -300) in [(one.purpose, one.posted) for one in trial_balance()]


@pytest.mark.django_db
def test_nobody_decides_alone_and_nobody_moves_their_own(
    first: Person, second: Person, ann: Person
) -> None:
    asked = make_proposal(first.pk, taker="@ann")
    about_second = make_proposal(first.pk, taker="@second")

    with pytest.raises(SecondPersonNeeded):
        approve(proposal=asked.public_id, operator_id=first.pk, now=WHEN)
    with pytest.raises(SecondPersonNeeded):
        refuse(proposal=asked.public_id, operator_id=first.pk, words="No.", now=WHEN)
    with pytest.raises(OwnAccount):
        approve(proposal=about_second.public_id, operator_id=second.pk, now=WHEN)
    with pytest.raises(OwnAccount):
        make_proposal(first.pk, taker="@first")
    with pytest.raises(NotYours):
        withdraw(proposal=asked.public_id, operator_id=second.pk, now=WHEN)

    assert news_of(second) == ["finance.proposed"]
    assert not Transfer.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "change"),
    [
        (
            "finance_two_operators",
            "decided_by_id = proposed_by_id, state = 'refused', decided_at = now()",
        ),
        ("finance_approver_is_not_concerned", "decided_by_id = to_person_id"),
        ("finance_decided_stays", "amount = amount + 1"),
        ("finance_decided_stays", "words = 'Something else.'"),
        ("finance_posted_has_its_transfer", "state = 'posted', decided_at = now()"),
    ],
)
def test_the_database_refuses_what_services_would_not_do(
    first: Person, ann: Person, name: str, change: str
) -> None:
    make_proposal(first.pk, taker="@ann")

    with pytest.raises(IntegrityError, match=name), transaction.atomic():  # noqa: SIM117, TID251
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE finance_proposal SET {change}")  # noqa: S608 - from above


@pytest.mark.django_db
def test_a_short_balance_leaves_the_proposal_open(
    first: Person, second: Person, ann: Person
) -> None:
    account = wallet(str(ann.pk), 200)
    asked = make_proposal(first.pk, giver="@ann", taker="platform:corrections", amount=300)
    assert asked.preview.short == 100

    with pytest.raises(BalanceShort):
        approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN)

    assert (get_proposal(asked.public_id).state, holds(ann)) == ("waiting", 200)
    give(account, 100)
    assert approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN).state == "posted"
    assert holds(ann) == 0


@pytest.mark.django_db
def test_a_proposal_ends_once(first: Person, second: Person, ann: Person) -> None:
    refused, taken_back, late = (make_proposal(first.pk, taker="@ann") for _number in range(3))

    said = refuse(proposal=refused.public_id, operator_id=second.pk, words=" Not  so. ", now=WHEN)
    withdraw(proposal=taken_back.public_id, operator_id=first.pk, now=WHEN)
    with pytest.raises(ProposalDecided):
        approve(proposal=late.public_id, operator_id=second.pk, now=WHEN + 7 * DAY)
    assert expire_proposals(now=WHEN + 7 * DAY) == 1

    assert (said.answer, news_of(first)) == ("Not so.", ["finance.refused"])
    for one, state in ((refused, "refused"), (taken_back, "withdrawn"), (late, "expired")):
        assert get_proposal(one.public_id).state == state
        with pytest.raises(ProposalDecided):
            approve(proposal=one.public_id, operator_id=second.pk, now=WHEN)
    assert holds(ann) == 0


@pytest.mark.django_db
def test_one_key_is_one_proposal(first: Person, ann: Person) -> None:
    one = make_proposal(first.pk, taker="@ann", key="k")
    again = make_proposal(first.pk, taker="@ann", key="k")

    with pytest.raises(KeyTaken):
        make_proposal(first.pk, taker="@ann", key="k", amount=501)

    assert again == one
    assert Proposal.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("giver", "taker", "error"),
    [
        ("@nobody.here", "@ann", SideUnknown),
        ("platform:fees", "@ann", SideUnknown),
        ("a0", "@ann", SideUnknown),
        ("@ann", "@ann", SameAccount),
        ("{dollars}", "@ann", UnitsDiffer),
    ],
)
def test_sides_that_do_not_fit_are_named(
    first: Person, ann: Person, giver: str, taker: str, error: type[Exception]
) -> None:
    wallet("bob", unit="USD")
    dollars = Account.objects.get(owner="bob").public_id

    with pytest.raises(error):
        make_proposal(first.pk, giver=giver.replace("{dollars}", dollars), taker=taker)

    assert not Proposal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_approvals_post_once(first: Person, second: Person, ann: Person) -> None:
    asked = make_proposal(first.pk, taker="@ann")

    ended = race(
        lambda _number: approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN),
        runners=20,
    )

    assert {one.transfer for one in ended if not isinstance(one, Exception)} == {
        get_proposal(asked.public_id).transfer
    }
    assert [one for one in ended if isinstance(one, Exception)] == []
    assert (holds(ann), news_of(ann)) == (500, ["finance.given"])


@pytest.mark.django_db(transaction=True)
def test_control_without_claim_and_key_every_approval_posts(
    first: Person, second: Person, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = make_proposal(first.pk, taker="@ann")
    wallet(str(ann.pk))
    monkeypatch.setattr(deciding, "_claim", together(lambda *_given, **_named: 1, runners=4))
    monkeypatch.setattr(deciding, "_ledger_key", lambda _one: new_id("k"))
    monkeypatch.setattr(deciding, "_keep", lambda *_given: None)

    race(
        lambda _number: approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN),
        runners=4,
    )

    assert holds(ann) == 2_000


@pytest.mark.django_db(transaction=True)
def test_approval_against_taking_back_has_one_winner(
    first: Person, second: Person, ann: Person
) -> None:
    asked = make_proposal(first.pk, taker="@ann")

    def decide(number: int) -> str:
        if number % 2:
            return withdraw(proposal=asked.public_id, operator_id=first.pk, now=WHEN).state
        return approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN).state

    ended = race(decide, runners=6)

    state = get_proposal(asked.public_id).state
    assert {one for one in ended if isinstance(one, str)} == {state}
    assert sum(isinstance(one, ProposalDecided) for one in ended) == 3
    assert holds(ann) == (500 if state == "posted" else 0)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_both_win(
    first: Person, second: Person, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either writes: the approval posts what is taken back already."""
    asked = make_proposal(first.pk, taker="@ann")
    taken_back = withdraw(proposal=asked.public_id, operator_id=first.pk, now=WHEN)
    monkeypatch.setattr(deciding, "_claim", lambda *_given, **_named: 1)
    monkeypatch.setattr(deciding, "_keep", lambda *_given: None)

    approve(proposal=asked.public_id, operator_id=second.pk, now=WHEN)

    assert (taken_back.state, holds(ann)) == ("withdrawn", 500)
