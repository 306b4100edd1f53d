"""Forms of limits: how much may be topped up, and what may go out of a wallet."""

from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meadow.payments.forms import AmountField, read_amount
from meadow.payments.limits import CURRENCIES, LONGEST_NOTE
from meadow.payments.records import BoundsRecord, SpendingRecord
from meadow.payments.words import as_typed

NAMES: Final[dict[str, str | Promise]] = {
    "least": _("Smallest top-up"),
    "most": _("Largest top-up"),
    "per_day": _("Of one person in any 24 hours"),
    "per_month": _("Of one person in any 30 days"),
}


class BoundsForm(forms.Form):
    """How much may be topped up in a currency; `seen` is the version that was looked at."""

    least = AmountField(label=NAMES["least"])
    most = AmountField(label=NAMES["most"])
    per_day = AmountField(label=NAMES["per_day"])
    per_month = AmountField(label=NAMES["per_month"])
    note = forms.CharField(
        label=_("Why they change"), help_text=_("Everybody can read it."), max_length=LONGEST_NOTE
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        self.unit = unit
        super().__init__(*given, **named)

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the form's unit."""
        self.cleaned_data["unit"] = self.unit
        for name in NAMES:
            read_amount(self, name)
        return self.cleaned_data


class SpendingForm(forms.Form):
    """What may go out of a wallet; empty: as much as is there."""

    per_day = AmountField(label=_("At most in any 24 hours"), required=False)
    per_month = AmountField(
        label=_("At most in any 30 days"),
        help_text=_("Leave a field empty for no limit."),
        required=False,
    )
    unit = forms.ChoiceField(
        choices=[(unit, unit) for unit in CURRENCIES], widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the unit, None where there is none."""
        for name in ("per_day", "per_month"):
            if name in self.errors:
                continue
            if self.cleaned_data.get(name):
                read_amount(self, name)
            else:
                self.cleaned_data[name] = None
        day, month = self.cleaned_data.get("per_day"), self.cleaned_data.get("per_month")
        if isinstance(day, int) and isinstance(month, int) and day > month:
            self.add_error("per_day", gettext("A day cannot let out more than 30 days do."))
        return self.cleaned_data


def bounds_form(unit: str, found: BoundsRecord | None) -> BoundsForm:
    """Return the form filled in with what holds now."""
    if found is None:
        return BoundsForm(unit=unit, initial={"seen": 0})
    figures = {name: as_typed(getattr(found, name), unit) for name in NAMES}
    return BoundsForm(unit=unit, initial={**figures, "seen": found.version})


def spending_form(found: SpendingRecord) -> SpendingForm:
    """Return the form filled in with what was chosen last, also where it holds only later."""
    waits = found.next_from is not None
    return SpendingForm(
        initial={
            "unit": found.unit,
            "per_day": as_typed(found.next_per_day if waits else found.per_day, found.unit),
            "per_month": as_typed(found.next_per_month if waits else found.per_month, found.unit),
        }
    )
