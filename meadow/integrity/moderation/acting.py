"""What those who keep order do: claim, dismiss, warn, hide with a statement of reasons, take back."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Q

from meadow.accounts.queries import get_people
from meadow.core.events import publish
from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.decisions.records import BY_RULE, AppealRecord, Reason, Ruling
from meadow.decisions.services import record
from meadow.integrity.errors import (
    AboutYourself,
    CannotBeHidden,
    ClaimedByAnother,
    DecidedAlready,
    InquiryMissing,
    NothingToDecide,
    NothingToRestore,
    StatementNeeded,
)
from meadow.integrity.events import ContentHidden, ContentRestored
from meadow.integrity.models import Action, Closing, Inquiry, Report, Snapshot
from meadow.integrity.moderation.subjects import owner_of
from meadow.integrity.moderation.weighing import terms_in_force
from meadow.integrity.rulebook import LONGEST, RULES, RULES_VERSION, SHORTEST, RuleCode
from meadow.integrity.services import end_violation, record_violation
from meadow.notifications.services import Notice, notify, notify_many

Verdict = Literal["dismiss", "warn", "hide"]
SCOPE: Final = "moderation"
ANSWERED: Final = "integrity.report_answered"
TOLD: Final = {
    "hide": "integrity.content_hidden",
    "warn": "integrity.content_warned",
    "restore": "integrity.content_restored",
}
_OUTCOMES: Final = {
    "dismiss": Inquiry.Outcome.DISMISSED,
    "warn": Inquiry.Outcome.WARNED,
    "hide": Inquiry.Outcome.HIDDEN,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """Why something is restricted: the rule that was broken, and the facts relied on, in words."""

    rule: RuleCode
    words: str


def claim(*, public_id: str, moderator_id: int, now: dt.datetime) -> dt.datetime:
    """Take an inquiry for a time, or for another such time; returns until when.

    One statement decides, so that two never hold it. Raises InquiryMissing, DecidedAlready,
    ClaimedByAnother.
    """
    until = now + dt.timedelta(minutes=terms_in_force().claim_minutes)
    with transaction():
        taken = (
            Inquiry.objects.filter(public_id=public_id, outcome=Inquiry.Outcome.OPEN)
            .filter(_free_for(moderator_id, now))
            .update(claimed_by_id=moderator_id, claimed_until=until)
        )
        if not taken:
            _refuse_claim(_find(public_id), moderator_id, now)
    return until


def take_next(*, moderator_id: int, now: dt.datetime) -> str:
    """Claim the most urgent inquiry that nobody is at and that is not about oneself.

    Returns its public id. Two who ask at once get two. Raises NothingToDecide.
    """
    until = now + dt.timedelta(minutes=terms_in_force().claim_minutes)
    with transaction():
        found = (
            Inquiry.objects.select_for_update(skip_locked=True)
            .filter(outcome=Inquiry.Outcome.OPEN)
            .filter(Q(claimed_by_id__isnull=True) | Q(claimed_until__lte=now))
            .exclude(author_id=moderator_id)
            .order_by("-priority", "pk")
            .first()
        )
        if found is None:
            raise NothingToDecide
        found.claimed_by_id, found.claimed_until = moderator_id, until
        found.save(update_fields=["claimed_by_id", "claimed_until"])
        return found.public_id


def release(*, public_id: str, moderator_id: int) -> None:
    """Give a claimed inquiry back; somebody else's claim stays. Raises InquiryMissing."""
    with transaction():
        _find(public_id)
        Inquiry.objects.filter(
            public_id=public_id, outcome=Inquiry.Outcome.OPEN, claimed_by_id=moderator_id
        ).update(claimed_by_id=None, claimed_until=None)


