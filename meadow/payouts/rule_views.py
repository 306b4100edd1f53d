"""Operators' pages of rules: what holds, its versions, trying numbers on what was paid, a new version."""

from collections.abc import Sequence
from itertools import pairwise
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
from meadow.accounts.regions import region_name
from meadow.core import clock
from meadow.core.errors import InvalidInput, MeadowError
from meadow.core.exports import answer_csv
from meadow.payouts import queries, services
from meadow.payouts.acting import begin
from meadow.payouts.forms import show_faults
from meadow.payouts.rule_forms import NAMES, RulesForm, TaxForm, rules_form, say_brackets, say_rate
from meadow.payouts.services import Trial
from meadow.payouts.showing import plain_sum, say_sum
from meadow.payouts.terms import TaxTerms, Terms, Version
from meadow.payouts.words import PAYEE_KINDS, PERIODS, list_weekdays


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules of a currency and their versions; try others, and set them."""
    operator, now = begin(request), clock.now()
    asked, units = request.GET.get("unit", ""), queries.list_units()
    unit = asked if asked in units else units[0]
    form, trial = rules_form(queries.terms_in_force(unit)), None
    if request.method == "POST":
        form = RulesForm(request.POST, unit=unit)
        if form.is_valid():
            try:
                if request.POST.get("act") != "set":
                    trial = services.try_rules(unit=unit, numbers=form.numbers, now=now)
                else:
                    services.set_rules(
                        unit=unit,
                        numbers=form.numbers,
                        note=form.cleaned_data["note"],
                        seen=form.cleaned_data["seen"],
                        operator_id=operator,
                        now=now,
                    )
                    messages.success(request, _("Set. Payouts asked for from now on keep to it."))
                    return redirect(f"/operator/payouts/rules?unit={unit}")
            except InvalidInput as refused:
                show_faults(form, refused)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
    versions = queries.list_rules(unit)
    context = {
        "unit": unit,
        "units": units,
        "said": _say_terms(versions[0]),
        "form": form,
        "trial": _show_trial(trial, unit),
        "versions": _show_versions(versions),
    }
    status = 422 if form.errors else 200
    return render(request, "payouts/operator_rules.html", context, status=status)


@never_cache
@login_required
@require_safe
def rules_csv(request: HttpRequest) -> HttpResponse:
    """Hand out every version of every currency's rules as a file."""
    require_operator(request.user)
    header = ("currency", "version", *NAMES, "set_utc", "note")
    rows: list[tuple[str | float, ...]] = []
    for unit in queries.list_units():
        for one in queries.list_rules(unit):
            terms = one.terms
            assert isinstance(terms, Terms)  # noqa: S101 - versions of rules
            amounts = tuple(
                plain_sum(getattr(terms, name), unit) for name in ("least", "most", "fee")
            )
            days = (terms.cooldown_days, terms.weekday + 1, terms.month_day)
            end = (_moment(one), one.note)
            rows.append((unit, terms.number, *amounts, terms.fee_rate / 100, *days, *end))
    return answer_csv(name="meadow-payout-rules", header=header, rows=rows)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tax(request: HttpRequest) -> HttpResponse:
    """Show what is withheld from whom and its versions; try another rule, and set it."""
    operator, now = begin(request), clock.now()
    form, trial, unit = TaxForm(), None, queries.list_units()[0]
    if request.method == "POST":
        form = TaxForm(request.POST)
        if form.is_valid():
            rule, unit = form.rule, form.cleaned_data["unit"]
            try:
                if request.POST.get("act") != "set":
                    trial = services.try_tax_rule(**rule, now=now)
                else:
                    services.set_tax_rule(
                        **rule,
                        note=form.cleaned_data["note"],
                        seen=_newest(rule),
                        operator_id=operator,
                        now=now,
                    )
                    messages.success(request, _("Set. Payouts asked for from now on keep to it."))
                    return redirect("operator_payout_tax")
            except InvalidInput as refused:
                show_faults(form, refused)
            except MeadowError as refused:
                form.add_error(None, refused.sentences())
    found = queries.list_tax_rules()
    people = get_people({one.set_by for one in found if one.set_by is not None})
    context = {
        "form": form,
        "trial": _show_trial(trial, unit),
        "rules": [_show_tax(one) | {"by": people.get(one.set_by or 0)} for one in found],
    }
    status = 422 if form.errors else 200
    return render(request, "payouts/operator_tax.html", context, status=status)


