"""Pages of decisions: one's own, each with its receipt and its appeal; checking a receipt."""

import datetime as dt

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.limits import caller, check_rate
from meadow.decisions import appeal_services, limits, queries
from meadow.decisions.appeals import handler_of
from meadow.decisions.forms import AppealForm, ReceiptForm
from meadow.decisions.reasons import describe
from meadow.decisions.receipts import verify
from meadow.decisions.records import DecisionRecord
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
    opened = appeal_services.open_appeal(
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


def _decision_page(
    request: HttpRequest, found: DecisionRecord, form: AppealForm, *, status: int = 200
) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    against = queries.list_appeals_against(found.id) if found.appeal_state else []
    may_appeal = _may_appeal(found, viewer, now)
    context = {
        "decision": found,
        "words": describe(found),
        "appeals": [
            {"appeal": one, "overdue": one.is_open and one.due_at < now} for one in against
        ],
        "is_own": found.person_id == viewer.person_id,
        "may_appeal": may_appeal,
        "terms": queries.terms_in_force(now=now) if may_appeal else None,
        "form": form,
    }
    return render(request, "decisions/decision.html", context, status=status)


def _may_appeal(found: DecisionRecord, viewer: Viewer, now: dt.datetime) -> bool:
    return (
        found.person_id == viewer.person_id
        and found.appeal_state in ("", "withdrawn")
        and found.appeal_until is not None
        and now <= found.appeal_until
        and handler_of(found.scope) is not None
    )
