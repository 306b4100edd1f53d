"""Operators' pages of charges: what was asked of whom, what was taken, giving back, calling off."""

import datetime as dt
from typing import Any, Final, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.charges import limits, queries, services
from meadow.charges.errors import NotHeld
from meadow.charges.forms import ReturnForm
from meadow.charges.views import charge_context
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.exports import answer_csv
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.money import Money, format_money
from meadow.payments.words import as_typed

WHICH: Final = ("all", "asked", "agreed", "ended")
COLUMNS: Final = (
    *("public_id", "unit", "most", "captured", "returned", "state", "title", "reference"),
    *("asked_at", "expires_at", "answered_at", "closed_at"),
)


@never_cache
@login_required
@require_safe
def charges(request: HttpRequest) -> HttpResponse:
    """Show what was asked of everybody, newest first."""
    require_operator(request.user)
    which = _which(request)
    page = queries.list_charges(which=which, cursor=request.GET.get("cursor"))
    people = get_people({one.person_id for one in page.items if one.person_id})
    more = urlencode({"which": which, "cursor": page.next_cursor})
    context = {
        "lines": [
            charge_context(one) | {"person": people.get(one.person_id or 0)} for one in page.items
        ],
        "which": which,
        "more": f"/operator/charges?{more}" if page.next_cursor else "",
    }
    return render(request, "charges/operator_list.html", context)


@never_cache
@login_required
@require_safe
def charges_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the newest charges as a table, amounts in minor units."""
    require_operator(request.user)
    found = queries.list_charges(which=_which(request), size=queries.MOST_IN_A_FILE).items
    rows = [[_cell(getattr(one, name)) for name in COLUMNS] for one in found]
    return answer_csv(name="meadow-charges", header=COLUMNS, rows=rows)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def charge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a charge with what moved, and give back a part of it or all."""
    operator = require_operator(request.user)
    found = queries.find_charge(public_id, person_id=None)
    left = found.captured - found.returned
    initial = {"amount": as_typed(left, found.unit), "key": new_id("k")}
    form = ReturnForm(unit=found.unit, initial=initial)
    if request.method == "POST":
        now = clock.now()
        form = ReturnForm(request.POST, unit=found.unit)
        if form.is_valid():
            subject = f"person:{operator.pk}"
            check_rate(name="charges.return", rate=limits.RETURNS, subject=subject, now=now)
            asked = form.cleaned_data
            try:
                services.give_back(
                    charge=public_id,
                    amount=asked["amount"],
                    note=asked["note"],
                    key=f"page-{asked['key']}",
                    operator_id=operator.pk,
                    now=now,
                )
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("It is in the wallet again."))
                return redirect("operator_charge", public_id=public_id)
    people = get_people({i for i in (found.person_id, found.asked_by_id) if i})
    context = {
        **charge_context(found),
        "person": people.get(found.person_id or 0),
        "asker": people.get(found.asked_by_id or 0),
        "captures": [
            {"capture": one, "sum": format_money(Money(one.amount, found.unit))}
            for one in queries.list_captures(public_id)
        ],
        "returns": [
            {"given": one, "sum": format_money(Money(one.amount, found.unit))}
            for one in queries.list_returns(public_id)
        ],
        "form": form if left else None,
        "can_void": found.state in ("asked", "agreed") and found.expires_at > clock.now(),
    }
    status = 422 if form.errors else 200
    return render(request, "charges/operator_charge.html", context, status=status)


@login_required
@require_POST
def void(request: HttpRequest, public_id: str) -> HttpResponse:
    """Call a charge off: what is held is free again."""
    require_operator(request.user)
    try:
        services.void_charge(charge=public_id, now=clock.now())
    except NotHeld as refused:
        messages.error(request, refused.sentences())
    else:
        messages.success(request, _("Called off. What was held is free again."))
    return redirect("operator_charge", public_id=public_id)


def _which(request: HttpRequest) -> queries.Which:
    asked = request.GET.get("which", "all")
    return cast(queries.Which, asked if asked in WHICH else "all")


def _cell(value: Any) -> str | int | None:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if value is not None and not isinstance(value, int) else value
