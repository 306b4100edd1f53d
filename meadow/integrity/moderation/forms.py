"""Forms of reporting and of deciding."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from meadow.integrity.moderation.acting import Statement, Verdict
from meadow.integrity.moderation.reasons import LONGEST_WORDS, OTHER, REASONS
from meadow.integrity.rulebook import LONGEST, RULES, SHORTEST

VERDICTS: Final = {
    "dismiss": _("Leave it: no rule is broken"),
    "warn": _("Warn its author"),
    "hide": _("Hide it from everybody but its author"),
}
VERDICTS_ON_PEOPLE: Final = {
    "dismiss": _("Leave it: no rule is broken"),
    "warn": _("Warn them"),
    "hide": _("Hide them: nobody else sees their page, notes and comments"),
    "suspend": _("Suspend them: they read on, and write nothing"),
    "bar": _("Hide and suspend them"),
}
DAYS: Final = (1, 3, 7, 30, 90, 365)


class ReportForm(forms.Form):
    """Why something is reported."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=[(one.code, one.name) for one in REASONS.values()],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Anything that helps us see it"),
        help_text=_("Those who look at reports read this. Whoever you report never learns of you."),
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Want words for another reason."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == OTHER and not cleaned.get("words"):
            self.add_error("words", _("Say in a sentence what is wrong with it."))
        return cleaned


class VerdictForm(forms.Form):
    """What is done about an inquiry, with the statement of reasons where it restricts somebody."""

    verdict = forms.ChoiceField(
        label=_("What is done"), choices=list(VERDICTS.items()), widget=forms.RadioSelect
    )
    rule = forms.ChoiceField(
        label=_("Which rule it breaks"),
        help_text=_("Needed for whatever restricts somebody, as are the words below."),
        choices=[("", _("None")), *((rule.code, rule.name) for rule in RULES.values())],
        required=False,
    )
    words = forms.CharField(
        label=_("What you found"),
        help_text=_(
            "Whom it is about reads this and may appeal: say what, where and when, without blame."
        ),
        min_length=SHORTEST,
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    with_violation = forms.BooleanField(
        label=_("Also record a violation about its author"), required=False
    )

    days = forms.TypedChoiceField(
        label=_("For how long"),
        help_text=_("It ends by itself. Only what is done to a person has an end."),
        choices=[("", _("Until somebody lifts it"))],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, kind: str, can_hide: bool, **named: Any) -> None:
        super().__init__(*args, **named)
        verdicts = VERDICTS_ON_PEOPLE if kind == "person" else VERDICTS
        self.fields["verdict"].choices = [  # type: ignore[attr-defined] # a ChoiceField
            (code, name) for code, name in verdicts.items() if can_hide or code != "hide"
        ]
        if kind == "person":
            self.fields["days"].choices = [  # type: ignore[attr-defined] # a ChoiceField
                ("", _("Until somebody lifts it")),
                *((days, _say_days(days)) for days in DAYS),
            ]
        else:
            del self.fields["days"]

    def clean(self) -> dict[str, Any]:
        """Want rule and words where somebody is restricted."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("verdict") in ("warn", "hide", "suspend", "bar"):
            if not cleaned.get("rule"):
                self.add_error("rule", _("Choose the rule that it breaks."))
            if not cleaned.get("words") and "words" not in self.errors:
                self.add_error("words", _("Say what you found: its author reads it."))
        return cleaned

    @property
    def chosen(self) -> Verdict:
        """What was chosen."""
        found: Verdict = self.cleaned_data["verdict"]
        return found

    @property
    def chosen_days(self) -> int | None:
        """For how many days; None: until somebody lifts it."""
        found: int | None = self.cleaned_data.get("days")
        return found

    @property
    def statement(self) -> Statement | None:
        """The statement of reasons; None for leaving it."""
        if self.chosen == "dismiss":
            return None
        return Statement(rule=self.cleaned_data["rule"], words=self.cleaned_data["words"])


def _say_days(days: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


class RestoreForm(forms.Form):
    """Why a restriction is lifted."""

    words = forms.CharField(
        label=_("Why it is lifted"),
        min_length=SHORTEST,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
