"""What reviewing refuses, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, PermissionDenied


class OrderReviewed(Conflict):
    """An order does not wait for a review: somebody answered, or its buyer cancelled it."""

    code = "promotion.order_reviewed"
    message = _("This order does not wait for a review any more.")
    hint = _("Reload to see who answered, and how.")


class OwnOrder(PermissionDenied):
    """An operator would review what they ordered or wrote."""

    code = "promotion.own_order"
    message = _("This is your own order or your own note, so somebody else has to look at it.")


class NoteOutOfSight(Conflict):
    """The note of an order cannot be seen by everybody, so nothing could be shown."""

    code = "promotion.note_out_of_sight"
    message = _("The note cannot be seen by everybody now, so the order cannot be approved.")
    hint = _("Leave it until the note is back, or reject it: everything goes back to the buyer.")