def decide(
    *,
    public_id: str,
    verdict: Verdict,
    moderator_id: int,
    now: dt.datetime,
    statement: Statement | None = None,
    with_violation: bool = False,
) -> str:
    """Answer an inquiry; returns the public id of the decision, empty for a dismissal.

    Its author is told of a restriction, with a signed statement that they can appeal against; who
    reported it is told what became of it. What a rule held back is shown when it is dismissed.
    Raises InquiryMissing, DecidedAlready, ClaimedByAnother, AboutYourself, StatementNeeded,
    CannotBeHidden, ViolationRecordedAlready; and then nothing is done.
    """
    with transaction():
        inquiry = _lock(public_id)
        if inquiry.outcome != Inquiry.Outcome.OPEN:
            raise DecidedAlready
        if inquiry.author_id == moderator_id:
            raise AboutYourself
        _refuse_claim(inquiry, moderator_id, now)
        action = Action(
            public_id=new_id("x"),
            inquiry=inquiry,
            kind=verdict,
            moderator_id=moderator_id,
            done_at=now,
        )
        if verdict == "dismiss":
            standing = standing_hiding(inquiry)
            if standing is not None:
                show_again(standing, moderator_id=moderator_id, words="", now=now)
        else:
            said = _check(statement)
            action.rule, action.words = said.rule, said.words
            if with_violation and inquiry.author_id is not None:
                action.violation = record_violation(
                    person_id=inquiry.author_id,
                    rule=said.rule,
                    words=said.words,
                    moderator_id=moderator_id,
                    subject=inquiry.subject,
                    now=now,
                )
            restrict(inquiry, action, decided_by=_name(moderator_id), now=now)
        action.save(force_insert=True)
        _close(inquiry, _OUTCOMES[verdict], now=now)
    return action.decision


@transaction_required
def restrict(inquiry: Inquiry, action: Action, *, decided_by: str, now: dt.datetime) -> None:
    """Record the decision of an action, hide what it hides, and tell the author.

    The signed text names rule and subject and a digest of the words, which stay with us: they can
    be erased. Raises CannotBeHidden.
    """
    if inquiry.author_id is None:
        raise CannotBeHidden
    last = Snapshot.objects.filter(inquiry=inquiry).order_by("-pk").first()
    decided = record(
        ruling=Ruling(
            person_id=inquiry.author_id,
            scope=f"{SCOPE}/{inquiry.kind}",
            capability=f"{inquiry.kind}.shown",
            outcome="hidden" if action.kind == "hide" else "warned",
            rule_version=RULES_VERSION,
            inputs={
                "subject": inquiry.subject,
                "reports": inquiry.reports,
                "automated": decided_by == BY_RULE,
                "statement": hashlib.sha256(action.words.encode()).hexdigest(),
                "snapshot": last.digest if last else "",
            },
            reasons=[Reason("moderation.rule_broken", {"rule": action.rule})],
            appeal_until=now + dt.timedelta(days=terms_in_force().appeal_days),
            decided_by=decided_by,
        ),
        now=now,
    )
    action.decision = decided.public_id
    if action.kind == "hide":
        owner = owner_of(inquiry.kind)
        if owner is None or owner.hide is None:
            raise CannotBeHidden
        owner.hide(inquiry.subject, now)
        publish(
            ContentHidden(
                kind=inquiry.kind,
                public_id=inquiry.subject,
                author_id=inquiry.author_id,
                decision_id=action.decision,
                at=now.isoformat(),
            )
        )
    notify(
        person_id=inquiry.author_id,
        kind=TOLD[action.kind],
        params={"kind": inquiry.kind, "rule": action.rule},
        url=f"/decisions/{action.decision}",
        key=f"moderated:{action.decision}",
        now=now,
    )


def restore(*, public_id: str, moderator_id: int, words: str, now: dt.datetime) -> None:
    """Show again what an inquiry hid, and close the violation beside it as mistaken.

    Raises InquiryMissing, NothingToRestore, AboutYourself, StatementNeeded without a reason.
    """
    if not SHORTEST <= len(words) <= LONGEST:
        raise StatementNeeded(fewest=SHORTEST, most=LONGEST)
    with transaction():
        inquiry = _lock(public_id)
        if inquiry.author_id == moderator_id:
            raise AboutYourself
        standing = standing_hiding(inquiry)
        if standing is None:
            raise NothingToRestore
        show_again(standing, moderator_id=moderator_id, words=words, now=now)
        _end_violation(standing, moderator_id=moderator_id, words=words, now=now)


@transaction_required
def act_on_granted(appeal: AppealRecord, now: dt.datetime) -> None:
    """Undo what an upheld appeal was about; a step of the answer's transaction."""
    action = (
        Action.objects.filter(decision=appeal.decision.public_id).select_related("inquiry").first()
    )
    if action is None or appeal.reviewer_id is None:
        return
    inquiry = _lock(action.inquiry.public_id)
    if action.kind == Action.Kind.HIDE and standing_hiding(inquiry) == action:
        show_again(
            action, moderator_id=appeal.reviewer_id, words=appeal.answer, now=now, tell=False
        )
    _end_violation(action, moderator_id=appeal.reviewer_id, words=appeal.answer, now=now)


