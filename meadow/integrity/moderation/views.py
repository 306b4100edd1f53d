"""Pages of reporting, of one's own reports, and of the queue."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_moderator, require_person
from meadow.core import clock
from meadow.core.errors import MeadowError, NotFound
from meadow.integrity.errors import NothingToDecide, OwnSubject, SubjectMissing
from meadow.integrity.moderation import acting, figures, queue, reporting
from meadow.integrity.moderation.forms import ReportForm, RestoreForm, VerdictForm
from meadow.integrity.moderation.news import say_outcome
from meadow.integrity.moderation.reasons import REASONS
from meadow.integrity.moderation.records import InquiryLine, InquiryPage
from meadow.integrity.moderation.restricting import ENDS_BY
from meadow.integrity.moderation.subjects import (
    KIND_NAMES,
    SubjectKind,
    SubjectView,
    can_hide,
    look_at,
    owner_of,
)
from meadow.integrity.moderation.words import (
    ACTION_NAMES,
    OUTCOME_NAMES,
    SCREENED_NAME,
    name_reason,
)
from meadow.integrity.rulebook import RULES, get_rule

FIGURE_DAYS: Final = 30


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, kind: SubjectKind, public_id: str) -> HttpResponse:
    """Ask why something is reported, and take the report."""
    person = require_person(request.user)
    subject = _reportable(kind, public_id, person.pk)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reporting.report_subject(
                kind=kind,
                public_id=public_id,
                reporter_id=person.pk,
                now=clock.now(),
                **form.cleaned_data,
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(
                request, _("Thank you. Somebody looks at it, and you are told what becomes of it.")
            )
            return redirect("my_reports")
    context = {
        "subject": subject,
        "kind_name": KIND_NAMES[kind],
        "excerpt": queue.title_of(subject.content()),
        "form": form,
        "reported": queue.find_own_report(person_id=person.pk, kind=kind, public_id=public_id),
    }
    return render(request, "integrity/report.html", context, status=422 if form.errors else 200)


def _reportable(kind: str, public_id: str, viewer_id: int) -> SubjectView:
    owner = owner_of(kind)
    if owner is None or not owner.may_see(public_id, viewer_id):
        raise SubjectMissing
    seen = owner.look(public_id)
    if seen is None or seen.is_gone:
        raise SubjectMissing
    if seen.author_id == viewer_id:
        raise OwnSubject
    return seen


@never_cache
@login_required
@require_safe
def why_hidden(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Lead people to the statement of reasons that hides what they wrote, or restricts them."""
    person = require_person(request.user)
    seen = look_at(kind=kind, public_id=public_id)
    decision = queue.find_hiding(kind=kind, public_id=public_id)
    if seen is None or seen.author_id != person.pk or not decision:
        raise NotFound
    return redirect("decision", public_id=decision)


