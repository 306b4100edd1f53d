"""Pages of a program's people: who stands where, invitations, the cohort, applications, places by hand."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.accounts.permissions import require_moderator, require_operator
from meadow.accounts.queries import get_person_by_handle
from meadow.core import clock
from meadow.core.errors import InvalidInput, MeadowError
from meadow.programs.models import STATES
from meadow.programs.operator.forms import (
    CodesForm,
    CohortForm,
    FindForm,
    HandForm,
    ListForm,
    ReviewForm,
)
from meadow.programs.operator.frame import for_moderators, for_operators, lay_on, show
from meadow.programs.queries import (
    count_states,
    explain,
    get_application,
    get_card,
    list_applications,
    list_cohort,
    list_grants,
    list_invitations,
    list_members,
)
from meadow.programs.queries.operating import label_questions
from meadow.programs.services import applications, grants, invitations, stages, suspensions
from meadow.programs.words import STATE_NAMES, say_reason

RESULTS: Final = {
    "invited": gettext_lazy("invited"),
    "admitted": gettext_lazy("invited, and in at once"),
    "already": gettext_lazy("invited or in already"),
    "unknown": gettext_lazy("nobody has this handle"),
    "repeated": gettext_lazy("stands further up already"),
    "unreadable": gettext_lazy("this is no handle"),
}
APPLICATION_STATES: Final = ("open", "accepted", "refused", "withdrawn")


@for_operators("GET", "POST")
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who stands where, and find one person."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = get_person_by_handle(form.cleaned_data["handle"])
        except MeadowError as refused:
            lay_on(form, refused)
        else:
            return redirect("operator_person", slug=slug, handle=found.handle)
    state = request.GET.get("state") or None
    if state is not None and state not in STATES:
        raise InvalidInput(fields={"state": [", ".join(STATES)]})
    page = list_members(slug, state=state, cursor=request.GET.get("cursor"))
    counts = count_states(slug)
    kept = f"state={state}&" if state else ""
    context = {
        "lines": [
            {"line": one, "state": STATE_NAMES[one.state], "reason": say_reason(one.reason)}
            for one in page.items
        ],
        "state": state,
        "states": [(one, str(name), counts.get(one, 0)) for one, name in STATE_NAMES.items()],
        "grants": list_grants(slug, now=clock.now()),
        "form": form,
        "more": f"?{kept}cursor={page.next_cursor}" if page.next_cursor else "",
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "people", context, slug=slug, status=status)


@for_operators("GET", "POST")
def person(request: HttpRequest, slug: str, handle: str) -> HttpResponse:
    """Show one person's place, and change it by hand: grant, revoke, suspend, lift."""
    found, now = get_person_by_handle(handle), clock.now()
    form, status = HandForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        act = request.POST.get("act", "")
        if form.is_valid() or act == "revoke":
            try:
                _by_hand(slug, found.id, act, form, require_operator(request.user).pk, now)
            except MeadowError as refused:
                lay_on(form, refused)
            else:
                messages.success(request, _("Done. The person is told."))
                return redirect("operator_person", slug=slug, handle=found.handle)
    told = explain(found.id, slug, now)
    state = told.standing.state
    context = {
        "person": found,
        "told": told,
        "state_name": STATE_NAMES.get(state, _("Not in")),
        "is_in": state in ("admitted", "pilot", "grace"),
        "is_suspended": state == "suspended",
        "grant": next(
            (one for one in list_grants(slug, now=now) if one.person and one.person.id == found.id),
            None,
        ),
        "form": form,
    }
    return show(request, "person", context, slug=slug, status=status)


