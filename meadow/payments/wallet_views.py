"""Pages of a wallet: what is in it, topping it up, how a payment stands, when to be told."""

import base64
from typing import Any
from urllib.parse import urlencode

import qrcode
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from qrcode.image.svg import SvgPathImage

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.core.ids import new_id
from meadow.core.limits import check_rate
from meadow.core.money import Money, format_money
from meadow.ledger.reasons import link_reason, say_reason
from meadow.ledger.records import EntryLine, OpenHold
from meadow.ledger.runs import Run
from meadow.payments import limits, queries, services
from meadow.payments.forms import NoticeForm, TopUpForm
from meadow.payments.limit_forms import SpendingForm, spending_form
from meadow.payments.limit_queries import read_spending
from meadow.payments.limit_words import say_spending
from meadow.payments.links import list_links
from meadow.payments.providers import has_card_page, list_providers
from meadow.payments.records import PaymentRecord
from meadow.payments.words import as_typed, say_failure


@never_cache
@login_required
@require_safe
def wallet(request: HttpRequest) -> HttpResponse:
    """Show what a person has in one currency, what is promised, what moved, and how to top up."""
    return wallet_page(request)


@login_required
@require_POST
def top_up(request: HttpRequest) -> HttpResponse:
    """Begin a payment into the reader's wallet, and lead them on to pay."""
    person, now = require_person(request.user), clock.now()
    form = TopUpForm(request.POST)
    if not form.is_valid():
        return wallet_page(request, form=form, status=422)
    subject = f"person:{person.pk}"
    check_rate(name="payments.top_up", rate=limits.TOP_UPS, subject=subject, now=now)
    asked = form.cleaned_data
    if asked["provider"] == "stripe" and has_card_page() and "hosted" not in request.POST:
        sum_ = {"unit": asked["unit"], "amount": as_typed(asked["amount"], asked["unit"])}
        return redirect(f"/wallet/card?{urlencode(sum_)}")
    try:
        begun = services.top_up(
            person_id=person.pk,
            amount=asked["amount"],
            unit=asked["unit"],
            provider=asked["provider"],
            key=f"page-{asked['key']}",
            site=site_of(request),
            now=now,
        )
    except MeadowError as refused:
        form.add_error(None, refused.sentences())
        return wallet_page(request, form=form, status=422)
    # A form may lead to our own pages only (form-action); to others the payment's page has a link.
    ours = begun.pay_url.startswith("/")
    return redirect(begun.pay_url if ours else f"/wallet/payments/{begun.public_id}")


@never_cache
@login_required
@require_safe
def payment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how a payment stands, asking its provider while it waits."""
    person, now = require_person(request.user), clock.now()
    found = queries.find_payment(public_id, person_id=person.pk)
    trouble = ""
    if found.is_open:
        check_rate(name="payments.look", rate=limits.LOOKS, subject=f"person:{person.pk}", now=now)
        try:
            found = services.look_at_payment(public_id=public_id, now=now)
        except MeadowError as away:
            trouble = away.sentences()
    own = {"trouble": trouble, "code_to_scan": _code_to_scan(found)}
    return render(request, "payments/payment.html", payment_context(found) | own)


@login_required
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """Choose below how much the reader is told."""
    person = require_person(request.user)
    form = NoticeForm(request.POST)
    if not form.is_valid():
        return wallet_page(request, notice_form=form, status=422)
    below, unit = form.cleaned_data["below"], form.cleaned_data["unit"]
    services.set_notice(person_id=person.pk, unit=unit, below=below)
    said = _("You hear nothing of a low balance any more.")
    if below is not None:
        amount = {"sum": format_money(Money(below, unit))}
        said = _("You are told when less than %(sum)s is left.") % amount
    messages.success(request, said)
    return redirect(f"/wallet?unit={unit}")


def _code_to_scan(found: PaymentRecord) -> str:
    """Return what a payer scans, as an image's data address; "" where they follow a link."""
    if not found.is_open or not found.pay_url.startswith("weixin:"):
        return ""
    drawn = qrcode.make(found.pay_url, image_factory=SvgPathImage, border=4)
    picture = base64.b64encode(drawn.to_string(encoding="unicode").encode()).decode()
    return f"data:image/svg+xml;base64,{picture}"