@never_cache
@login_required
@require_safe
def my_reports(request: HttpRequest) -> HttpResponse:
    """List what the reader reported, and what became of it."""
    person = require_person(request.user)
    page = queue.list_own_reports(person_id=person.pk, cursor=request.GET.get("cursor"))
    context = {
        "reports": [
            {
                "report": one,
                "kind": KIND_NAMES[one.kind],
                "reason": REASONS[one.reason].name,
                "outcome": say_outcome(one.outcome, kind=one.kind, shown_again=one.shown_again),
            }
            for one in page.items
        ],
        "more": f"/settings/reports?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "integrity/my_reports.html", context)


@never_cache
@login_required
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """List what waits, most urgent first; what the reader holds; what was decided."""
    moderator = require_moderator(request.user)
    now = clock.now()
    chosen = _chosen(request)
    page = queue.list_inquiries(
        state=chosen["state"],
        kind=chosen.get("kind"),
        reason=chosen.get("reason"),
        moderator_id=moderator.pk,
        now=now,
        cursor=request.GET.get("cursor"),
    )
    more = urlencode({**chosen, "cursor": page.next_cursor})
    context = {
        "lines": [_line(one, now) for one in page.items],
        "state": chosen["state"],
        "chosen": chosen,
        "filters": _filters(chosen),
        "counts": queue.count_states(moderator_id=moderator.pk, now=now),
        "more": f"/operator/reports?{more}" if page.next_cursor else "",
    }
    return render(request, "integrity/reports.html", context)


def _chosen(request: HttpRequest) -> dict[str, str]:
    """Return which part of the queue is asked for; what there is not is left out."""
    state = request.GET.get("state", "open")
    chosen = {"state": state if state in queue.STATES else "open"}
    if (kind := request.GET.get("kind", "")) in KIND_NAMES:
        chosen["kind"] = kind
    if (reason := request.GET.get("reason", "")) in {*REASONS, "screened"}:
        chosen["reason"] = reason
    return chosen


def _filters(chosen: dict[str, str]) -> list[dict[str, Any]]:
    reasons = {code: one.name for code, one in REASONS.items()} | {"screened": SCREENED_NAME}
    return [
        {
            "name": name,
            "label": label,
            "every": every,
            "chosen": chosen.get(name),
            "choices": choices,
        }
        for name, label, every, choices in (
            ("kind", pgettext("report", "What"), _("Everything"), KIND_NAMES),
            ("reason", _("Reason"), _("Every reason"), reasons),
        )
    ]


def _line(one: InquiryLine, now: Any) -> dict[str, Any]:
    held = one.claimed_until is not None and one.claimed_until > now
    return {
        "inquiry": one,
        "kind": KIND_NAMES[one.kind],
        "reasons": [
            {"name": name_reason(code), "count": count} for code, count in one.reasons.items()
        ],
        "outcome": OUTCOME_NAMES[one.outcome],
        "held_by": one.claimed_by if held else "",
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def inquiry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one inquiry with all that a verdict needs, and take the verdict."""
    moderator = require_moderator(request.user)
    found = queue.get_inquiry(public_id=public_id)
    hideable = can_hide(found.line.kind)
    form = VerdictForm(
        request.POST if request.method == "POST" else None,
        kind=found.line.kind,
        can_hide=hideable,
    )
    if request.method == "POST" and form.is_valid():
        try:
            acting.decide(
                public_id=public_id,
                verdict=form.chosen,
                statement=form.statement,
                with_violation=form.cleaned_data["with_violation"],
                days=form.chosen_days,
                moderator_id=moderator.pk,
                now=clock.now(),
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("Decided. Whoever reported it is told."))
            return redirect("reports")
    return _inquiry_page(request, found, form, RestoreForm(), moderator.pk)


def _inquiry_page(
    request: HttpRequest,
    found: InquiryPage,
    form: VerdictForm,
    restore_form: RestoreForm,
    moderator_id: int,
) -> HttpResponse:
    now = clock.now()
    line = found.line
    about_me = found.author_id == moderator_id
    seen = look_at(kind=line.kind, public_id=line.subject)
    snapshot = found.snapshots[0] if found.snapshots else None
    restorable = line.outcome in queue.RESTRICTED and not about_me
    context = {
        "one": _line(line, now),
        "found": found,
        "subject": seen,
        "snapshot": snapshot,
        "changed": bool(seen and snapshot and seen.content() != snapshot.content),
        "reports": [{"report": one, "reason": name_reason(one.reason)} for one in found.reports],
        "actions": [
            {
                "action": one,
                "name": ACTION_NAMES[one.kind],
                "rule": get_rule(one.rule).name if one.rule in RULES else "",
            }
            for one in found.actions
        ],
        "form": form,
        "restore_form": restore_form,
        "may_decide": line.is_open and not about_me,
        "about_me": about_me,
        "is_mine": line.claimed_by == getattr(request.user, "handle", "") and _holds(line, now),
        "may_restore": restorable and _stands(found, now),
    }
    status = 422 if form.errors or restore_form.errors else 200
    return render(request, "integrity/inquiry.html", context, status=status)


def _holds(line: InquiryLine, now: Any) -> bool:
    return line.claimed_until is not None and line.claimed_until > now


def _stands(found: InquiryPage, now: Any) -> bool:
    """Whether the last restriction still holds."""
    acts = [one for one in found.actions if one.kind in ENDS_BY]
    if not acts or acts[-1].kind == "restore":
        return False
    return acts[-1].until is None or acts[-1].until > now


@require_POST
@login_required
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent one that nobody is at, and open it."""
    moderator = require_moderator(request.user)
    try:
        taken = acting.take_next(moderator_id=moderator.pk, now=clock.now())
    except NothingToDecide as nothing:
        messages.info(request, nothing.text())
        return redirect("reports")
    return redirect("inquiry", public_id=taken)


@require_POST
@login_required
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Claim one inquiry."""
    moderator = require_moderator(request.user)
    acting.claim(public_id=public_id, moderator_id=moderator.pk, now=clock.now())
    return redirect("inquiry", public_id=public_id)


@require_POST
@login_required
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give one inquiry back."""
    moderator = require_moderator(request.user)
    acting.release(public_id=public_id, moderator_id=moderator.pk)
    return redirect("reports")


@require_POST
@login_required
def restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lift a restriction."""
    moderator = require_moderator(request.user)
    found = queue.get_inquiry(public_id=public_id)
    form = RestoreForm(request.POST)
    if form.is_valid():
        acting.restore(
            public_id=public_id,
            moderator_id=moderator.pk,
            words=form.cleaned_data["words"],
            now=clock.now(),
        )
        messages.success(request, _("It is lifted, and whom it was about is told."))
        return redirect("inquiry", public_id=public_id)
    empty = VerdictForm(kind=found.line.kind, can_hide=can_hide(found.line.kind))
    return _inquiry_page(request, found, empty, form, moderator.pk)


@never_cache
@login_required
@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """Count what was reported and what became of it, by day and by reason."""
    require_moderator(request.user)
    counted = figures.count_period(now=clock.now(), days=FIGURE_DAYS)
    return render(
        request,
        "integrity/transparency.html",
        {"figures": figures.in_words(counted), "days": FIGURE_DAYS},
    )


@never_cache
@login_required
@require_safe
def transparency_csv(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out one table of the figures as a file."""
    require_moderator(request.user)
    if name not in figures.TABLES:
        raise NotFound
    return figures.as_csv(name, figures.count_period(now=clock.now(), days=FIGURE_DAYS))
