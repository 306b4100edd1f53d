"""The operator's bench: every program, one at a glance, what opens and closes it."""

from collections.abc import Callable
from typing import Any, Final, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.errors import MeadowError, NotFound
from meadow.programs.operator.effects import say_effects
from meadow.programs.operator.forms import SettingsForm, SwitchForm
from meadow.programs.operator.frame import for_operators, lay_on, show
from meadow.programs.queries import count_states, program_page, read_funnel
from meadow.programs.queries.benches import list_benches
from meadow.programs.queries.gathering import find_program
from meadow.programs.queries.operating import Funnel
from meadow.programs.services import stages
from meadow.programs.words import STATE_NAMES

ACTS: Final[dict[str, Callable[..., None]]] = {
    "pause": stages.pause,
    "resume": stages.resume,
    "kill": stages.kill,
    "revive": stages.revive,
}


@for_operators()
def benches(request: HttpRequest) -> HttpResponse:
    """Show every program with how many people stand where."""
    lines = [{"line": one, "states": _states(one.states)} for one in list_benches()]
    return render(request, "programs/operator/list.html", {"lines": lines})


@for_operators()
def bench(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one program at a glance: who stands where, how far people come, what changed."""
    now = clock.now()
    public = program_page(slug, None, now)
    context = {
        "public": public,
        "states": _states(count_states(slug)),
        "funnel": _funnel(read_funnel(slug, now=now)),
        "changes": public.changes[:20],
    }
    return show(request, "bench", context, slug=slug)


@for_operators("GET", "POST")
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change stage, seats, regions, way of admission, periods and next review."""
    program = find_program(slug)
    now = {name: getattr(program, name) for name in SettingsForm.base_fields}
    form = SettingsForm(
        request.POST or None, initial={**now, "regions": ", ".join(program.regions)}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                stages.change_settings(
                    slug=slug,
                    wanted=cast("stages.Settings", form.cleaned_data),
                    operator_id=require_operator(request.user).pk,
                    now=clock.now(),
                )
            except MeadowError as refused:
                lay_on(form, refused)
            else:
                messages.success(request, _("Kept. Who may come in now does so within a minute."))
                return redirect("operator_settings", slug=slug)
    return show(request, "settings", {"form": form}, slug=slug, status=status)


@for_operators("GET", "POST")
def switch(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """Ask before a program is paused, switched off or opened again, saying what happens to how many."""
    if act not in ACTS:
        raise NotFound
    find_program(slug)
    form, status = SwitchForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            ACTS[act](
                slug=slug,
                operator_id=require_operator(request.user).pk,
                now=clock.now(),
                note=form.cleaned_data["note"],
            )
            messages.success(request, _("Done, and it stands in the change log."))
            return redirect("operator_bench", slug=slug)
    context = {"act": act, "effects": say_effects(act, count_states(slug)), "form": form}
    return show(request, "switch", context, slug=slug, status=status)


def _states(counts: Any) -> list[tuple[str, str, int]]:
    return [
        (state, str(name), counts[state])
        for state, name in STATE_NAMES.items()
        if counts.get(state)
    ]


def _funnel(found: Funnel) -> list[dict[str, Any]]:
    """Return the steps from a first visit to active after 28 days, each with its width as a bar."""
    steps = [
        ("visited", _("Saw the program's page"), found.visited, ""),
        ("applied", _("Applied"), found.applied, ""),
        ("waiting", _("Wait for a seat"), found.waiting, ""),
        ("admitted", _("Were let in at some time"), found.admitted, ""),
        ("inside", _("Are in now"), found.inside, ""),
        (
            "active",
            _("In for 28 days, and published in the last 28"),
            found.active,
            ngettext(
                "of %(count)s in for that long", "of %(count)s in for that long", found.inside_long
            )
            % {"count": f"{found.inside_long:,}"},
        ),
    ]
    most = max(value for _key, _name, value, _note in steps) or 1
    return [
        {
            "key": key,
            "name": name,
            "value": value,
            "note": note,
            "width": f"{100 * value / most:.2f}%",
        }
        for key, name, value, note in steps
    ]
