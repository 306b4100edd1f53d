"""What is asked for held against the rule: what an order would be, or why it cannot."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meadow.notes.queries import can_see, find_seen
from meadow.promotion.audiences.definition import Definition, from_json
from meadow.promotion.drafts import OrderDraft
from meadow.promotion.errors.orders import (
    BudgetOutOfBounds,
    DurationOutOfBounds,
    GoalUnknown,
    NoteNotPromotable,
    PromotionOff,
    StartOutOfBounds,
    UnitNotSold,
)
from meadow.promotion.models import Order, PromotionRule
from meadow.promotion.queries.audiences import find_saved
from meadow.promotion.queries.rules import is_on, newest_rule
from meadow.promotion.words import say_sum

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """An order that may be placed: every value is within the rule."""

    note_id: int
    author_id: int
    goal: str
    definition: Definition
    saved_audience: str
    unit: str
    budget: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    rule: PromotionRule


def plan_order(*, buyer_id: int, draft: OrderDraft, now: dt.datetime) -> Plan:
    """Return the order that a draft comes to. Raises PromotionOff, NoteNotPromotable, GoalUnknown,
    UnitNotSold, BudgetOutOfBounds, DurationOutOfBounds, StartOutOfBounds, AudienceInvalid,
    AudienceMissing."""
    if not is_on():
        raise PromotionOff
    rule = newest_rule()
    note = find_seen(public_id=draft.note, viewer_id=None)
    if note is None or note[1] != buyer_id:
        raise NoteNotPromotable
    check_goal(draft.goal)
    check_budget(rule, unit=draft.unit, budget=draft.budget)
    starts_at = draft.starts_at or now
    ends_at = starts_at + draft.hours * HOUR
    check_start(rule, starts_at=starts_at, now=now)
    check_duration(rule, starts_at=starts_at, ends_at=ends_at)
    return Plan(
        note_id=note[0],
        author_id=note[1],
        goal=draft.goal,
        definition=read_audience(
            buyer_id=buyer_id, audience=draft.audience, saved_audience=draft.saved_audience
        ),
        saved_audience=draft.saved_audience,
        unit=draft.unit,
        budget=draft.budget,
        starts_at=starts_at,
        ends_at=ends_at,
        rule=rule,
    )


def read_audience(*, buyer_id: int, audience: Mapping[str, Any], saved_audience: str) -> Definition:
    """Return whom an order is for: a saved audience where one is named.

    Raises AudienceInvalid, AudienceMissing.
    """
    if saved_audience:
        return find_saved(public_id=saved_audience, person_id=buyer_id).definition
    return from_json(dict(audience))


def check_goal(goal: str) -> None:
    """Raise GoalUnknown for what nobody can order."""
    if goal not in Order.Goal.values:
        raise GoalUnknown


def check_budget(rule: PromotionRule, *, unit: str, budget: int) -> None:
    """Raise UnitNotSold or BudgetOutOfBounds for a budget that the rule does not let be."""
    if unit != rule.unit:
        raise UnitNotSold(unit=rule.unit)
    if not rule.smallest_budget <= budget <= rule.largest_budget:
        raise BudgetOutOfBounds(
            least=say_sum(rule.smallest_budget, unit), most=say_sum(rule.largest_budget, unit)
        )


def check_start(rule: PromotionRule, *, starts_at: dt.datetime, now: dt.datetime) -> None:
    """Raise StartOutOfBounds for a start in the past or too far ahead."""
    if not now <= starts_at <= now + dt.timedelta(days=rule.schedule_days):
        raise StartOutOfBounds(days=rule.schedule_days)


def check_duration(rule: PromotionRule, *, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Raise DurationOutOfBounds for an order that would run too short or too long."""
    if not rule.shortest_hours * HOUR <= ends_at - starts_at <= rule.longest_hours * HOUR:
        raise DurationOutOfBounds(shortest=rule.shortest_hours, longest=rule.longest_hours)


def can_be_shown(note_id: int) -> bool:
    """Whether the note of an order may be shown to everybody."""
    return can_see(note_id=note_id, viewer_id=None)
