"""The front page of the operator's finance: what stands where, what waits, what is stuck, what was proven."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.exports import answer_csv
from meadow.finance import queries
from meadow.finance.check_views import tell_last_check
from meadow.finance.waiting_views import tell_totals
from meadow.ledger.words import KIND_NAMES, write_amount, write_figure
from meadow.payments.queries import list_compared_days


@never_cache
@login_required
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the whole of the finance at a glance."""
    require_operator(request.user)
    now = clock.now()
    waiting = queries.sum_waiting(stuck=False, now=now)
    stuck = queries.sum_waiting(stuck=True, now=now)
    days = list_compared_days(most=1)
    context: dict[str, Any] = {
        "units": [
            {
                "unit": unit,
                "kinds": [
                    {"name": KIND_NAMES[kind], "sum": write_amount(total, unit)}
                    for kind, total in kinds.items()
                ],
            }
            for unit, kinds in queries.sum_by_kind().items()
        ],
        "waiting": [
            one for one in tell_totals(waiting, here="/operator/finance/pending") if one["count"]
        ],
        "stuck": [
            one for one in tell_totals(stuck, here="/operator/finance/stuck") if one["count"]
        ],
        "last": tell_last_check(),
        "compared": days[0] if days else None,
    }
    return render(request, "finance/front.html", context)


@never_cache
@login_required
@require_safe
def front_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the front page's balances and counts as a file."""
    require_operator(request.user)
    now = clock.now()
    rows: list[tuple[str, str, str, int | None, str]] = [
        ("balance", kind, unit, None, write_figure(total, unit))
        for unit, kinds in queries.sum_by_kind().items()
        for kind, total in kinds.items()
    ]
    for part, stuck in (("pending", False), ("stuck", True)):
        rows += [
            (
                part,
                one.source.name,
                total.unit,
                total.count,
                write_figure(total.amount, total.unit) if total.unit else "",
            )
            for one in queries.sum_waiting(stuck=stuck, now=now)
            for total in one.totals
        ]
    return answer_csv(
        name="finance",
        header=[_("Part"), _("Kind"), _("Unit"), _("Count"), _("Amount")],
        rows=rows,
    )
