"""Rules, the switch and coupons: added by operators, refused in words before the database has to."""

import datetime as dt
from typing import Any

import pytest

from meadow.accounts.testing import make_person
from meadow.core.errors import InvalidInput
from meadow.core.testing import race, seen_together
from meadow.promotion.errors.rules import (
    OwnCoupon,
    RuleChangedMeanwhile,
    RuleUnchanged,
    SwitchedAlready,
)
from meadow.promotion.models import Coupon, PromotionRule, Switch
from meadow.promotion.queries.rules import (
    is_on,
    list_coupons,
    list_rules,
    list_switches,
    newest_rule,
    newest_switch,
)
from meadow.promotion.services import ruling
from meadow.promotion.services.ruling import (
    LISTS,
    NUMBERS,
    make_coupon,
    set_rule,
    set_switch,
)
from meadow.promotion.testing import ensure_rule

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(hours=24)


def _values(**changed: Any) -> dict[str, Any]:
    rule = newest_rule()
    return {name: getattr(rule, name) for name in (*NUMBERS, *LISTS)} | changed


def _set(seen: int = 1, note: str = "Traffic is scarce.", **changed: Any) -> PromotionRule:
    return set_rule(values=_values(**changed), note=note, seen=seen, operator_id=7, now=NOW)


def _coupon(**changed: Any) -> Coupon:
    given: dict[str, Any] = {
        "code": "spring-5",
        "amount": 500,
        "least": 3_000,
        "uses": 10,
        "person_id": None,
        "starts_at": NOW,
        "ends_at": NOW + DAY,
        "note": "For spring.",
        "operator_id": 7,
        "now": NOW,
    }
    return make_coupon(**(given | changed))


def test_a_new_version_holds_and_the_one_before_stays() -> None:
    made = _set(reserve=30_000, note="  Traffic is\nscarce. ")

    assert (made.number, made.reserve, made.unit) == (2, 30_000, "CNY")
    assert (made.note, made.set_by, made.set_at) == ("Traffic is scarce.", 7, NOW)
    assert newest_rule() == made
    assert [(rule.number, rule.reserve) for rule in list_rules()] == [(2, 30_000), (1, 20_000)]


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"reserve": 0}, "reserve", "Give a number from 1 to 1000000000000."),
        ({"most_reserves": 0}, "most_reserves", "Give a number from 1 to 1000."),
        ({"unknown_hour": 0}, "unknown_hour", "Give a number from 1 to 100000000."),
        ({"one_in": 4}, "one_in", "Give a number from 5 to 200."),
        ({"holdout": 99}, "holdout", "Give a number from 100 to 5000."),
        ({"makegood": 101}, "makegood", "Give a number from 0 to 100."),
        ({"cap": True}, "cap", "Give a number from 0 to 100."),
        ({"largest_budget": 999}, "largest_budget", "This is below the smallest budget."),
        ({"longest_hours": 1, "shortest_hours": 2}, "longest_hours", "This is below the shortest"),
        ({"place": 20}, "place", "The place has to be within the cards"),
        ({"packs": [3_000, 1_000]}, "packs", "Give 1 to 8, each larger than the one before"),
        ({"packs": []}, "packs", "Give 1 to 8, each larger than the one before"),
        ({"hours": [721]}, "hours", "Give 1 to 8, each larger than the one before"),
        ({"bonus": 1}, "bonus", "A rule has no such figure."),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_in_words(
    changed: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        _set(**changed)

    assert list(refused.value.fields) == [field]
    assert refused.value.fields[field][0].startswith(said)
    assert PromotionRule.objects.count() == 1


def test_a_rule_says_why_it_changes_and_changes_something() -> None:
    with pytest.raises(InvalidInput) as refused:
        _set(reserve=30_000, note=" ")
    assert refused.value.fields == {"note": ["Say why, in at most 300 characters."]}
    with pytest.raises(RuleUnchanged):
        _set()
    with pytest.raises(RuleChangedMeanwhile):
        _set(seen=0, reserve=30_000)
    assert PromotionRule.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_set_the_rule_at_once_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_rule()
    given = [_values(reserve=30_000), _values(reserve=40_000)]
    # Both have looked at the newest version before either writes the next.
    monkeypatch.setattr(ruling, "newest_rule", seen_together(newest_rule, runners=2))

    answers = race(
        lambda n: set_rule(values=given[n], note="Scarce.", seen=1, operator_id=7, now=NOW).reserve,
        runners=2,
    )

    (kept,) = [one for one in answers if isinstance(one, int)]
    assert sum(isinstance(one, RuleChangedMeanwhile) for one in answers) == 1
    assert [rule.reserve for rule in list_rules()] == [kept, 20_000]


def test_the_switch_is_on_until_somebody_says_why_not() -> None:
    assert is_on()
    assert newest_switch().set_at is None

    set_switch(on=False, reason="A wrong price.", operator_id=7, now=NOW)

    assert not is_on()
    with pytest.raises(SwitchedAlready):
        set_switch(on=False, reason="Again.", operator_id=8, now=NOW)
    set_switch(on=True, reason="Mended.", operator_id=8, now=NOW + DAY)
    said = [(one.on, one.reason, one.set_by) for one in list_switches()]
    assert said == [(True, "Mended.", 8), (False, "A wrong price.", 7)]


def test_nobody_switches_without_a_reason() -> None:
    with pytest.raises(InvalidInput) as refused:
        set_switch(on=False, reason="", operator_id=7, now=NOW)

    assert refused.value.fields == {"reason": ["Say why, in at most 300 characters."]}
    assert not Switch.objects.exists()


def test_a_coupon_is_made_for_everybody_or_for_somebody() -> None:
    ana = make_person()

    _coupon()
    _coupon(code="ANA-1", person_id=ana.pk)

    shown = [(one.code, one.amount.minor, one.uses, one.handle) for one in list_coupons()]
    assert shown == [("ANA-1", 500, 0, ana.handle), ("SPRING-5", 500, 0, "")]


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"code": "a b"}, "code", "Use 4 to 32 letters from A to Z, digits and hyphens."),
        ({"amount": 0}, "amount", "Give an amount above zero."),
        ({"least": 500}, "least", "An order has to cost more than the coupon pays."),
        ({"least": 10_000_001}, "least", "No order may be as large as this"),
        ({"uses": 0}, "uses", "Give a number from 1 to 100000."),
        ({"ends_at": NOW}, "ends_at", "This is not after its start."),
        ({"starts_at": NOW - 2 * DAY, "ends_at": NOW - DAY}, "ends_at", "This is over already."),
    ],
)
def test_a_coupon_nobody_could_use_is_refused_in_words(
    changed: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        _coupon(**changed)

    assert list(refused.value.fields) == [field]
    assert refused.value.fields[field][0].startswith(said)
    assert not Coupon.objects.exists()


def test_a_code_stands_for_one_coupon_and_nobody_makes_their_own() -> None:
    _coupon()

    with pytest.raises(InvalidInput) as refused:
        _coupon(code="SPRING-5")
    with pytest.raises(OwnCoupon):
        _coupon(code="MINE-1", person_id=7)
    assert refused.value.fields == {"code": ["There is a coupon of this code."]}
    assert Coupon.objects.count() == 1
