"""Forms of promotion's operators: a verdict, the rule, the switch, a coupon."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meadow.accounts.queries import find_by_handles
from meadow.core.errors import InvalidInput
from meadow.core.money import NotAnAmount, read_money
from meadow.payments.forms import AmountField, read_amount
from meadow.payments.words import as_typed
from meadow.promotion.models import PromotionRule
from meadow.promotion.models.rules import LONGEST_CODE, LONGEST_NOTE
from meadow.promotion.reckoning import micro_of_minor
from meadow.promotion.review_words import BY_HAND, LONGEST_WORDS, REJECTIONS
from meadow.promotion.services.ruling import LISTS, MOST_USES, NUMBERS

APPROVE: Final = "approve"
THOUSAND: Final = 1_000
NAMES: Final = {
    "packs": _("Offered budgets"),
    "hours": _("Offered durations, in hours"),
    "smallest_budget": _("Smallest budget"),
    "largest_budget": _("Largest budget"),
    "shortest_hours": _("Shortest duration, in hours"),
    "longest_hours": _("Longest duration, in hours"),
    "schedule_days": _("Days that an order may be scheduled ahead"),
    "reserve": _("Least price of 1,000 impressions"),
    "most_reserves": _("Most that an impression may cost, in least prices"),
    "unknown_hour": _("Pages an hour to plan for where none were counted yet"),
    "cap": _("Times a day that one person may be shown one order"),
    "one_in": _("Of so many cards, one is sponsored at most"),
    "place": _("Place of the sponsored card on a page, from 0"),
    "holdout": _("Held out of each order, in percent"),
    "smallest_effect": _("Effect that a holdout is planned to show, in percent"),
    "review_above": _("Budget above which a person looks"),
    "settle_minutes": _("Minutes that late impressions are waited for"),
    "credit_days": _("Days in which invalid traffic is still given back"),
    "makegood": _("Of a shortfall, given back in percent"),
}
# How the figures stand together in the form: a heading, and its names.
GROUPS: Final = (
    (
        _("What can be ordered"),
        (
            *("packs", "smallest_budget", "largest_budget"),
            *("hours", "shortest_hours", "longest_hours", "schedule_days"),
        ),
    ),
    (
        _("Price, and how much is shown"),
        ("reserve", "most_reserves", "unknown_hour", "cap", "one_in", "place"),
    ),
    (_("How it is known what an order added"), ("holdout", "smallest_effect")),
    (
        _("Reviews, and what goes back"),
        ("review_above", "settle_minutes", "credit_days", "makegood"),
    ),
)
AMOUNTS: Final = ("smallest_budget", "largest_budget", "review_above")
PERCENTS: Final = ("holdout", "smallest_effect")
_PLAIN: Final = tuple(name for name in NUMBERS if name not in (*AMOUNTS, *PERCENTS, "reserve"))


class PercentField(forms.DecimalField):
    """A share in percent, kept as ten-thousandths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=2, **options)

    def clean(self, value: Any) -> int:
        """Return ten-thousandths."""
        return int(super().clean(value) * 100)


class ReviewForm(forms.Form):
    """Approve an order, or say why not."""

    verdict = forms.ChoiceField(
        label=_("Approve it, or say why not"),
        widget=forms.RadioSelect,
        choices=lambda: [
            (APPROVE, gettext("Approve it")),
            *((code, gettext("No: %(why)s") % {"why": REJECTIONS[code][0]}) for code in BY_HAND),
        ],
    )
    words = forms.CharField(
        label=_("What this is about, for the buyer"),
        help_text=_("They read it with the reason. Not needed when you approve."),
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RuleForm(forms.Form):
    """Every figure of the rule; `seen` is the version that was looked at."""

    note = forms.CharField(label=_("Why it changes"), max_length=LONGEST_NOTE)
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.unit = unit
        made: dict[str, forms.Field] = {}
        for name, label in NAMES.items():
            if name in LISTS:
                made[name] = forms.CharField(
                    label=label, help_text=_("With commas in between."), max_length=200
                )
            elif name in (*AMOUNTS, "reserve"):
                made[name] = AmountField(label=label)
            elif name in PERCENTS:
                made[name] = PercentField(label=label)
            else:
                low, high = NUMBERS[name]
                made[name] = forms.IntegerField(label=label, min_value=low, max_value=high)
        self.fields = made | self.fields

    def clean(self) -> dict[str, Any]:
        """Read amounts in the rule's unit, and lists."""
        for name in (*AMOUNTS, "reserve"):
            self.cleaned_data["unit"] = self.unit
            if self.cleaned_data.get(name) in ("0", "0.0", "0.00"):
                self.cleaned_data[name] = 0
            else:
                read_amount(self, name)
        for name in LISTS:
            self._read_list(name)
        if isinstance(self.cleaned_data.get("reserve"), int):
            self.cleaned_data["reserve"] = micro_of_cpm(self.cleaned_data["reserve"], self.unit)
        return self.cleaned_data

    def _read_list(self, name: str) -> None:
        parts = [
            one.strip() for one in self.cleaned_data.get(name, "").replace("，", ",").split(",")
        ]
        try:
            read = [
                read_money(one, self.unit).minor if name == "packs" else int(one)
                for one in parts
                if one
            ]
        except (NotAnAmount, ValueError):
            self.add_error(name, gettext("Write numbers with commas in between."))
        else:
            self.cleaned_data[name] = read

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the figures as they stand together, each group with its heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]

    @property
    def values(self) -> dict[str, Any]:
        """The figures of the version."""
        return {name: self.cleaned_data[name] for name in (*NUMBERS, *LISTS)}


