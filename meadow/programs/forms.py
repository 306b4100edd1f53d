"""Forms of programs: the questions of an application, an invitation's code, and "what if"."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meadow.programs.queries import Question
from meadow.programs.queries.what_if import Figure

LONGEST_CODE = 64
LARGEST_STEP = 10**9
AS_IT_IS, YES, NO = "0", "1", "-1"


class ApplyForm(forms.Form):
    """A program's questions; the field names are their keys."""

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in questions:
            self.fields[one.key] = _answer_field(one)


class CodeForm(forms.Form):
    """The code of an invitation, as it was handed over."""

    code = forms.CharField(
        label=gettext_lazy("Invitation code"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "entry-code"}
        ),
    )


class WhatIfForm(forms.Form):
    """A number to add to each figure of a rule; what is left empty stays as it is."""

    def __init__(self, *args: Any, figures: Sequence[Figure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in figures:
            self.fields[one.key] = _figure_field(one)

    def more(self) -> dict[str, int]:
        """Return what is added to each figure, by its key."""
        return {key: int(value) for key, value in self.cleaned_data.items() if value}


def _answer_field(question: Question) -> forms.Field:
    common: dict[str, Any] = {"label": question.label, "required": question.required}
    if question.options:
        choices = [(one, one) for one in question.options]
        if not question.required:
            choices.insert(0, ("", _("No answer")))
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    rows = 3 if question.max_length <= 500 else 6
    widget = forms.Textarea(attrs={"rows": rows})
    return AnswerField(max_length=question.max_length, widget=widget, **common)


class AnswerField(forms.CharField):
    """A text of several lines, a line break counted once, as the counter beside it does."""

    def to_python(self, value: Any) -> Any:
        """Return the text with plain line breaks."""
        said = super().to_python(value)
        return said.replace("\r\n", "\n") if isinstance(said, str) else said


def _figure_field(figure: Figure) -> forms.Field:
    if figure.unit == "flag":
        other = (NO, _("No")) if figure.value else (YES, _("Yes"))
        return forms.ChoiceField(
            label=figure.name,
            required=False,
            choices=[(AS_IT_IS, _("As it is")), other],
            help_text=_("Asked for: %(asked)s.") % {"asked": figure.asked},
        )
    return forms.IntegerField(
        label=figure.name,
        required=False,
        min_value=-LARGEST_STEP,
        max_value=LARGEST_STEP,
        help_text=_("Now %(value)s; asked for: %(asked)s.")
        % {"value": f"{figure.value:,}", "asked": figure.asked},
        widget=forms.NumberInput(
            attrs={
                "inputmode": "numeric",
                "step": 1,
                "placeholder": f"+{figure.gap}" if figure.gap > 0 else str(figure.gap),
                "class": "tabular",
            }
        ),
    )