@transaction_required
def show_again(
    hiding: Action, *, moderator_id: int, words: str, now: dt.datetime, tell: bool = True
) -> None:
    """Put back in view what an action hid, and note who did so; `tell` its author by news."""
    inquiry = hiding.inquiry
    owner = owner_of(inquiry.kind)
    if owner is not None and owner.restore is not None:
        owner.restore(inquiry.subject, now)
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
    if inquiry.author_id is None:
        return
    publish(
        ContentRestored(
            kind=inquiry.kind,
            public_id=inquiry.subject,
            author_id=inquiry.author_id,
            decision_id=hiding.decision,
            at=now.isoformat(),
        )
    )
    if tell:
        notify(
            person_id=inquiry.author_id,
            kind=TOLD["restore"],
            params={"kind": inquiry.kind},
            url=f"/decisions/{hiding.decision}",
            key=f"restored:{hiding.decision}",
            now=now,
        )


def standing_hiding(inquiry: Inquiry) -> Action | None:
    """Return what hides an inquiry's subject now, None where nothing does."""
    last = (
        Action.objects.filter(inquiry=inquiry, kind__in=[Action.Kind.HIDE, Action.Kind.RESTORE])
        .select_related("inquiry")
        .order_by("-pk")
        .first()
    )
    return last if last is not None and last.kind == Action.Kind.HIDE else None


@transaction_required
def _end_violation(action: Action, *, moderator_id: int, words: str, now: dt.datetime) -> None:
    if (
        not action.violation
        or Closing.objects.filter(violation__public_id=action.violation).exists()
    ):
        return
    end_violation(
        public_id=action.violation,
        reason="mistaken",
        words=words,
        moderator_id=moderator_id,
        now=now,
    )


@transaction_required
def _close(inquiry: Inquiry, outcome: "Inquiry.Outcome", *, now: dt.datetime) -> None:
    """Close an inquiry and tell those who reported it, without a word on anybody else."""
    inquiry.outcome, inquiry.closed_at = outcome, now
    inquiry.claimed_by_id = inquiry.claimed_until = None
    inquiry.save(update_fields=["outcome", "closed_at", "claimed_by_id", "claimed_until"])
    said = Report.objects.filter(inquiry=inquiry, reporter__isnull=False)
    notices = [
        Notice(
            person_id=reporter_id,
            kind=ANSWERED,
            params={"kind": inquiry.kind, "outcome": str(outcome)},
            url=f"/settings/reports#{public_id}",
            key=f"report-answered:{public_id}",
        )
        for public_id, reporter_id in said.values_list("public_id", "reporter_id")
    ]
    notify_many(notices=notices, now=now)


@transaction_required
def _lock(public_id: str) -> Inquiry:
    """Return an inquiry; whoever else acts on it waits. Raises InquiryMissing.

    Its subject is held first, as whoever writes it does before screening comes to the inquiry.
    """
    seen = _find(public_id)
    owner = owner_of(seen.kind)
    if owner is not None and owner.lock is not None:
        owner.lock(seen.subject)
    return Inquiry.objects.select_for_update().get(pk=seen.pk)


def _find(public_id: str) -> Inquiry:
    found = Inquiry.objects.filter(public_id=public_id).first()
    if found is None:
        raise InquiryMissing
    return found


def _free_for(moderator_id: int, now: dt.datetime) -> Q:
    return Q(claimed_by_id__isnull=True) | Q(claimed_by_id=moderator_id) | Q(claimed_until__lte=now)


def _refuse_claim(inquiry: Inquiry, moderator_id: int, now: dt.datetime) -> None:
    """Raise DecidedAlready, or ClaimedByAnother while somebody else's claim runs."""
    if inquiry.outcome != Inquiry.Outcome.OPEN:
        raise DecidedAlready
    held = inquiry.claimed_until is not None and inquiry.claimed_until > now
    if held and inquiry.claimed_by_id not in (None, moderator_id):
        holder = get_people([inquiry.claimed_by_id or 0]).get(inquiry.claimed_by_id or 0)
        raise ClaimedByAnother(handle=holder.handle if holder else "?")


def _check(statement: Statement | None) -> Statement:
    if (
        statement is None
        or statement.rule not in RULES
        or not SHORTEST <= len(statement.words.strip()) <= LONGEST
    ):
        raise StatementNeeded(fewest=SHORTEST, most=LONGEST)
    return Statement(rule=statement.rule, words=statement.words.strip())


def _name(person_id: int) -> str:
    """Return what a decision calls whoever decided it by hand."""
    return f"operator:{get_people([person_id])[person_id].public_id}"
