"""Pages of a program's rules: versions, drafts, what changes between them, schedule."""

import datetime as dt
from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.programs import rules
from meadow.programs.diffs import what_changed
from meadow.programs.errors import RuleInvalid, VersionPublished
from meadow.programs.operator.editor import (
    act,
    from_post,
    from_rule,
    list_choices,
    list_operators,
    to_rule,
)
from meadow.programs.operator.effects import say_effects
from meadow.programs.operator.forms import ImportForm, NoteForm, ScheduleForm, SwitchForm
from meadow.programs.operator.frame import for_operators, lay_on, show, show_work
from meadow.programs.queries import RuleRecord, count_states, get_rule, list_rules, program_page
from meadow.programs.queries.gathering import find_program
from meadow.programs.queries.kept_runs import begin_runs, find_run
from meadow.programs.services.rule_versions import (
    change_draft,
    discard_draft,
    draft_rule,
    retire_rule,
    schedule_rule,
    unschedule_rule,
)
from meadow.programs.wording import list_lines


@for_operators()
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every version of a rule, drafts first, and ways to a new one."""
    return _versions(request, slug, ImportForm())


@for_operators("POST")
def copy(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make a draft that begins as a copy of a version."""
    source = get_rule(slug, number)
    new = draft_rule(
        slug=slug,
        rule=rules.to_json(source.rule),
        note="",
        operator_id=require_operator(request.user).pk,
        now=clock.now(),
    )
    return redirect("operator_rule", slug=slug, number=new)


@for_operators("POST")
def bring_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a draft of a rule that is given as JSON; what is wrong is said beside it."""
    find_program(slug)
    form = ImportForm(request.POST)
    if form.is_valid():
        try:
            new = draft_rule(
                slug=slug,
                rule=orjson.loads(form.cleaned_data["rule"]),
                note="",
                operator_id=require_operator(request.user).pk,
                now=clock.now(),
            )
        except orjson.JSONDecodeError as broken:
            said = _("This is not JSON: look at line %(line)s, column %(column)s.")
            form.add_error("rule", said % {"line": broken.lineno, "column": broken.colno})
        except RuleInvalid as refused:
            form.add_error("rule", refused.sentences())
        else:
            return redirect("operator_rule", slug=slug, number=new)
    return _versions(request, slug, form, status=422)


@for_operators("GET", "POST")
def rule(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a version; a draft as a form, of which every press sends the whole."""
    found = get_rule(slug, number)
    if found.state != "draft":
        return _rule(request, slug, found, {}) if request.method != "POST" else _refuse(request)
    if request.method != "POST":
        tree, note = from_rule(found.rule), NoteForm(initial={"note": found.note})
        return _rule(request, slug, found, {"tree": tree, "form": note, "words": found.rule})
    tree, note = from_post(request.POST), NoteForm(request.POST)
    pressed = str(request.POST.get("act", "save"))
    context: dict[str, Any] = {"tree": tree, "form": note, "unsaved": True}
    if act(tree, pressed, request.POST):
        return _rule(request, slug, found, context)
    try:
        read = to_rule(tree)
    except RuleInvalid as refused:
        context["problem"] = refused.text()
        return _rule(request, slug, found, context, status=422)
    if pressed == "check":
        return _rule(request, slug, found, {**context, "words": read})
    if not note.is_valid():
        return _rule(request, slug, found, context, status=422)
    change_draft(slug=slug, number=number, rule=rules.to_json(read), note=note.cleaned_data["note"])
    messages.success(request, _("The draft is kept."))
    return redirect("operator_dry_run" if pressed == "run" else "operator_rule", slug, number)


