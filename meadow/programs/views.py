"""The pages of programs: the list, each one's public page, and "Why am I in or out?"."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meadow.accounts.permissions import require_person
from meadow.core import clock
from meadow.core.errors import EngineUnavailable, MeadowError
from meadow.core.limits import check_rate
from meadow.core.problems import wants_fragment
from meadow.programs import boards, limits
from meadow.programs.errors import AnswersInvalid, InvitationInvalid
from meadow.programs.forms import ApplyForm, CodeForm, WhatIfForm
from meadow.programs.pilot_words import say_next_step, say_step
from meadow.programs.pilots import steps_of
from meadow.programs.queries import explain, get_card, program_page
from meadow.programs.queries.doors import find_line, list_doors
from meadow.programs.queries.forecasts import read_outlook
from meadow.programs.queries.what_if import answer_what_if, question_of, read_question
from meadow.programs.services import applications, invitations, joining
from meadow.programs.wording import list_lines


@require_safe
@cache_control(private=True, no_cache=True)
def programs(request: HttpRequest) -> HttpResponse:
    """Show every program, and where the reader stands with it."""
    lines = list_doors(request.user.pk)
    context = {"lines": [{"line": one, "seats": boards.say_seats(one.card)} for one in lines]}
    return render(request, "programs/list.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def program(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what anybody may know of a program: rule, changes, seats, stage, next review."""
    now, reader_id = clock.now(), request.user.pk
    page = program_page(slug, reader_id, now)
    if reader_id is not None and request.method == "GET":
        joining.note_visit(program_id=page.card.id, person_id=reader_id, now=now)
    context = {
        "page": page,
        "card": page.card,
        "line": find_line(page.card, reader_id),
        "seats": boards.say_seats(page.card),
        "pilot": [
            say_step(step, capability=page.card.capability) for step in steps_of(page.terms.pilot)
        ],
        "rule_lines": list_lines(page.rule.rule) if page.rule else [],
        "upcoming_lines": list_lines(page.upcoming.rule) if page.upcoming else [],
    }
    return render(request, "programs/program.html", context)


@never_cache
@login_required
@require_safe
def me(request: HttpRequest, slug: str) -> HttpResponse:
    """Show why the reader is in or out; htmx gets the part that changes while the page is open."""
    person, now = require_person(request.user), clock.now()
    told = explain(person.pk, slug, now)
    appeal_state = told.standing.appeal_state
    shown = boards.fingerprint(told, appeal_state)
    if wants_fragment(request) and request.GET.get("shown") == shown:
        return HttpResponse(status=204)
    context: dict[str, Any] = {
        **_addresses(slug),
        "told": told,
        "card": told.page.card,
        "shown": shown,
        "door": boards.make_door(told),
        "criteria": boards.make_criteria(told.criteria),
        "changes": boards.list_changes(told),
        "acts": boards.make_acts(told, appeal_state=appeal_state, now=now),
        "appeal_state": appeal_state,
        "code_form": CodeForm(auto_id="code_%s"),
    }
    if told.next_step is not None:
        context |= {
            "next_sentences": say_next_step(told.next_step),
            "next_criteria": boards.make_criteria(told.next_step.criteria, prefix="next-"),
        }
    # The page comes without its forecast, which takes longest; what renews it brings it along.
    waits = not told.met and not told.entrant.granted
    if waits and (wants_fragment(request) or request.GET.get("forecast") == "1"):
        context |= _outlook(person.pk, slug)
    if wants_fragment(request):
        return render(request, "programs/_me.html", context)
    if request.method == "GET":
        joining.note_visit(program_id=told.page.card.id, person_id=person.pk, now=now)
    question = question_of(told)
    context |= {
        "question": question,
        "what_if_form": WhatIfForm(figures=question.figures),
    }
    return render(request, "programs/me.html", context)


@never_cache
@login_required
@require_safe
def forecast(request: HttpRequest, slug: str) -> HttpResponse:
    """Show by when the rule would be met at the current pace; htmx gets the sentences alone."""
    if not wants_fragment(request):
        return redirect(f"/programs/{slug}/me?forecast=1#outlook")
    person = require_person(request.user)
    return render(request, "programs/_forecast.html", _outlook(person.pk, slug) | {"oob": True})


