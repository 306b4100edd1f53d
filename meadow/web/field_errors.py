"""What every field of every form says of a wrong entry: what is wrong, and how to mend it.

Django's own sentences are replaced where its fields and validators look for them, so that forms of
packages and of libraries speak alike. Called before any form is defined: fields copy what they say.
"""

from typing import Any, Final

from django.core import validators
from django.forms import fields, models
from django.utils.translation import gettext_lazy as _

_NO_FILE: Final = _("No file came with the form: choose it again, then send.")
_NO_NUMBER: Final = _(
    "This is not a number: write digits, with a point for decimals, such as 12.5."
)
_NO_LIST: Final = _("This could not be read: choose again from what is offered.")
_NOT_OFFERED: Final = _("“%(value)s” cannot be chosen here: choose from what is offered.")

FIELDS: Final[dict[Any, dict[str, Any]]] = {
    fields.Field: {"required": _("This is still empty: fill it in, or choose something.")},
    fields.IntegerField: {
        "invalid": _("This is not a whole number: write digits only, such as 12.")
    },
    fields.FloatField: {"invalid": _NO_NUMBER},
    fields.DecimalField: {"invalid": _NO_NUMBER},
    fields.DateField: {
        "invalid": _("This is not a date: write year, month and day, such as 2026-05-01.")
    },
    fields.TimeField: {"invalid": _("This is not a time: write it such as 18:30.")},
    fields.DateTimeField: {
        "invalid": _("This is not a date with a time: write it such as 2026-05-01 18:30.")
    },
    fields.DurationField: {"invalid": _("This is no length of time: write it such as 1:30:00.")},
    fields.FileField: {
        "invalid": _NO_FILE,
        "missing": _NO_FILE,
        "empty": _("This file is empty: choose another one."),
        "max_length": _(
            "The name of this file has %(length)d characters: shorten it to %(max)d at most."
        ),
        "contradiction": _("You chose a file and to remove it: do one of the two."),
    },
    fields.ImageField: {
        "invalid_image": _("This is not an image that can be read: choose another file.")
    },
    fields.URLField: {
        "invalid": _(
            "This is not a web address: write all of it, such as https://example.org/page."
        )
    },
    fields.ChoiceField: {"invalid_choice": _NOT_OFFERED},
    fields.MultipleChoiceField: {"invalid_choice": _NOT_OFFERED, "invalid_list": _NO_LIST},
    fields.MultiValueField: {
        "invalid": _NO_LIST,
        "incomplete": _("A part of this is still empty: fill it in too."),
    },
    fields.UUIDField: {"invalid": _("This is not an id: copy all of it.")},
    fields.JSONField: {"invalid": _("This is not JSON: look at its quotes, commas and brackets.")},
    models.ModelChoiceField: {
        "invalid_choice": _("This cannot be chosen any more: choose from what is offered.")
    },
    models.ModelMultipleChoiceField: {
        "invalid_choice": _NOT_OFFERED,
        "invalid_list": _NO_LIST,
        "invalid_pk_value": _("“%(pk)s” cannot be chosen here: choose from what is offered."),
    },
}
CHECKS: Final[dict[Any, Any]] = {
    validators.MinValueValidator: _("This is too small: write %(limit_value)s or more."),
    validators.MaxValueValidator: _("This is too large: write %(limit_value)s or less."),
    validators.StepValueValidator: _("This does not fit: write a multiple of %(limit_value)s."),
    validators.MinLengthValidator: _(
        "This is too short, %(show_value)d of at least %(limit_value)d characters: write some more."
    ),
    validators.MaxLengthValidator: _(
        "This is too long, %(show_value)d of at most %(limit_value)d characters: shorten it."
    ),
    validators.RegexValidator: _("This has a form that cannot be used here: write it another way."),
    validators.URLValidator: FIELDS[fields.URLField]["invalid"],
    validators.EmailValidator: _(
        "This is not an e-mail address: write all of it, such as name@example.org."
    ),
    validators.FileExtensionValidator: _(
        "Files that end in “%(extension)s” cannot be used: choose one of %(allowed_extensions)s."
    ),
    validators.ProhibitNullCharactersValidator: _(
        "This holds signs that cannot be kept: type it anew."
    ),
}
DIGITS: Final[dict[str, Any]] = {
    "invalid": _NO_NUMBER,
    "max_digits": _("This number is too long: write at most %(max)s digits."),
    "max_decimal_places": _(
        "This number is too exact: write at most %(max)s digits after the point."
    ),
    "max_whole_digits": _(
        "This number is too large: write at most %(max)s digits before the point."
    ),
}


def say_field_errors() -> None:
    """Put our sentences where Django's fields and validators look for theirs."""
    for field, said in FIELDS.items():
        field.default_error_messages = field.__dict__.get("default_error_messages", {}) | said
    for check, words in CHECKS.items():
        check.message = words
    validators.DecimalValidator.messages = DIGITS
