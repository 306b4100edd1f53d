"""What people are told about verdicts on their reading and about their record; the moderators' side of it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_moderator, require_person
from meadow.accounts.queries import get_person_by_handle, list_operators
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.integrity import services
from meadow.integrity.errors import AboutYourself
from meadow.integrity.forms import ClosingForm, FindForm, ViolationForm
from meadow.integrity.queries import (
    OPEN,
    ViolationRecord,
    get_violation,
    list_cases_of,
    list_violations,
)
from meadow.integrity.rulebook import CLOSINGS, get_rule
from meadow.integrity.words import describe_case, name_detector

ALL = "all"


@never_cache
@login_required
@require_safe
def my_verdicts(request: HttpRequest) -> HttpResponse:
    """Show what was not counted, why, and who can take it back.

    Found by the pseudonym that the reader has now: after forgetting, nothing of before is known.
    """
    person = require_person(request.user)
    page = list_cases_of(pseudonym=person.pseudonym, cursor=request.GET.get("cursor"))
    cases = [
        {"case": case, "name": name_detector(case.detector), "why": describe_case(case)}
        for case in page.items
    ]
    context = {
        "cases": cases,
        "operators": list_operators(),
        "more": f"/me/verdicts?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "integrity/verdicts.html", context)


@never_cache
@login_required
@require_safe
def my_record(request: HttpRequest) -> HttpResponse:
    """Show somebody what was recorded about them, what mends it, and whom to ask."""
    person = require_person(request.user)
    page = list_violations(person_id=person.pk, cursor=request.GET.get("cursor"))
    context = {
        "violations": [in_words(one) for one in page.items],
        "operators": list_operators(),
        "more": f"/settings/record?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "integrity/record.html", context)


@never_cache
@login_required
@require_safe
def violations(request: HttpRequest) -> HttpResponse:
    """List what moderators recorded, the open ones first asked for; find a person's record."""
    require_moderator(request.user)
    state = ALL if request.GET.get("state") == ALL else OPEN
    form = FindForm(request.GET if "handle" in request.GET else None)
    if form.is_bound and form.is_valid():
        try:
            found = get_person_by_handle(form.cleaned_data["handle"])
        except MeadowError as missing:
            form.add_error("handle", missing.sentences())
        else:
            return redirect("person_violations", handle=found.handle)
    page = list_violations(state=None if state == ALL else OPEN, cursor=request.GET.get("cursor"))
    more = urlencode({"state": state, "cursor": page.next_cursor})
    context = {
        "violations": [in_words(one) for one in page.items],
        "state": state,
        "form": form,
        "more": f"/operator/violations?{more}" if page.next_cursor else "",
    }
    return render(request, "integrity/violations.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_violations(request: HttpRequest, handle: str) -> HttpResponse:
    """Show a person's record, and record a violation about them."""
    moderator = require_moderator(request.user)
    person = get_person_by_handle(handle)
    form = ViolationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_violation(
                person_id=person.id,
                moderator_id=moderator.pk,
                now=clock.now(),
                **form.cleaned_data,
            )
        except AboutYourself:
            raise
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("The violation is recorded, and the person is told."))
            return redirect("person_violations", handle=person.handle)
    page = list_violations(person_id=person.id, cursor=request.GET.get("cursor"))
    address = f"/operator/people/{person.handle}/violations"
    context = {
        "person": person,
        "violations": [in_words(one) for one in page.items],
        "form": form,
        "may_record": person.id != moderator.pk,
        "more": f"{address}?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(
        request, "integrity/person_violations.html", context, status=422 if form.errors else 200
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def violation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one violation, and close it."""
    moderator = require_moderator(request.user)
    found = get_violation(public_id=public_id)
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        services.close_violation(
            public_id=public_id, moderator_id=moderator.pk, now=clock.now(), **form.cleaned_data
        )
        messages.success(request, _("The violation is closed, and the person is told."))
        return redirect("violation", public_id=public_id)
    about_me = found.person is not None and found.person.id == moderator.pk
    context = {
        "one": in_words(found),
        "form": form,
        "may_close": found.state == OPEN and not about_me,
    }
    return render(request, "integrity/violation.html", context, status=422 if form.errors else 200)


def in_words(found: ViolationRecord) -> dict[str, Any]:
    """Return a violation with its rule and the reason of its closing in words.

    `note` is where its subject leads: what looks like a note's id is one.
    """
    return {
        "violation": found,
        "rule": get_rule(found.rule),
        "closing": CLOSINGS[found.closed.reason] if found.closed else "",
        "note": f"/n/{found.subject}" if found.subject.startswith("n") else "",
    }
