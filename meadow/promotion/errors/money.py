"""What the money of orders refuses, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError


class BudgetNotCovered(Conflict):
    """The wallet has less free than an order would hold."""

    code = "promotion.budget_not_covered"
    message = _("Your wallet has {available} free, and {needed} would be held.")
    hint = _("Top up the rest, or choose a smaller budget. Nothing was held.")


class HoldKeyTaken(MeadowError):
    """A key came with another amount for the same order."""

    status = 422
    code = "promotion.hold_key_taken"
    message = _("This key was used for something else.")
    hint = _("Use a new key for a new top-up.")
