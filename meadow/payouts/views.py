"""Pages of a payee: payout accounts, asking, the schedule, and how each payout stands."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import InvalidInput, MeadowError
from meadow.core.exports import answer_csv
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.payments.queries import read_wallet
from meadow.payouts import limits, queries, services
from meadow.payouts.forms import AskForm, BankForm, ScheduleForm, StripeForm, show_faults
from meadow.payouts.providers import list_ways
from meadow.payouts.showing import (
    PAYOUT_HEADER,
    money_line,
    payout_rows,
    say_sum,
    show_method,
    show_payout,
)

PAGE: Final = "/wallet/payouts"
MOST_EXPORTED: Final = 10_000


@never_cache
@login_required
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    """Show what can be paid out, where to, when by the clock, and what was."""
    return _payouts_page(request)


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Take an amount apart first, and pay it out once its payee has seen that."""
    person, now = require_person(request.user), clock.now()
    usable = [one for one in queries.list_methods(person.pk) if one.is_usable(now)]
    form = AskForm(request.POST, methods=usable)
    if not form.is_valid():
        return _payouts_page(request, form=form, status=422)
    check_rate(name="payouts.ask", rate=limits.ASKS, subject=f"person:{person.pk}", now=now)
    asked = form.cleaned_data
    wanted: dict[str, Any] = {
        "person_id": person.pk,
        "method": asked["method"],
        "unit": asked["unit"],
        "gross": asked["amount"],
        "now": now,
    }
    try:
        if request.POST.get("act") != "ask":
            quote = services.quote_payout(**wanted)
            return _payouts_page(request, form=form, quote=money_line(quote, asked["unit"]))
        payout = services.ask_payout(**wanted, key=f"page-{asked['key']}")
    except MeadowError as refused:
        form.add_error(None, refused.sentences())
        return _payouts_page(request, form=form, status=422)
    messages.success(
        request, _("Asked. It leaves with the next batch, once two people have looked.")
    )
    return redirect(f"{PAGE}/{payout.public_id}")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_account(request: HttpRequest) -> HttpResponse:
    """Add a payout account: of a bank, or where Stripe is on a connected one."""
    person, now = require_person(request.user), clock.now()
    kinds = [kind for kind in ("bank", "stripe") if any(kind in way.kinds for way in list_ways())]
    asked = request.GET.get("kind", "bank")
    kind = asked if asked in kinds else "bank"
    shape = BankForm if kind == "bank" else StripeForm
    form: forms.Form = shape(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        subject = f"person:{person.pk}"
        check_rate(name="payouts.method", rate=limits.METHODS, subject=subject, now=now)
        given = dict(form.cleaned_data)
        try:
            added = services.add_method(
                person_id=person.pk,
                kind=kind,
                payee_kind=given.pop("payee_kind"),
                region=given.pop("region"),
                details=given,
                now=now,
            )
            services.ask_verification(method=added.public_id, person_id=person.pk, now=now)
        except InvalidInput as refused:
            show_faults(form, refused)
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("Added. We verify it, and you are told."))
            return redirect(PAGE)
    context = {"form": form, "kind": kind, "kinds": kinds}
    return render(request, "payouts/account_new.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget a payout account."""
    person, now = require_person(request.user), clock.now()
    check_rate(name="payouts.method", rate=limits.METHODS, subject=f"person:{person.pk}", now=now)
    services.remove_method(method=public_id, person_id=person.pk, now=now)
    messages.success(request, _("The payout account is removed."))
    return redirect(PAGE)


@login_required
@require_POST
def schedule(request: HttpRequest) -> HttpResponse:
    """Choose when to be paid by the clock."""
    person, now = require_person(request.user), clock.now()
    form = ScheduleForm(request.POST, methods=queries.list_methods(person.pk))
    if not form.is_valid():
        return _payouts_page(request, schedule_form=form, status=422)
    check_rate(name="payouts.change", rate=limits.CHANGES, subject=f"person:{person.pk}", now=now)
    chosen = services.set_schedule(person_id=person.pk, **form.cleaned_data, now=now)
    said = _("You are paid only when you ask.")
    if chosen.next_at is not None:
        said = _("All that is free is paid out by itself from now on.")
    messages.success(request, said)
    return redirect(f"{PAGE}#schedule")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payout(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how a payout stands; called off while it is in no batch."""
    person, now = require_person(request.user), clock.now()
    found = queries.find_payout(public_id, person_id=person.pk)
    trouble = ""
    if request.method == "POST":
        check_rate(
            name="payouts.change", rate=limits.CHANGES, subject=f"person:{person.pk}", now=now
        )
        try:
            services.cancel_payout(payout=public_id, person_id=person.pk, now=now)
        except MeadowError as refused:
            trouble = refused.sentences()
        else:
            messages.success(request, _("Called off. The amount is back in your wallet."))
            return redirect(f"{PAGE}/{public_id}")
    context = show_payout(found) | {
        "trouble": trouble,
        "cancelable": found.state in ("asked", "held"),
    }
    return render(request, "payouts/payout.html", context, status=409 if trouble else 200)


@never_cache
@login_required
@require_safe
def payouts_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the reader's latest payouts as a file, MOST_EXPORTED at most."""
    person = require_person(request.user)
    found = queries.list_payouts(person_id=person.pk, size=MOST_EXPORTED).items
    return answer_csv(name="meadow-payouts", header=PAYOUT_HEADER, rows=payout_rows(found))


def _payouts_page(
    request: HttpRequest,
    *,
    form: AskForm | None = None,
    schedule_form: ScheduleForm | None = None,
    quote: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    person, now = require_person(request.user), clock.now()
    methods = queries.list_methods(person.pk)
    usable = [one for one in methods if one.is_usable(now)]
    chosen = queries.read_schedule(person.pk)
    page = queries.list_payouts(person_id=person.pk, cursor=request.GET.get("cursor"))
    terms = [queries.terms_in_force(unit) for unit in queries.list_units()]
    verified = [one for one in methods if one.state == "verified"]
    context = {
        "funds": [say_sum(one.available, one.unit) for one in read_wallet(person.pk)],
        "methods": [show_method(one) for one in methods],
        "usable": usable,
        "verified": verified,
        "waits_until": min((one.usable_from for one in verified if one.usable_from), default=None),
        "full": len(methods) >= limits.MOST_METHODS,
        "bounds": [
            {
                "least": say_sum(one.least, one.unit),
                "most": say_sum(one.most, one.unit),
                "unit": one.unit,
            }
            for one in terms
        ],
        "form": form or AskForm(methods=usable, initial={"key": new_id("k")}),
        "quote": quote,
        "schedule": chosen,
        "schedule_form": schedule_form
        or ScheduleForm(
            methods=verified,
            initial={
                "schedule": chosen.schedule,
                "unit": chosen.unit,
                "method": chosen.method,
            },
        ),
        "payouts": [show_payout(one) for one in page.items],
        "more": f"{PAGE}?cursor={page.next_cursor}" if page.next_cursor else "",
        "is_first": not request.GET.get("cursor"),
    }
    return render(request, "payouts/payouts.html", context, status=status)
