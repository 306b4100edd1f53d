"""Operators' pages of batches: drawing one up, approving another's, its bank file and results."""

from dataclasses import astuple
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.exports import answer_csv
from meadow.core.ids import new_id
from meadow.payouts import queries, services
from meadow.payouts.acting import begin
from meadow.payouts.forms import ApproveForm, BatchForm, RefuseForm, ResultsForm
from meadow.payouts.providers import list_ways
from meadow.payouts.records import BatchRecord
from meadow.payouts.services.results import HEADER
from meadow.payouts.showing import (
    PAYOUT_HEADER,
    payout_rows,
    plain_sum,
    say_sum,
    show_batch,
    show_payout,
)

MOST_EXPORTED: Final = 10_000


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """Show batches and what waits for the next, and draw one up."""
    operator = begin(request)
    form = BatchForm(initial={"key": new_id("k")})
    if request.method == "POST":
        form = BatchForm(request.POST)
        if form.is_valid():
            asked = form.cleaned_data
            try:
                drawn = services.draw_up_batch(
                    provider=asked["provider"],
                    unit=asked["unit"],
                    operator_id=operator,
                    key=f"page-{asked['key']}",
                    now=clock.now(),
                )
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("Drawn up. Somebody else has to approve it."))
                return redirect("operator_payout_batch", public_id=drawn.public_id)
    page = queries.list_batches(cursor=request.GET.get("cursor"))
    people = get_people({one.made_by for one in page.items})
    ways = {way.name: way.label for way in list_ways()}
    context = {
        "form": form,
        "waiting": [
            {
                "way": way.label,
                "count": count,
                "total": say_sum(total, unit),
            }
            for way in list_ways()
            for unit, (count, total) in queries.waiting_for_batch(kinds=sorted(way.kinds)).items()
        ],
        "batches": [
            show_batch(one)
            | {"by": people.get(one.made_by), "way": ways.get(one.provider, one.provider)}
            for one in page.items
        ],
        "more": f"/operator/payouts/batches?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    status = 422 if form.errors else 200
    return render(request, "payouts/operator_batches.html", context, status=status)


@never_cache
@login_required
@require_safe
def batches_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the latest batches as a file, MOST_EXPORTED at most."""
    require_operator(request.user)
    header = ("batch", "provider", "state", "count", "total", "currency", "made_utc", "decided_utc")
    rows = [
        (
            *(one.public_id, one.provider, one.state, one.count),
            *(plain_sum(one.total, one.unit), one.unit),
            one.made_at.strftime("%Y-%m-%d %H:%M:%S"),
            one.decided_at.strftime("%Y-%m-%d %H:%M:%S") if one.decided_at else "",
        )
        for one in queries.list_batches(size=MOST_EXPORTED).items
    ]
    return answer_csv(name="meadow-payout-batches", header=header, rows=rows)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is in a batch; approve or refuse it, and take what the bank said of it."""
    operator, now = begin(request), clock.now()
    found = queries.find_batch(public_id)
    refuse_form, results_form, trouble = RefuseForm(), ResultsForm(), ""
    refused_lines: list[tuple[int, str, str]] = []
    act = request.POST.get("act", "")
    try:
        if act == "approve":
            form = ApproveForm(request.POST)
            if form.is_valid():
                services.approve_batch(
                    batch=public_id, **form.cleaned_data, operator_id=operator, now=now
                )
                messages.success(request, _("Approved. It leaves now."))
                return redirect("operator_payout_batch", public_id=public_id)
            trouble = _("This batch is not as you saw it any more.")
        elif act == "refuse":
            refuse_form = RefuseForm(request.POST)
            if refuse_form.is_valid():
                services.refuse_batch(
                    batch=public_id, **refuse_form.cleaned_data, operator_id=operator, now=now
                )
                messages.success(request, _("Refused. Its payouts wait for another batch."))
                return redirect("operator_payout_batch", public_id=public_id)
        elif act == "results":
            results_form = ResultsForm(request.POST, request.FILES)
            if results_form.is_valid():
                lines = services.read_results(results_form.cleaned_data["text"])
                results = services.take_results(
                    batch=public_id, lines=lines, operator_id=operator, now=now
                )
                refused_lines = results.refused
                said = ngettext(
                    "%(count)s result was taken.", "%(count)s results were taken.", results.taken
                )
                messages.success(request, said % {"count": results.taken})
                if not refused_lines:
                    return redirect("operator_payout_batch", public_id=public_id)
    except MeadowError as refused:
        trouble = refused.sentences()
    context = _batch_context(found, operator)
    context |= {
        "refuse_form": refuse_form,
        "results_form": results_form,
        "trouble": trouble,
        "refused_lines": refused_lines,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "payouts/operator_batch.html", context, status=status)


@never_cache
@login_required
@require_safe
def batch_csv(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out what is in a batch as a file, without payee details."""
    require_operator(request.user)
    queries.find_batch(public_id)
    rows = payout_rows(queries.list_batch_payouts(public_id))
    return answer_csv(name=f"meadow-batch-{public_id}", header=PAYOUT_HEADER, rows=rows)


@login_required
@require_POST
def bank_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out the bank file of an approved batch, and note that it was taken."""
    operator = begin(request)
    services.file_batch(batch=public_id, operator_id=operator, now=clock.now())
    rows = [astuple(one) for one in services.write_file(batch=public_id)]
    answer = answer_csv(name=f"bank-file-{public_id}", header=HEADER, rows=rows)
    answer["Cache-Control"] = "no-store"
    return answer


def _batch_context(found: BatchRecord, operator_id: int) -> dict[str, Any]:
    inside = queries.list_batch_payouts(found.public_id)
    way = next((one for one in list_ways() if one.name == found.provider), None)
    people = get_people(
        {found.made_by, found.decided_by or 0, *(one.person_id or 0 for one in inside)}
    )
    total = sum(one.net for one in inside)
    own = operator_id == found.made_by or any(one.person_id == operator_id for one in inside)
    by_file = way is not None and way.by_file
    return show_batch(found) | {
        "payouts": [
            show_payout(one) | {"person": people.get(one.person_id or 0)} for one in inside
        ],
        "inside": len(inside),
        "inside_total": say_sum(total, found.unit),
        "approve_form": ApproveForm(initial={"count": len(inside), "total": total}),
        "can_approve": found.state == "drafted" and bool(inside) and not own,
        "needs_another": found.state == "drafted" and own,
        "can_refuse": found.state == "drafted",
        "can_file": by_file and found.state == "approved",
        "can_tell": by_file and found.filed_at is not None,
        "way": way.label if way is not None else found.provider,
        "made_by": people.get(found.made_by),
        "decided_by": people.get(found.decided_by or 0),
    }
