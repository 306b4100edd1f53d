"""Pages of decisions: one's own, each with its receipt and its appeal; checking a receipt."""

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
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

LONGEST_FILTER: Final = 80
PARTS: Final = {
    "shape": gettext_lazy("It has the form of a receipt"),
    "document": gettext_lazy("Its text is a decision's"),
    "key": gettext_lazy("Its key is one of ours"),
    "signature": gettext_lazy("The signature belongs to the batch"),
    "path": gettext_lazy("The decision is in the batch, as it was signed"),
}


@never_cache
@login_required
@require_safe
def my_decisions(request: HttpRequest) -> HttpResponse:
    """Show what was decided about the reader, newest first, or what of it was asked for."""
    person = require_person(request.user)
    chosen = {
        name: request.GET[name][:LONGEST_FILTER]
        for name in ("scope", "outcome")
        if request.GET.get(name)
    }
    page = queries.list_decisions(
        person.pk,
        chosen.get("scope"),
        outcome=chosen.get("outcome"),
        cursor=request.GET.get("cursor"),
    )
    more = urlencode({**chosen, "cursor": page.next_cursor})
    context = {
        "decisions": [{"decision": one, "words": describe(one)} for one in page.items],
        "filters": _list_filters(person.pk, chosen),
        "chosen": chosen,
        "more": f"/decisions?{more}" if page.next_cursor else "",
    }
    return render(request, "decisions/list.html", context)


def _list_filters(person_id: int, chosen: dict[str, str]) -> list[dict[str, Any]]:
    """Return what the list can be cut by: each with its choices by value, in words."""
    scopes, outcomes = {}, {}
    for sample in queries.list_samples(person_id):
        words = describe(sample)
        scopes[sample.scope], outcomes[sample.outcome] = words.title, words.outcome.text
    return [
        {"name": name, "label": label, "every": every, "chosen": chosen.get(name), "choices": found}
        for name, label, every, found in (
            ("scope", _("About"), _("Everything"), scopes),
            ("outcome", _("Outcome"), _("Every outcome"), outcomes),
        )
        if len(found) > 1 or name in chosen
    ]


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
    due = date_format(opened.due_at, "DATE_FORMAT")
    messages.success(request, _("Your appeal is open. It is answered by %(due)s.") % {"due": due})
    return redirect("decision", public_id=found.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_receipt(request: HttpRequest) -> HttpResponse:
    """Check a receipt that anybody brings, or (`of`) that of a decision which the reader may open."""
    sent = request.method == "POST"
    form = ReceiptForm(request.POST, request.FILES) if sent else ReceiptForm()
    context: dict[str, Any] = {}
    if form.is_valid():
        check_rate(
            name="decisions.verify", rate=limits.CHECKS, subject=caller(request), now=clock.now()
        )
        context = _check(form.cleaned_data["content"])
    elif not sent and (wanted := request.GET.get("of")):
        found = queries.find_decision(wanted, viewer_of(request))
        context = _check(queries.receipt(found.public_id))
    status = 422 if sent and form.errors else 200
    context |= {"form": form, "keys": queries.list_keys()}
    return render(request, "decisions/verify.html", context, status=status)


def _check(receipt: Any) -> dict[str, Any]:
    """Return what the page says of a receipt: each part with what is wrong with it, if anything."""
    verdict = verify(receipt, keys=queries.public_keys())
    wrong: dict[str, list[str]] = {}
    for problem in verdict.problems:
        wrong.setdefault(problem.code, []).append(problem.text())
    # What is no receipt has no parts to be looked at.
    names = {"shape": PARTS["shape"]} if "shape" in wrong else PARTS
    context: dict[str, Any] = {
        "verdict": verdict,
        "parts": [{"name": name, "wrong": wrong.get(code)} for code, name in names.items()],
    }
    if verdict.valid:
        said = queries.record_of(id=0, person_id=None, content=dict(verdict.decision))
        text = orjson.dumps(verdict.decision, option=orjson.OPT_INDENT_2).decode()
        context |= {"decision": said, "words": describe(said), "text": text}
    return context


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