class SwitchForm(forms.Form):
    """Why promotion is switched; `sure` once the reader saw what that does."""

    reason = forms.CharField(label=_("Why"), max_length=LONGEST_NOTE)
    turn = forms.ChoiceField(choices=[("on", "on"), ("off", "off")], widget=forms.HiddenInput)


class CouponForm(forms.Form):
    """A coupon: what it pays of which orders, how often, and when."""

    code = forms.CharField(label=_("Code"), max_length=LONGEST_CODE)
    amount = AmountField(label=_("It pays"))
    least = AmountField(label=_("Of orders of at least"))
    uses = forms.IntegerField(label=_("How often, in all"), min_value=1, max_value=MOST_USES)
    handle = forms.CharField(
        label=_("Only for"),
        help_text=_("A handle, or nothing: anybody, once each."),
        max_length=40,
        required=False,
    )
    days = forms.IntegerField(label=_("For how many days from now"), min_value=1, max_value=365)
    note = forms.CharField(label=_("What it is for"), max_length=LONGEST_NOTE)

    def __init__(self, *given: Any, unit: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self.unit = unit

    def clean(self) -> dict[str, Any]:
        """Read the amounts, and find whom it is for."""
        for name in ("amount", "least"):
            self.cleaned_data["unit"] = self.unit
            read_amount(self, name)
        handle = self.cleaned_data.get("handle", "").strip().removeprefix("@")
        self.cleaned_data["person_id"] = None
        if handle:
            found = find_by_handles([handle]).get(handle.lower())
            if found is None:
                self.add_error("handle", gettext("Nobody goes by this handle."))
            self.cleaned_data["person_id"] = found
        return self.cleaned_data

    def given(self, now: dt.datetime) -> dict[str, Any]:
        """What the coupon is."""
        names = ("code", "amount", "least", "uses", "person_id", "note")
        return {name: self.cleaned_data[name] for name in names} | {
            "starts_at": now,
            "ends_at": now + dt.timedelta(days=self.cleaned_data["days"]),
        }


def rule_form(rule: PromotionRule) -> RuleForm:
    """Return the form filled in with what holds now."""
    return RuleForm(unit=rule.unit, initial=typed_rule(rule) | {"seen": rule.number})


def typed_rule(rule: PromotionRule) -> dict[str, Any]:
    """Return each figure of a rule as people type it."""
    typed: dict[str, Any] = {name: getattr(rule, name) for name in _PLAIN}
    typed |= {name: as_typed(getattr(rule, name), rule.unit) for name in AMOUNTS}
    typed |= {name: f"{Decimal(getattr(rule, name)) / 100:f}" for name in PERCENTS}
    typed["reserve"] = as_typed(cpm_of_micro(rule.reserve, rule.unit), rule.unit)
    typed["packs"] = ", ".join(as_typed(one, rule.unit).replace(",", "") for one in rule.packs)
    typed["hours"] = ", ".join(str(one) for one in rule.hours)
    return typed


def cpm_of_micro(micro: float, unit: str) -> int:
    """Return a price of one impression as that of 1,000, in minor units, rounded up."""
    return math.ceil(micro * THOUSAND / micro_of_minor(unit))


def micro_of_cpm(minor: int, unit: str) -> int:
    """Return a price of 1,000 impressions as that of one, in millionths of the unit, rounded up."""
    return math.ceil(minor * micro_of_minor(unit) / THOUSAND)


def show_faults(form: forms.Form, refused: InvalidInput) -> None:
    """Say what is wrong beside its field, or above the form where it has none."""
    for name, sentences in refused.fields.items():
        form.add_error(name if name in form.fields else None, sentences)