@never_cache
@login_required
@require_safe
def tax_csv(request: HttpRequest) -> HttpResponse:
    """Hand out every version of what is withheld as a file, a bracket a line."""
    require_operator(request.user)
    header = (
        *("region", "payee_kind", "currency", "version", "period", "above", "percent"),
        *("set_utc", "note"),
    )
    rows: list[tuple[str | float, ...]] = []
    for one in queries.list_tax_rules():
        terms = one.terms
        assert isinstance(terms, TaxTerms)  # noqa: S101 - versions of withholding
        name = (terms.region, terms.payee_kind, terms.unit, terms.number, terms.period)
        steps: list[tuple[str | float, ...]] = [
            (plain_sum(step.above, terms.unit), step.rate / 100) for step in terms.brackets
        ]
        rows += [(*name, *step, _moment(one), one.note) for step in steps or [("", "")]]
    return answer_csv(name="meadow-payout-tax", header=header, rows=rows)


def _newest(rule: dict[str, Any]) -> int:
    """Return the number of the newest version of the same three, 0 where there is none."""
    same = (rule["region"], rule["payee_kind"], rule["unit"])
    found = [
        one.terms.number
        for one in queries.list_tax_rules()
        if isinstance(one.terms, TaxTerms)
        and (one.terms.region, one.terms.payee_kind, one.terms.unit) == same
    ]
    return max(found, default=0)


def _say_terms(version: Version) -> dict[str, str]:
    """Return each number of a version in words, by its name."""
    terms = version.terms
    assert isinstance(terms, Terms)  # noqa: S101 - versions of rules
    return {
        "least": say_sum(terms.least, terms.unit),
        "most": say_sum(terms.most, terms.unit),
        "fee": say_sum(terms.fee, terms.unit),
        "fee_rate": f"{say_rate(terms.fee_rate)}%",
        "cooldown_days": str(terms.cooldown_days),
        "weekday": list_weekdays()[terms.weekday],
        "month_day": str(terms.month_day),
    }


def _show_versions(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Return versions as components/versions.html takes them."""
    people = get_people({one.set_by for one in versions if one.set_by is not None})
    shown = []
    # The last is what Meadow ships with: nobody set it.
    for newer, older in pairwise(versions):
        now, then = _say_terms(newer), _say_terms(older)
        shown.append(
            {
                "number": newer.terms.number,
                "version": {
                    "since": newer.set_at,
                    "operator_id": newer.set_by,
                    "note": newer.note,
                },
                "by": people.get(newer.set_by or 0),
                "changes": [
                    {"name": NAMES[name], "then": then[name], "now": said}
                    for name, said in now.items()
                    if then[name] != said
                ],
            }
        )
    return shown


def _show_tax(one: Version) -> dict[str, Any]:
    terms = one.terms
    assert isinstance(terms, TaxTerms)  # noqa: S101 - versions of withholding
    return {
        "version": one,
        "region": region_name(terms.region) if terms.region else "",
        "payee": PAYEE_KINDS[terms.payee_kind],
        "unit": terms.unit,
        "number": terms.number,
        "period": PERIODS[terms.period],
        "brackets": say_brackets(terms),
    }


def _show_trial(trial: Trial | None, unit: str) -> dict[str, Any] | None:
    if trial is None:
        return None
    return {
        "payouts": trial.payouts,
        "gross": say_sum(trial.gross, unit),
        "before": say_sum(trial.before, unit),
        "after": say_sum(trial.after, unit),
        "refused": trial.refused,
    }


def _moment(one: Version) -> str:
    return one.set_at.strftime("%Y-%m-%d %H:%M:%S") if one.set_at else ""
