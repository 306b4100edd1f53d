"""Payouts: out of the wallet at once, by two people, at the provider once, and back whole if it fails."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.testing import make_person
from meadow.core.errors import InvalidInput
from meadow.core.testing import forget_jobs
from meadow.core.transactions import transaction
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import get_decision
from meadow.decisions.reasons import describe
from meadow.ledger.checking import check_books
from meadow.ledger.queries import find_account, read_funds
from meadow.ledger.testing import wallet
from meadow.notifications.models import Notification
from meadow.payouts.errors import (
    BatchDecided,
    BatchEmpty,
    KeyTaken,
    MethodCooling,
    MethodMissing,
    MethodUnverified,
    NotEnough,
    NothingLeftOver,
    OwnAffair,
    PayoutElsewhere,
    PayoutOutOfBounds,
    RulesChangedMeanwhile,
    RulesUnusable,
    SecondPersonNeeded,
    UnitNotPaid,
)
from meadow.payouts.figuring import Bracket
from meadow.payouts.models import Batch, Payout, PayoutRules, SandboxPayout, TaxRule
from meadow.payouts.queries import find_payout, read_schedule
from meadow.payouts.services import (
    approve_batch,
    ask_scheduled,
    asking,
    cancel_payout,
    draw_up_batch,
    due_payees,
    hold_payout,
    refuse_batch,
    release_payout,
    retry_payout,
    return_payout,
    send_payout,
    set_rules,
    set_schedule,
    set_tax_rule,
    try_rules,
    try_tax_rule,
)
from meadow.payouts.testing import (
    DAY,
    WHEN,
    add_bank,
    approve,
    ask,
    make_operator,
    make_payee,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
RULES = {
    "least": 1_000,
    "most": 50_000,
    "fee": 100,
    "fee_rate": 100,
    "cooldown_days": 0,
    "weekday": 0,
    "month_day": 1,
}
STEPS = [Bracket(above=20_000, rate=2_000)]


def funds(kind: str, purpose: str, owner: str = "") -> int:
    account = find_account(kind=kind, purpose=purpose, unit="CNY", owner=owner)
    return read_funds(account).posted if account else 0


def books(person_id: int) -> tuple[int, int, int, int, int]:
    """What is in the wallet, on its way, withheld, kept, and out."""
    return (
        funds("person", "wallet", str(person_id)),
        funds("platform", "payouts on their way"),
        funds("tax", "withheld GB"),
        funds("platform", "payout fees"),
        funds("provider", "sandbox"),
    )


def rule(operator: int, **changed: Any) -> None:
    set_rules(
        unit="CNY", numbers={**RULES, **changed}, note="why", seen=0, operator_id=operator, now=WHEN
    )


def withhold(operator: int, *, period: str = "month", seen: int = 0, **changed: Any) -> None:
    wanted = {"region": "GB", "brackets": STEPS, **changed}
    set_tax_rule(
        payee_kind="person",
        unit="CNY",
        period=period,
        note="why",
        seen=seen,
        operator_id=operator,
        now=WHEN,
        **wanted,
    )


def test_a_payout_is_taken_apart_leaves_at_once_and_is_paid_by_two_people() -> None:
    forget_jobs()
    ann, one, two = make_person(), make_operator(), make_operator()
    method = make_payee(ann.pk, operator_id=one)
    rule(one)
    withhold(one)

    asked = ask(ann.pk, method, 30_000)
    assert (asked.gross, asked.tax, asked.fee, asked.net) == (30_000, 2_000, 400, 27_600)
    assert (asked.rules, asked.tax_region, asked.tax_rule) == (1, "GB", 1)
    assert ask(ann.pk, method, 30_000) == asked
    assert books(ann.pk) == (70_000, 27_600, 2_000, 400, 0)
    batch = approve(by=one, then=two)
    assert (batch.count, batch.total, batch.made_by, batch.decided_by) == (1, 27_600, one, two)
    paid = send_payout(payout=asked.public_id, now=WHEN + HOUR)

    assert send_payout(payout=asked.public_id, now=WHEN + HOUR) == paid
    assert (paid.state, paid.settled_at, paid.attempt) == ("paid", WHEN + HOUR, 1)
    assert books(ann.pk) == (70_000, 0, 2_000, 400, 27_600)
    assert SandboxPayout.objects.get().amount == 27_600
    kinds = list(Notification.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-1] == "payouts.paid"
    assert list(check_books()) == []


def test_tax_of_a_period_is_on_all_that_left_in_it_and_none_of_what_came_back() -> None:
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator)
    withhold(operator)

    first = ask(ann.pk, method, 15_000, key="a")
    second = ask(ann.pk, method, 15_000, key="b")
    cancel_payout(payout=first.public_id, person_id=ann.pk, now=WHEN)
    third = ask(ann.pk, method, 5_000, key="c")
    next_month = ask(ann.pk, method, 15_000, key="d", now=WHEN + 31 * DAY)

    assert [one.tax for one in (first, second, third, next_month)] == [0, 2_000, 0, 0]
    assert list(check_books()) == []


def test_what_cannot_be_paid_out_is_refused_and_moves_nothing() -> None:
    ann, bob, operator = make_person(), make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator, amount=60_000)
    young = add_bank(ann.pk, account="1234567", region="CN", now=WHEN)
    rule(operator, fee=1_000, fee_rate=0)
    ask(ann.pk, method, 10_000)
    ask(ann.pk, method, 49_000, key="most of it")

    refused: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"gross": 999}, PayoutOutOfBounds),
        ({"gross": 50_001}, PayoutOutOfBounds),
        ({"gross": -10_000}, PayoutOutOfBounds),
        ({"gross": 1_000}, NothingLeftOver),
        ({"gross": 1_001}, NotEnough),
        ({"key": "one"}, KeyTaken),
        ({"unit": "IMP"}, UnitNotPaid),
        ({"person_id": bob.pk}, MethodMissing),
        ({"method": young.public_id}, MethodUnverified),
    ]
    for changed, refusal in refused:
        wanted = {
            "person_id": ann.pk,
            "method": method.public_id,
            "unit": "CNY",
            "gross": 2_000,
            "key": "two",
            "now": WHEN,
            **changed,
        }
        with pytest.raises(refusal):
            asking.ask_payout(**wanted)

    assert Payout.objects.count() == 2
    assert funds("person", "wallet", str(ann.pk)) == 1_000
    assert list(check_books()) == []


def test_a_verified_account_waits_before_it_is_paid_to() -> None:
    from meadow.payouts.services import verify_method

    ann, operator = make_person(), make_operator()
    wallet(str(ann.pk), 10_000)
    asked = add_bank(ann.pk, now=WHEN)
    method = verify_method(method=asked.public_id, operator_id=operator, now=WHEN)

    with pytest.raises(MethodCooling, match="2026-05-04"):
        ask(ann.pk, method, 5_000, now=WHEN + 2 * DAY)
    assert ask(ann.pk, method, 5_000, now=WHEN + 3 * DAY).state == "asked"


def test_nobody_approves_their_own_batch_or_their_own_money() -> None:
    ann, one = make_person(), make_operator()
    ann.role = "operator"
    ann.save()
    method = make_payee(ann.pk, operator_id=one)
    asked = ask(ann.pk, method)
    drawn = draw_up_batch(provider="sandbox", unit="CNY", operator_id=one, key="b", now=WHEN)
    seen = {"batch": drawn.public_id, "count": 1, "total": 10_000, "now": WHEN}

    for operator in (one, ann.pk):
        with pytest.raises(SecondPersonNeeded):
            approve_batch(operator_id=operator, **seen)  # type: ignore[arg-type]
    for act in (release_payout, retry_payout, return_payout):
        with pytest.raises(OwnAffair):
            act(payout=asked.public_id, operator_id=ann.pk, now=WHEN)
    with pytest.raises(OwnAffair):
        hold_payout(
            payout=asked.public_id, why="origin", words="Why?", operator_id=ann.pk, now=WHEN
        )

    with pytest.raises(IntegrityError, match="payout_batch_approved_by_another"), transaction():
        Batch.objects.update(state="approved", decided_by=one, decided_at=WHEN)
    with pytest.raises(IntegrityError, match="payout_not_approved_by_its_payee"), transaction():
        Payout.objects.update(state="approved", approved_by=ann.pk)
    assert find_payout(asked.public_id, person_id=None).state == "batched"


def test_the_database_lets_a_payout_go_its_way_alone() -> None:
    ann, operator = make_person(), make_operator()
    ask(ann.pk, make_payee(ann.pk, operator_id=operator))
    rule(operator)

    for change, constraint in (
        ({"state": "paid", "settled_at": WHEN}, "does not go from asked to paid"),
        ({"state": "batched"}, "payout_leaves_in_a_batch"),
        ({"net": 9_999, "gross": 9_999}, "asked for does not change"),
        ({"state": "held"}, "payout_held_with_a_reason"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction():
            Payout.objects.update(**change)
    for delete in (Payout.objects.all().delete, PayoutRules.objects.all().delete):
        with pytest.raises(IntegrityError), transaction():
            delete()
    with pytest.raises(IntegrityError, match="only added"), transaction():
        PayoutRules.objects.update(fee=0)


def test_a_batch_is_approved_as_it_was_seen_and_a_refused_one_gives_its_payouts_back() -> None:
    ann, one, two = make_person(), make_operator(), make_operator()
    method = make_payee(ann.pk, operator_id=one)
    first, second = (ask(ann.pk, method, 10_000, key=key) for key in "ab")
    drawn = draw_up_batch(provider="sandbox", unit="CNY", operator_id=one, key="b", now=WHEN)
    again = draw_up_batch(provider="sandbox", unit="CNY", operator_id=one, key="b", now=WHEN)
    assert (drawn, drawn.count, drawn.total) == (again, 2, 20_000)
    with pytest.raises(KeyTaken):
        draw_up_batch(provider="bank_file", unit="CNY", operator_id=one, key="b", now=WHEN)
    with pytest.raises(BatchEmpty):
        draw_up_batch(provider="sandbox", unit="CNY", operator_id=two, key="b", now=WHEN)

    hold_payout(payout=second.public_id, why="origin", words="Whose?", operator_id=one, now=WHEN)
    with pytest.raises(BatchDecided):
        approve_batch(batch=drawn.public_id, count=2, total=20_000, operator_id=two, now=WHEN)
    refuse_batch(batch=drawn.public_id, note="One of two.", operator_id=two, now=WHEN)
    with pytest.raises(BatchDecided):
        approve_batch(batch=drawn.public_id, count=1, total=10_000, operator_id=two, now=WHEN)

    states = [find_payout(one.public_id, person_id=None).state for one in (first, second)]
    assert states == ["asked", "held"]
    release_payout(payout=second.public_id, operator_id=one, now=WHEN)
    assert approve(by=two, then=one, key="c").count == 2


def test_a_hold_is_on_record_and_a_granted_appeal_releases() -> None:
    ann, one, two = make_person(), make_operator(), make_operator()
    asked = ask(ann.pk, make_payee(ann.pk, operator_id=one))
    with pytest.raises(InvalidInput):
        hold_payout(payout=asked.public_id, why="mood", words="x", operator_id=one, now=WHEN)

    held = hold_payout(
        payout=asked.public_id, why="origin", words="A large tip.", operator_id=one, now=WHEN
    )

    decision = get_decision(held.decision)
    assert decision is not None
    told = describe(decision)
    assert told.reasons == ["We are checking where this money came from."]
    assert ("What was written to you", "A large tip.") in [(x.name, x.value) for x in told.inputs]
    assert told.standing_url == f"/wallet/payouts/{asked.public_id}"
    appeal = open_appeal(
        decision=held.decision, person_id=ann.pk, words="It was my own mother.", now=WHEN
    )
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=two,
        upheld=True,
        words="She says the same of it.",
        now=WHEN,
    )
    assert find_payout(asked.public_id, person_id=ann.pk).state == "asked"
    kinds = set(Notification.objects.values_list("kind", flat=True))
    assert {"payouts.held", "payouts.released", "decisions.appeal_answered"} <= kinds


def test_what_fails_is_tried_in_another_batch_or_given_back_whole() -> None:
    ann, one, two = make_person(), make_operator(), make_operator()
    method = make_payee(ann.pk, operator_id=one, account="1230000", region="CN")
    rule(one)
    asked = ask(ann.pk, method, 20_000)
    approve(by=one, then=two)

    failed = send_payout(payout=asked.public_id, now=WHEN)
    assert (failed.state, failed.failure) == ("failed", "account_closed")
    with pytest.raises(PayoutElsewhere):
        cancel_payout(payout=asked.public_id, person_id=ann.pk, now=WHEN)
    retry_payout(payout=asked.public_id, operator_id=one, now=WHEN)
    approve(by=two, then=one, key="c")
    again = send_payout(payout=asked.public_id, now=WHEN)
    assert (again.state, again.attempt) == ("failed", 2)
    back = return_payout(payout=asked.public_id, operator_id=two, now=WHEN)

    assert return_payout(payout=asked.public_id, operator_id=two, now=WHEN) == back
    assert back.state == "returned"
    assert books(ann.pk) == (100_000, 0, 0, 0, 0)
    assert SandboxPayout.objects.count() == 2
    assert list(check_books()) == []


def test_a_turn_is_taken_once_and_pays_out_all_that_is_free() -> None:
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator, amount=70_000)
    rule(operator)
    set_schedule(person_id=ann.pk, schedule="weekly", unit="CNY", method=method.public_id, now=WHEN)
    monday = dt.datetime(2026, 5, 4, 3, 0, tzinfo=dt.UTC)
    assert (due_payees(now=WHEN), due_payees(now=monday)) == ([], [ann.pk])

    first = ask_scheduled(person_id=ann.pk, now=monday)
    assert ask_scheduled(person_id=ann.pk, now=monday) is None
    second = ask_scheduled(person_id=ann.pk, now=monday + 7 * DAY)
    assert ask_scheduled(person_id=ann.pk, now=monday + 14 * DAY) is None

    assert first is not None
    assert second is not None
    assert (first.gross, second.gross, first.scheduled) == (50_000, 20_000, True)
    assert read_schedule(ann.pk).next_at == monday + 21 * DAY


def test_rules_are_tried_on_what_was_paid_out_and_written_once() -> None:
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator)
    for key in "ab":
        ask(ann.pk, method, 30_000, key=key)

    fees = try_rules(unit="CNY", numbers={**RULES, "most": 29_999}, now=WHEN)
    assert (fees.payouts, fees.gross, fees.before, fees.refused) == (2, 60_000, 0, 2)
    assert try_rules(unit="CNY", numbers=RULES, now=WHEN).after == 800
    wanted: dict[str, Any] = {"region": "GB", "payee_kind": "person", "unit": "CNY"}
    apart = try_tax_rule(**wanted, period="payout", brackets=STEPS, now=WHEN)
    together_ = try_tax_rule(**wanted, period="year", brackets=STEPS, now=WHEN)
    assert (apart.before, apart.after, together_.after) == (0, 4_000, 8_000)

    withhold(operator)
    with pytest.raises(RulesChangedMeanwhile):
        withhold(operator)
    withhold(operator, seen=1, brackets=[])
    assert ask(ann.pk, method, 40_000, key="c").tax == 0
    for brackets in ([Bracket(5, 1), Bracket(5, 2)], [Bracket(0, 10_001)], [Bracket(-1, 1)]):
        with pytest.raises(RulesUnusable):
            withhold(operator, seen=2, brackets=brackets)
    for changed in ({"least": 60_000}, {"fee_rate": 5_001}, {"weekday": 7}):
        with pytest.raises(RulesUnusable):
            try_rules(unit="CNY", numbers={**RULES, **changed}, now=WHEN)
    assert TaxRule.objects.count() == 2
