"""What is refused of orders."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound


class OrderMissing(NotFound):
    """No order has this id, or it is somebody else's."""

    code = "promotion.order_missing"
    message = _("There is no such order.")
    hint = _("Your orders stand on the page Promotion.")


class NoteUnknown(NotFound):
    """Orders are asked for by a note that is nobody's, or somebody else's."""

    code = "promotion.note_unknown"
    message = _("You have no such note.")
    hint = _("Leave the note out to see the orders for all of yours.")


class StandingUnknown(MeadowError):
    """Orders are asked for by a way to stand that no order has."""

    status = 422
    code = "promotion.standing_unknown"
    message = _("No order stands like this.")
    hint = _("Choose one of {standings}, or leave it out to see all.")


class OrderElsewhere(Conflict):
    """An order does not stand where this can be done to it."""

    code = "promotion.order_elsewhere"
    message = _("This cannot be done to the order as it stands now.")
    hint = _("Nothing was changed. Reload to see how it stands.")


class NoteNotPromotable(MeadowError):
    """A note is not one's own, not published, not public, or hidden by a decision."""

    status = 422
    code = "promotion.note_not_promotable"
    message = _("Only a published public note of your own can be promoted.")
    hint = _("Choose another note, or make this one public first.")


class NoteGone(Conflict):
    """The note of an order can no longer be shown to everybody."""

    code = "promotion.note_gone"
    message = _("The note of this order can no longer be seen by everybody, so nothing is shown.")
    hint = _("Make the note public again, or cancel the order: what is left of it goes back.")


class BudgetOutOfBounds(MeadowError):
    """A budget is smaller or larger than the rule lets it be."""

    status = 422
    code = "promotion.budget_out_of_bounds"
    message = _("A budget is {least} to {most}.")
    hint = _("Choose an amount in between.")


class UnitNotSold(MeadowError):
    """Reach is not sold in this currency."""

    status = 422
    code = "promotion.unit_not_sold"
    message = _("Reach is not sold in this currency.")
    hint = _("Pay in {unit}.")


class DurationOutOfBounds(MeadowError):
    """An order would run for a shorter or longer time than the rule lets it."""

    status = 422
    code = "promotion.duration_out_of_bounds"
    message = _("An order runs for {shortest} to {longest} hours.")
    hint = _("Choose an end in between.")


class StartOutOfBounds(MeadowError):
    """An order would start in the past or too far ahead."""

    status = 422
    code = "promotion.start_out_of_bounds"
    message = _("An order starts now or within the next {days} days.")
    hint = _("Choose a start within these days, or leave it empty to start now.")


class PromotionOff(Conflict):
    """An operator has switched promotion off."""

    code = "promotion.off"
    message = _("Promotion is switched off at the moment.")
    hint = _("Nothing was paid. Orders that run go on when it is switched on again.")


class OrderKeyTaken(MeadowError):
    """An idempotency key came with another order or another top-up."""

    status = 422
    code = "promotion.key_taken"
    message = _("This key was used for a different order.")
    hint = _("Use a new key for a new request.")


class NothingToChange(MeadowError):
    """An edit would leave an order as it is."""

    status = 422
    code = "promotion.nothing_to_change"
    message = _("This is how the order stands already.")
    hint = _("Change something first.")


class StartedAlready(Conflict):
    """The start of an order cannot move once it has started."""

    code = "promotion.started_already"
    message = _("This order has started, so its start stays.")
    hint = _("Its end, goal and audience can still change.")


class GoalUnknown(MeadowError):
    """Nobody can order this goal."""

    status = 422
    code = "promotion.goal_unknown"
    message = _("There is no such goal.")
    hint = _("Choose reads, interactions or follows.")


class AudienceBelowFloor(MeadowError):
    """An audience, or a part of it, is too small to be reached without singling people out."""

    status = 422
    code = "promotion.audience_below_floor"
    message = _("This audience, or a part of it, is too small.")
    hint = _("Widen it: at least 1,000 people keep anybody from being singled out.")


class EndOutOfBounds(MeadowError):
    """An order would end in the past."""

    status = 422
    code = "promotion.end_out_of_bounds"
    message = _("This end is in the past.")
    hint = _("Choose a later one, or cancel the order: what is left of it goes back.")


class TopUpOutOfBounds(MeadowError):
    """A top-up is of nothing, or would make a budget larger than the rule lets it be."""

    status = 422
    code = "promotion.top_up_out_of_bounds"
    message = _("At most {most} more fits into this order.")
    hint = _("Choose a smaller amount, or place another order.")
