"""Pages of appeals: taking one back, the queue of those who answer, and the terms."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import is_operator, require_moderator, require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.decisions import appeal_services, queries
from meadow.decisions.forms import GRANT, AnswerForm, TermsForm
from meadow.decisions.queries import AppealState
from meadow.decisions.reasons import describe
from meadow.decisions.records import AppealRecord
from meadow.decisions.viewers import viewer_of

STATES: dict[str, AppealState] = {"answered": "answered", "withdrawn": "withdrawn"}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, and take the reader's own appeal back."""
    viewer = viewer_of(request)
    found = queries.find_own_appeal(public_id, person_id=viewer.person_id)
    if request.method == "POST":
        appeal_services.withdraw_appeal(
            appeal=found.public_id, person_id=viewer.person_id, now=clock.now()
        )
        messages.success(request, _("Your appeal is withdrawn."))
        return redirect("decision", public_id=found.decision.public_id)
    context = {
        "appeal": found,
        "words": describe(found.decision),
        "until": _appeal_until(found, clock.now()),
    }
    return render(request, "decisions/withdraw.html", context)


def _appeal_until(found: AppealRecord, now: dt.datetime) -> dt.datetime | None:
    """Return until when somebody could appeal again; None where the time is over."""
    until = found.decision.appeal_until
    return until if until is not None and now <= until else None


@never_cache
@login_required
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """Show the appeals that wait, soonest due first, or those that were answered or withdrawn."""
    require_moderator(request.user)
    now = clock.now()
    state = STATES.get(request.GET.get("state", ""), "open")
    page = queries.list_appeals(state=state, cursor=request.GET.get("cursor"))
    people = get_people([one.person_id for one in page.items if one.person_id is not None])
    address = "/operator/appeals?" if state == "open" else f"/operator/appeals?state={state}&"
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
        "state": state,
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
            appeal_services.answer_appeal(
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


def _may_answer(found: AppealRecord, *, reviewer_id: int, public_id: str) -> bool:
    decided = found.decision.decided_by == f"operator:{public_id}"
    return found.is_open and found.person_id != reviewer_id and not decided


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Tell anybody how appeals work and how that changed; operators change it."""
    now, form = clock.now(), None
    if request.method == "POST":
        operator = require_operator(request.user)
        form = TermsForm(request.POST)
        if form.is_valid():
            try:
                appeal_services.change_terms(**form.cleaned_data, operator_id=operator.pk, now=now)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(
                    request, _("Appeals that are opened from now on have these terms.")
                )
                return redirect("appeal_terms")
    in_force = queries.terms_in_force(now=now)
    if form is None and is_operator(request.user):
        form = TermsForm(initial={"answer_days": in_force.answer_days, "seen": in_force.number})
    versions = queries.list_terms()
    people = get_people([one.operator_id for one in versions if one.operator_id is not None])
    context: dict[str, Any] = {
        "terms": in_force,
        "versions": [{"terms": one, "by": people.get(one.operator_id or 0)} for one in versions],
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "decisions/terms.html", context, status=status)
