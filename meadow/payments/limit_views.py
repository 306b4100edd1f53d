"""Pages of limits: how much may be topped up, open to all, and what may go out of a wallet."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from meadow.accounts.permissions import is_operator, require_operator, require_person
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.limits import check_rate
from meadow.payments import limit_queries, limits, services
from meadow.payments.limit_forms import NAMES, BoundsForm, SpendingForm, bounds_form
from meadow.payments.limit_words import say_bounds
from meadow.payments.records import BoundsRecord
from meadow.payments.wallet_views import wallet_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def top_up_limits(request: HttpRequest) -> HttpResponse:
    """Tell anybody how much may be topped up and how that changed; operators change it."""
    asked = request.GET.get("unit", "")
    unit = asked if asked in limits.CURRENCIES else limits.CURRENCIES[0]
    versions = limit_queries.list_bounds(unit)
    in_force = versions[0] if versions else None
    form = bounds_form(unit, in_force) if is_operator(request.user) else None
    if request.method == "POST":
        operator = require_operator(request.user)
        form = BoundsForm(request.POST, unit=unit)
        if form.is_valid():
            try:
                services.set_bounds(**form.cleaned_data, operator_id=operator.pk, now=clock.now())
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                messages.success(request, _("Top-ups that begin from now on have these limits."))
                return redirect(f"/wallet/limits?unit={unit}")
    people = get_people([one.operator_id for one in versions if one.operator_id is not None])
    context = {
        "unit": unit,
        "units": limits.CURRENCIES,
        "bounds": say_bounds(in_force) if in_force else None,
        "form": form,
        "versions": [
            {
                "number": one.version,
                "version": one,
                "by": people.get(one.operator_id or 0),
                "changes": changes,
            }
            for one, changes in zip(versions, _changes(versions), strict=True)
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "payments/limits.html", context, status=status)


@login_required
@require_POST
def spending(request: HttpRequest) -> HttpResponse:
    """Choose what may go out of the reader's wallet."""
    person, now = require_person(request.user), clock.now()
    form = SpendingForm(request.POST)
    if not form.is_valid():
        return wallet_page(request, spending_typed=form, status=422)
    subject = f"person:{person.pk}"
    check_rate(name="payments.spending", rate=limits.SPENDING, subject=subject, now=now)
    chosen = services.set_spending(**form.cleaned_data, person_id=person.pk, now=now)
    said = _("This limit holds now.")
    if chosen.next_from is not None:
        said = _("What is lower holds now, what is higher in 24 hours.")
    messages.success(request, said)
    return redirect(f"/wallet?unit={chosen.unit}#spending")


def _changes(versions: Sequence[BoundsRecord]) -> list[list[dict[str, Any]]]:
    """Return what each version changed of the one before it: a name, the amount then and now."""
    olders = [*versions[1:], None]
    return [
        [
            {"name": NAMES[name], "then": say_bounds(older)[name], "now": now}
            for name, now in say_bounds(newer).items()
            if older is not None and getattr(older, name) != getattr(newer, name)
        ]
        for newer, older in zip(versions, olders, strict=True)
    ]
