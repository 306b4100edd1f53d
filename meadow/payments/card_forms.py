"""The form of the card page: it never holds a card, only what Stripe calls it."""

from typing import Any

from django import forms

from meadow.payments.forms import AmountField, read_amount
from meadow.payments.limits import CURRENCIES


class CardForm(forms.Form):
    """How much, in what, and the token of a payment method that Stripe gave the browser."""

    amount = AmountField()
    unit = forms.ChoiceField(choices=[(unit, unit) for unit in CURRENCIES])
    key = forms.CharField(max_length=40)
    method = forms.RegexField(r"^[A-Za-z0-9_]+$", max_length=120)

    def __init__(self, *given: Any, with_method: bool = True, **named: Any) -> None:
        super().__init__(*given, **named)
        if not with_method:
            del self.fields["method"], self.fields["key"]

    def clean(self) -> dict[str, Any]:
        """Read the amount in its unit."""
        read_amount(self)
        return self.cleaned_data
