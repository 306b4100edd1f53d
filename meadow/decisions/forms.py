"""Forms of decisions: an appeal, its answer, and a receipt to check."""

from typing import Any

import orjson
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from meadow.decisions.appeal_services import FEWEST_LETTERS, LONGEST_NOTE, MOST_LETTERS
from meadow.decisions.models import FEWEST_DAYS, MOST_DAYS

GRANT, REFUSE = "grant", "refuse"
# A signed text of the largest size, each of its characters escaped, with everything around it.
LONGEST_RECEIPT = 200_000


class AppealForm(forms.Form):
    """Why a decision is wrong."""

    words = forms.CharField(
        label=_("What is wrong with this decision?"),
        help_text=_("Say what was counted wrongly or left out. A person reads it."),
        min_length=FEWEST_LETTERS,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AnswerForm(forms.Form):
    """What becomes of an appeal, and why."""

    verdict = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (GRANT, _("Grant it: the decision no longer stands")),
            (REFUSE, _("Refuse it: the decision stands")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Why"),
        help_text=_("The person who appealed reads this."),
        min_length=FEWEST_LETTERS,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class TermsForm(forms.Form):
    """Within how many days appeals are answered; `seen` is the version that was looked at."""

    answer_days = forms.IntegerField(
        label=_("Days to answer in"),
        help_text=_("Counted from the moment an appeal is opened. Open ones keep their day."),
        min_value=FEWEST_DAYS,
        max_value=MOST_DAYS,
    )
    note = forms.CharField(
        label=_("Why they change"), help_text=_("Everybody can read it."), max_length=LONGEST_NOTE
    )
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class ReceiptForm(forms.Form):
    """A receipt, as a file or pasted in; `content` in the cleaned data is what it says."""

    file = forms.FileField(
        label=_("The receipt's file"),
        help_text=_("As you downloaded it: it ends in .json."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )
    receipt = forms.CharField(
        label=_("Or its text"),
        help_text=_("The whole text of the file, from the first brace to the last."),
        # No counter of letters beside the field, as `max_length` would draw one.
        validators=[MaxLengthValidator(LONGEST_RECEIPT)],
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "font-mono"}),
    )

    def clean_file(self) -> "UploadedFile[Any] | None":
        """Refuse a file that is far too large to be a receipt before it is read."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LONGEST_RECEIPT:
            sentence = _("A receipt has %(most)s bytes at most, and this file has more.")
            raise forms.ValidationError(sentence % {"most": f"{LONGEST_RECEIPT:,}"})
        return file

    def clean(self) -> dict[str, Any]:
        """Read the one receipt that was given."""
        file, text = self.cleaned_data.get("file"), self.cleaned_data.get("receipt", "")
        if self.errors:
            return self.cleaned_data
        if not file and not text:
            raise forms.ValidationError(_("Choose a receipt's file, or paste its text."))
        if file and text:
            raise forms.ValidationError(
                _(
                    "There are a file and a text: take one away, so that it is clear which is checked."
                )
            )
        try:
            self.cleaned_data["content"] = orjson.loads(file.read() if file else text)
        except orjson.JSONDecodeError:
            self.add_error(
                "file" if file else "receipt",
                _("This is not JSON: a part of the file may be missing, or it is another file."),
            )
        return self.cleaned_data