@for_operators("GET", "POST")
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Show invitations, make codes, and invite everybody on a list with a report of each line."""
    kind = str(request.POST.get("kind", "")) if request.method == "POST" else ""
    by: dict[str, Any] = {
        "slug": slug,
        "operator_id": require_operator(request.user).pk,
        "now": clock.now(),
    }
    codes = CodesForm(request.POST if kind == "codes" else None, auto_id="codes_%s")
    listed = ListForm(
        request.POST if kind == "list" else None,
        request.FILES if kind == "list" else None,
        auto_id="list_%s",
    )
    context: dict[str, Any] = {"codes": codes, "listed": listed}
    sent: forms.Form | None = {"codes": codes, "list": listed}.get(kind)
    status = 422 if request.method == "POST" else 200
    if sent is not None and sent.is_valid():
        given = sent.cleaned_data
        by |= {"expires_at": by["now"] + dt.timedelta(days=given["days"]), "note": given["note"]}
        try:
            if sent is codes:
                context["issued"] = invitations.issue_codes(count=given["count"], **by)
            else:
                report = invitations.import_list(content=listed.content(), **by)
                context["report"] = [(one, RESULTS[one.result]) for one in report]
            status = 200
        except MeadowError as refused:
            lay_on(sent, refused)
    page = list_invitations(slug, now=by["now"], cursor=request.GET.get("cursor"))
    context |= {
        "lines": page.items,
        "more": f"?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return show(request, "invitations", context, slug=slug, status=status)


@for_operators("POST")
def revoke(request: HttpRequest, slug: str, public_id: str) -> HttpResponse:
    """Take an invitation back."""
    invitations.revoke_invitation(
        slug=slug,
        public_id=public_id,
        operator_id=require_operator(request.user).pk,
        now=clock.now(),
    )
    messages.success(request, _("The invitation is taken back."))
    return redirect("operator_invitations", slug=slug)


@for_operators("GET", "POST")
def cohort(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and replace the list of the cohort stage."""
    members = list_cohort(slug)
    start = {"handles": "\n".join(one.handle for one in members)}
    form, status = CohortForm(request.POST or None, initial=start), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                unknown = stages.set_cohort(
                    slug=slug,
                    handles=form.cleaned_data["handles"].split(),
                    operator_id=require_operator(request.user).pk,
                    now=clock.now(),
                )
            except MeadowError as refused:
                lay_on(form, refused)
            else:
                said = _("The list is kept.")
                if unknown:
                    said = _("The list is kept without these, whom nobody is called: %(who)s") % {
                        "who": ", ".join(unknown[:20])
                    }
                messages.success(request, said)
                return redirect("operator_cohort", slug=slug)
    return show(request, "cohort", {"form": form, "count": len(members)}, slug=slug, status=status)


@for_moderators()
def queue(request: HttpRequest) -> HttpResponse:
    """Show applications that wait, the oldest first, or those that were answered."""
    state = request.GET.get("state", "open")
    if state not in APPLICATION_STATES:
        raise InvalidInput(fields={"state": [", ".join(APPLICATION_STATES)]})
    page = list_applications(None, state=state, cursor=request.GET.get("cursor"))
    context = {
        "lines": [{"line": one, "card": get_card(one.program)} for one in page.items],
        "state": state,
        "more": f"?state={state}&cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "programs/operator/applications.html", context)


@for_moderators("GET", "POST")
def application(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show an application with its answers, and answer it."""
    found, reviewer = get_application(public_id), require_moderator(request.user)
    form, status = ReviewForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                applications.review_application(
                    public_id=public_id,
                    accept=form.cleaned_data["verdict"] == "accept",
                    words=form.cleaned_data["words"],
                    reviewer_id=reviewer.pk,
                    now=clock.now(),
                )
            except MeadowError as refused:
                lay_on(form, refused)
            else:
                messages.success(request, _("The application is answered, and the person is told."))
                return redirect("operator_applications")
    questions = label_questions(found.program)
    context = {
        "application": found,
        "card": get_card(found.program),
        "answers": [(questions.get(key, key), said) for key, said in found.answers.items()],
        "is_own": found.person_id == reviewer.pk,
        "form": form,
    }
    return render(request, "programs/operator/application.html", context, status=status)


def _by_hand(
    slug: str, person_id: int, act: str, form: HandForm, operator_id: int, now: dt.datetime
) -> None:
    by: dict[str, Any] = {
        "slug": slug,
        "person_id": person_id,
        "operator_id": operator_id,
        "now": now,
    }
    if act == "revoke":
        grants.revoke_grant(**by)
        return
    words = form.cleaned_data["words"]
    if act == "grant":
        grants.grant_place(reason=words, until=form.moment(), **by)
    elif act == "suspend":
        suspensions.suspend(words=words, until=form.moment(), **by)
    elif act == "lift":
        suspensions.lift_suspension(words=words, **by)
    else:
        raise InvalidInput(fields={"act": [_("Choose what to do.")]})
