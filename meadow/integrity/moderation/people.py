"""People as what can be reported, hidden and suspended: their handle, name and words about themselves."""

import datetime as dt
from collections.abc import Callable
from typing import Final

from meadow.accounts import standing
from meadow.accounts.errors import PersonMissing
from meadow.accounts.queries import find_person_id, get_people, get_profile
from meadow.accounts.standing import Standing
from meadow.core.transactions import transaction, transaction_required
from meadow.integrity.models import Action
from meadow.integrity.moderation.restricting import ENDS_BY, HIDES, announce_end, goes_on
from meadow.integrity.moderation.subjects import Owner, SubjectView

# Told in the verdict's transaction whether a person is hidden now, while their row is held.
Step = Callable[[int, bool, dt.datetime], None]
_steps: list[Step] = []
SUSPENDS: Final = ("suspend", "bar")


def follow_hiding(step: Step) -> None:
    """Have what a person wrote follow them from view and back; called in AppConfig.ready()."""
    _steps.append(step)


def look_at_person(public_id: str) -> SubjectView | None:
    """Return a person as something reported; reach is how many follow them."""
    person_id = find_person_id(public_id)
    if person_id is None:
        return None
    card = get_people([person_id])[person_id]
    profile = get_profile(card.handle, viewer_id=None, hidden_too=True)
    return SubjectView(
        kind="person",
        public_id=public_id,
        author_id=person_id,
        title=f"{card.shown_name} (@{card.handle})",
        body=profile.bio,
        url=f"/@{card.handle}",
        reach=profile.follower_count,
        written_at=profile.joined_at,
        pictures=[card.avatar] if card.avatar and card.avatar.is_ready else [],
        is_hidden=profile.is_hidden,
    )


def may_see_person(public_id: str, viewer_id: int) -> bool:
    """Whether a person's page is there for a viewer: also one whom they blocked themselves."""
    person_id = find_person_id(public_id)
    if person_id is None:
        return False
    card = get_people([person_id]).get(person_id)
    if card is None:
        return False
    try:
        get_profile(card.handle, viewer_id=viewer_id)
    except PersonMissing:
        return False
    return True


@transaction_required
def hold_person(public_id: str) -> None:
    """Hold a person's row until the verdict is written, so that nothing is written as them meanwhile."""
    person_id = find_person_id(public_id)
    if person_id is not None:
        standing.lock_person(person_id)


@transaction_required
def apply_acts(public_id: str, now: dt.datetime) -> None:
    """Let hold about a person what the acts in force say, of whichever inquiries."""
    person_id = find_person_id(public_id)
    if person_id is not None:
        _apply(person_id, public_id, now=now)


@transaction_required
def _apply(person_id: int, public_id: str, *, now: dt.datetime) -> Standing:
    """Do the same for somebody known; returns what held before."""
    standing.lock_person(person_id)
    before = standing.get_standing(person_id)
    acts = acts_in_force(public_id, now=now)
    hides = [act for act in acts if act.kind in HIDES]
    suspends = [act for act in acts if act.kind in SUSPENDS]
    after = Standing(*_span(hides), *_span(suspends))
    standing.set_standing(person_id, after)
    if before.is_hidden != after.is_hidden:
        for step in _steps:
            step(person_id, after.is_hidden, now)
    return before


def acts_in_force(public_id: str, *, now: dt.datetime) -> list[Action]:
    """Return what restricts a person now: the last act of each inquiry that was not lifted or over."""
    rows = Action.objects.filter(
        inquiry__kind="person", inquiry__subject=public_id, kind__in=ENDS_BY
    ).select_related("inquiry")
    last = {row.inquiry_id: row for row in rows.order_by("pk")}
    return [row for row in last.values() if goes_on(row, now=now)]


def end_what_is_over(*, now: dt.datetime) -> int:
    """Lift what had a time and is past it, and tell whom it was about; returns how many people."""
    over = standing.list_run_out(now=now)
    for person_id, card in get_people(over).items():
        with transaction():
            held = _apply(person_id, card.public_id, now=now)
            _tell_of_the_end(card.public_id, held, now=now)
    return len(over)


@transaction_required
def _tell_of_the_end(public_id: str, held: Standing, *, now: dt.datetime) -> None:
    ends = {held.hidden_until, held.suspended_until} - {None}
    rows = Action.objects.filter(
        inquiry__kind="person", inquiry__subject=public_id, until__in=ends, until__lte=now
    ).select_related("inquiry")
    for row in rows.order_by("pk"):
        announce_end(row, now=now, over=True)


def _span(acts: list[Action]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return since when and until when the longest of some acts holds; None, None for none."""
    if not acts:
        return None, None
    ends = [act.until for act in acts if act.until is not None]
    return min(act.done_at for act in acts), max(ends) if len(ends) == len(acts) else None


PEOPLE = Owner(
    look=look_at_person,
    may_see=may_see_person,
    lock=hold_person,
    hide=apply_acts,
    restore=apply_acts,
)
