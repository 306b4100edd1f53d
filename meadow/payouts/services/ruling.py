"""Writing a version of the rules: added, never edited, and tried on what was paid out before."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from meadow.accounts.regions import is_region
from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.payouts.errors import RulesChangedMeanwhile, RulesUnusable, UnitNotPaid
from meadow.payouts.figuring import PER_WHOLE, Bracket, figure
from meadow.payouts.limits import LARGEST_AMOUNT, LONGEST_NOTE, MOST_BRACKETS
from meadow.payouts.models import Payout, PayoutMethod, PayoutRules, TaxRule
from meadow.payouts.queries import tax_in_force, terms_in_force
from meadow.payouts.terms import SHIPPED, TaxTerms, Terms, period_start

NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "least": (1, LARGEST_AMOUNT),
    "most": (1, LARGEST_AMOUNT),
    "fee": (0, LARGEST_AMOUNT),
    "fee_rate": (0, PER_WHOLE // 2),
    "cooldown_days": (0, 90),
    "weekday": (0, 6),
    "month_day": (1, 28),
}
TRIED_DAYS: Final = 365
MOST_TRIED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Trial:
    """Payouts of the last TRIED_DAYS under other rules: sums of minor units, then and now.

    `refused` would not have been let out; of those, nothing is in `after`.
    """

    payouts: int
    gross: int
    before: int
    after: int
    refused: int


def set_rules(
    *,
    unit: str,
    numbers: Mapping[str, int],
    note: str,
    seen: int,
    operator_id: int,
    now: dt.datetime,
) -> Terms:
    """Write the next version of the rules of a unit; `seen` is the version that was looked at.

    `numbers` names all of NUMBERS. Raises UnitNotPaid, RulesUnusable, RulesChangedMeanwhile,
    InvalidInput without a note.
    """
    check_rules(unit=unit, numbers=numbers)
    said = _read_note(note)
    with transaction():
        if terms_in_force(unit).number != seen:
            raise RulesChangedMeanwhile
        try:
            with savepoint():
                PayoutRules.objects.create(
                    unit=unit, number=seen + 1, note=said, set_by=operator_id, set_at=now, **numbers
                )
        except IntegrityError as first:
            raise RulesChangedMeanwhile from first
    return terms_in_force(unit)


def set_tax_rule(
    *,
    region: str,
    payee_kind: str,
    unit: str,
    period: str,
    brackets: Sequence[Bracket],
    note: str,
    seen: int,
    operator_id: int,
    now: dt.datetime,
) -> TaxTerms:
    """Write the next version of what is withheld; `seen` is the newest of the same three, 0 for none.

    Raises RulesUnusable, RulesChangedMeanwhile, InvalidInput without a note.
    """
    check_tax_rule(
        region=region, payee_kind=payee_kind, unit=unit, period=period, brackets=brackets
    )
    said = _read_note(note)
    same = TaxRule.objects.filter(region=region, payee_kind=payee_kind, unit=unit)
    with transaction():
        last = same.order_by("-number").values_list("number", flat=True).first() or 0
        if last != seen:
            raise RulesChangedMeanwhile
        try:
            with savepoint():
                TaxRule.objects.create(
                    region=region,
                    payee_kind=payee_kind,
                    unit=unit,
                    number=seen + 1,
                    period=period,
                    brackets=[[one.above, one.rate] for one in brackets],
                    note=said,
                    set_by=operator_id,
                    set_at=now,
                )
        except IntegrityError as first:
            raise RulesChangedMeanwhile from first
    return tax_in_force(region=region, payee_kind=payee_kind, unit=unit)


def check_rules(*, unit: str, numbers: Mapping[str, int]) -> None:
    """Refuse rules that cannot hold. Raises UnitNotPaid, RulesUnusable."""
    if unit not in SHIPPED:
        raise UnitNotPaid
    within = all(low <= numbers.get(name, low - 1) <= high for name, (low, high) in NUMBERS.items())
    if set(numbers) != set(NUMBERS) or not within or numbers["least"] > numbers["most"]:
        raise RulesUnusable


def check_tax_rule(
    *, region: str, payee_kind: str, unit: str, period: str, brackets: Sequence[Bracket]
) -> None:
    """Refuse a rule of withholding that cannot hold. Raises UnitNotPaid, RulesUnusable."""
    if unit not in SHIPPED:
        raise UnitNotPaid
    aboves = [one.above for one in brackets]
    if (
        (region and not is_region(region))
        or payee_kind not in PayoutMethod.PayeeKind.values
        or period not in TaxRule.Period.values
        or len(brackets) > MOST_BRACKETS
        or any(not 0 <= one.above <= LARGEST_AMOUNT for one in brackets)
        or any(not 0 <= one.rate <= PER_WHOLE for one in brackets)
        or any(later <= earlier for earlier, later in pairwise(aboves))
    ):
        raise RulesUnusable


def try_rules(*, unit: str, numbers: Mapping[str, int], now: dt.datetime) -> Trial:
    """Say what other rules would have kept of the latest payouts as fees, and let out.

    Raises UnitNotPaid, RulesUnusable.
    """
    check_rules(unit=unit, numbers=numbers)
    gross = kept = would = refused = 0
    rows = _tried(unit, now).values_list("gross", "tax", "fee")[:MOST_TRIED]
    for one, tax, fee in rows:
        gross, kept = gross + one, kept + fee
        under = numbers["fee"] + one * numbers["fee_rate"] // PER_WHOLE
        if numbers["least"] <= one <= numbers["most"] and one - tax - under > 0:
            would += under
        else:
            refused += 1
    return Trial(payouts=len(rows), gross=gross, before=kept, after=would, refused=refused)


def try_tax_rule(
    *,
    region: str,
    payee_kind: str,
    unit: str,
    period: str,
    brackets: Sequence[Bracket],
    now: dt.datetime,
) -> Trial:
    """Say what another rule would have withheld of the latest payouts it is for.

    Payouts of an empty `region` are those that no rule of their own region applied to. Raises
    UnitNotPaid, RulesUnusable.
    """
    check_tax_rule(
        region=region, payee_kind=payee_kind, unit=unit, period=period, brackets=brackets
    )
    rows = _tried(unit, now).filter(method__payee_kind=payee_kind)
    rows = rows.filter(method__region=region) if region else rows.filter(tax_region="")
    found = list(
        rows.values_list("person_id", "asked_at", "gross", "tax", "fee").order_by("pk")[:MOST_TRIED]
    )
    gross = withheld = would = refused = 0
    before: defaultdict[tuple[int | None, dt.datetime | None], int] = defaultdict(int)
    for person, at, one, tax, fee in found:
        start = period_start(period, at)
        place = (person, start)
        earlier = before[place] if start is not None else 0
        anew = figure(one, before=earlier, brackets=brackets, fee=fee, fee_rate=0)
        before[place] += one
        gross, withheld = gross + one, withheld + tax
        if anew.net > 0:
            would += anew.tax
        else:
            refused += 1
    return Trial(payouts=len(found), gross=gross, before=withheld, after=would, refused=refused)


def _tried(unit: str, now: dt.datetime) -> "QuerySet[Payout]":
    since = now - dt.timedelta(days=TRIED_DAYS)
    rows = Payout.objects.filter(unit=unit, asked_at__gte=since)
    return rows.exclude(state=Payout.State.RETURNED)


def _read_note(note: str) -> str:
    said = " ".join(note.split())
    if not 1 <= len(said) <= LONGEST_NOTE:
        raise InvalidInput(fields={"note": [_("Say why they change, in at most 300 characters.")]})
    return said
