"""What saved audiences, lists and the choice about promoted notes refuse."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound


class AudienceMissing(NotFound):
    """There is no such saved audience of this buyer."""

    code = "audience_missing"
    message = _("You have no such saved audience.")
    hint = _("It may have been deleted. Your audiences are listed under Promote, Audiences.")


class ListMissing(NotFound):
    """There is no such list of this buyer."""

    code = "audience_list_missing"
    message = _("You have no such list.")
    hint = _("It may have been deleted. Upload it again to use it.")


class AudienceNameTaken(Conflict):
    """A buyer's audiences have names of their own."""

    code = "audience_name_taken"
    message = _("You have a saved audience of this name already.")
    hint = _("Choose another name.")


class TooManyAudiences(Conflict):
    """A buyer keeps at most `most` of them."""

    code = "too_many_audiences"
    message = _("You keep {most} of these already, and there is room for no more.")
    hint = _("Delete one that you need no longer.")


class ListNamed(Conflict):
    """The list is used by an order that is not over."""

    code = "audience_list_in_use"
    message = _("An order that is not over reaches people by this list.")
    hint = _("Wait until the order has ended, or cancel it, then delete the list.")


class LookAlikeNotReady(Conflict):
    """People like those on a list are looked for when the audiences are next built."""

    code = "look_alike_not_ready"
    message = _("People like those on this list are still being looked for.")
    hint = _("Ask again in a few minutes.")


class ListEmpty(MeadowError):
    """An upload had no line with a hash in it."""

    status = 422
    code = "audience_list_empty"
    message = _("There is nothing on this list.")
    hint = _("Put one SHA-256 hash on each line.")


class TooYoungForProfile(MeadowError):
    """Whoever may be under 18 has no profile, whatever they choose."""

    status = 403
    code = "promoted_notes_too_young"
    message = _(
        "By your year of birth you may be under 18, and no profile is kept of anybody who may be."
    )
    hint = _("You see promoted notes only that are meant for everybody.")
