"""Pages of what is under way and what is stuck, with what to do about it."""

import datetime as dt
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.exports import answer_csv
from meadow.core.limits import check_rate
from meadow.finance import limits, queries, services
from meadow.finance.telling import address, moment
from meadow.ledger.words import write_amount, write_figure

PAGE: Final = 50


@never_cache
@login_required
@require_safe
def pending(request: HttpRequest) -> HttpResponse:
    """Show everything that is under way, the oldest first."""
    return _page(request, stuck=False)


@never_cache
@login_required
@require_safe
def stuck(request: HttpRequest) -> HttpResponse:
    """Show what has waited too long, and what to do about each."""
    return _page(request, stuck=True)


@never_cache
@login_required
@require_safe
def pending_csv(request: HttpRequest) -> HttpResponse:
    """Hand out what is under way, MOST_EXPORTED at most, as a file."""
    return _file(request, stuck=False)


@never_cache
@login_required
@require_safe
def stuck_csv(request: HttpRequest) -> HttpResponse:
    """Hand out what is stuck, MOST_EXPORTED at most, as a file."""
    return _file(request, stuck=True)


@login_required
@require_POST
def retry_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Have a failed job of money tried again."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(name="finance.retry", rate=limits.RETRIES, subject=f"person:{operator.pk}", now=now)
    try:
        services.retry_job(job_id=job_id, now=now)
    except MeadowError as refused:
        messages.error(request, refused.sentences())
    else:
        messages.success(request, _("It is tried again now."))
    return redirect("finance_stuck")


@login_required
@require_POST
def resolve_news(request: HttpRequest) -> HttpResponse:
    """Keep what lone news was about."""
    operator, now = require_operator(request.user), clock.now()
    check_rate(
        name="finance.resolve", rate=limits.CHANGES, subject=f"person:{operator.pk}", now=now
    )
    try:
        services.resolve(
            subject="news",
            name=request.POST.get("name", "")[:250],
            words=request.POST.get("words", "")[:500],
            operator_id=operator.pk,
            now=now,
        )
    except MeadowError as refused:
        messages.error(request, refused.sentences())
    else:
        messages.success(request, _("Written down."))
    return redirect("finance_stuck")


def _page(request: HttpRequest, *, stuck: bool) -> HttpResponse:
    require_operator(request.user)
    now, kind = clock.now(), _kind(request, stuck=stuck)
    page = queries.list_waiting(
        stuck=stuck, now=now, kind=kind, cursor=request.GET.get("cursor"), size=PAGE
    )
    here = "/operator/finance/stuck" if stuck else "/operator/finance/pending"
    asked = {"kind": kind} if kind else {}
    more = {**asked, "cursor": page.next_cursor or ""}
    context = {
        "state": "stuck" if stuck else "pending",
        "kinds": tell_totals(queries.sum_waiting(stuck=stuck, now=now), here=here, kind=kind),
        "kind": kind,
        "here": here,
        "lines": [tell_line(one, now=now) for one in page.items],
        "csv": address(f"{here}.csv", asked),
        "more": address(here, more) if page.next_cursor else "",
    }
    return render(request, "finance/waiting.html", context)


def _file(request: HttpRequest, *, stuck: bool) -> HttpResponse:
    require_operator(request.user)
    now, kind = clock.now(), _kind(request, stuck=stuck)
    found = queries.list_waiting(stuck=stuck, now=now, kind=kind, size=limits.MOST_EXPORTED).items
    return answer_csv(
        name="stuck" if stuck else "pending",
        header=[
            *(_("Kind"), _("Id"), _("About"), _("Since (UTC)"), _("Hours")),
            *(_("Amount"), _("Unit")),
        ],
        rows=(
            (
                line.source.name,
                line.waiting.name,
                line.source.say(line.waiting),
                moment(line.waiting.since),
                round((now - line.waiting.since).total_seconds() / 3600, 1),
                _figure(line),
                line.waiting.unit,
            )
            for line in found
        ),
    )


def tell_line(line: queries.Line, *, now: dt.datetime) -> dict[str, Any]:
    """Return one thing that waits in words: how much, how long, what it is and where it leads."""
    one = line.waiting
    return {
        "kind": line.source.name,
        "title": line.source.title,
        "advice": line.source.advice,
        "name": one.name,
        "about": line.source.say(one),
        "since": one.since,
        "age": timesince(one.since, now, depth=1),
        "sum": "" if one.amount is None else write_amount(one.amount, one.unit),
        "href": line.source.link(one),
    }


def tell_totals(
    found: list[queries.SourceTotals], *, here: str, kind: str = ""
) -> list[dict[str, Any]]:
    """Return how many wait of each kind and how much, in words; kinds with none too."""
    return [
        {
            "name": one.source.name,
            "title": one.source.title,
            "count": one.count,
            "sums": [write_amount(part.amount, part.unit) for part in one.totals if part.unit],
            "href": address(here, {"kind": one.source.name}),
            "current": one.source.name == kind,
        }
        for one in found
    ]


def _figure(line: queries.Line) -> str:
    one = line.waiting
    return "" if one.amount is None else write_figure(one.amount, one.unit)


def _kind(request: HttpRequest, *, stuck: bool) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in {one.name for one in queries.list_sources(stuck=stuck)} else ""