@never_cache
@login_required
@require_safe
def what_if(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what would be if the reader's figures were others, by the same evaluation."""
    person = require_person(request.user)
    context = _what_if(request, slug, person.pk)
    template = "programs/_what_if.html" if wants_fragment(request) else "programs/what_if.html"
    return render(request, template, context, status=422 if context["what_if_form"].errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask a program's questions, and take the answers."""
    person, now = require_person(request.user), clock.now()
    told = explain(person.pk, slug, now)
    form = ApplyForm(
        request.POST if request.method == "POST" else None, questions=told.page.questions
    )
    if request.method == "POST" and form.is_valid():
        try:
            applications.apply(slug=slug, person_id=person.pk, answers=form.cleaned_data, now=now)
        except AnswersInvalid as wrong:
            for name, faults in wrong.fields.items():
                form.add_error(name if name in form.fields else None, faults)
        except MeadowError as refused:
            form.add_error(None, refused.sentences())
        else:
            messages.success(request, _("Your application is in. You hear when it is answered."))
            return redirect("program_me", slug=slug)
    context = {
        **_addresses(slug),
        "card": told.page.card,
        "form": form,
        "why": told.why_not_apply,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "programs/apply.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask once more, then leave a program, its waitlist or one's own application."""
    person, now = require_person(request.user), clock.now()
    if request.method == "POST":
        joining.leave(slug=slug, person_id=person.pk, now=now)
        messages.success(request, _("Done. The page says how you can come back."))
        return redirect("program_me", slug=slug)
    told = explain(person.pk, slug, now)
    context = {**_addresses(slug), "told": told, "card": told.page.card}
    return render(request, "programs/leave.html", context)


@login_required
@require_POST
def come_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Come back after leaving."""
    person = require_person(request.user)
    if not joining.come_back(slug=slug, person_id=person.pk, now=clock.now()):
        messages.info(request, _("Nothing changed: the page says what is in the way."))
    return redirect("program_me", slug=slug)


@login_required
@require_POST
def watch(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell the reader when the program changes, or with `off` no more."""
    person = require_person(request.user)
    off = request.POST.get("off") == "1"
    if off:
        joining.unwatch(slug=slug, person_id=person.pk)
    else:
        joining.watch(slug=slug, person_id=person.pk, now=clock.now())
    if wants_fragment(request):
        return render(request, "programs/_watch.html", {"slug": slug, "is_watching": not off})
    return redirect("program", slug=slug)


@login_required
@require_POST
def accept(request: HttpRequest, slug: str) -> HttpResponse:
    """Take up an invitation by name."""
    person = require_person(request.user)
    invitations.accept_invitation(slug=slug, person_id=person.pk, now=clock.now())
    return redirect("program_me", slug=slug)


@login_required
@require_POST
def redeem(request: HttpRequest, slug: str) -> HttpResponse:
    """Take up an invitation by its code; what is wrong is said beside the field."""
    person, now = require_person(request.user), clock.now()
    form = CodeForm(request.POST, auto_id="code_%s")
    if form.is_valid():
        check_rate(name="programs.code", rate=limits.CODES, subject=f"person:{person.pk}", now=now)
        code = form.cleaned_data["code"]
        try:
            invitations.redeem_code(slug=slug, code=code, person_id=person.pk, now=now)
        except InvitationInvalid as refused:
            form.add_error("code", refused.sentences())
        else:
            return redirect("program_me", slug=slug)
    context = {**_addresses(slug), "card": get_card(slug), "form": form}
    return render(request, "programs/code.html", context, status=422)


def _what_if(request: HttpRequest, slug: str, person_id: int) -> dict[str, Any]:
    now = clock.now()
    question = read_question(slug=slug, person_id=person_id, now=now)
    form = WhatIfForm(request.GET, figures=question.figures)
    context: dict[str, Any] = {**_addresses(slug), "question": question, "what_if_form": form}
    if not form.is_valid():
        return context
    answer = answer_what_if(slug=slug, person_id=person_id, more=form.more(), now=now)
    if answer is not None:
        title, why = boards.say_what_if(answer)
        lines = boards.list_what_if(answer, question)
        context |= {"answer": answer, "title": title, "why": why, "lines": lines}
    return context


def _outlook(person_id: int, slug: str) -> dict[str, Any]:
    try:
        return {"outlook": read_outlook(slug=slug, person_id=person_id, now=clock.now())}
    except EngineUnavailable:
        return {"outlook": None, "away": True}


def _addresses(slug: str) -> dict[str, Any]:
    return {"program_url": f"/programs/{slug}", "me_url": f"/programs/{slug}/me"}