def site_of(request: HttpRequest) -> str:
    """Return this site's address as the caller wrote it, to which providers lead back."""
    return f"{request.scheme}://{request.get_host()}"


def payment_context(found: PaymentRecord) -> dict[str, Any]:
    """Return what a page says of a payment."""
    providers = {one.name: one.label for one in list_providers()}
    return {
        "payment": found,
        "sum": format_money(Money(found.amount, found.unit)),
        "refunded": format_money(Money(found.refunded, found.unit)) if found.refunded else "",
        "provider": providers.get(found.provider, found.provider),
        "failure": say_failure(found.failure),
        "refunds": [
            {"refund": one, "sum": format_money(Money(one.amount, found.unit))}
            for one in queries.list_refunds(found.public_id)
        ],
    }


def wallet_page(
    request: HttpRequest,
    *,
    form: TopUpForm | None = None,
    notice_form: NoticeForm | None = None,
    spending_typed: SpendingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the wallet of the reader, and with a form that was typed wrongly."""
    person = require_person(request.user)
    funds = queries.read_wallet(person.pk)
    unit = _chosen_unit(request, [one.unit for one in funds])
    page = queries.read_runs(person.pk, unit=unit, cursor=request.GET.get("cursor"))
    below = queries.read_notices(person.pk).get(unit)
    chosen = next((one for one in funds if one.unit == unit), None)
    spending = read_spending(person.pk, unit=unit, now=clock.now())
    more = urlencode({"unit": unit, "cursor": page.next_cursor})
    context = {
        "unit": unit,
        "units": [one.unit for one in funds],
        "links": list_links(),
        "available": format_money(Money(chosen.available if chosen else 0, unit)),
        "held": format_money(Money(chosen.held, unit)) if chosen and chosen.held else "",
        "posted": format_money(Money(chosen.posted if chosen else 0, unit)),
        "holds": [_hold(one) for one in queries.read_holds(person.pk, unit=unit)],
        "waiting": [
            {"payment": one, "sum": format_money(Money(one.amount, one.unit))}
            for one in queries.list_open_payments(person.pk)
        ],
        "lines": [_line(one) for one in page.items],
        "more": f"/wallet?{more}" if page.next_cursor else "",
        "is_first": "cursor" not in request.GET,
        "form": form or _new_form(request, unit),
        "offered": bool(list_providers()),
        "suggested": [as_typed(one, unit) for one in limits.SUGGESTED.get(unit, ())],
        "spending": say_spending(spending),
        "spending_form": spending_typed or spending_form(spending),
        "notice_form": notice_form
        or NoticeForm(initial={"unit": unit, "below": as_typed(below, unit) if below else ""}),
    }
    return render(request, "payments/wallet.html", context, status=status)


def _new_form(request: HttpRequest, unit: str) -> TopUpForm:
    providers = list_providers()
    initial = {
        "unit": unit,
        "key": new_id("k"),
        "amount": request.GET.get("amount", "")[:20],
        "provider": providers[0].name if providers else "",
    }
    return TopUpForm(initial=initial)


def _chosen_unit(request: HttpRequest, units: list[str]) -> str:
    asked = request.GET.get("unit") or request.POST.get("unit") or ""
    return asked if asked in units or asked in limits.CURRENCIES else units[0]


def _line(run: Run[EntryLine]) -> dict[str, Any]:
    one, sign = run.line, "+" if run.amount > 0 else ""
    return {
        "title": say_reason(one.reason, one.params),
        "url": link_reason(one.reason, one.reference),
        "at": one.booked_at,
        "sum": f"{sign}{format_money(Money(run.amount, one.unit))}",
        "count": run.count,
        "comes_in": run.amount > 0,
        "after": format_money(Money(run.balance_after, one.unit)),
        "transfer": one.transfer,
        "decision": one.decision,
    }


def _hold(one: OpenHold) -> dict[str, Any]:
    return {
        "title": say_reason(one.reason, one.params),
        "url": link_reason(one.reason, one.reference),
        "sum": format_money(Money(one.left, one.unit)),
        "until": one.expires_at,
    }
