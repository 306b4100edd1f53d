"""Operators' pages of payments: what waits, what is in trouble, giving back."""

from typing import Final, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.exports import answer_csv
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.money import UNITS, Money, format_money
from meadow.payments import limits, queries, services
from meadow.payments.forms import RefundForm
from meadow.payments.wallet_views import payment_context

WHICH: Final = ("all", "waiting", "trouble")
MOST_EXPORTED: Final = 10_000  # lines of one file


@never_cache
@login_required
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """Show payments, newest first: all, those that wait, or those that came in otherwise."""
    require_operator(request.user)
    asked = request.GET.get("which", "all")
    which = cast(queries.Which, asked if asked in WHICH else "all")
    page = queries.list_payments(which=which, cursor=request.GET.get("cursor"))
    more = urlencode({"which": which, "cursor": page.next_cursor})
    context = {
        "lines": [
            {"payment": one, "sum": format_money(Money(one.amount, one.unit))} for one in page.items
        ],
        "which": which,
        "more": f"/operator/payments?{more}" if page.next_cursor else "",
        "csv": f"/operator/payments.csv?which={which}",
    }
    return render(request, "payments/operator_list.html", context)


@never_cache
@login_required
@require_safe
def payments_csv(request: HttpRequest) -> HttpResponse:
    """Hand out payments, the newest MOST_EXPORTED, as a table; amounts in minor units."""
    require_operator(request.user)
    asked = request.GET.get("which", "all")
    which = cast(queries.Which, asked if asked in WHICH else "all")
    header = ("public_id", "provider", "reference", "state", "failure", "trouble", "unit")
    return answer_csv(
        name="meadow-payments",
        header=(*header, "amount", "refunded", "opened_at", "settled_at"),
        rows=(
            (
                *(str(getattr(one, name)) for name in header),
                one.amount,
                one.refunded,
                one.opened_at.isoformat(),
                one.settled_at.isoformat() if one.settled_at else None,
            )
            for one in queries.list_payments(which=which, size=MOST_EXPORTED).items
        ),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def payment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a payment with its refunds, and give back a part of it or all."""
    operator = require_operator(request.user)
    found = queries.find_payment(public_id, person_id=None)
    left = found.amount - found.refunded if found.state == "succeeded" else 0
    whole = format_money(Money(left, found.unit)).removeprefix(UNITS[found.unit].sign)
    form = RefundForm(unit=found.unit, initial={"amount": whole, "key": new_id("k")})
    if request.method == "POST":
        now = clock.now()
        form = RefundForm(request.POST, unit=found.unit)
        if form.is_valid():
            check_rate(
                name="payments.refund",
                rate=limits.REFUNDS,
                subject=f"person:{operator.pk}",
                now=now,
            )
            asked = form.cleaned_data
            try:
                services.ask_refund(
                    payment=public_id,
                    amount=asked["amount"],
                    key=f"page-{asked['key']}",
                    note=asked["note"],
                    operator_id=operator.pk,
                    now=now,
                )
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("The refund is on its way."))
                return redirect("operator_payment", public_id=public_id)
    context = payment_context(found) | {"form": form, "left": left, "whole": whole}
    status = 422 if form.errors else 200
    return render(request, "payments/operator_payment.html", context, status=status)
