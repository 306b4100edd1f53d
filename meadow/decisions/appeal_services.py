"""Opening appeals, withdrawing and answering them, once each; telling who keeps order; the terms."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError
from django.utils.translation import gettext as _

from meadow.accounts.queries import get_people, list_moderators
from meadow.core.errors import InvalidInput
from meadow.core.ids import new_id
from meadow.core.transactions import savepoint, transaction, transaction_required
from meadow.decisions.appeals import Handler, handler_of
from meadow.decisions.errors import (
    AppealAnsweredAlready,
    AppealMissing,
    AppealNotPossible,
    AppealOpenedAlready,
    AppealRefused,
    AppealTooLate,
    DecisionMissing,
    ReviewerConcerned,
    TermsChangedMeanwhile,
    WordsMissing,
)
from meadow.decisions.models import FEWEST_DAYS, MOST_DAYS, Appeal, AppealTerms
from meadow.decisions.queries import appeal_of, get_decision, terms_in_force, terms_of
from meadow.decisions.reasons import APPEAL_GRANTED, APPEAL_REFUSED
from meadow.decisions.records import AppealRecord, Reason, Ruling, TermsRecord
from meadow.decisions.services import record
from meadow.notifications.services import Notice, notify, notify_many

FEWEST_LETTERS: Final = 20
MOST_LETTERS: Final = 2000
LONGEST_NOTE: Final = 500
OVERDUE_A_RUN: Final = 100
ANSWERED: Final = "decisions.appeal_answered"
OPENED: Final = "decisions.appeal_opened"
OVERDUE: Final = "decisions.appeal_overdue"


def open_appeal(*, decision: str, person_id: int, words: str, now: dt.datetime) -> AppealRecord:
    """Appeal against a decision about oneself, named by its public id, in time, one at a time.

    Whoever withdrew one may open another while the time to appeal runs. Those who may answer are
    told. Raises DecisionMissing, AppealRefused, AppealNotPossible, AppealTooLate,
    AppealOpenedAlready, WordsMissing.
    """
    said = _check_words(words)
    with transaction():
        against = get_decision(decision)
        if against is None:
            raise DecisionMissing
        if against.person_id != person_id:
            raise AppealRefused
        if handler_of(against.scope) is None or against.appeal_until is None:
            raise AppealNotPossible
        if now > against.appeal_until:
            raise AppealTooLate
        terms = terms_in_force(now=now)
        try:
            with savepoint():
                appeal = Appeal.objects.create(
                    public_id=new_id("a"),
                    decision_id=against.id,
                    person_id=person_id,
                    words=said,
                    opened_at=now,
                    terms_id=terms.number,
                    due_at=now + dt.timedelta(days=terms.answer_days),
                    decided_by=against.decided_by,
                )
        except IntegrityError as twice:
            raise AppealOpenedAlready from twice
        _tell_moderators([appeal], OPENED, now=now)
        return appeal_of(appeal)


def withdraw_appeal(*, appeal: str, person_id: int, now: dt.datetime) -> AppealRecord:
    """Take one's own open appeal back; what was written stays on its page, and nobody answers it.

    Raises AppealMissing, also for somebody else's; AppealAnsweredAlready.
    """
    with transaction():
        row = _lock_appeal(appeal)
        if row.person_id != person_id:
            raise AppealMissing
        if row.state != Appeal.State.OPEN:
            raise AppealAnsweredAlready
        row.state, row.withdrawn_at = Appeal.State.WITHDRAWN, now
        row.save(update_fields=["state", "withdrawn_at"])
        return appeal_of(row)


def answer_appeal(
    *, appeal: str, reviewer_id: int, upheld: bool, words: str, now: dt.datetime
) -> AppealRecord:
    """Grant an appeal (`upheld`) or refuse it; the answer is a decision of its own.

    What follows from a granted one happens in the same transaction. Neither whoever decided nor
    the person concerned may answer. Raises AppealMissing, AppealAnsweredAlready,
    ReviewerConcerned, AppealNotPossible, WordsMissing.
    """
    said = _check_words(words)
    with transaction():
        row = _lock_appeal(appeal)
        if row.state != Appeal.State.OPEN or row.person_id is None:
            raise AppealAnsweredAlready
        reviewed_by = f"operator:{get_people([reviewer_id])[reviewer_id].public_id}"
        if reviewer_id == row.person_id or reviewed_by == row.decided_by:
            raise ReviewerConcerned
        against = appeal_of(row).decision
        handler = handler_of(against.scope)
        if upheld and handler is None:
            raise AppealNotPossible
        code = APPEAL_GRANTED if upheld else APPEAL_REFUSED
        ruling = record(
            ruling=Ruling(
                person_id=row.person_id,
                scope=against.scope,
                capability=against.capability,
                outcome=code,
                rule_version=against.rule_version,
                inputs={"decision": against.public_id, "appeal": row.public_id},
                reasons=[Reason(code, {})],
                decided_by=reviewed_by,
            ),
            now=now,
        )
        row.state = Appeal.State.GRANTED if upheld else Appeal.State.REFUSED
        row.reviewer_id, row.reviewed_by = reviewer_id, reviewed_by
        row.answer, row.answered_at, row.ruling_id = said, now, ruling.id
        row.save()
        answered = appeal_of(row)
        _follow_up(answered, handler if upheld else None, now=now)
        return answered


def tell_overdue(*, now: dt.datetime) -> int:
    """Tell those who may answer of appeals that are overdue, each once; returns how many.

    OVERDUE_A_RUN at most: call again while it returns as many.
    """
    with transaction():
        late = list(_lock_overdue(now))
        _tell_moderators(late, OVERDUE, now=now)
        Appeal.objects.filter(pk__in=[row.pk for row in late]).update(overdue_told_at=now)
        return len(late)


def change_terms(
    *, answer_days: int, note: str, seen: int, operator_id: int, now: dt.datetime
) -> TermsRecord:
    """Set within how many days appeals are answered that are opened from now on.

    Open ones keep their day. `seen` is the version that the operator looked at. Raises
    TermsChangedMeanwhile, InvalidInput.
    """
    said = " ".join(note.split())
    _check_terms(answer_days, said)
    with transaction():
        if terms_in_force(now=now).number != seen:
            raise TermsChangedMeanwhile
        try:
            with savepoint():
                terms = AppealTerms.objects.create(
                    number=seen + 1,
                    answer_days=answer_days,
                    active_from=now,
                    note=said,
                    operator_id=operator_id,
                )
        except IntegrityError as first:
            raise TermsChangedMeanwhile from first
        return terms_of(terms)


@transaction_required
def _lock_appeal(public_id: str) -> Appeal:
    """Return the row of an appeal, which nobody else changes meanwhile. Raises AppealMissing."""
    rows = Appeal.objects.select_related("decision__subject")
    row = rows.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None:
        raise AppealMissing
    return row


@transaction_required
def _lock_overdue(now: dt.datetime) -> Iterable[Appeal]:
    """Return overdue appeals of which nobody was told, those that nobody changes just now."""
    late = Appeal.objects.filter(
        state=Appeal.State.OPEN, due_at__lt=now, overdue_told_at__isnull=True
    )
    return late.order_by("due_at", "pk").select_for_update(skip_locked=True)[:OVERDUE_A_RUN]


@transaction_required
def _tell_moderators(appeals: Iterable[Appeal], kind: str, *, now: dt.datetime) -> None:
    """Tell everybody who may answer these: not who decided, and not the person concerned."""
    moderators = list_moderators()
    notify_many(
        notices=[
            Notice(
                person_id=person_id,
                kind=kind,
                params={"due": row.due_at.isoformat()},
                url=f"/operator/appeals/{row.public_id}",
                key=f"{kind}:{row.public_id}",
            )
            for row in appeals
            for person_id, public_id in moderators.items()
            if person_id != row.person_id and row.decided_by != f"operator:{public_id}"
        ],
        now=now,
    )


@transaction_required
def _follow_up(appeal: AppealRecord, handler: Handler | None, *, now: dt.datetime) -> None:
    """Let the package that decided act on a granted appeal, and tell the person."""
    if handler is not None:
        handler.on_granted(appeal, now)
    if appeal.person_id is not None:
        notify(
            person_id=appeal.person_id,
            kind=ANSWERED,
            params={"granted": handler is not None},
            url=f"/decisions/{appeal.decision.public_id}",
            key=f"appeal:{appeal.public_id}",
            now=now,
        )


def _check_words(words: str) -> str:
    """Return what somebody wrote, without the space around it. Raises WordsMissing."""
    said = words.replace("\r\n", "\n").strip()
    if FEWEST_LETTERS <= len(said) <= MOST_LETTERS:
        return said
    sentence = _("Write %(fewest)s to %(most)s characters: these are %(now)s.") % {
        "fewest": FEWEST_LETTERS,
        "most": MOST_LETTERS,
        "now": len(said),
    }
    raise WordsMissing(fields={"words": [sentence]})


def _check_terms(answer_days: int, note: str) -> None:
    if not FEWEST_DAYS <= answer_days <= MOST_DAYS:
        sentence = _("Give %(fewest)s to %(most)s days.")
        params = {"fewest": FEWEST_DAYS, "most": MOST_DAYS}
        raise InvalidInput(fields={"answer_days": [sentence % params]})
    if not 0 < len(note) <= LONGEST_NOTE:
        sentence = _("Say in up to %(most)s characters why they change: everybody can read it.")
        raise InvalidInput(fields={"note": [sentence % {"most": LONGEST_NOTE}]})
