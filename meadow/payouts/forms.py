"""Forms of payouts: a payout account, asking, the schedule, and what operators decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meadow.accounts.regions import region_choices
from meadow.core.errors import InvalidInput
from meadow.payments.forms import AmountField, read_amount
from meadow.payouts.details import LONGEST
from meadow.payouts.limits import LARGEST_RESULTS, LONGEST_NOTE
from meadow.payouts.models import LONGEST_WORDS
from meadow.payouts.providers import list_ways
from meadow.payouts.queries import list_units
from meadow.payouts.records import MethodRecord
from meadow.payouts.words import (
    HOLD_REASONS,
    METHOD_REASONS,
    PAYEE_KINDS,
    SCHEDULES,
    name_method,
)


class KeyedForm(forms.Form):
    """A form that counts once, however often it is sent."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)


class AccountForm(forms.Form):
    """Whose an account is, and where."""

    payee_kind = forms.ChoiceField(label=_("The account belongs to"), choices=PAYEE_KINDS.items())
    region = forms.ChoiceField(label=_("Country or region of the account"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        regions = self.fields["region"]
        assert isinstance(regions, forms.ChoiceField)  # noqa: S101 - declared above
        regions.choices = [("", gettext("Choose one")), *region_choices()]


class BankForm(AccountForm):
    """A bank account to be paid to."""

    holder = forms.CharField(label=_("Name that the account is in"), max_length=LONGEST["holder"])
    bank = forms.CharField(label=_("Bank"), max_length=LONGEST["bank"])
    bank_code = forms.CharField(
        label=_("Bank code"),
        help_text=_("Routing number, BIC or CNAPS, where your bank has one."),
        max_length=LONGEST["bank_code"],
        required=False,
    )
    account = forms.CharField(
        label=_("Account number or IBAN"),
        help_text=_("It is stored encrypted. From then on you see its last four characters."),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class StripeForm(AccountForm):
    """A connected account at Stripe to be paid to."""

    stripe = forms.CharField(
        label=_("Connected account"),
        help_text=_("It begins with acct_ and is on your Stripe page."),
        max_length=LONGEST["stripe"],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class AskForm(KeyedForm):
    """How much to pay out, in what, and where to."""

    amount = AmountField(label=_("Amount"))
    unit = forms.ChoiceField(label=_("Currency"))
    method = forms.ChoiceField(label=_("Pay to"))

    def __init__(self, *given: Any, methods: list[MethodRecord], **named: Any) -> None:
        super().__init__(*given, **named)
        _choose_between(self, methods)

    def clean(self) -> dict[str, Any]:
        """Read the amount in its unit."""
        read_amount(self)
        return self.cleaned_data


class ScheduleForm(forms.Form):
    """When to be paid by the clock, in what, and where to."""

    schedule = forms.ChoiceField(label=_("When"), choices=SCHEDULES.items())
    unit = forms.ChoiceField(label=_("Currency"))
    method = forms.ChoiceField(label=_("Pay to"))

    def __init__(self, *given: Any, methods: list[MethodRecord], **named: Any) -> None:
        super().__init__(*given, **named)
        _choose_between(self, methods)


class VerdictForm(forms.Form):
    """Why a payout account is refused."""

    why = forms.ChoiceField(
        label=_("Why it is refused"),
        choices=[(code, words[0]) for code, words in METHOD_REASONS.items()],
    )


class HoldForm(forms.Form):
    """Why a payout is held, and in words to its payee."""

    why = forms.ChoiceField(
        label=_("Why it is held"),
        choices=[(code, words[0]) for code, words in HOLD_REASONS.items()],
    )
    words = forms.CharField(
        label=_("In words to its payee"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ResultForm(forms.Form):
    """What the bank said of one payout."""

    verdict = forms.ChoiceField(
        label=_("The bank says"),
        choices=[("paid", _("It was paid")), ("failed", _("It did not arrive"))],
    )
    why = forms.CharField(label=_("Why, where it did not"), max_length=60, required=False)


class BatchForm(KeyedForm):
    """By what to pay, and in what."""

    provider = forms.ChoiceField(label=_("Pay by"))
    unit = forms.ChoiceField(label=_("Currency"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        providers, units = self.fields["provider"], self.fields["unit"]
        assert isinstance(providers, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(units, forms.ChoiceField)  # noqa: S101 - declared above
        providers.choices = [(way.name, way.label) for way in list_ways()]
        units.choices = [(unit, unit) for unit in list_units()]


class ApproveForm(forms.Form):
    """A batch as it was seen by whoever approves it."""

    count = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    total = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


class RefuseForm(forms.Form):
    """Why a batch is refused."""

    note = forms.CharField(label=_("Why it should not leave"), max_length=LONGEST_NOTE)


class ResultsForm(forms.Form):
    """What the bank said of a batch: typed, or as a file."""

    text = forms.CharField(
        label=_("Lines"),
        help_text=_("The payout's id, then paid or failed, then why, with commas between."),
        max_length=LARGEST_RESULTS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("Or a CSV file"), required=False)

    def clean(self) -> dict[str, Any]:
        """Read the file as text where there is one."""
        file = self.cleaned_data.get("file")
        if file is not None:
            if file.size > LARGEST_RESULTS:
                self.add_error(
                    "file", gettext("This file is too long. Take a part of it at a time.")
                )
                return self.cleaned_data
            try:
                self.cleaned_data["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", gettext("This file is not text. Save it as CSV in UTF-8."))
        if not self.cleaned_data.get("text") and not self.errors:
            self.add_error("text", gettext("Write the bank's results, or choose a file."))
        return self.cleaned_data


def show_faults(form: forms.Form, refused: InvalidInput) -> None:
    """Say what is wrong with details beside their fields."""
    for name, sentences in refused.fields.items():
        form.add_error(name if name in form.fields else None, sentences)


def _choose_between(form: forms.Form, methods: list[MethodRecord]) -> None:
    units, choices = form.fields["unit"], form.fields["method"]
    assert isinstance(units, forms.ChoiceField)  # noqa: S101 - both forms have it
    assert isinstance(choices, forms.ChoiceField)  # noqa: S101 - both forms have it
    units.choices = [(unit, unit) for unit in list_units()]
    choices.choices = [(one.public_id, name_method(one)) for one in methods]
