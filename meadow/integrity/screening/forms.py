"""Forms of block words: adding one, retiring one."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from meadow.integrity.rulebook import RULES
from meadow.integrity.screening.names import ACTION_NAMES, KIND_NAMES, SCOPE_NAMES

LONGEST_PATTERN: Final = 100
LONGEST_NOTE: Final = 300


class RuleForm(forms.Form):
    """A word or link, how it is compared, where, and what happens."""

    pattern = forms.CharField(label=_("Word or link"), max_length=LONGEST_PATTERN)
    kind = forms.ChoiceField(
        label=_("How it is compared"),
        choices=list(KIND_NAMES.items()),
        initial="word",
        widget=forms.RadioSelect,
    )
    action = forms.ChoiceField(
        label=_("What happens"),
        choices=list(ACTION_NAMES.items()),
        initial="flag",
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(
        label=_("Where it is looked for"),
        help_text=_("Handles and profiles can only be refused."),
        choices=list(SCOPE_NAMES.items()),
        initial=["title", "body", "comment"],
        widget=forms.CheckboxSelectMultiple,
    )
    rule = forms.ChoiceField(
        label=_("Which rule it guards"),
        choices=[(rule.code, rule.name) for rule in RULES.values()],
    )
    note = forms.CharField(
        label=_("Why"),
        help_text=_("Kept in the change log, for those who run this place."),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """Want names refused or left alone."""
        cleaned: dict[str, Any] = super().clean() or {}
        names = {"handle", "profile"} & set(cleaned.get("scopes", ()))
        if names and cleaned.get("action") in ("hold", "flag"):
            self.add_error("scopes", _("Handles and profiles can only be refused."))
        return cleaned


class RetireForm(forms.Form):
    """Why a rule is retired."""

    note = forms.CharField(
        label=_("Why it is retired"),
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
