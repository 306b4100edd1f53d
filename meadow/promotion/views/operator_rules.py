"""Operators' pages of what is set: the rule and its versions, coupons, and the switch."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_operator
from meadow.accounts.queries import get_people
from meadow.core import clock
from meadow.core.errors import InvalidInput, MeadowError
from meadow.core.exports import answer_csv
from meadow.core.money import format_money
from meadow.promotion.acting import begin
from meadow.promotion.operator_forms import (
    NAMES,
    CouponForm,
    RuleForm,
    SwitchForm,
    rule_form,
    show_faults,
    typed_rule,
)
from meadow.promotion.operator_showing import show_versions
from meadow.promotion.queries.inventory import read_demand
from meadow.promotion.queries.rules import (
    list_coupons,
    list_rules,
    list_switches,
    newest_rule,
    newest_switch,
)
from meadow.promotion.queries.trying import try_rule
from meadow.promotion.services.ruling import check_rule, make_coupon, set_rule, set_switch
from meadow.promotion.words import say_sum


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rule and its versions; try other figures, and set them."""
    operator, now, rule = begin(request), clock.now(), newest_rule()
    form, trial = rule_form(rule), None
    if request.method == "POST":
        form = RuleForm(request.POST, unit=rule.unit)
        if form.is_valid():
            try:
                if request.POST.get("act") != "set":
                    check_rule(values=form.values)
                    trial = try_rule(values=form.values, unit=rule.unit, now=now)
                else:
                    set_rule(
                        values=form.values,
                        note=form.cleaned_data["note"],
                        seen=form.cleaned_data["seen"],
                        operator_id=operator,
                        now=now,
                    )
                    messages.success(request, _("Set. Orders placed from now on keep to it."))
                    return redirect("operator_promotion_rules")
            except InvalidInput as refused:
                show_faults(form, refused)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
    context = {
        "form": form,
        "trial": trial,
        "unit": rule.unit,
        "versions": show_versions(list_rules()),
    }
    status = 422 if form.errors else 200
    return render(request, "promotion/operator/rules.html", context, status=status)


@never_cache
@login_required
@require_safe
def rules_csv(request: HttpRequest) -> HttpResponse:
    """Hand out every version of the rule as a file."""
    require_operator(request.user)
    header = ("version", "currency", *NAMES, "set_utc", "note")
    rows = [
        (
            rule.number,
            rule.unit,
            *(typed_rule(rule)[name] for name in NAMES),
            rule.set_at.strftime("%Y-%m-%d %H:%M:%S"),
            rule.note,
        )
        for rule in list_rules()
    ]
    return answer_csv(name="meadow-promotion-rules", header=header, rows=rows)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def coupons(request: HttpRequest) -> HttpResponse:
    """Show the coupons and how often each was used, and make one."""
    operator, now, rule = begin(request), clock.now(), newest_rule()
    form = CouponForm(request.POST if request.method == "POST" else None, unit=rule.unit)
    if request.method == "POST" and form.is_valid():
        try:
            make_coupon(**form.given(now), operator_id=operator, now=now)
        except InvalidInput as refused:
            show_faults(form, refused)
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("Made. It can be used from now on."))
            return redirect("operator_promotion_coupons")
    found = list_coupons()
    people = get_people({one.made_by for one in found})
    context = {
        "form": form,
        "unit": rule.unit,
        "coupons": [
            asdict(one)
            | {
                "amount": format_money(one.amount),
                "least": format_money(one.least),
                "by": people.get(one.made_by),
                "is_over": one.ends_at <= now or one.uses_left == 0,
            }
            for one in found
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "promotion/operator/coupons.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Show whether anything is promoted, and switch it: once the reader saw what that does."""
    operator, now = begin(request), clock.now()
    form, sure = SwitchForm(request.POST if request.method == "POST" else None), False
    if request.method == "POST" and form.is_valid():
        sure = request.POST.get("act") == "sure"
        if sure:
            turn_on = form.cleaned_data["turn"] == "on"
            try:
                set_switch(
                    on=turn_on, reason=form.cleaned_data["reason"], operator_id=operator, now=now
                )
            except InvalidInput as refused:
                show_faults(form, refused)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
            else:
                said = _("Promotion is on.") if turn_on else _("Promotion is off.")
                messages.success(request, said)
                return redirect("operator_promotion_switch")
    context: dict[str, Any] = {
        "form": form,
        "asks": request.method == "POST" and not sure and not form.errors,
        "now": newest_switch(),
        "history": _history(),
        "demand": [
            {"orders": one.orders, "left": say_sum(one.left, one.unit)}
            for one in read_demand()
            if one.state == "running"
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "promotion/operator/switch.html", context, status=status)


def _history() -> list[dict[str, Any]]:
    found = list_switches()
    people = get_people({one.set_by for one in found if one.set_by is not None})
    return [{"one": one, "by": people.get(one.set_by or 0)} for one in found]
