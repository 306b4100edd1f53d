"""Forms of violations: recording one, closing one, finding whose record to open."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from meadow.integrity.rulebook import CLOSINGS, LONGEST, RULES, SHORTEST

LONGEST_SUBJECT = 40
LONGEST_ADDRESS = 300
_SUBJECT = re.compile(r"[A-Za-z0-9_:.-]{1,40}")


class ViolationForm(forms.Form):
    """What somebody did against which rule."""

    rule = forms.ChoiceField(
        label=_("Which rule"),
        choices=[(rule.code, rule.name) for rule in RULES.values()],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What happened"),
        help_text=_("The person reads this: say what, where and when, without blame."),
        min_length=SHORTEST,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    subject = forms.CharField(
        label=_("The note it is about"),
        help_text=_("Its address or its id, if it is about one note."),
        max_length=LONGEST_ADDRESS,
        required=False,
    )

    def clean_subject(self) -> str:
        """Return the id at the end of an address, or the id as it was entered."""
        given: str = self.cleaned_data["subject"]
        last = given.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
        if last and not _SUBJECT.fullmatch(last):
            raise forms.ValidationError(
                _("This is neither the address of a note nor an id. Copy the note's address.")
            )
        return last


class ClosingForm(forms.Form):
    """Why a violation is closed."""

    reason = forms.ChoiceField(
        label=_("Why it is closed"), choices=list(CLOSINGS.items()), widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In words"),
        help_text=_("The person reads this."),
        min_length=SHORTEST,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class FindForm(forms.Form):
    """Whose record to open."""

    handle = forms.CharField(label=_("Handle"), max_length=31)

    def clean_handle(self) -> str:
        """Return the handle without its @."""
        return str(self.cleaned_data["handle"]).removeprefix("@")
