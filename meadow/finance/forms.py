"""Forms of the operator's finance: as of when, which accounts, transfers by hand."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from meadow.accounts.queries import find_by_handles
from meadow.core.money import UNITS, NotAnAmount, read_money
from meadow.finance.limits import LARGEST_AMOUNT, LONGEST_NAME, MOST_HOURS
from meadow.finance.models import LONGEST_WORDS
from meadow.finance.records import TermsRecord
from meadow.finance.words import KINDS
from meadow.ledger.words import KIND_NAMES


class AsOfForm(forms.Form):
    """As of when the trial balance is asked for."""

    at = forms.DateTimeField(
        label=_("As of (UTC)"),
        help_text=_("Empty: now. Otherwise what the books said at that minute."),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class AccountsForm(forms.Form):
    """Which accounts are looked for."""

    who = forms.CharField(
        label=_("Whose"),
        help_text=_(
            "A person's handle as @handle, or the name that another owner has in the books."
        ),
        max_length=LONGEST_NAME,
        required=False,
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("whose account", "Kind"),
        choices=[("", pgettext_lazy("accounts", "All")), *KIND_NAMES.items()],
        required=False,
    )
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[("", pgettext_lazy("accounts", "All")), *((unit, unit) for unit in UNITS)],
        required=False,
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_("As its code in the books, such as wallet."),
        max_length=LONGEST_NAME,
        required=False,
    )

    def clean_who(self) -> str:
        """Return the owner as the books name them."""
        given = str(self.cleaned_data["who"]).strip()
        if not given.startswith("@"):
            return given
        found = find_by_handles([given[1:].lower()])
        if not found:
            raise forms.ValidationError(_("Nobody has this handle. Look at how it is spelt."))
        return str(next(iter(found.values())))


class ProposalForm(forms.Form):
    """A transfer by hand as an operator writes it; `key` makes a form that is sent twice one proposal."""

    kind = forms.ChoiceField(label=_("What it is"), choices=list(KINDS.items()))
    giver = forms.CharField(
        label=_("From"),
        help_text=_(
            "A person's @handle for their wallet, the id of an account, or one of the platform's own"
            " such as platform:goodwill."
        ),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"list": "own-accounts", "autocomplete": "off"}),
    )
    taker = forms.CharField(
        label=pgettext_lazy("transfer by hand", "To"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"list": "own-accounts", "autocomplete": "off"}),
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=[(unit, unit) for unit in UNITS])
    words = forms.CharField(
        label=_("Why, in words for whoever it concerns"),
        help_text=_("They read this as it stands, beside the amount."),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reference = forms.CharField(
        label=pgettext_lazy("transfer by hand", "About"),
        help_text=_("What it is about: a payment's id, an order, a letter."),
        max_length=LONGEST_NAME,
        required=False,
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean(self) -> dict[str, Any]:
        """Read the amount in its unit, as `minor`."""
        typed, unit = self.cleaned_data.get("amount"), self.cleaned_data.get("unit")
        if typed and unit:
            try:
                minor = read_money(typed, unit).minor
            except NotAnAmount:
                self.add_error(
                    "amount", gettext("Write an amount such as %(example)s.") % {"example": "12.50"}
                )
            else:
                if 0 < minor <= LARGEST_AMOUNT:
                    self.cleaned_data["minor"] = minor
                else:
                    self.add_error(
                        "amount",
                        gettext("Choose an amount above zero, and not beyond all measure."),
                    )
        return self.cleaned_data


class RefusalForm(forms.Form):
    """Why a proposal is refused."""

    words = forms.CharField(
        label=_("Why you refuse it"),
        help_text=_("Whoever proposed it reads this."),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ResolutionForm(forms.Form):
    """What was done about a difference."""

    name = forms.CharField(widget=forms.HiddenInput, max_length=250)
    words = forms.CharField(
        label=_("What was done"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TermsForm(forms.Form):
    """The limits; after how many hours each kind is stuck is a field of its own."""

    proposal_days = forms.IntegerField(
        label=_("A proposal waits this many days"), min_value=1, max_value=60
    )
    appeal_days = forms.IntegerField(
        label=_("One may appeal this many days"), min_value=7, max_value=365
    )

    def __init__(
        self, *given: Any, terms: TermsRecord, hours: Mapping[str, tuple[str, float]], **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self.initial.update(
            seen=terms.number,
            proposal_days=terms.proposal_days,
            appeal_days=terms.appeal_days,
        )
        self.kinds = list(hours)
        for kind, (title, after) in hours.items():
            self.fields[f"after-{kind}"] = forms.FloatField(
                label=title,
                help_text=gettext("Hours after which one counts as stuck."),
                min_value=0,
                max_value=MOST_HOURS,
                initial=round(after, 2),
            )
        self.fields["note"] = forms.CharField(
            label=gettext("Why you change this"),
            max_length=LONGEST_WORDS,
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self.fields["seen"] = forms.IntegerField(
            min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput
        )

    def wanted(self) -> dict[str, Any]:
        """Return what `change_terms` takes."""
        asked = self.cleaned_data
        return {
            "proposal_days": asked["proposal_days"],
            "appeal_days": asked["appeal_days"],
            "stuck_after": {kind: round(asked[f"after-{kind}"] * 60) for kind in self.kinds},
            "note": asked["note"],
            "seen": asked["seen"],
        }
