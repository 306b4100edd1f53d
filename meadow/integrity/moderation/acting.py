"""What those who keep order do: claim, dismiss, warn, hide with a statement of reasons, take back."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Q

from meadow.accounts.queries import get_people
from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.decisions.records import AppealRecord
from meadow.integrity.errors import (
    AboutYourself,
    ClaimedByAnother,
    DaysUnusable,
    DecidedAlready,
    InquiryMissing,
    NothingToDecide,
    NothingToRestore,
    StatementNeeded,
)
from meadow.integrity.models import Action, Closing, Inquiry, Report
from meadow.integrity.moderation.restricting import (
    RESTRICTS,
    restrict,
    show_again,
    standing_restriction,
)
from meadow.integrity.moderation.subjects import owner_of
from meadow.integrity.moderation.weighing import terms_in_force
from meadow.integrity.rulebook import LONGEST, RULES, SHORTEST, RuleCode
from meadow.integrity.services import end_violation, record_violation
from meadow.notifications.services import Notice, notify_many

Verdict = Literal["dismiss", "warn", "hide", "suspend", "bar"]
# A person is suspended for so many days at most; beyond, it is until somebody lifts it.
MOST_DAYS: Final = 730
ANSWERED: Final = "integrity.report_answered"
_OUTCOMES: Final = {
    "dismiss": Inquiry.Outcome.DISMISSED,
    "warn": Inquiry.Outcome.WARNED,
    "hide": Inquiry.Outcome.HIDDEN,
    "suspend": Inquiry.Outcome.SUSPENDED,
    "bar": Inquiry.Outcome.BARRED,
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
    days: int | None = None,
) -> str:
    """Answer an inquiry; returns the public id of the decision, empty for a dismissal.

    A person can be hidden, suspended (they write nothing) or barred (both), for `days` or until
    somebody lifts it; anything else is hidden until then.

    Its author is told of a restriction, with a signed statement that they can appeal against; who
    reported it is told what became of it. What a rule held back is shown when it is dismissed.
    Raises InquiryMissing, DecidedAlready, ClaimedByAnother, AboutYourself, StatementNeeded,
    CannotBeHidden, KeepsOrder, DaysUnusable, ViolationRecordedAlready; and then nothing is done.
    """
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise DaysUnusable(most=MOST_DAYS)
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
        if days is not None and inquiry.kind == "person" and verdict in RESTRICTS:
            action.until = now + dt.timedelta(days=days)
        if verdict == "dismiss":
            standing = standing_restriction(inquiry, now=now)
            if standing is not None:
                show_again(standing, moderator_id=moderator_id, words="", now=now)
            action.save(force_insert=True)
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
        _close(inquiry, _OUTCOMES[verdict], now=now)
    return action.decision


def restore(*, public_id: str, moderator_id: int, words: str, now: dt.datetime) -> None:
    """Lift what an inquiry put on somebody, and close the violation beside it as mistaken.

    Raises InquiryMissing, NothingToRestore, AboutYourself, StatementNeeded without a reason.
    """
    if not SHORTEST <= len(words) <= LONGEST:
        raise StatementNeeded(fewest=SHORTEST, most=LONGEST)
    with transaction():
        inquiry = _lock(public_id)
        if inquiry.author_id == moderator_id:
            raise AboutYourself
        standing = standing_restriction(inquiry, now=now)
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
    if standing_restriction(inquiry, now=now) == action:
        show_again(
            action, moderator_id=appeal.reviewer_id, words=appeal.answer, now=now, tell=False
        )
    _end_violation(action, moderator_id=appeal.reviewer_id, words=appeal.answer, now=now)


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
