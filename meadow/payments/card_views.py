"""Topping up by a card that is typed into our page, in fields that Stripe draws and alone can read.

The card goes from the browser to Stripe; this site sees the token of a payment method. Only these pages
let scripts of Stripe's run (docs/decisions/0011-stripe-on-one-page.md).
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.money import Money, format_money
from meadow.payments import limits, queries, services
from meadow.payments.card_forms import CardForm
from meadow.payments.errors import ProviderMissing
from meadow.payments.providers import has_card_page
from meadow.payments.records import PaymentRecord
from meadow.payments.wallet_views import site_of
from meadow.payments.words import as_typed, say_failure

# Where Stripe lets a bank check its customer.
HOOKS = "https://hooks.stripe.com"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest) -> HttpResponse:
    """Ask for a card, and begin a payment with the token that Stripe gave the browser for it."""
    person, now = require_person(request.user), clock.now()
    _require_page()
    if request.method != "POST":
        form = CardForm(request.GET, with_method=False)
        if not form.is_valid():
            return redirect("wallet")
        return _page(request, form)
    form = CardForm(request.POST)
    if not form.is_valid():
        return redirect("wallet")
    check_rate(name="payments.top_up", rate=limits.TOP_UPS, subject=f"person:{person.pk}", now=now)
    asked = form.cleaned_data
    try:
        begun = services.top_up(
            person_id=person.pk,
            amount=asked["amount"],
            unit=asked["unit"],
            provider="stripe",
            key=f"page-{asked['key']}",
            site=site_of(request),
            method=asked["method"],
            now=now,
        )
    except MeadowError as refused:
        return _page(request, form, trouble=refused.sentences())
    if begun.state == "failed":
        return _page(request, form, trouble=say_failure(begun.failure))
    if begun.client_secret:
        return redirect("wallet_card_check", public_id=begun.public_id)
    return redirect("wallet_payment", public_id=begun.public_id)


@never_cache
@login_required
@require_safe
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a bank check its customer where it wants to, and go on to the payment."""
    person, now = require_person(request.user), clock.now()
    _require_page()
    found = queries.find_payment(public_id, person_id=person.pk)
    if found.is_open:
        check_rate(name="payments.look", rate=limits.LOOKS, subject=f"person:{person.pk}", now=now)
        found = services.look_at_payment(public_id=public_id, now=now)
    if not found.client_secret:
        return redirect("wallet_payment", public_id=public_id)
    return _answer(request, "payments/card_check.html", _check_context(found))


def _check_context(found: PaymentRecord) -> dict[str, Any]:
    return {
        "payment": found,
        "sum": format_money(Money(found.amount, found.unit)),
        "secret": found.client_secret,
    }


def _page(request: HttpRequest, form: CardForm, *, trouble: str = "") -> HttpResponse:
    amount, unit = form.cleaned_data["amount"], form.cleaned_data["unit"]
    context = {
        "sum": format_money(Money(amount, unit)),
        "unit": unit,
        "figure": as_typed(amount, unit),
        "key": new_id("k"),
        "hosted_key": new_id("k"),
        "back": f"/wallet?{urlencode({'unit': unit, 'amount': as_typed(amount, unit)})}#top-up",
        "trouble": trouble,
    }
    return _answer(request, "payments/card.html", context, status=422 if trouble else 200)


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with a page on which Stripe's script may run, and no other of others."""
    keys = settings.PAYMENTS.stripe
    chinese = (get_language() or "").startswith("zh")
    own = {"publishable": keys.publishable, "script": keys.script}
    own["locale"] = "zh" if chinese else "en"
    answer = render(request, template, context | own, status=status)
    script, api = _origin(keys.script), _origin(keys.api)
    wishes = {
        "script-src": [script],
        "frame-src": [script, HOOKS],
        "connect-src": [api, script],
    }
    answer._csp_update = wishes  # type: ignore[attr-defined] # what django-csp's decorator leaves
    return answer


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _require_page() -> None:
    if not has_card_page():
        raise ProviderMissing
