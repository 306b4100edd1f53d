"""Forms of charges: giving back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meadow.charges.models import LONGEST_NOTE
from meadow.payments.forms import AmountField, read_amount


class ReturnForm(forms.Form):
    """How much of a charge goes back into the wallet, and why."""

    amount = AmountField(label=_("Amount"))
    note = forms.CharField(
        label=_("Why"),
        help_text=_("Operators read this; the person is told the amount."),
        max_length=LONGEST_NOTE,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        self.unit = unit
        super().__init__(*given, **named)

    def clean(self) -> dict[str, Any]:
        """Read the amount in the charge's unit."""
        self.cleaned_data["unit"] = self.unit
        read_amount(self)
        return self.cleaned_data
