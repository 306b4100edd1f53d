"""Pages of payments: what providers tell, and the pay page of play money."""

from typing import Final, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.limits import caller, check_rate
from meadow.core.money import Money, format_money
from meadow.core.problems import problem_response
from meadow.payments import limits, queries, services
from meadow.payments.providers.by_sandbox import DELAY
from meadow.payments.services.playing import Act, play

ACTS: Final = ("pay", "pay_later", "decline")


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Take news of a provider: its signature stands for a session; refusals are for software."""
    try:
        services.hear_provider(
            provider=provider, body=request.body, headers=request.headers, now=clock.now()
        )
    except MeadowError as refused:
        return problem_response(refused, request)
    return HttpResponse("success", content_type="text/plain; charset=utf-8")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sandbox(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the pay page of play money, as a provider would on a site of its own; pay or decline."""
    now = clock.now()
    check_rate(name="payments.play", rate=limits.LOOKS, subject=caller(request), now=now)
    charge = queries.find_play(reference)
    if request.method == "POST" and (act := request.POST.get("act")) in ACTS:
        return redirect(play(reference=reference, act=cast(Act, act), now=now))
    context = {
        "charge": charge,
        "sum": format_money(Money(charge.amount, charge.unit)),
        "seconds": int(DELAY.total_seconds()),
    }
    return render(request, "payments/sandbox.html", context)
