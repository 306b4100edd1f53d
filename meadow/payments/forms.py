"""Forms of wallets: a top-up, when to be told, a refund."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meadow.core.money import UNITS, Money, NotAnAmount, format_money, read_money
from meadow.payments.limits import CURRENCIES
from meadow.payments.providers import list_providers

LONGEST_FIGURE = 15
EXAMPLE = 5_000


class AmountField(forms.CharField):
    """An amount as people type it; what it is worth, a form says with its unit."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, **options)


class TopUpForm(forms.Form):
    """How much, in what, by whom; `key` makes a form that is sent twice one payment."""

    amount = AmountField(label=_("Amount"))
    unit = forms.ChoiceField(label=_("Currency"))
    provider = forms.ChoiceField(label=_("Pay by"), widget=forms.RadioSelect)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        units, providers = self.fields["unit"], self.fields["provider"]
        assert isinstance(units, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(providers, forms.ChoiceField)  # noqa: S101 - declared above
        units.choices = [(unit, f"{unit} {UNITS[unit].sign}") for unit in CURRENCIES]
        providers.choices = [(one.name, one.label) for one in list_providers()]

    def clean(self) -> dict[str, Any]:
        """Read the amount in its unit."""
        read_amount(self)
        return self.cleaned_data


class NoticeForm(forms.Form):
    """Below how much to be told; empty: not at all."""

    below = AmountField(
        label=_("Tell me when less than this is left"),
        help_text=_("Leave it empty to hear nothing."),
        required=False,
    )
    unit = forms.ChoiceField(label=_("Currency"), choices=[(unit, unit) for unit in CURRENCIES])

    def clean(self) -> dict[str, Any]:
        """Read the amount in its unit, None where there is none."""
        if not self.cleaned_data.get("below") and "below" not in self.errors:
            self.cleaned_data["below"] = None
        else:
            read_amount(self, "below")
        return self.cleaned_data


class RefundForm(forms.Form):
    """How much of a payment goes back, and why."""

    amount = AmountField(label=_("Amount"))
    note = forms.CharField(
        label=_("Why"),
        help_text=_("Operators read this; the payer is told the amount."),
        max_length=200,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        self.unit = unit
        super().__init__(*given, **named)

    def clean(self) -> dict[str, Any]:
        """Read the amount in the payment's unit."""
        self.cleaned_data["unit"] = self.unit
        read_amount(self)
        return self.cleaned_data


def read_amount(form: forms.Form, name: str = "amount") -> None:
    """Turn a typed amount into minor units, or say what is wrong with it."""
    typed, unit = form.cleaned_data.get(name), form.cleaned_data.get("unit")
    if not typed or not unit:
        return
    try:
        money = read_money(typed, unit)
    except NotAnAmount:
        example = format_money(Money(EXAMPLE, unit)).lstrip(UNITS[unit].sign)
        form.add_error(name, gettext("Write an amount such as %(example)s.") % {"example": example})
        return
    if money.minor <= 0 or len(str(money.minor)) > LONGEST_FIGURE:
        form.add_error(name, gettext("Choose an amount above zero, and not beyond all measure."))
        return
    form.cleaned_data[name] = money.minor
