"""Pages of decisions: one's own, each with its receipt and appeal; the queue of those who answer."""

import datetime as dt

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_moderator, require_person
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.limits import caller, check_rate
from meadow.decisions import limits, queries, services
from meadow.decisions.appeals import handler_of
from meadow.decisions.forms import GRANT, AnswerForm, AppealForm, ReceiptForm
from meadow.decisions.reasons import describe
from meadow.decisions.receipts import verify
from meadow.decisions.records import AppealRecord, DecisionRecord
from meadow.decisions.viewers import Viewer, viewer_of


@never_cache
@login_required
@require_safe
def my_decisions(request: HttpRequest) -> HttpResponse:
    """Show what was decided about the reader, newest first."""
    person = require_person(request.user)
    page = queries.list_decisions(person.pk, cursor=request.GET.get("cursor"))
    context = {
        "decisions": [{"decision": one, "words": describe(one)} for one in page.items],
        "more": f"/decisions?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "decisions/list.html", context)


@never_cache
@login_required
@require_safe
def decision(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one decision in words, with its values, receipt and appeal."""
    found = queries.find_decision(public_id, viewer_of(request))
    return _decision_page(request, found, AppealForm())


@login_required
@require_safe
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the receipt as a file."""
    found = queries.find_decision(public_id, viewer_of(request))
    body = orjson.dumps(queries.receipt(found.public_id), option=orjson.OPT_INDENT_2)
    name = f"meadow-{found.public_id}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type="application/json", headers=headers)


@login_required
@require_POST
def appeal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Appeal against a decision about the reader; what is wrong is said beside the field."""
    now, viewer = clock.now(), viewer_of(request)
    found, form = queries.find_decision(public_id, viewer), AppealForm(request.POST)
    if not form.is_valid():
        return _decision_page(request, found, form, status=422)
    check_rate(
        name="decisions.appeal",
        rate=limits.APPEALS,
        subject=f"person:{viewer.person_id}",
        now=now,
    )
    opened = services.open_appeal(
        decision=found.public_id,
        person_id=viewer.person_id,
        words=form.cleaned_data["words"],
        now=now,
    )
    due = dt.datetime.strftime(opened.due_at, "%Y-%m-%d")
    messages.success(request, _("Your appeal is open. It is answered by %(due)s.") % {"due": due})
    return redirect("decision", public_id=found.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_receipt(request: HttpRequest) -> HttpResponse:
    """Check a receipt that anybody pastes in."""
    form, context = ReceiptForm(request.POST or None), {}
    if request.method == "POST" and form.is_valid():
        check_rate(
            name="decisions.verify", rate=limits.CHECKS, subject=caller(request), now=clock.now()
        )
        try:
            pasted = orjson.loads(form.cleaned_data["receipt"])
        except orjson.JSONDecodeError:
            form.add_error("receipt", _("This is not JSON: a part of the file may be missing."))
        else:
            verdict = verify(pasted, keys=queries.public_keys())
            context = {
                "verdict": verdict,
                "problems": [problem.text() for problem in verdict.problems],
                "text": orjson.dumps(verdict.decision, option=orjson.OPT_INDENT_2).decode(),
            }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "decisions/verify.html", {"form": form, **context}, status=status)


@never_cache
@login_required
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Show the appeals that wait, soonest due first, or those that were answered."""
    require_moderator(request.user)
    now = clock.now()
    answered = request.GET.get("state") == "answered"
    page = queries.list_appeals(
        state="answered" if answered else "open", cursor=request.GET.get("cursor")
    )
    people = get_people([one.person_id for one in page.items if one.person_id is not None])
    address = "/operator/appeals?state=answered&" if answered else "/operator/appeals?"
    context = {
        "appeals": [
            {
                "appeal": one,
                "words": describe(one.decision),
                "person": people.get(one.person_id or 0),
                "overdue": one.is_open and one.due_at < now,
            }
            for one in page.items
        ],
        "answered": answered,
        "more": f"{address}cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "decisions/appeals.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show an appeal beside the decision, and take its answer."""
    reviewer, now = require_moderator(request.user), clock.now()
    found = queries.find_appeal(public_id, viewer_of(request))
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_appeal(
                appeal=found.public_id,
                reviewer_id=reviewer.pk,
                upheld=form.cleaned_data["verdict"] == GRANT,
                words=form.cleaned_data["words"],
                now=now,
            )
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("The appeal is answered."))
            return redirect("appeals")
    people = get_people([found.person_id] if found.person_id is not None else [])
    context = {
        "appeal": found,
        "decision": found.decision,
        "words": describe(found.decision),
        "person": people.get(found.person_id or 0),
        "overdue": found.is_open and found.due_at < now,
        "may_answer": _may_answer(found, reviewer_id=reviewer.pk, public_id=reviewer.public_id),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "decisions/answer.html", context, status=status)


def _decision_page(
    request: HttpRequest, found: DecisionRecord, form: AppealForm, *, status: int = 200
) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    against = queries.find_appeal_against(found.id) if found.appeal_state else None
    context = {
        "decision": found,
        "words": describe(found),
        "appeal": against,
        "overdue": against is not None and against.is_open and against.due_at < now,
        "is_own": found.person_id == viewer.person_id,
        "may_appeal": _may_appeal(found, viewer, now),
        "form": form,
    }
    return render(request, "decisions/decision.html", context, status=status)


def _may_appeal(found: DecisionRecord, viewer: Viewer, now: dt.datetime) -> bool:
    return (
        found.person_id == viewer.person_id
        and not found.appeal_state
        and found.appeal_until is not None
        and now <= found.appeal_until
        and handler_of(found.scope) is not None
    )


def _may_answer(found: AppealRecord, *, reviewer_id: int, public_id: str) -> bool:
    decided = found.decision.decided_by == f"operator:{public_id}"
    return found.is_open and found.person_id != reviewer_id and not decided
