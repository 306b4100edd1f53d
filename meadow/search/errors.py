"""What search refuses."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class QuestionTooLong(MeadowError):
    """More was typed than anybody looks for."""

    status = 422
    code = "search.too_long"
    message = _("A search can have {most} characters at most.")
    hint = _("Leave out the words that matter least.")


class FilterUnknown(MeadowError):
    """A filter or order of this name does not exist."""

    status = 422
    code = "search.filter_unknown"
    message = _("There is no choice “{value}” here.")
    hint = _("Choose one of: {choices}.")
