"""Pages of a buyer's orders: the list, and one with what happened and what can be done."""

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.ids import new_id
from meadow.core.problems import wants_fragment
from meadow.core.zones import reader_dial
from meadow.programs import checks
from meadow.promotion.audiences.definition import from_json
from meadow.promotion.forms import TopUpOrderForm
from meadow.promotion.listing import read_wanted, show_filters
from meadow.promotion.opening import CAPABILITY
from meadow.promotion.queries.audiences import words_of
from meadow.promotion.queries.coupons import coupon_of
from meadow.promotion.queries.orders import find_order, list_orders, list_steps, read_money
from meadow.promotion.queries.reports import read_report
from meadow.promotion.queries.reviews import list_findings
from meadow.promotion.records import OrderRecord
from meadow.promotion.report_pages import show_figures
from meadow.promotion.review_words import say_wait
from meadow.promotion.showing import (
    show_forecast,
    show_money,
    show_orders,
    show_results,
    show_steps,
)
from meadow.promotion.words import has_report, say_next


@never_cache
@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show the reader's orders, newest first: all, or those of a standing, a note; those alone for htmx.

    Raises StandingUnknown, NoteUnknown, InvalidCursor.
    """
    person, now = require_person(request.user), clock.now()
    wanted = read_wanted(request.GET, person_id=person.pk)
    page = list_orders(
        person_id=person.pk,
        standing=(wanted.standing, now) if wanted.standing else None,
        note_id=wanted.note_id,
        cursor=request.GET.get("cursor"),
    )
    results = show_results(page.items)
    context = show_filters(wanted, person_id=person.pk, now=now) | {
        "lines": [
            line | {"results": results.get(line["order"].id, "")}
            for line in show_orders(page.items, now)
        ],
        "more": wanted.address(cursor=page.next_cursor) if page.next_cursor else "",
        "may_order": checks.allows(person.pk, CAPABILITY),
    }
    template = "_orders" if wants_fragment(request) else "orders"
    return render(request, f"promotion/{template}.html", context)


@never_cache
@login_required
@require_safe
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how an order stands, what happened to it, its money, and what can be done.

    Its figures alone when htmx asks.
    """
    if wants_fragment(request):
        found = find_order(public_id, person_id=require_person(request.user).pk)
        return render(request, "promotion/_order_live.html", _show_live(found))
    return order_page(request, public_id)


def order_page(
    request: HttpRequest,
    public_id: str,
    *,
    form: TopUpOrderForm | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page of an order, with what was refused of it."""
    person, now = require_person(request.user), clock.now()
    found = find_order(public_id, person_id=person.pk)
    may_order = checks.allows(person.pk, CAPABILITY)
    is_live = not found.is_over and found.ends_at > now
    context = show_orders([found], now)[0] | {
        "next": say_next(found, now),
        "waits": _say_waits(found, now),
        "steps": show_steps(list_steps(found.id), found.unit),
        "money": show_money(found, read_money(found)),
        "coupon": coupon_of(found.id),
        "audience": words_of(
            from_json(found.audience), owner_id=person.pk, dial=reader_dial(request, now)
        ),
        "forecast": show_forecast(found),
        "form": form or TopUpOrderForm(unit=found.unit, initial={"key": new_id("k")}),
        "trouble": trouble,
        "may_order": may_order,
        "can_pause": is_live and found.state == "running",
        "can_resume": is_live and found.state == "paused" and may_order,
        "can_change": is_live and may_order,
        "can_cancel": not found.is_over,
        "has_report": has_report(found, now),
    }
    if context["has_report"]:
        context |= _show_live(found)
    return render(request, "promotion/order.html", context, status=status)


def _say_waits(found: OrderRecord, now: dt.datetime) -> list[str]:
    """Return why a person looks at an order first; nothing where none does."""
    if found.state != "review":
        return []
    return [say_wait(one.code, one.params) for one in list_findings(found.public_id, now=now)]


def _show_live(found: OrderRecord) -> dict[str, Any]:
    now = clock.now()
    return show_figures(read_report(found.id, now, with_details=False), now=now)