@for_operators()
def rule_json(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Hand out a version as JSON, which the import takes back."""
    body = orjson.dumps(rules.to_json(get_rule(slug, number).rule), option=orjson.OPT_INDENT_2)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-v{number}.json"'}
    return HttpResponse(body, content_type="application/json", headers=headers)


@for_operators("POST")
def discard(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Throw a draft away."""
    discard_draft(slug=slug, number=number)
    messages.success(request, _("The draft is gone."))
    return redirect("operator_rules", slug=slug)


@for_operators("GET", "POST")
def schedule(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Ask from when a draft is to hold, with who would lose their place, and put it down for then."""
    now = clock.now()
    form = ScheduleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            told = schedule_rule(
                slug=slug,
                number=number,
                active_from=form.moment(),
                operator_id=require_operator(request.user).pk,
                now=now,
            )
        except MeadowError as refused:
            lay_on(form, refused)
        else:
            said = ngettext(
                "Version %(number)s is scheduled; %(count)s person was told.",
                "Version %(number)s is scheduled; %(count)s people were told.",
                told,
            )
            messages.success(request, said % {"number": number, "count": f"{told:,}"})
            return redirect("operator_rules", slug=slug)
    found, program = get_rule(slug, number), find_program(slug)
    runs = begin_runs(slug=slug, numbers=[number], now=now)
    if runs is None and request.method == "GET":
        return show_work(request, slug=slug)
    run = runs[0] if runs else find_run(slug=slug, number=number, now=now)
    earliest = now + dt.timedelta(days=program.notice_days) if run.tally.dropped else now
    # Rounded up, so that what is offered is not too early a minute later.
    offered = (earliest + dt.timedelta(minutes=60)).replace(minute=0, second=0, microsecond=0)
    form.initial = {"on": offered.date(), "at": offered.time()}
    context = {
        "rule": found,
        "run": run,
        "notice_days": program.notice_days,
        "earliest": earliest,
        "changes": _changes(slug, found),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return show(request, "schedule", context, slug=slug, status=status)


@for_operators("GET", "POST")
def retire(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask before the rule in force is retired with none after it, saying what happens to how many."""
    form, status = SwitchForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                number = retire_rule(
                    slug=slug,
                    note=form.cleaned_data["note"],
                    operator_id=require_operator(request.user).pk,
                    now=clock.now(),
                )
            except MeadowError as refused:
                lay_on(form, refused)
            else:
                said = _("Version %(number)s is retired: nobody new comes in.")
                messages.success(request, said % {"number": number})
                return redirect("operator_rules", slug=slug)
    states = count_states(slug)
    context = {
        "act": "retire",
        "effects": say_effects("retire", states),
        "form": form,
    }
    return show(request, "switch", context, slug=slug, status=status)


@for_operators("POST")
def unschedule(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take a scheduled version back."""
    unschedule_rule(
        slug=slug,
        number=number,
        operator_id=require_operator(request.user).pk,
        now=clock.now(),
    )
    messages.success(request, _("It is a draft again, and will not come into force."))
    return redirect("operator_rule", slug=slug, number=number)


def _versions(
    request: HttpRequest, slug: str, form: ImportForm, *, status: int = 200
) -> HttpResponse:
    found = list_rules(find_program(slug).pk, with_drafts=True)
    context = {
        "versions": found,
        "drafts": [one for one in found if one.state == "draft"],
        "form": form,
    }
    return show(request, "rules", context, slug=slug, status=status)


def _rule(
    request: HttpRequest,
    slug: str,
    found: RuleRecord,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    read = context.pop("words", None if context else found.rule)
    context = {
        "rule": found,
        "choices": list_choices(),
        "operators": list_operators(),
        "lines": list_lines(read) if read else [],
        "changes": _changes(slug, found, read),
        "json": orjson.dumps(rules.to_json(found.rule), option=orjson.OPT_INDENT_2).decode(),
        **context,
    }
    return show(request, "rule", context, slug=slug, status=status)


def _changes(slug: str, found: RuleRecord, read: rules.Rule | None = None) -> list[str]:
    """Return what is different from the rule in force; of one that was in force, from the one before."""
    if found.state in ("active", "retired"):
        return list(found.changes)
    active = program_page(slug, None, clock.now()).rule
    return what_changed(active.rule, read or found.rule) if active else []


def _refuse(request: HttpRequest) -> HttpResponse:
    raise VersionPublished
