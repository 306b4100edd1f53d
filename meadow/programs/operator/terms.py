"""Pages of what a program asks and limits: the questions of its application, the steps of its pilot."""

import secrets
from typing import Any

from django.contrib import messages
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from meadow.accounts.permissions import require_operator
from meadow.core import clock
from meadow.core.errors import MeadowError
from meadow.programs.errors import QuestionsInvalid
from meadow.programs.operator import steps
from meadow.programs.operator.editor import list_choices, list_operators
from meadow.programs.operator.forms import QuestionForm
from meadow.programs.operator.frame import for_operators, show
from meadow.programs.pilot_words import say_step
from meadow.programs.pilots import steps_of
from meadow.programs.queries.gathering import find_program
from meadow.programs.queries.operating import count_at_steps
from meadow.programs.services.pilots import change_pilot
from meadow.programs.services.questions import MOST_QUESTIONS, change_questions

Questions = formset_factory(
    QuestionForm,
    extra=1,
    max_num=MOST_QUESTIONS,
    absolute_max=MOST_QUESTIONS + 1,
    validate_max=True,
    can_delete=True,
    can_order=True,
)


@for_operators("GET", "POST")
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change what an applicant is asked; a blank form at the end takes one more."""
    program = find_program(slug)
    forms: Any = Questions(
        request.POST or None,
        initial=[QuestionForm.initial_of(one) for one in program.questions],
        prefix="q",
    )
    status = 200
    if request.method == "POST":
        status = 422
        if forms.is_valid():
            kept = [
                one
                for one in forms.ordered_forms
                if one.cleaned_data.get("label_en") or one.cleaned_data.get("label_zh")
            ]
            try:
                change_questions(
                    slug=slug,
                    questions=[one.question(new_key=f"q_{secrets.token_hex(4)}") for one in kept],
                    operator_id=require_operator(request.user).pk,
                    now=clock.now(),
                )
            except QuestionsInvalid as refused:
                _lay_on(forms, kept, refused)
            else:
                messages.success(request, _("Kept: who applies from now on is asked this."))
                return redirect("operator_questions", slug=slug)
    context = {"forms": forms, "admission": program.admission, "most": MOST_QUESTIONS}
    return show(request, "questions", context, slug=slug, status=status)


@for_operators("GET", "POST")
def pilot(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change the steps of a pilot: every press sends them all, one act changes the form."""
    program = find_program(slug)
    kept = steps_of(program.pilot)
    context: dict[str, Any] = {
        "kept": [say_step(one, capability=program.capability) for one in kept],
        "at": count_at_steps(program),
        "choices": list_choices(),
        "operators": list_operators(),
    }
    if request.method != "POST":
        context["pilot"] = steps.from_pilot(kept, capability=program.capability)
        return show(request, "pilot", context, slug=slug)
    sent = steps.from_post(request.POST, capability=program.capability)
    context |= {"pilot": sent, "unsaved": True}
    if steps.act(sent, str(request.POST.get("act", "save")), request.POST):
        return show(request, "pilot", context, slug=slug)
    try:
        change_pilot(
            slug=slug,
            pilot=steps.to_pilot(sent),
            operator_id=require_operator(request.user).pk,
            now=clock.now(),
        )
    except MeadowError as refused:
        context["problem"] = refused.sentences()
        return show(request, "pilot", context, slug=slug, status=422)
    messages.success(request, _("Kept: it holds for everybody who is in the pilot or comes in."))
    return redirect("operator_pilot", slug=slug)


def _lay_on(forms: Any, kept: list[QuestionForm], refused: QuestionsInvalid) -> None:
    """Say what is wrong beside the question that it is about."""
    for place, sentences in refused.fields.items():
        number, _dot, name = place.partition(".")
        form = kept[int(number)] if number.isdigit() else forms.forms[0]
        field = {"label": "label_en"}.get(name, name)
        for said in sentences:
            form.add_error(field if field in form.fields else None, said)
