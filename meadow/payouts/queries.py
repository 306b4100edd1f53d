"""What is read of payouts: plain frozen records."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from django.db.models import Count, QuerySet, Sum

from meadow.core.money import UNITS
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.payouts.errors import (
    BatchMissing,
    MethodMissing,
    PayoutMissing,
    UnitNotPaid,
)
from meadow.payouts.figuring import Bracket, Figures, figure
from meadow.payouts.limits import MOST_IN_BATCH, MOST_RULE_VERSIONS
from meadow.payouts.models import Batch, Payee, Payout, PayoutMethod, PayoutRules, TaxRule
from meadow.payouts.records import (
    BatchRecord,
    MethodRecord,
    PayoutRecord,
    ScheduleRecord,
    batch_record,
    method_record,
    payout_record,
)
from meadow.payouts.terms import SHIPPED, TaxTerms, Terms, Version, period_start

PAGE_SIZE = 24
Which = Literal["all", "asked", "held", "moving", "stuck", "failed", "paid", "returned"]
STATES: dict[str, tuple[str, ...]] = {
    "asked": ("asked",),
    "held": ("held",),
    "moving": ("batched", "approved", "sending", "sent"),
    "failed": ("failed",),
    "paid": ("paid",),
    "returned": ("returned",),
}


def terms_in_force(unit: str) -> Terms:
    """Return the rules of payouts of a unit. Raises UnitNotPaid."""
    if unit not in SHIPPED:
        raise UnitNotPaid
    row = PayoutRules.objects.filter(unit=unit).order_by("-number").first()
    return _terms(row) if row is not None else SHIPPED[unit]


def tax_in_force(*, region: str, payee_kind: str, unit: str) -> TaxTerms:
    """Return what is withheld from a payee: the region's own rule, else everybody's, else nothing."""
    rows = TaxRule.objects.filter(payee_kind=payee_kind, unit=unit, region__in={region, ""})
    row = rows.order_by("-region", "-number").first()
    if row is None:
        return TaxTerms("", payee_kind, unit, 0, TaxRule.Period.PAYOUT, ())
    return _tax_terms(row)


def list_rules(unit: str) -> Sequence[Version]:
    """Return the versions of a unit's rules, the one in force first. Raises UnitNotPaid."""
    if unit not in SHIPPED:
        raise UnitNotPaid
    rows = PayoutRules.objects.filter(unit=unit).order_by("-number")[:MOST_RULE_VERSIONS]
    written = [Version(_terms(one), one.set_at, one.set_by, one.note) for one in rows]
    return [*written, Version(SHIPPED[unit], None, None, "")]


def list_tax_rules() -> Sequence[Version]:
    """Return all versions of rules of withholding, by what they are for, the newest first."""
    rows = TaxRule.objects.order_by("region", "payee_kind", "unit", "-number")
    return [
        Version(_tax_terms(one), one.set_at, one.set_by, one.note)
        for one in rows[: 10 * MOST_RULE_VERSIONS]
    ]


def figure_payout(
    *, person_id: int, method: MethodRecord, unit: str, gross: int, now: dt.datetime
) -> tuple[Figures, Terms, TaxTerms]:
    """Take a payout apart under the rules that hold. Raises UnitNotPaid."""
    terms = terms_in_force(unit)
    tax = tax_in_force(region=method.region, payee_kind=method.payee_kind, unit=unit)
    before = left_in_period(person_id=person_id, unit=unit, period=tax.period, now=now)
    figures = figure(
        gross, before=before, brackets=tax.brackets, fee=terms.fee, fee_rate=terms.fee_rate
    )
    return figures, terms, tax


def left_in_period(*, person_id: int, unit: str, period: str, now: dt.datetime) -> int:
    """Return the gross of what a person asked for in the period of `now` and did not get back."""
    since = period_start(period, now)
    if since is None:
        return 0
    asked = Payout.objects.filter(person_id=person_id, unit=unit, asked_at__gte=since)
    asked = asked.exclude(state=Payout.State.RETURNED)
    return int(asked.aggregate(sum=Sum("gross"))["sum"] or 0)


def list_methods(person_id: int) -> list[MethodRecord]:
    """Return somebody's payout accounts that are not removed, the newest first."""
    found = PayoutMethod.objects.filter(person_id=person_id)
    found = found.exclude(state=PayoutMethod.State.REMOVED)
    return [method_record(one) for one in found.order_by("-pk")]


def list_asked_methods(*, most: int = 200) -> list[MethodRecord]:
    """Return the payout accounts that wait to be verified, the longest waiting first."""
    asked = PayoutMethod.objects.filter(state=PayoutMethod.State.ASKED)
    return [method_record(one) for one in asked.order_by("asked_at", "pk")[:most]]


