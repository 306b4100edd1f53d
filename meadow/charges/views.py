"""Pages of the charges that somebody is asked for: reading them, agreeing, declining."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.accounts.queries import get_people
from meadow.charges import limits, queries, services
from meadow.charges.errors import AnsweredAlready, NotEnough
from meadow.charges.records import ChargeRecord
from meadow.charges.words import STATES
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.limits import check_rate
from meadow.core.money import Money, format_money
from meadow.payments.errors import SpendingOfDayUsed, SpendingOfMonthUsed
from meadow.payments.queries import read_wallet
from meadow.payments.words import as_typed


@never_cache
@login_required
@require_safe
def charges(request: HttpRequest) -> HttpResponse:
    """Show what the reader was asked to pay, newest first."""
    person = require_person(request.user)
    page = queries.list_charges(person_id=person.pk, cursor=request.GET.get("cursor"))
    context = {
        "lines": [charge_context(one) for one in page.items],
        "more": f"/wallet/charges?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "charges/list.html", context)


@never_cache
@login_required
@require_safe
def charge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show who asks the reader for how much, for what, and until when."""
    return _page(request, public_id)


@login_required
@require_POST
def agree(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hold what the reader is asked for."""
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk)
    try:
        agreed = services.agree(charge=public_id, person_id=person.pk, now=now)
    except (AnsweredAlready, NotEnough, SpendingOfDayUsed, SpendingOfMonthUsed) as refused:
        return _page(request, public_id, refused=refused)
    said = {"sum": format_money(Money(agreed.most, agreed.unit))}
    messages.success(request, _("Agreed. Up to %(sum)s is held in your wallet.") % said)
    return redirect("wallet_charge", public_id=public_id)


@login_required
@require_POST
def decline(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say no to what the reader is asked for."""
    person, now = require_person(request.user), clock.now()
    _check_rate(person.pk)
    try:
        services.decline(charge=public_id, person_id=person.pk, now=now)
    except AnsweredAlready as refused:
        return _page(request, public_id, refused=refused)
    messages.success(request, _("Declined. Nothing was moved."))
    return redirect("wallet_charge", public_id=public_id)


def charge_context(one: ChargeRecord) -> dict[str, Any]:
    """Return what a page says of a charge."""
    said, tone, icon = STATES[one.state]
    return {
        "charge": one,
        "most": format_money(Money(one.most, one.unit)),
        "held": _say(one.held, one),
        "captured": _say(one.captured, one),
        "returned": _say(one.returned, one),
        "said": said,
        "tone": tone,
        "icon": icon,
    }


def _page(
    request: HttpRequest, public_id: str, *, refused: MeadowError | None = None
) -> HttpResponse:
    person = require_person(request.user)
    found = queries.find_charge(public_id, person_id=person.pk)
    asker = get_people([found.asked_by_id]).get(found.asked_by_id) if found.asked_by_id else None
    free = {one.unit: one.available for one in read_wallet(person.pk)}.get(found.unit, 0)
    missing = max(found.most - free, 0) if found.is_asked else 0
    context = {
        **charge_context(found),
        "asker": asker,
        "is_open": found.is_asked and found.expires_at > clock.now(),
        "free": format_money(Money(free, found.unit)),
        "missing": format_money(Money(missing, found.unit)) if missing else "",
        "top_up": f"/wallet?unit={found.unit}&amount={as_typed(missing, found.unit)}#top-up",
        "refused": refused.sentences() if refused else "",
        "moves": [
            {"sum": format_money(Money(one.amount, found.unit)), "at": one.captured_at}
            for one in queries.list_captures(public_id)
        ],
    }
    status = refused.status if refused else 200
    return render(request, "charges/charge.html", context, status=status)


def _check_rate(person_id: int) -> None:
    subject = f"person:{person_id}"
    check_rate(name="charges.answer", rate=limits.ANSWERS, subject=subject, now=clock.now())


def _say(minor: int, one: ChargeRecord) -> str:
    return format_money(Money(minor, one.unit)) if minor else ""
