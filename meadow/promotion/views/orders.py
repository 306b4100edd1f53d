"""Pages of a buyer's orders: the list, and one with what happened and what can be done."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.programs import checks
from meadow.promotion.opening import CAPABILITY
from meadow.promotion.queries.orders import list_orders
from meadow.promotion.showing import show_orders


@never_cache
@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show the reader's orders, newest first."""
    person, now = require_person(request.user), clock.now()
    page = list_orders(person_id=person.pk, cursor=request.GET.get("cursor"))
    context = {
        "lines": show_orders(page.items, now),
        "more": f"/promote?cursor={page.next_cursor}" if page.next_cursor else "",
        "may_order": checks.allows(person.pk, CAPABILITY),
    }
    return render(request, "promotion/orders.html", context)
