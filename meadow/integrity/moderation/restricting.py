"""Steps of a verdict: restrict what it is about with a signed statement of reasons, and lift it again."""

import datetime as dt
import hashlib
from typing import Final

from meadow.accounts.queries import get_facts
from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.transactions import transaction_required
from meadow.decisions.records import BY_RULE, Reason, Ruling
from meadow.decisions.services import record
from meadow.integrity.errors import CannotBeHidden, KeepsOrder
from meadow.integrity.events import (
    ContentHidden,
    ContentRestored,
    PersonSuspended,
    PersonWritesAgain,
)
from meadow.integrity.models import Action, Inquiry, Snapshot
from meadow.integrity.moderation.subjects import owner_of
from meadow.integrity.moderation.weighing import terms_in_force
from meadow.integrity.rulebook import RULES_VERSION
from meadow.notifications.services import notify

SCOPE: Final = "moderation"
TOLD: Final = {
    "hide": "integrity.content_hidden",
    "suspend": "integrity.person_suspended",
    "bar": "integrity.person_suspended",
    "warn": "integrity.content_warned",
    "restore": "integrity.content_restored",
}
# What a decision says happened, and the acts that go on until they are lifted or run out.
OUTCOMES: Final = {"hide": "hidden", "suspend": "suspended", "bar": "barred", "warn": "warned"}
RESTRICTS: Final = ("hide", "suspend", "bar")
HIDES: Final = ("hide", "bar")
ENDS_BY: Final = (*RESTRICTS, "restore")


@transaction_required
def restrict(inquiry: Inquiry, action: Action, *, decided_by: str, now: dt.datetime) -> None:
    """Record the decision of an action and the action, do what it says, and tell the author.

    The signed text names rule and subject and a digest of the words, which stay with us: they can
    be erased. Raises CannotBeHidden, KeepsOrder.
    """
    owner = owner_of(inquiry.kind)
    _check_kind(inquiry, action, can_hide=owner is not None and owner.hide is not None)
    if inquiry.author_id is None:
        raise CannotBeHidden
    last = Snapshot.objects.filter(inquiry=inquiry).order_by("-pk").first()
    decided = record(
        ruling=Ruling(
            person_id=inquiry.author_id,
            scope=f"{SCOPE}/{inquiry.kind}",
            capability=f"{inquiry.kind}.{'writes' if action.kind == 'suspend' else 'shown'}",
            outcome=OUTCOMES[action.kind],
            rule_version=RULES_VERSION,
            inputs={
                "subject": inquiry.subject,
                "reports": inquiry.reports,
                "automated": decided_by == BY_RULE,
                "statement": hashlib.sha256(action.words.encode()).hexdigest(),
                "snapshot": last.digest if last else "",
                **({"until": action.until.isoformat()} if action.until else {}),
            },
            reasons=[Reason("moderation.rule_broken", {"rule": action.rule})],
            appeal_until=now + dt.timedelta(days=terms_in_force().appeal_days),
            decided_by=decided_by,
        ),
        now=now,
    )
    action.decision = decided.public_id
    action.save(force_insert=True)
    if action.kind in RESTRICTS and owner is not None and owner.hide is not None:
        owner.hide(inquiry.subject, now)
    if action.kind in HIDES:
        publish(
            ContentHidden(
                kind=inquiry.kind,
                public_id=inquiry.subject,
                author_id=inquiry.author_id,
                decision_id=action.decision,
                at=now.isoformat(),
            )
        )
    elif action.kind == Action.Kind.SUSPEND:
        publish(
            PersonSuspended(
                person_id=inquiry.author_id, decision_id=action.decision, at=now.isoformat()
            )
        )
    notify(
        person_id=inquiry.author_id,
        kind=TOLD[action.kind],
        params={"kind": inquiry.kind, "rule": action.rule, "act": action.kind},
        url=f"/decisions/{action.decision}",
        key=f"moderated:{action.decision}",
        now=now,
    )


@transaction_required
def show_again(
    hiding: Action, *, moderator_id: int, words: str, now: dt.datetime, tell: bool = True
) -> None:
    """Put back in view what an action hid, and note who did so; `tell` its author by news."""
    inquiry = hiding.inquiry
    # The latest action is the one that holds, also where clocks differ.
    at = max(now, hiding.done_at + dt.timedelta(microseconds=1))
    Action.objects.create(
        public_id=new_id("x"),
        inquiry=inquiry,
        kind=Action.Kind.RESTORE,
        moderator_id=moderator_id,
        words=words,
        done_at=at,
    )
    owner = owner_of(inquiry.kind)
    if owner is not None and owner.restore is not None:
        owner.restore(inquiry.subject, now)
    announce_end(hiding, now=now, tell=tell)


@transaction_required
def announce_end(
    restriction: Action, *, now: dt.datetime, tell: bool = True, over: bool = False
) -> None:
    """Say that a restriction holds no more: lifted, or its time is `over`; `tell` its author."""
    inquiry = restriction.inquiry
    if inquiry.author_id is None:
        return
    if restriction.kind in HIDES:
        publish(
            ContentRestored(
                kind=inquiry.kind,
                public_id=inquiry.subject,
                author_id=inquiry.author_id,
                decision_id=restriction.decision,
                at=now.isoformat(),
            )
        )
    elif restriction.kind == Action.Kind.SUSPEND:
        publish(
            PersonWritesAgain(
                person_id=inquiry.author_id, decision_id=restriction.decision, at=now.isoformat()
            )
        )
    if tell:
        notify(
            person_id=inquiry.author_id,
            kind=TOLD["restore"],
            params={"kind": inquiry.kind, "act": restriction.kind, "over": over},
            url=f"/decisions/{restriction.decision}",
            key=f"restored:{restriction.decision}",
            now=now,
        )


def standing_restriction(inquiry: Inquiry, *, now: dt.datetime) -> Action | None:
    """Return what an inquiry has put on its subject and holds now, None where nothing does."""
    last = (
        Action.objects.filter(inquiry=inquiry, kind__in=ENDS_BY)
        .select_related("inquiry")
        .order_by("-pk")
        .first()
    )
    return last if last is not None and goes_on(last, now=now) else None


def goes_on(last: Action, *, now: dt.datetime) -> bool:
    """Whether the last act of an inquiry restricts its subject: not lifted, and not over."""
    return last.kind != Action.Kind.RESTORE and (last.until is None or last.until > now)


def _check_kind(inquiry: Inquiry, action: Action, *, can_hide: bool) -> None:
    """Refuse what cannot be done to this kind of thing. Raises CannotBeHidden, KeepsOrder."""
    if action.kind in RESTRICTS and not can_hide:
        raise CannotBeHidden
    if inquiry.kind != "person":
        if action.kind not in ("warn", "hide"):
            raise CannotBeHidden
    elif action.kind in RESTRICTS:
        facts = get_facts([inquiry.author_id or 0]).get(inquiry.author_id or 0)
        if facts is not None and facts.is_staff:
            raise KeepsOrder
