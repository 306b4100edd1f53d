"""Pages of proofs of the books, of differences with providers, and of the limits."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.exports import answer_csv
from meadow.core.limits import check_rate
from meadow.core.money import UNITS
from meadow.finance import limits, queries, services
from meadow.finance.forms import ResolutionForm, TermsForm
from meadow.finance.telling import address, moment
from meadow.ledger.checking import INVARIANTS
from meadow.ledger.queries import last_check, list_checks
from meadow.ledger.records import CheckRecord
from meadow.ledger.services import ask_check
from meadow.ledger.words import write_amount
from meadow.payments.queries import list_compared_days, list_differences
from meadow.payments.words import DIFFERENCES

PAGE: Final = 24


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: HttpRequest) -> HttpResponse:
    """Show the proofs of the books that were made, and have one made."""
    operator, now = require_operator(request.user), clock.now()
    if request.method == "POST":
        check_rate(
            name="finance.check", rate=limits.CHECKS, subject=f"person:{operator.pk}", now=now
        )
        ask_check(operator_id=operator.pk, now=now)
        return redirect("finance_checks")
    page = list_checks(cursor=request.GET.get("cursor"), size=PAGE)
    here = "/operator/finance/checks"
    running = next((one for one in page.items if one.ended_at is None), None)
    context = {
        "checks": tell_checks(page.items),
        "running": tell_checks([running])[0] if running else None,
        "csv": f"{here}.csv",
        "more": address(here, {"cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return render(request, "finance/checks.html", context)


@never_cache
@login_required
@require_safe
def checks_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the proofs that were made, the latest MOST_EXPORTED, as a file."""
    require_operator(request.user)
    return answer_csv(
        name="checks-of-the-books",
        header=[
            *(_("Check"), _("Begun by"), _("Asked (UTC)"), _("Done (UTC)"), _("Seconds")),
            *(_("Invariants"), _("Entries"), _("Broken"), _("First broken at")),
        ],
        rows=(
            (
                *(one.public_id, one.by, moment(one.asked_at), moment(one.ended_at)),
                *(one.seconds, one.invariants, one.entries, len(one.breaches)),
                "; ".join(f"{part.name}: {part.where} ({part.found})" for part in one.breaches),
            )
            for one in list_checks(size=limits.MOST_EXPORTED).items
        ),
    )


def tell_checks(found: Sequence[CheckRecord]) -> list[dict[str, Any]]:
    """Return proofs in words, with who asked and what each breach is about."""
    says = {one.name: one.says for one in INVARIANTS}
    people = get_people({one.asked_by_id for one in found if one.asked_by_id is not None})
    return [
        {
            "check": one,
            "handle": people[one.asked_by_id].handle if one.asked_by_id in people else "",
            "seconds": None if one.seconds is None else round(one.seconds, 1),
            "percent": round(100 * one.proven / one.invariants) if one.invariants else 0,
            "breaches": [
                {"says": says.get(part.name, part.name), "where": part.where, "found": part.found}
                for part in one.breaches
            ],
        }
        for one in found
    ]


def tell_last_check() -> dict[str, Any] | None:
    """Return the proof that was done last in words; None before the first."""
    one = last_check()
    return tell_checks([one])[0] if one else None


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def differences(request: HttpRequest) -> HttpResponse:
    """Show where providers and our books differ, and keep what was done about it."""
    operator, now = require_operator(request.user), clock.now()
    form, status, refused_name = ResolutionForm(), 200, ""
    if request.method == "POST":
        form = ResolutionForm(request.POST)
        check_rate(
            name="finance.resolve", rate=limits.CHANGES, subject=f"person:{operator.pk}", now=now
        )
        if form.is_valid():
            try:
                services.resolve(
                    subject="difference",
                    name=form.cleaned_data["name"],
                    words=form.cleaned_data["words"],
                    operator_id=operator.pk,
                    now=now,
                )
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("Resolved. It stays on this page, with your words."))
                return redirect("payment_differences")
        status, refused_name = 422, request.POST.get("name", "")
    known = queries.resolved_names("difference")
    found = [
        {
            "difference": one,
            "name": name,
            "said": DIFFERENCES[one.kind],
            "ours": _sum(one.ours, one.unit),
            "theirs": _sum(one.theirs, one.unit),
            "refused": name == refused_name,
        }
        for one in list_differences()
        if (name := queries.difference_name(one)) not in known
    ]
    cursor = request.GET.get("cursor")
    page = queries.list_resolutions(subject="difference", cursor=cursor, size=PAGE)
    people = get_people({one.resolved_by for one in page.items if one.resolved_by is not None})
    context = {
        "found": found,
        "form": form,
        "days": list_compared_days(),
        "resolved": [
            {
                "resolution": one,
                "said": DIFFERENCES[one.told["kind"]],
                "ours": _sum(one.told["ours"], one.told["unit"]),
                "theirs": _sum(one.told["theirs"], one.told["unit"]),
                "handle": people[one.resolved_by].handle if one.resolved_by in people else "",
            }
            for one in page.items
        ],
        "more": address("/operator/payments/differences", {"cursor": page.next_cursor})
        if page.next_cursor
        else "",
    }
    return render(request, "finance/differences.html", context, status=status)


@never_cache
@login_required
@require_safe
def differences_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the differences as a table, amounts in minor units; resolved ones with their words."""
    require_operator(request.user)
    header = ("day", "provider", "kind", "payment", "reference", "unit", "ours", "theirs")
    done = queries.list_resolutions(subject="difference", size=limits.MOST_EXPORTED).items
    known = {one.name for one in done}
    rows = [
        (one.day.isoformat(), *(getattr(one, name) for name in header[1:]), "", "")
        for one in list_differences()
        if queries.difference_name(one) not in known
    ]
    rows += [
        (*(one.told[name] for name in header), moment(one.resolved_at), one.words) for one in done
    ]
    return answer_csv(
        name="meadow-payment-differences", header=(*header, "resolved_at", "words"), rows=rows
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Show the limits of the operator's finance with their versions, and change them."""
    operator, now = require_operator(request.user), clock.now()
    in_force = queries.terms_in_force()
    form = TermsForm(terms=in_force, hours=_hours())
    if request.method == "POST":
        form = TermsForm(request.POST, terms=in_force, hours=_hours())
        if form.is_valid():
            check_rate(
                name="finance.terms",
                rate=limits.CHANGES,
                subject=f"person:{operator.pk}",
                now=now,
            )
            try:
                services.change_terms(**form.wanted(), operator_id=operator.pk, now=now)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("These limits hold from now on."))
                return redirect("finance_terms")
    versions = queries.list_terms()
    people = get_people({one.operator_id for one in versions if one.operator_id is not None})
    context = {
        "form": form,
        "versions": [
            {
                "terms": one,
                "handle": people[one.operator_id].handle if one.operator_id in people else "",
            }
            for one in versions
        ],
    }
    return render(request, "finance/terms.html", context, status=422 if form.errors else 200)


def _hours() -> dict[str, tuple[str, float]]:
    """Return what can be stuck: its title, and after how many hours it is."""
    after = queries.stuck_after()
    return {
        one.name: (str(one.title), after[one.name] / 60) for one in queries.list_sources(stuck=True)
    }


def _sum(minor: int, unit: str) -> str:
    """Return an amount as it is written; a currency that is not ours keeps its minor units."""
    return write_amount(minor, unit) if unit in UNITS else f"{minor} {unit}"
