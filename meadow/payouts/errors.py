"""What payouts refuse, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound, PermissionDenied


class MethodMissing(NotFound):
    """No payout account has this id, or it is somebody else's, or removed."""

    code = "payouts.method_missing"
    message = _("There is no such payout account.")
    hint = _("Your payout accounts are on the page of your payouts.")


class MethodsFull(Conflict):
    """Somebody has as many payout accounts as anybody may."""

    code = "payouts.methods_full"
    message = _("You have {most} payout accounts, which is as many as one can have.")
    hint = _("Remove one that you no longer use, then add this one.")


class MethodUnverified(Conflict):
    """A payout account has not been verified."""

    code = "payouts.method_unverified"
    message = _("This payout account is not verified yet.")
    hint = _("Ask for it to be verified, and wait for the news that it is.")


class MethodCooling(Conflict):
    """A payout account is verified, and too new to be paid to."""

    code = "payouts.method_cooling"
    message = _("This payout account is new: it can be paid to from {day} on.")
    hint = _("The wait gives you time to notice if somebody else added it.")


class MethodDecided(Conflict):
    """A payout account does not wait to be verified."""

    code = "payouts.method_decided"
    message = _("This payout account does not wait to be verified.")
    hint = _("Reload to see how it stands now.")


class DetailsUnreadable(Conflict):
    """No key of this installation opens the details."""

    code = "payouts.details_unreadable"
    message = _("The details of this payout account cannot be opened here.")
    hint = _("Add the key that they were sealed with to MEADOW_PAYOUT_KEYS, after the new one.")


class OwnAffair(PermissionDenied):
    """An operator would decide about their own money."""

    code = "payouts.own_affair"
    message = _("This is about your own money, so somebody else has to do it.")
    hint = _("Ask another operator.")


class UnitNotPaid(MeadowError):
    """Nothing is paid out in this currency."""

    status = 422
    code = "payouts.unit_not_paid"
    message = _("Nothing is paid out in this currency.")
    hint = _("Choose another currency.")


class PayoutOutOfBounds(MeadowError):
    """A payout is smaller or larger than one may be."""

    status = 422
    code = "payouts.out_of_bounds"
    message = _("One payout is {least} to {most}.")
    hint = _("Choose an amount in between.")


class NothingLeftOver(MeadowError):
    """Tax and fee would take all of a payout."""

    status = 422
    code = "payouts.nothing_left_over"
    message = _("Nothing of {gross} would be left after tax and fee.")
    hint = _("Choose a larger amount.")


class NotEnough(Conflict):
    """The wallet does not hold what should be paid out."""

    code = "payouts.not_enough"
    message = _("Your wallet does not have this much free.")
    hint = _("Nothing was moved. Choose at most what is free to spend.")


class KeyTaken(MeadowError):
    """An idempotency key came with another payout or batch."""

    status = 422
    code = "payouts.key_taken"
    message = _("This key was used for something else.")
    hint = _("Use a new key for a new request.")


class PayoutMissing(NotFound):
    """No payout has this id, or it is somebody else's."""

    code = "payouts.payout_missing"
    message = _("There is no such payout.")
    hint = _("Your payouts are on their page, beside your wallet.")


class PayoutElsewhere(Conflict):
    """A payout does not stand where this can be done to it."""

    code = "payouts.payout_elsewhere"
    message = _("This cannot be done to the payout as it stands now.")
    hint = _("Nothing was changed. Reload to see how it stands.")


class BatchMissing(NotFound):
    """No batch has this id."""

    code = "payouts.batch_missing"
    message = _("There is no such batch.")


class BatchEmpty(Conflict):
    """Nothing waits that this provider could pay."""

    code = "payouts.batch_empty"
    message = _("Nothing waits that could be paid this way.")
    hint = _("Reload to see what waits, or choose another way.")


class BatchDecided(Conflict):
    """A batch was approved or refused already, or changed since it was looked at."""

    code = "payouts.batch_decided"
    message = _("This batch is not as you saw it any more.")
    hint = _("Nothing was changed. Reload to see how it stands.")


class SecondPersonNeeded(PermissionDenied):
    """Whoever drew up a batch, or is paid by it, would approve it."""

    code = "payouts.second_person_needed"
    message = _("A batch is approved by somebody who did not draw it up and is not paid by it.")
    hint = _("Ask another operator.")


class NotByFile(Conflict):
    """A file is asked of a batch that leaves by itself, or has not been approved."""

    code = "payouts.not_by_file"
    message = _("This batch has no bank file.")
    hint = _("Approved batches that leave by bank file have one.")


class WayMissing(NotFound):
    """No way to pay out of this name is on."""

    code = "payouts.way_missing"
    message = _("This way to pay out is not offered here.")
    hint = _("Choose one of those on the page of batches.")


class ResultsUnreadable(MeadowError):
    """A file of results is too long, or not of the form that is asked for."""

    status = 422
    code = "payouts.results_unreadable"
    message = _("These results could not be read.")
    hint = _("Each line has the payout's id, then paid or failed, then why. Nothing was changed.")


class RulesUnusable(MeadowError):
    """Rules that contradict themselves, or brackets that do not rise."""

    status = 422
    code = "payouts.rules_unusable"
    message = _("These rules cannot hold.")
    hint = _("Brackets rise, no rate is above the whole, and the least is not above the most.")


class RulesChangedMeanwhile(Conflict):
    """Somebody else wrote a version while this one was written."""

    code = "payouts.rules_changed_meanwhile"
    message = _("Somebody changed these rules while you did.")
    hint = _("Look at them again, and change them if that is still wanted.")
