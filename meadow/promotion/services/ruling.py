"""Setting what promotion costs and keeps to: versions are added, never edited."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.promotion.errors.rules import (
    OwnCoupon,
    RuleChangedMeanwhile,
    RuleUnchanged,
    SwitchedAlready,
)
from meadow.promotion.models import Coupon, PromotionRule, Switch
from meadow.promotion.models.rules import (
    LEAST_HELD_OUT,
    LONGEST_CODE,
    LONGEST_NOTE,
    MOST_HELD_OUT,
)
from meadow.promotion.queries.rules import is_on, newest_rule

LARGEST_AMOUNT: Final = 10**12
# Least and most of each number of a rule; what they must be to each other is checked after.
NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "smallest_budget": (1, LARGEST_AMOUNT),
    "largest_budget": (1, LARGEST_AMOUNT),
    "shortest_hours": (1, 24 * 90),
    "longest_hours": (1, 24 * 90),
    "schedule_days": (0, 365),
    "reserve": (1, LARGEST_AMOUNT),
    "most_reserves": (1, 1_000),
    "unknown_hour": (1, 10**8),
    "cap": (0, 100),
    "one_in": (5, 200),
    "place": (0, 199),
    "holdout": (LEAST_HELD_OUT, MOST_HELD_OUT),
    "smallest_effect": (1, 5_000),
    "review_above": (0, LARGEST_AMOUNT),
    "settle_minutes": (1, 1_440),
    "credit_days": (1, 90),
    "makegood": (0, 100),
}
LISTS: Final = ("packs", "hours")
MOST_OFFERED: Final = 8
MOST_USES: Final = 100_000
SHORTEST_CODE: Final = 4
_CODE: Final = re.compile(rf"[A-Z0-9-]{{{SHORTEST_CODE},{LONGEST_CODE}}}")
_ONE_SWITCH: Final = "SELECT pg_advisory_xact_lock(hashtext('meadow.promotion.switch'))"


def set_rule(
    *, values: Mapping[str, Any], note: str, seen: int, operator_id: int, now: dt.datetime
) -> PromotionRule:
    """Write the next version of the rule; `values` names all of NUMBERS and LISTS.

    `seen` is the version that was looked at; the unit stays what it is. Raises InvalidInput,
    RuleUnchanged, RuleChangedMeanwhile.
    """
    check_rule(values=values)
    said = _read_words("note", note)
    with transaction():
        last = newest_rule()
        if last.number != seen:
            raise RuleChangedMeanwhile
        if all(getattr(last, name) == value for name, value in values.items()):
            raise RuleUnchanged
        try:
            with savepoint():
                return PromotionRule.objects.create(
                    number=seen + 1,
                    unit=last.unit,
                    note=said,
                    set_by=operator_id,
                    set_at=now,
                    **values,
                )
        except IntegrityError as first:
            raise RuleChangedMeanwhile from first


def check_rule(*, values: Mapping[str, Any]) -> None:
    """Refuse a rule that cannot hold, naming every figure that needs mending. Raises InvalidInput."""
    faults: dict[str, list[str]] = {}
    for name, (low, high) in NUMBERS.items():
        value = values.get(name)
        if type(value) is not int or not low <= value <= high:
            faults[name] = [
                _("Give a number from %(low)s to %(high)s.") % {"low": low, "high": high}
            ]
    unknown = set(values) - set(NUMBERS) - set(LISTS)
    faults |= {name: [_("A rule has no such figure.")] for name in sorted(unknown)}
    if not faults:
        faults = _check_bounds(values)
    if faults:
        raise InvalidInput(fields=faults)


def set_switch(*, on: bool, reason: str, operator_id: int, now: dt.datetime) -> None:
    """Switch all promotion on or off, for a reason that people can read.

    Raises InvalidInput without a reason, SwitchedAlready.
    """
    said = _read_words("reason", reason)
    with transaction():
        with connection.cursor() as cursor:
            cursor.execute(_ONE_SWITCH)
        if is_on() == on:
            raise SwitchedAlready
        Switch.objects.create(on=on, reason=said, set_by=operator_id, set_at=now)


def make_coupon(
    *,
    code: str,
    amount: int,
    least: int,
    uses: int,
    person_id: int | None,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    note: str,
    operator_id: int,
    now: dt.datetime,
) -> Coupon:
    """Offer to pay `amount` of orders of `least` or more, `uses` times, once a person.

    Amounts are minor units of the rule's unit; `person_id` is who alone may use it. Raises
    InvalidInput, OwnCoupon.
    """
    said = _read_words("note", note)
    typed = code.strip().upper()
    if person_id == operator_id:
        raise OwnCoupon
    with transaction():
        rule = newest_rule()
        faults = _check_coupon(
            rule,
            code=typed,
            amount=amount,
            least=least,
            uses=uses,
            days=(starts_at, ends_at),
            now=now,
        )
        if faults:
            raise InvalidInput(fields=faults)
        return _add_coupon(
            code=typed,
            unit=rule.unit,
            amount=amount,
            least=least,
            uses_left=uses,
            person_id=person_id,
            starts_at=starts_at,
            ends_at=ends_at,
            note=said,
            made_by=operator_id,
            made_at=now,
        )


@transaction_required
def _add_coupon(**values: Any) -> Coupon:
    try:
        with savepoint():
            return Coupon.objects.create(**values)
    except IntegrityError as taken:
        raise InvalidInput(fields={"code": [_("There is a coupon of this code.")]}) from taken


def _check_bounds(values: Mapping[str, Any]) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if values["largest_budget"] < values["smallest_budget"]:
        faults["largest_budget"] = [_("This is below the smallest budget.")]
    if values["longest_hours"] < values["shortest_hours"]:
        faults["longest_hours"] = [_("This is below the shortest duration.")]
    if values["place"] >= values["one_in"]:
        faults["place"] = [_("The place has to be within the cards of which one is sponsored.")]
    if faults:
        return faults
    bounds = {
        "packs": (values["smallest_budget"], values["largest_budget"]),
        "hours": (values["shortest_hours"], values["longest_hours"]),
    }
    for name, (low, high) in bounds.items():
        if not _offers(values.get(name), low, high):
            faults[name] = [
                _("Give 1 to %(most)s, each larger than the one before and within what is allowed.")
                % {"most": MOST_OFFERED}
            ]
    return faults


def _offers(values: Any, low: int, high: int) -> bool:
    if not isinstance(values, Sequence) or not 1 <= len(values) <= MOST_OFFERED:
        return False
    within = all(type(one) is int and low <= one <= high for one in values)
    return within and list(values) == sorted(set(values))


def _check_coupon(
    rule: PromotionRule,
    *,
    code: str,
    amount: int,
    least: int,
    uses: int,
    days: tuple[dt.datetime, dt.datetime],
    now: dt.datetime,
) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if not _CODE.fullmatch(code):
        faults["code"] = [
            _("Use %(fewest)s to %(most)s letters from A to Z, digits and hyphens.")
            % {"fewest": SHORTEST_CODE, "most": LONGEST_CODE}
        ]
    if not 0 < amount <= LARGEST_AMOUNT:
        faults["amount"] = [_("Give an amount above zero.")]
    elif least <= amount:
        faults["least"] = [_("An order has to cost more than the coupon pays.")]
    elif least > rule.largest_budget:
        faults["least"] = [_("No order may be as large as this, so nobody could use it.")]
    if not 1 <= uses <= MOST_USES:
        faults["uses"] = [
            _("Give a number from %(low)s to %(high)s.") % {"low": 1, "high": MOST_USES}
        ]
    if days[1] <= days[0]:
        faults["ends_at"] = [_("This is not after its start.")]
    elif days[1] <= now:
        faults["ends_at"] = [_("This is over already.")]
    return faults


def _read_words(name: str, words: str) -> str:
    said = " ".join(words.split())
    if not 1 <= len(said) <= LONGEST_NOTE:
        raise InvalidInput(
            fields={name: [_("Say why, in at most %(most)s characters.") % {"most": LONGEST_NOTE}]}
        )
    return said