def find_method(public_id: str, *, person_id: int | None) -> MethodRecord:
    """Return a person's payout account; None: anybody's, for operators. Raises MethodMissing."""
    found = PayoutMethod.objects.filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(person_id=person_id).exclude(state=PayoutMethod.State.REMOVED)
    method = found.first()
    if method is None:
        raise MethodMissing
    return method_record(method)


def read_schedule(person_id: int) -> ScheduleRecord:
    """Return when somebody is paid by the clock."""
    payee = Payee.objects.select_related("method").filter(person_id=person_id).first()
    if payee is None:
        return ScheduleRecord(schedule="never", unit="", method="", next_at=None)
    return ScheduleRecord(
        schedule=payee.schedule,
        unit=payee.unit,
        method=payee.method.public_id if payee.method is not None else "",
        next_at=payee.next_at,
    )


def find_payout(public_id: str, *, person_id: int | None) -> PayoutRecord:
    """Return a payout of a person; None: of anybody, for operators. Raises PayoutMissing."""
    found = _payouts().filter(public_id=public_id)
    if person_id is not None:
        found = found.filter(person_id=person_id)
    payout = found.first()
    if payout is None:
        raise PayoutMissing
    return payout_record(payout)


def list_payouts(
    *,
    person_id: int | None = None,
    which: Which = "all",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[PayoutRecord]:
    """Return one page of payouts, newest first: of a person, or of all. Raises InvalidCursor."""
    payouts = _payouts()
    if person_id is not None:
        payouts = payouts.filter(person_id=person_id)
    if which == "stuck":
        payouts = payouts.filter(state=Payout.State.SENDING, again_at__isnull=True)
    elif which != "all":
        payouts = payouts.filter(state__in=STATES[which])
    found = list(_after(payouts, cursor)[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(items=[payout_record(one) for one in found[:size]], next_cursor=more)


def count_payouts() -> dict[str, int]:
    """Return how many payouts there are in each state."""
    counted = Payout.objects.values_list("state").annotate(count=Count("pk")).order_by("state")
    return dict(counted)


def waiting_for_batch(*, kinds: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many asked payouts to accounts of these kinds wait, and their net sum, by unit."""
    asked = Payout.objects.filter(state=Payout.State.ASKED, method__kind__in=kinds)
    rows = asked.values("unit").annotate(count=Count("pk"), total=Sum("net")).order_by("unit")
    return {row["unit"]: (row["count"], row["total"]) for row in rows}


def list_batches(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[BatchRecord]:
    """Return one page of batches, newest first. Raises InvalidCursor."""
    found = list(_after(Batch.objects.all(), cursor)[: size + 1])
    more = encode_cursor({"before": found[size - 1].pk}) if len(found) > size else None
    return Page(items=[batch_record(one) for one in found[:size]], next_cursor=more)


def find_batch(public_id: str) -> BatchRecord:
    """Return a batch. Raises BatchMissing."""
    found = Batch.objects.filter(public_id=public_id).first()
    if found is None:
        raise BatchMissing
    return batch_record(found)


def list_batch_payouts(public_id: str) -> list[PayoutRecord]:
    """Return the payouts that are in a batch, in the order in which they were asked for."""
    found = _payouts().filter(batch__public_id=public_id).order_by("pk")
    return [payout_record(one) for one in found[:MOST_IN_BATCH]]


def list_units() -> list[str]:
    """Return the currencies that are paid out, in the order of the site."""
    return [unit for unit in UNITS if unit in SHIPPED]


def _payouts() -> "QuerySet[Payout]":
    return Payout.objects.select_related("method", "batch")


def _after(rows: "QuerySet[Any]", cursor: str | None) -> "QuerySet[Any]":
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        rows = rows.filter(pk__lt=before)
    return rows.order_by("-pk")


def _terms(row: PayoutRules) -> Terms:
    return Terms(
        unit=row.unit,
        number=row.number,
        least=row.least,
        most=row.most,
        fee=row.fee,
        fee_rate=row.fee_rate,
        cooldown_days=row.cooldown_days,
        weekday=row.weekday,
        month_day=row.month_day,
    )


def _tax_terms(row: TaxRule) -> TaxTerms:
    return TaxTerms(
        region=row.region,
        payee_kind=row.payee_kind,
        unit=row.unit,
        number=row.number,
        period=row.period,
        brackets=tuple(Bracket(above=above, rate=rate) for above, rate in row.brackets),
    )
