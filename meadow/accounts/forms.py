"""Forms of the account pages."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from meadow.accounts.models import Person
from meadow.accounts.regions import region_choices
from meadow.accounts.scopes import SCOPES
from meadow.accounts.wording import validate_words

TOKEN_LIFETIMES = [
    (7, _("7 days")),
    (30, _("30 days")),
    (90, _("90 days")),
    (365, _("1 year")),
]

# Django 5.2 says this to a short password, and its own Chinese catalogue lacks it.
ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
    8,
)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Handle or e-mail address, and password; the page itself has the link for a forgotten one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Handle or e-mail")
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """Email, handle, password, and a name for whoever wants one."""

    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        required=False,
        help_text=_("What people see first. You can leave it out and change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["email", "username", "name", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        handle = self.fields["username"]
        handle.label = _("Handle")
        handle.help_text = _("Your address here: 3 to 30 letters, digits or underscores.")
        handle.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean_name(self) -> str:
        """Take a name without a blocked word."""
        name: str = self.cleaned_data["name"]
        validate_words("profile", name)
        return name


class ProfileForm(forms.Form):
    """What a person tells about themselves; everything may stay empty."""

    name = forms.CharField(label=_("Name"), max_length=40, required=False)
    bio = forms.CharField(
        label=pgettext_lazy("a profile", "About you"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    region = forms.ChoiceField(
        label=_("Country or region"),
        required=False,
        help_text=_(
            "Shown on your page. It also counts, never by name, in authors' reader statistics."
        ),
    )
    birth_year = forms.TypedChoiceField(
        label=_("Year of birth"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_(
            "Nobody sees it. It counts in age bands of reader statistics, and it keeps"
            " advertising profiles off for people under 18."
        ),
    )
    gender = forms.ChoiceField(
        label=_("Gender"),
        required=False,
        choices=[
            ("", _("I would rather not say")),
            ("female", _("Female")),
            ("male", _("Male")),
            ("other", _("Another")),
        ],
        help_text=_("Nobody sees it. It counts, never by name, in authors' reader statistics."),
    )

    def __init__(self, *args: Any, this_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nothing = ("", _("I would rather not say"))
        region, year = self.fields["region"], self.fields["birth_year"]
        assert isinstance(region, forms.ChoiceField)  # noqa: S101 - declared above
        assert isinstance(year, forms.ChoiceField)  # noqa: S101 - declared above
        region.choices = [nothing, *region_choices()]
        year.choices = [nothing, *((y, str(y)) for y in range(this_year - 13, 1899, -1))]

    def clean_name(self) -> str:
        """Take a name without a blocked word."""
        name: str = self.cleaned_data["name"]
        validate_words("profile", name)
        return name

    def clean_bio(self) -> str:
        """Take words about oneself without a blocked one."""
        bio: str = self.cleaned_data["bio"]
        validate_words("profile", bio)
        return bio


class AvatarForm(forms.Form):
    """A new picture."""

    avatar = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, up to 20 MB. Location and other hidden data are removed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


class TokenForm(forms.Form):
    """A new access token."""

    name = forms.CharField(
        label=pgettext_lazy("an access token", "Name"),
        max_length=60,
        help_text=_("What will use it, so that you know it again later."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=_("It stops working after"), choices=TOKEN_LIFETIMES, coerce=int, initial=90
    )


class PreferencesForm(forms.Form):
    """The theme, the language, or both."""

    theme = forms.ChoiceField(choices=Person.Theme.choices, required=False)
    language = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, languages: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 - declared above
        language.choices = languages
