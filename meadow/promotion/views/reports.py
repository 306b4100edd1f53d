"""Pages of what an order brought: the live report, its files, and lift."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meadow.accounts.permissions import is_operator, require_person
from meadow.core import clock
from meadow.core.errors import NotFound
from meadow.core.exports import Field, answer_csv
from meadow.core.problems import wants_fragment
from meadow.core.zones import reader_zone
from meadow.promotion.operator_showing import OPERATOR
from meadow.promotion.queries.orders import find_order
from meadow.promotion.queries.reports import read_report
from meadow.promotion.records import OrderRecord
from meadow.promotion.report_pages import find_card, show_report
from meadow.promotion.report_tables import NAMES, make_table


@never_cache
@login_required
@require_safe
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an order brought so far; its live part alone when htmx asks."""
    return _answer(request, public_id, "report")


@never_cache
@login_required
@require_safe
def lift(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an order added, how that is known, and how the interval came about."""
    return _answer(request, public_id, "lift")


@never_cache
@login_required
@require_safe
def report_csv(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give one table of a report as a file."""
    order, name = find_readable(request.user, public_id), request.GET.get("table", "figures")
    if name not in NAMES:
        raise NotFound
    table = make_table(read_report(order.id, clock.now()), name, zone=reader_zone(request))
    header = [table.heading, *(one.name for one in table.columns)] if table else [_("Nothing yet")]
    rows: list[list[Field]] = [
        [row.label, *(cell.value for cell in row.cells)] for row in (table.rows if table else ())
    ]
    return answer_csv(name=f"meadow-{public_id}-{name}", header=header, rows=rows)


def find_readable(reader: Any, public_id: str) -> OrderRecord:
    """Return an order whose report somebody may read: its buyer's, or any for operators.

    Raises NotSignedIn, OrderMissing.
    """
    person = require_person(reader)
    return find_order(public_id, person_id=None if is_operator(person) else person.pk)


def _answer(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    order, now = find_readable(request.user, public_id), clock.now()
    context = show_report(
        read_report(order.id, now),
        card=find_card(order.note_id),
        now=now,
        zone=reader_zone(request),
    )
    is_mine = order.buyer_id == request.user.pk
    context |= {
        "here": request.get_full_path(),
        "order_url": f"/promote/{order.public_id}"
        if is_mine
        else f"{OPERATOR}/orders/{order.public_id}",
        "report_url": f"/promote/{order.public_id}/report",
    }
    part = wants_fragment(request)
    return render(request, f"promotion/{'_' if part else ''}{name}.html", context)
