"""Forms of the operator's finance: as of when, and which accounts."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meadow.accounts.queries import find_by_handles
from meadow.core.money import UNITS
from meadow.finance.limits import LONGEST_NAME
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
