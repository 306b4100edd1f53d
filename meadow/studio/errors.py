"""What can go wrong when figures are asked for in the Studio."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import InvalidInput, PermissionDenied


class NotYourStudio(PermissionDenied):
    """Somebody asked for another person's figures without being an operator."""

    code = "studio.not_yours"
    message = _("Only a creator sees their own figures.")
    hint = _("Your own are under Studio.")


class WrongQuestion(InvalidInput):
    """A part of the address is not one that can be asked."""

    code = "studio.wrong_question"
    message = _("This address asks for something that cannot be shown.")
