"""Forms of the rules of payouts: bounds, fees and days, and what is withheld."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meadow.accounts.regions import region_choices
from meadow.core.money import NotAnAmount, read_money
from meadow.payments.forms import AmountField, read_amount
from meadow.payments.words import as_typed
from meadow.payouts.figuring import Bracket
from meadow.payouts.limits import LONGEST_NOTE, MOST_BRACKETS
from meadow.payouts.queries import list_units
from meadow.payouts.terms import TaxTerms, Terms
from meadow.payouts.words import PAYEE_KINDS, PERIODS, list_weekdays

NAMES: Final = {
    "least": _("Smallest payout"),
    "most": _("Largest payout"),
    "fee": _("Fee of each payout"),
    "fee_rate": _("Fee in percent, added to it"),
    "cooldown_days": _("Days before a new account is paid to"),
    "weekday": _("Weekly payouts leave on"),
    "month_day": _("Monthly payouts leave on day"),
}
LONGEST_BRACKETS: Final = 500


class RateField(forms.DecimalField):
    """A rate in percent, kept as ten-thousandths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, decimal_places=2, **options)

    def clean(self, value: Any) -> int:
        """Return ten-thousandths."""
        return int(super().clean(value) * 100)


class RulesForm(forms.Form):
    """Every number of a currency's rules; `seen` is the version that was looked at."""

    least = AmountField(label=NAMES["least"])
    most = AmountField(label=NAMES["most"])
    fee = AmountField(label=NAMES["fee"])
    fee_rate = RateField(label=NAMES["fee_rate"], max_value=50)
    cooldown_days = forms.IntegerField(label=NAMES["cooldown_days"], min_value=0, max_value=90)
    weekday = forms.TypedChoiceField(label=NAMES["weekday"], coerce=int)
    month_day = forms.IntegerField(label=NAMES["month_day"], min_value=1, max_value=28)
    note = forms.CharField(label=_("Why they change"), max_length=LONGEST_NOTE)
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        self.unit = unit
        super().__init__(*given, **named)
        days = self.fields["weekday"]
        assert isinstance(days, forms.TypedChoiceField)  # noqa: S101 - declared above
        days.choices = list(enumerate(list_weekdays()))

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the form's unit; no fee is 0."""
        self.cleaned_data["unit"] = self.unit
        for name in ("least", "most"):
            read_amount(self, name)
        if self.cleaned_data.get("fee") in ("0", "0.00", "0.0"):
            self.cleaned_data["fee"] = 0
        else:
            read_amount(self, "fee")
        return self.cleaned_data

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers of the version."""
        return {name: self.cleaned_data[name] for name in NAMES}


class TaxForm(forms.Form):
    """What is withheld from whom; `seen` is the newest version of the same three."""

    region = forms.ChoiceField(label=_("Country or region of the account"), required=False)
    payee_kind = forms.ChoiceField(label=_("Payee"), choices=PAYEE_KINDS.items())
    unit = forms.ChoiceField(label=_("Currency"))
    period = forms.ChoiceField(label=_("What is added up"), choices=PERIODS.items())
    brackets = forms.CharField(
        label=_("Brackets"),
        help_text=_(
            "A line each: the amount above which it counts, then percent. Nothing on any line:"
            " nothing is withheld."
        ),
        max_length=LONGEST_BRACKETS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    note = forms.CharField(label=_("Why they change"), max_length=LONGEST_NOTE)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        regions, units = self.fields["region"], self.fields["unit"]
        assert isinstance(regions, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(units, forms.ChoiceField)  # noqa: S101 - declared above
        regions.choices = [("", gettext("All without a rule of their own")), *region_choices()]
        units.choices = [(unit, unit) for unit in list_units()]

    def clean(self) -> dict[str, Any]:
        """Read the brackets in the chosen unit."""
        typed, unit = self.cleaned_data.get("brackets", ""), self.cleaned_data.get("unit")
        if unit is None:
            return self.cleaned_data
        found: list[Bracket] = []
        for line in typed.splitlines():
            if not line.strip():
                continue
            bracket = _read_bracket(line, unit)
            if bracket is None or len(found) == MOST_BRACKETS:
                self.add_error("brackets", gettext("Write lines such as: 800 20"))
                return self.cleaned_data
            found.append(bracket)
        self.cleaned_data["brackets"] = found
        return self.cleaned_data

    @property
    def rule(self) -> dict[str, Any]:
        """What the rule says."""
        names = ("region", "payee_kind", "unit", "period", "brackets")
        return {name: self.cleaned_data[name] for name in names}


def rules_form(terms: Terms) -> RulesForm:
    """Return the form filled in with what holds now."""
    figures = {
        name: as_typed(getattr(terms, name), terms.unit) for name in ("least", "most", "fee")
    }
    return RulesForm(
        unit=terms.unit,
        initial={
            **figures,
            "fee_rate": say_rate(terms.fee_rate),
            "cooldown_days": terms.cooldown_days,
            "weekday": terms.weekday,
            "month_day": terms.month_day,
            "seen": terms.number,
        },
    )


def say_rate(rate: int) -> str:
    """Return ten-thousandths as percent, in figures: 2050 is 20.5."""
    return formats.localize(f"{rate / 100:.2f}".rstrip("0").rstrip("."))


def say_brackets(terms: TaxTerms) -> list[str]:
    """Return each bracket in words."""
    return [
        gettext("%(rate)s%% of what is above %(above)s")
        % {"rate": say_rate(one.rate), "above": as_typed(one.above, terms.unit)}
        for one in terms.brackets
    ]


def _read_bracket(line: str, unit: str) -> Bracket | None:
    """Return "800 20" or "800, 20%" as a bracket; None for what is none."""
    parts = line.replace("，", " ").replace("\t", " ").rstrip("% ").split()
    if len(parts) != 2:
        return None
    try:
        above = read_money(parts[0], unit).minor
        rate = Decimal(parts[1].rstrip("%")) * 100
    except (NotAnAmount, InvalidOperation):
        return None
    if not rate.is_finite() or rate != rate.to_integral_value() or not 0 <= rate <= 10_000:
        return None
    return Bracket(above=above, rate=int(rate))
