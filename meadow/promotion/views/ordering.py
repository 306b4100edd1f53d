"""The page on which reach is ordered: a form whose forecast follows it, and what would be paid."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.problems import wants_fragment
from meadow.core.zones import Dial, reader_dial
from meadow.notes.queries import find_seen, get_cards, name_notes, notes_of
from meadow.payments.queries import read_wallet
from meadow.promotion import limits
from meadow.promotion.audience_forms import AudienceForm
from meadow.promotion.drafts import OrderDraft
from meadow.promotion.errors.coupons import CouponUnusable
from meadow.promotion.errors.orders import NoteNotPromotable
from meadow.promotion.forms import OrderForm, first_values, values_of
from meadow.promotion.opening import only_buyers
from meadow.promotion.queries.audiences import list_saved
from meadow.promotion.queries.orders import find_order
from meadow.promotion.queries.rules import newest_rule
from meadow.promotion.services.ordering import foresee_order, place_order
from meadow.promotion.showing import name_kept, show_outlook
from meadow.promotion.words import AUDIENCE_WORDS, GOAL_WORDS


@never_cache
@login_required
@only_buyers
@require_http_methods(["GET", "HEAD", "POST"])
def new_order(request: HttpRequest) -> HttpResponse:
    """Choose what to promote and for how much, see what it would reach, and order it."""
    if request.method == "POST":
        return _answer(request)
    person = require_person(request.user)
    rule, key = newest_rule(), new_id("k")
    again = request.GET.get("repeat")
    if again:
        order = find_order(again, person_id=person.pk)
        note = name_notes([order.note_id]).get(order.note_id, ("", 0))[0]
        values = values_of(order, rule, note=note, key=key)
    elif request.GET.get("note"):
        note = request.GET["note"]
        values = first_values(rule, note=note, key=key)
    else:
        return _choose_note(request, person.pk)
    form = _form(person.pk, values, reader_dial(request, clock.now()))
    return _page(request, form, form.read_draft() if form.is_valid() else None)


def _answer(request: HttpRequest) -> HttpResponse:
    """Show what the form comes to, or order it."""
    person, now = require_person(request.user), clock.now()
    orders = request.POST.get("act") == "order"
    rate = limits.ORDERS if orders else limits.FORECASTS
    name = "promotion.order" if orders else "promotion.forecast"
    check_rate(name=name, rate=rate, subject=f"person:{person.pk}", now=now)
    form = _form(person.pk, request.POST, reader_dial(request, now))
    draft = form.read_draft() if form.is_valid() else None
    if not orders:
        if wants_fragment(request):
            context = _outlook(form, draft, person.pk, now)
            return render(request, "promotion/_outlook_part.html", context)
        return _page(request, form, draft)
    if draft is None:
        return _page(request, form, draft, status=422)
    key = f"page-{form.cleaned_data['key']}"
    try:
        order = place_order(buyer_id=person.pk, draft=draft, key=key, now=now)
    except MeadowError as refused:
        form.add_error(None, refused.sentences())
        return _page(request, form, draft, status=refused.status)
    messages.success(request, _("Ordered. This page says how it goes."))
    return redirect("promote_order", public_id=order.public_id)


def _form(person_id: int, values: Any, dial: Dial) -> OrderForm:
    """Return the form with what was sent, or with what it begins with: both are foreseen at once."""
    return OrderForm(
        values,
        rule=newest_rule(),
        saved=list_saved(person_id=person_id, dial=dial),
        editor=AudienceForm(values, person_id=person_id, dial=dial),
        kept=name_kept(values, person_id, dial=dial),
    )


def _page(
    request: HttpRequest, form: OrderForm, draft: OrderDraft | None, *, status: int = 200
) -> HttpResponse:
    person, now = require_person(request.user), clock.now()
    seen = find_seen(public_id=str(form.data.get("note", "")), viewer_id=None)
    if seen is None or seen[1] != person.pk:
        return _choose_note(request, person.pk, trouble=NoteNotPromotable().sentences())
    context = {
        "form": form,
        "editor": form.editor,
        "card": get_cards([seen[0]])[0],
        "goal_words": GOAL_WORDS,
        "audience_words": AUDIENCE_WORDS,
        "now": now,
        "furthest": now + dt.timedelta(days=form.rule.schedule_days),
        **_outlook(form, draft, person.pk, now),
    }
    return render(request, "promotion/order_new.html", context, status=status)


def _outlook(
    form: OrderForm, draft: OrderDraft | None, person_id: int, now: dt.datetime
) -> dict[str, Any]:
    """Return what a draft comes to, or why it comes to nothing yet; a wrong coupon takes only itself away."""
    if draft is None:
        return {"outlook": None, "trouble": " ".join(form.name_faults()), "coupon_trouble": ""}
    coupon_trouble = ""
    try:
        try:
            outlook = foresee_order(buyer_id=person_id, draft=draft, now=now)
        except CouponUnusable as refused:
            coupon_trouble = refused.sentences()
            outlook = foresee_order(buyer_id=person_id, draft=replace(draft, coupon=""), now=now)
    except MeadowError as refused:
        return {"outlook": None, "trouble": refused.sentences(), "coupon_trouble": ""}
    free = {one.unit: one.available for one in read_wallet(person_id)}.get(outlook.plan.unit, 0)
    dial = form.editor.dial
    return {
        "outlook": show_outlook(outlook, free=free, buyer_id=person_id, dial=dial),
        "trouble": "",
        "coupon_trouble": coupon_trouble,
    }


def _choose_note(request: HttpRequest, person_id: int, *, trouble: str = "") -> HttpResponse:
    page = notes_of(author_id=person_id, cursor=request.GET.get("cursor"))
    context = {
        "cards": page.items,
        "more": f"/promote/new?cursor={page.next_cursor}" if page.next_cursor else "",
        "trouble": trouble,
    }
    return render(request, "promotion/choose_note.html", context, status=422 if trouble else 200)
