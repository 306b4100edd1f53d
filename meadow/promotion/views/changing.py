"""What a buyer does to an order: edit, pause, resume, top up, cancel."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.limits import check_rate
from meadow.core.zones import Dial, reader_dial
from meadow.promotion import limits
from meadow.promotion.audience_forms import AudienceForm
from meadow.promotion.forms import HOUR, EditForm, TopUpOrderForm, audience_values
from meadow.promotion.opening import only_buyers
from meadow.promotion.queries.audiences import list_saved
from meadow.promotion.queries.orders import find_order, read_money
from meadow.promotion.queries.rules import newest_rule
from meadow.promotion.records import OrderRecord
from meadow.promotion.services.changing import (
    cancel_order,
    edit_order,
    pause_order,
    resume_order,
    top_up_order,
)
from meadow.promotion.showing import name_kept, show_orders
from meadow.promotion.views.orders import order_page
from meadow.promotion.words import AUDIENCE_WORDS, GOAL_WORDS, say_sum


@login_required
@require_POST
def pause(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show an order to nobody for a while."""
    person, now = _begin(request)
    return _act(
        request,
        public_id,
        lambda: pause_order(order=public_id, buyer_id=person, now=now),
        _("Paused. Nobody is shown it until you resume."),
    )


@login_required
@only_buyers
@require_POST
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a paused order go on."""
    person, now = _begin(request)
    return _act(
        request,
        public_id,
        lambda: resume_order(order=public_id, buyer_id=person, now=now),
        _("Resumed."),
    )


@login_required
@only_buyers
@require_POST
def top_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give an order more budget."""
    person, now = _begin(request)
    order = find_order(public_id, person_id=person)
    form = TopUpOrderForm(request.POST, unit=order.unit)
    if not form.is_valid():
        return order_page(request, public_id, form=form, status=422)
    amount, key = form.cleaned_data["amount"], f"page-{form.cleaned_data['key']}"
    try:
        top_up_order(order=public_id, buyer_id=person, amount=amount, key=key, now=now)
    except MeadowError as refused:
        form.add_error(None, refused.sentences())
        return order_page(request, public_id, form=form, status=refused.status)
    said = {"sum": say_sum(amount, order.unit)}
    messages.success(request, _("%(sum)s more can be spent on this order.") % said)
    return redirect("promote_order", public_id=public_id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what goes back, and end an order."""
    person, now = _begin(request)
    if request.method == "POST":
        return _act(
            request,
            public_id,
            lambda: cancel_order(order=public_id, buyer_id=person, now=now),
            _("Cancelled. What was not spent goes back into your wallet."),
        )
    order = find_order(public_id, person_id=person)
    context = show_orders([order], now)[0] | {
        "held": say_sum(read_money(order).held, order.unit),
        "is_over": order.is_over,
    }
    return render(request, "promotion/cancel.html", context)


@never_cache
@login_required
@only_buyers
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change whom an order reaches, what for, and until when."""
    person, now = _begin(request)
    order = find_order(public_id, person_id=person)
    values = request.POST if request.method == "POST" else None
    form = _edit_form(order, values, person, reader_dial(request, now))
    status = 200
    if request.method == "POST":
        status = 422
        if request.POST.get("act") == "pick":
            # Without a script the editor's button sends the form, to find what was typed.
            status = 200
        elif form.is_valid():
            try:
                edit_order(order=public_id, buyer_id=person, change=form.read_change(), now=now)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
                status = refused.status
            else:
                messages.success(request, _("Changed."))
                return redirect("promote_order", public_id=public_id)
    context = show_orders([order], now)[0] | {
        "form": form,
        "editor": form.editor,
        "goal_words": GOAL_WORDS,
        "audience_words": AUDIENCE_WORDS,
        "has_started": order.has_started(now),
        "now": now,
        "furthest": now + dt.timedelta(days=newest_rule().schedule_days),
    }
    return render(request, "promotion/edit.html", context, status=status)


def _edit_form(
    order: OrderRecord, values: Mapping[str, Any] | None, person: int, dial: Dial
) -> EditForm:
    known = audience_values(order)
    initial = known | {
        "goal": order.goal,
        "hours": (order.ends_at - order.starts_at) // HOUR,
        "zone": "UTC",
    }
    return EditForm(
        values,
        order=order,
        saved=list_saved(person_id=person, dial=dial),
        editor=AudienceForm(known if values is None else values, person_id=person, dial=dial),
        kept=name_kept(known, person, dial=dial),
        initial=initial,
    )


def _act(
    request: HttpRequest, public_id: str, do: Callable[[], OrderRecord], said: str
) -> HttpResponse:
    """Do something to an order and show it, or show why not."""
    try:
        do()
    except MeadowError as refused:
        if refused.status == 404:
            raise
        return order_page(request, public_id, trouble=refused.sentences(), status=refused.status)
    messages.success(request, said)
    return redirect("promote_order", public_id=public_id)


def _begin(request: HttpRequest) -> tuple[int, dt.datetime]:
    """Return who asks and when, and count what they change."""
    person, now = require_person(request.user), clock.now()
    if request.method == "POST":
        subject = f"person:{person.pk}"
        check_rate(name="promotion.change", rate=limits.CHANGES, subject=subject, now=now)
    return person.pk, now
