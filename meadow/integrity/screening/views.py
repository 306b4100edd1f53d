"""Pages of block words: the list, adding with a dry run, retiring, the change log."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.integrity.rulebook import get_rule
from meadow.integrity.screening import keeping, lists
from meadow.integrity.screening.forms import RetireForm, RuleForm
from meadow.integrity.screening.names import SCOPE_NAMES, SHORT_ACTIONS, SHORT_KINDS
from meadow.integrity.screening.records import DryRun, RuleRecord


@never_cache
@login_required
@require_safe
def words(request: HttpRequest) -> HttpResponse:
    """List the words and links in force, or the retired ones."""
    require_operator(request.user)
    retired = request.GET.get("state") == "retired"
    page = lists.list_rules(retired=retired, cursor=request.GET.get("cursor"))
    state = "retired" if retired else "active"
    context = {
        "rules": [in_words(one) for one in page.items],
        "state": state,
        "more": f"/operator/words?state={state}&cursor={page.next_cursor}"
        if page.next_cursor
        else "",
    }
    return render(request, "integrity/words.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_word(request: HttpRequest) -> HttpResponse:
    """Try a rule on the newest texts, then add it."""
    operator = require_operator(request.user)
    form = RuleForm(request.POST if request.method == "POST" else None)
    run: DryRun | None = None
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("kind", "pattern", "action", "rule")}
        scopes = keeping.scopes_of(form.cleaned_data["scopes"])
        try:
            if "add" in request.POST:
                keeping.add_rule(
                    **given,
                    scopes=scopes,
                    note=form.cleaned_data["note"],
                    operator_id=operator.pk,
                    now=clock.now(),
                )
                messages.success(request, _("It is on the list, for every text from now on."))
                return redirect("words")
            run = keeping.try_rule(keeping.check_rule(**given, scopes=scopes))
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
    context = {"form": form, "run": run, "samples": _samples(run)}
    return render(request, "integrity/new_word.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def word(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one rule, and retire it."""
    operator = require_operator(request.user)
    found = lists.get_rule_record(public_id=public_id)
    form = RetireForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        keeping.retire_rule(
            public_id=public_id,
            note=form.cleaned_data["note"],
            operator_id=operator.pk,
            now=clock.now(),
        )
        messages.success(request, _("It is retired, and stays in the change log."))
        return redirect("words")
    context = {"one": in_words(found), "form": form}
    return render(request, "integrity/word.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def word_changes(request: HttpRequest) -> HttpResponse:
    """List who added and retired what, and why."""
    require_operator(request.user)
    page = lists.list_changes(cursor=request.GET.get("cursor"))
    context = {
        "changes": page.items,
        "more": f"/operator/words/changes?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "integrity/word_changes.html", context)


def in_words(found: RuleRecord) -> dict[str, Any]:
    """Return a rule with the names of its parts."""
    return {
        "rule": found,
        "kind": SHORT_KINDS[found.kind],
        "action": SHORT_ACTIONS[found.action],
        "scopes": [SCOPE_NAMES[scope] for scope in found.scopes],
        "guards": get_rule(found.rule).name,
    }


def _samples(run: DryRun | None) -> list[dict[str, Any]]:
    if run is None:
        return []
    return [{"sample": one, "scope": SCOPE_NAMES[one.scope]} for one in run.samples]
