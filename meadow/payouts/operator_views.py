"""Operators' pages of payouts: what waits, holding, what failed, and accounts to be verified."""

from typing import Any, Final, cast
from urllib.parse import urlencode

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
from meadow.core.errors import InvalidInput, MeadowError
from meadow.core.exports import answer_csv
from meadow.payouts import queries, services
from meadow.payouts.acting import begin
from meadow.payouts.errors import DetailsUnreadable, MethodMissing
from meadow.payouts.forms import HoldForm, ResultForm, VerdictForm, show_faults
from meadow.payouts.providers import list_ways
from meadow.payouts.records import PayoutRecord
from meadow.payouts.showing import PAYOUT_HEADER, payout_rows, show_method, show_payout

WHICH: Final = ("all", "asked", "held", "moving", "stuck", "failed", "paid", "returned")
MOST_EXPORTED: Final = 10_000
HOLDABLE: Final = ("asked", "batched", "approved")


@never_cache
@login_required
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    """Show everybody's payouts, newest first, by how they stand."""
    require_operator(request.user)
    which = _which(request)
    page = queries.list_payouts(which=which, cursor=request.GET.get("cursor"))
    people = get_people({one.person_id for one in page.items if one.person_id is not None})
    more = urlencode({"which": which, "cursor": page.next_cursor})
    context = {
        "payouts": [
            show_payout(one) | {"person": people.get(one.person_id or 0)} for one in page.items
        ],
        "which": which,
        "csv": f"/operator/payouts.csv?which={which}",
        "more": f"/operator/payouts?{more}" if page.next_cursor else "",
    }
    return render(request, "payouts/operator_list.html", context)


@never_cache
@login_required
@require_safe
def payouts_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the latest payouts as a file, MOST_EXPORTED at most."""
    require_operator(request.user)
    found = queries.list_payouts(which=_which(request), size=MOST_EXPORTED).items
    return answer_csv(name="meadow-payouts", header=PAYOUT_HEADER, rows=payout_rows(found))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payout(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a payout, and do to it what can be done as it stands."""
    operator = begin(request)
    found = queries.find_payout(public_id, person_id=None)
    hold_form, result_form, trouble = HoldForm(), ResultForm(), ""
    act = request.POST.get("act", "")
    if request.method == "POST":
        hold_form = HoldForm(request.POST) if act == "hold" else hold_form
        result_form = ResultForm(request.POST) if act == "result" else result_form
        try:
            if _act(act, public_id, operator, hold_form, result_form):
                messages.success(request, _("Done."))
                return redirect("operator_payout", public_id=public_id)
        except InvalidInput as refused:
            show_faults(hold_form, refused)
        except MeadowError as refused:
            trouble = refused.sentences()
    context = show_payout(found) | _doable(found, operator)
    context |= {
        "hold_form": hold_form,
        "result_form": result_form,
        "trouble": trouble,
        "person": get_people([found.person_id or 0]).get(found.person_id or 0),
    }
    return render(
        request, "payouts/operator_payout.html", context, status=422 if request.POST else 200
    )


@never_cache
@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Show the payout accounts that wait to be verified, the longest waiting first."""
    require_operator(request.user)
    found = queries.list_asked_methods()
    people = get_people({one.person_id for one in found if one.person_id is not None})
    context = {
        "methods": [show_method(one) | {"person": people.get(one.person_id or 0)} for one in found]
    }
    return render(request, "payouts/operator_accounts.html", context)


@never_cache
@login_required
@require_safe
def accounts_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the payout accounts that wait as a file, without their details."""
    require_operator(request.user)
    header = ("account", "kind", "payee_kind", "region", "bank", "last4", "asked_utc")
    rows = [
        (
            *(one.public_id, one.kind, one.payee_kind, one.region, one.bank, one.last4),
            one.asked_at.strftime("%Y-%m-%d %H:%M:%S") if one.asked_at else "",
        )
        for one in queries.list_asked_methods(most=MOST_EXPORTED)
    ]
    return answer_csv(name="meadow-payout-accounts", header=header, rows=rows)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is needed to verify a payout account, and verify or refuse it."""
    operator, now = begin(request), clock.now()
    found = queries.find_method(public_id, person_id=None)
    form, trouble = VerdictForm(), ""
    if request.method == "POST":
        try:
            if request.POST.get("act") == "verify":
                services.verify_method(method=public_id, operator_id=operator, now=now)
                messages.success(request, _("Verified. Its person is told."))
                return redirect("operator_payout_accounts")
            form = VerdictForm(request.POST)
            if form.is_valid():
                services.refuse_method(
                    method=public_id, operator_id=operator, now=now, **form.cleaned_data
                )
                messages.success(request, _("Refused, on record. Its person is told."))
                return redirect("operator_payout_accounts")
        except MeadowError as refused:
            trouble = refused.sentences()
    try:
        opened = services.open_details(public_id)
    except (MethodMissing, DetailsUnreadable) as sealed:
        opened, trouble = {}, trouble or sealed.sentences()
    context = show_method(found) | {
        "person": get_people([found.person_id or 0]).get(found.person_id or 0),
        "holder": opened.get("holder", ""),
        "bank_code": opened.get("bank_code", ""),
        "own": found.person_id == operator,
        "form": form,
        "trouble": trouble,
    }
    return render(
        request, "payouts/operator_account.html", context, status=422 if request.POST else 200
    )


def _which(request: HttpRequest) -> queries.Which:
    asked = request.GET.get("which", "all")
    return cast(queries.Which, asked if asked in WHICH else "all")


def _doable(found: PayoutRecord, operator_id: int) -> dict[str, bool]:
    """Return what an operator can do to a payout as it stands; to their own, nothing."""
    way = next((one for one in list_ways() if one.name == found.provider), None)
    by_file = way is not None and way.by_file
    others = found.person_id != operator_id
    return {
        "own": not others,
        "can_hold": others and found.state in HOLDABLE,
        "can_release": others and found.state == "held",
        "can_retry": others and found.state == "failed",
        "can_look": others and not by_file and found.state in ("sending", "sent"),
        "can_tell": others and by_file and found.state in ("sent", "paid"),
    }


def _act(
    act: str, public_id: str, operator_id: int, hold_form: HoldForm, result_form: ResultForm
) -> bool:
    """Do one thing to a payout; False where its form has to be mended first."""
    now = clock.now()
    who: dict[str, Any] = {"payout": public_id, "operator_id": operator_id, "now": now}
    plain = {
        "release": services.release_payout,
        "retry": services.retry_payout,
        "return": services.return_payout,
        "look": services.look_again,
    }
    if act in plain:
        plain[act](**who)
        return True
    if act == "hold" and hold_form.is_valid():
        services.hold_payout(**who, **hold_form.cleaned_data)
        return True
    if act == "result" and result_form.is_valid():
        services.take_result(**who, **result_form.cleaned_data)
        return True
    return False
