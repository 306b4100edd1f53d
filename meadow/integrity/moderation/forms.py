"""Forms of reporting and of deciding."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from meadow.integrity.moderation.acting import Statement, Verdict
from meadow.integrity.moderation.reasons import LONGEST_WORDS, OTHER, REASONS
from meadow.integrity.rulebook import LONGEST, RULES, SHORTEST

VERDICTS: Final = {
    "dismiss": _("Leave it: no rule is broken"),
    "warn": _("Warn its author"),
    "hide": _("Hide it from everybody but its author"),
}


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
        help_text=_("Needed for warning and hiding, as are the words below."),
        choices=[("", _("None")), *((rule.code, rule.name) for rule in RULES.values())],
        required=False,
    )
    words = forms.CharField(
        label=_("What you found"),
        help_text=_(
            "Its author reads this and may appeal: say what, where and when, without blame."
        ),
        min_length=SHORTEST,
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    with_violation = forms.BooleanField(
        label=_("Also record a violation about its author"), required=False
    )

    def __init__(self, *args: Any, can_hide: bool, **named: Any) -> None:
        super().__init__(*args, **named)
        if not can_hide:
            verdict = self.fields["verdict"]
            verdict.choices = [  # type: ignore[attr-defined] # a ChoiceField
                (code, name) for code, name in VERDICTS.items() if code != "hide"
            ]

    def clean(self) -> dict[str, Any]:
        """Want rule and words where somebody is restricted."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("verdict") in ("warn", "hide"):
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
    def statement(self) -> Statement | None:
        """The statement of reasons; None for leaving it."""
        if self.chosen == "dismiss":
            return None
        return Statement(rule=self.cleaned_data["rule"], words=self.cleaned_data["words"])


class RestoreForm(forms.Form):
    """Why something is shown again."""

    words = forms.CharField(
        label=_("Why it is shown again"),
        min_length=SHORTEST,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
