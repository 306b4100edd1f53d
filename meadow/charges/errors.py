"""What charges refuse, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound


class ChargeMissing(NotFound):
    """No charge has this id, or it is somebody else's."""

    code = "charges.charge_missing"
    message = _("There is no such charge.")
    hint = _("What you were asked for is on your wallet page.")


class PersonMissing(NotFound):
    """Nobody has the name that a charge is for."""

    code = "charges.person_missing"
    message = _("Nobody here has this name.")
    hint = _("Send the handle without @, as it stands on the profile.")


class AskedOneself(MeadowError):
    """Whoever asks may not be the one who agrees."""

    status = 422
    code = "charges.asked_oneself"
    message = _("Nobody is asked for money by themselves.")
    hint = _("Let another operator's software ask.")


class WaitTooLong(MeadowError):
    """A charge would end in the past, or after more than 30 days."""

    status = 422
    code = "charges.wait_too_long"
    message = _("A charge ends later than now, and within 30 days.")
    hint = _("Choose another end. What takes longer is asked for anew.")


class UnitNotHeld(MeadowError):
    """A charge is of a currency that no wallet holds."""

    status = 422
    code = "charges.unit_not_held"
    message = _("Wallets do not hold this currency.")
    hint = _("Choose one of those on the wallet page.")


class KeyTaken(MeadowError):
    """An idempotency key came with another charge, capture or return."""

    status = 422
    code = "charges.key_taken"
    message = _("This key was used for something else.")
    hint = _("Use a new key for a new request.")


class AnsweredAlready(Conflict):
    """A charge was agreed to, declined or ended already, and otherwise."""

    code = "charges.answered_already"
    message = _("This was answered or has ended already.")
    hint = _("Reload the page to see how it stands.")


class NotEnough(Conflict):
    """The wallet does not hold what a charge asks for."""

    code = "charges.not_enough"
    message = _("Your wallet has {available} free, and {most} would be held.")
    hint = _("Top up the rest, then agree.")


class NotHeld(Conflict):
    """A charge is not agreed to, or has ended: there is nothing to capture or to void."""

    code = "charges.not_held"
    message = _("Nothing is held for this charge.")
    hint = _("It was not agreed to yet, or it has ended. Read it to see how it stands.")


class MoreThanHeld(Conflict):
    """A capture asks for more than is left."""

    code = "charges.more_than_held"
    message = _("At most {left} of this charge can still be captured.")
    hint = _("Capture at most that.")


class MoreThanCaptured(Conflict):
    """More would be given back than was taken."""

    code = "charges.more_than_captured"
    message = _("At most {left} of this charge can be given back.")
    hint = _("Choose a smaller amount.")
