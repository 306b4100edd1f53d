"""Forms of the operator's bench: schedule, settings, invitations, reviews, places by hand."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from meadow.accounts.regions import is_region
from meadow.programs.models import ADMISSIONS, STAGES
from meadow.programs.services.applications import LONGEST_ANSWER
from meadow.programs.services.invitations import MOST_BYTES, MOST_CODES
from meadow.programs.services.questions import LONGEST_LABEL, LONGEST_OPTION, MOST_OPTIONS
from meadow.programs.services.stages import LONGEST_DAYS, MOST_SEATS
from meadow.programs.words import ADMISSION_NAMES, STAGE_NAMES

LONGEST_RULE: Final = 40_000
LONGEST_LIST: Final = 320_000
_DATE: Final = {"type": "date"}


class NoteForm(forms.Form):
    """Why a version exists, as the public change log will say."""

    note = forms.CharField(
        label=_("Why this version"),
        help_text=_("Everybody reads this in the change log once it is scheduled."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ImportForm(forms.Form):
    """A rule as JSON."""

    rule = forms.CharField(
        label=_("Rule as JSON"),
        help_text=_("As the export gives it, or as the API takes it."),
        max_length=LONGEST_RULE,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "font-mono"}),
    )


class ScheduleForm(forms.Form):
    """From which moment a version holds."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"))
    at = forms.TimeField(
        label=_("Time (UTC)"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def moment(self) -> dt.datetime:
        """Return the moment that was chosen, after `is_valid`."""
        chosen = dt.datetime.combine(self.cleaned_data["on"], self.cleaned_data["at"])
        return chosen.replace(tzinfo=dt.UTC)


class SettingsForm(forms.Form):
    """Everything that opens or narrows a program, but its rule and its switches."""

    stage = forms.ChoiceField(
        label=_("Stage"),
        help_text=_("Each stage includes those before it. Nobody who is in loses their place."),
        choices=[(one, STAGE_NAMES[one]) for one in STAGES],
    )
    percentage = forms.IntegerField(
        label=_("Share of everybody, in per cent"),
        help_text=_("Counts in the stage of that name. Growing it keeps everybody it had."),
        min_value=0,
        max_value=100,
    )
    admission = forms.ChoiceField(
        label=_("How people come in"), choices=[(one, ADMISSION_NAMES[one]) for one in ADMISSIONS]
    )
    capacity = forms.IntegerField(
        label=_("Seats"),
        help_text=_("Empty: no limit."),
        min_value=0,
        max_value=MOST_SEATS,
        required=False,
    )
    regions = forms.CharField(
        label=_("Regions"),
        help_text=_("Codes such as DE, FR, CN, with commas between. Empty: everywhere."),
        max_length=1200,
        required=False,
    )
    grace_days = forms.IntegerField(
        label=_("Grace period in days, when a criterion is lost"),
        min_value=0,
        max_value=LONGEST_DAYS,
    )
    notice_days = forms.IntegerField(
        label=_("Notice period in days, before a rule takes something away"),
        min_value=0,
        max_value=LONGEST_DAYS,
    )
    reapply_days = forms.IntegerField(
        label=_("Days to wait before applying again"), min_value=0, max_value=LONGEST_DAYS
    )
    appeal_days = forms.IntegerField(
        label=_("Days in which to appeal"), min_value=0, max_value=LONGEST_DAYS
    )
    next_review = forms.DateField(
        label=_("Next review, said in public"),
        required=False,
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
    )

    def clean_regions(self) -> list[str]:
        """Return the codes. Refuses one that is none."""
        given = str(self.cleaned_data["regions"]).replace(";", ",").replace("，", ",")
        codes = [one for part in given.split(",") if (one := part.strip().upper())]
        for code in codes:
            if not is_region(code):
                raise forms.ValidationError(
                    _("“%(code)s” is not the code of a region."), params={"code": code[:8]}
                )
        return sorted(set(codes))


class SwitchForm(forms.Form):
    """Why a program is paused, switched off or opened again."""

    note = forms.CharField(
        label=_("Why"),
        help_text=_("Everybody reads this in the change log."),
        min_length=3,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UntilForm(forms.Form):
    """What every kind of invitation needs."""

    days = forms.IntegerField(label=_("Days it works"), min_value=1, max_value=365, initial=30)
    note = forms.CharField(
        label=_("What it is for"),
        help_text=_("For operators, in the list below."),
        max_length=200,
        required=False,
    )


class CodesForm(UntilForm):
    """New codes."""

    count = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=MOST_CODES)
    field_order = ["count", "days", "note"]


class ListForm(UntilForm):
    """Handles to invite, in a file or typed in."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("A handle in the first column of each line; up to 10,000 lines and 1 MB."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )
    handles = forms.CharField(
        label=_("Or handles, a line each"),
        max_length=LONGEST_LIST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    field_order = ["file", "handles", "days", "note"]

    def clean(self) -> dict[str, Any]:
        """Refuse neither and both, and a file that is too large to read."""
        found: dict[str, Any] = super().clean() or {}
        file, typed = found.get("file"), found.get("handles")
        if bool(file) == bool(typed) and not self.errors:
            raise forms.ValidationError(_("Choose a file or enter handles, one of the two."))
        if file and file.size > MOST_BYTES:
            self.add_error("file", _("The file is larger than 1 MB: split it."))
        return found

    def content(self) -> bytes:
        """Return the list, after `is_valid`."""
        file = self.cleaned_data["file"]
        return bytes(file.read()) if file else str(self.cleaned_data["handles"]).encode()


class CohortForm(forms.Form):
    """The whole list of the cohort stage."""

    handles = forms.CharField(
        label=_("Handles, a line each"),
        help_text=_("This replaces the list. Who leaves it and is in already stays in."),
        max_length=LONGEST_LIST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class ReviewForm(forms.Form):
    """The answer to an application."""

    verdict = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("accept", _("Accept")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("In words"),
        help_text=_("The applicant reads this. A refusal needs it."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a refusal without a reason."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("verdict") == "refuse" and len(found.get("words", "")) < 3:
            self.add_error("words", _("Say why, in 3 to 1,000 characters."))
        return found


class FindForm(forms.Form):
    """Whose place to look at."""

    handle = forms.CharField(label=_("Handle"), max_length=31)

    def clean_handle(self) -> str:
        """Return the handle without its sign."""
        return str(self.cleaned_data["handle"]).strip().lstrip("@")


class HandForm(forms.Form):
    """A change of somebody's place by hand: why, and perhaps until when."""

    words = forms.CharField(
        label=_("Why"),
        help_text=_("The person reads this."),
        min_length=3,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = forms.DateField(
        label=_("Until"),
        help_text=_("Empty: without an end."),
        required=False,
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
    )

    def moment(self) -> dt.datetime | None:
        """Return the end that was chosen, the first moment of that day in UTC."""
        chosen = self.cleaned_data.get("until")
        return dt.datetime.combine(chosen, dt.time(), tzinfo=dt.UTC) if chosen else None


class QuestionForm(forms.Form):
    """One question of an application; a form without words is none."""

    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    label_en = forms.CharField(label=_("In English"), max_length=LONGEST_LABEL, required=False)
    label_zh = forms.CharField(label=_("In Chinese"), max_length=LONGEST_LABEL, required=False)
    required = forms.BooleanField(label=_("Has to be answered"), required=False, initial=True)
    max_length = forms.IntegerField(
        label=_("Longest answer, in characters"),
        min_value=1,
        max_value=LONGEST_ANSWER,
        initial=LONGEST_ANSWER,
    )
    options = forms.CharField(
        label=_("Answers to choose from, a line each"),
        help_text=_("Empty: people write what they like."),
        max_length=MOST_OPTIONS * (LONGEST_OPTION + 2),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @staticmethod
    def initial_of(question: dict[str, Any]) -> dict[str, Any]:
        """Return a question as the form begins with it."""
        label = question["label"]
        return {
            "key": question["key"],
            "label_en": label.get("en", ""),
            "label_zh": label.get("zh-hans", ""),
            "required": question.get("required", True),
            "max_length": question.get("max_length", LONGEST_ANSWER),
            "options": "\n".join(question.get("options", [])),
        }

    def question(self, *, new_key: str) -> dict[str, Any]:
        """Return the question, after `is_valid`; one that had no key yet has the new one."""
        given = self.cleaned_data
        return {
            "key": given["key"] or new_key,
            "label": {"en": given["label_en"], "zh-hans": given["label_zh"]},
            "required": given["required"],
            "max_length": given["max_length"],
            "options": [one for line in given["options"].splitlines() if (one := line.strip())],
        }
