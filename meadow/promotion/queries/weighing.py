"""What speaks against showing an order at once: automatic rules, each with a code and its figures."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from meadow.accounts.standing import get_standing
from meadow.decisions.queries import get_decision, list_appeals_against
from meadow.integrity.queries import count_open
from meadow.integrity.screening.guarding import screen
from meadow.notes.queries import Publicity, get_publicity
from meadow.promotion.models import Order, OrderStep

# Nothing of these can be shown to anybody, whatever a person would say.
HARD: Final = ("note_gone", "note_not_public")
# What keeps a note from everybody, or its author from writing: an order that runs pauses for it.
STOPS: Final = (*HARD, "note_hidden", "author_hidden", "author_suspended")
# What a granted appeal has answered: the same again, for no more money, is shown at once.
CLEARABLE: Final = ("words", "budget_above", "rejected_before")
MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to show an order at once; `code` is one of `review_words.FINDINGS`."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_hard(self) -> bool:
        """Whether the order cannot be shown at all as it stands."""
        return self.code in HARD


def weigh(order: Order, *, now: dt.datetime) -> Sequence[Finding]:
    """Return everything that automatic rules find about an order; nothing: it may be shown."""
    note = get_publicity([order.note_id]).get(order.note_id)
    found = list(_weigh_sight(order, note, now=now))
    violations = count_open([order.author_id]).get(order.author_id, 0)
    if violations:
        found.append(Finding("open_violation", {"count": violations}))
    if note is not None:
        found += _weigh_words(note)
    rule = order.rule
    if order.budget > rule.review_above:
        found.append(
            Finding(
                "budget_above",
                {"budget": order.budget, "above": rule.review_above, "unit": order.unit},
            )
        )
    if note is not None and _changed_since_approved(order, note):
        found.append(Finding("note_changed", {"at": note.edited_at.isoformat()}))
    rejected = _last_rejection(order)
    if rejected is not None:
        found.append(Finding("rejected_before", {"at": rejected.at.isoformat()}))
        answered = note is not None and all(one.code in CLEARABLE for one in found)
        if note is not None and answered and _is_cleared(order, note, rejected):
            return []
    return found


def weigh_note(order: Order, *, now: dt.datetime) -> Sequence[Finding]:
    """Return what keeps the note of an order from being shown to everybody: codes of STOPS."""
    return _weigh_sight(order, get_publicity([order.note_id]).get(order.note_id), now=now)


def _weigh_sight(order: Order, note: Publicity | None, *, now: dt.datetime) -> Sequence[Finding]:
    if note is None or note.is_gone:
        return [Finding("note_gone")]
    found = []
    if not note.is_public:
        found.append(Finding("note_not_public"))
    if note.is_hidden:
        found.append(Finding("note_hidden"))
    standing = get_standing(order.author_id)
    if standing.is_hidden:
        found.append(Finding("author_hidden"))
    if standing.is_suspended(now=now):
        found.append(Finding("author_suspended"))
    return found


def _weigh_words(note: Publicity) -> Sequence[Finding]:
    matches = [*screen(text=note.title, scope="title"), *screen(text=note.body, scope="body")]
    words = list(dict.fromkeys(match.word for match in matches))[:MOST_NAMED]
    return [Finding("words", {"words": words})] if words else []


def _changed_since_approved(order: Order, note: Publicity) -> bool:
    """Whether a note says something else than when a person approved it."""
    if order.reviewed_at is None or note.edited_at <= order.reviewed_at:
        return False
    approvals = OrderStep.objects.filter(order=order, kind=OrderStep.Kind.APPROVED)
    return approvals.filter(by__isnull=False).exists()


def _last_rejection(order: Order) -> OrderStep | None:
    """Return the rejection that a person last said of the note, unless a person approved it since."""
    answers = OrderStep.objects.filter(
        order__author_id=order.author_id,
        order__note_id=order.note_id,
        kind__in=[OrderStep.Kind.APPROVED, OrderStep.Kind.REJECTED],
        by__isnull=False,
    )
    last = answers.select_related("order").order_by("-pk").first()
    return last if last is not None and last.kind == OrderStep.Kind.REJECTED else None


def _is_cleared(order: Order, note: Publicity, rejected: OrderStep) -> bool:
    """Whether an appeal was granted against this rejection of the note as it is, for as much."""
    decision = get_decision(str(rejected.params["decision"]))
    as_much = rejected.order.unit == order.unit and rejected.order.budget >= order.budget
    if decision is None or decision.appeal_state != "granted" or not as_much:
        return False
    answered = [one.answered_at for one in list_appeals_against(decision.id)]
    return any(at is not None and note.edited_at <= at for at in answered)
