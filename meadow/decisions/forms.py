"""Forms of decisions: an appeal, its answer, and a receipt to check."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meadow.decisions.appeal_services import FEWEST_LETTERS, LONGEST_NOTE, MOST_LETTERS
from meadow.decisions.models import FEWEST_DAYS, MOST_DAYS

GRANT, REFUSE = "grant", "refuse"
LONGEST_RECEIPT = 100_000


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
    """A receipt, pasted in."""

    receipt = forms.CharField(
        label=_("Receipt"),
        help_text=_("The whole text of the file, from the first brace to the last."),
        max_length=LONGEST_RECEIPT,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "font-mono"}),
    )
