"""What the operator's finance refuses, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied


class ProposalMissing(NotFound):
    """No proposal has this id, or it is not the reader's to open."""

    code = "finance.proposal_missing"
    message = _("There is no such transfer by hand.")


class ProposalDecided(Conflict):
    """A proposal was approved, refused, withdrawn or has expired already."""

    code = "finance.proposal_decided"
    message = _("This proposal waits no more: somebody has decided it, or its time is over.")
    hint = _("Look at how it ended. If it is still needed, propose it again.")


class SecondPersonNeeded(PermissionDenied):
    """Whoever proposed a transfer may not decide it."""

    code = "finance.second_person_needed"
    message = _("You proposed this, so another operator has to decide it.")
    hint = _("You can take it back while it waits.")


class NotYours(PermissionDenied):
    """Only whoever proposed a transfer may take it back."""

    code = "finance.not_yours"
    message = _("Only whoever proposed this can take it back.")
    hint = _("You can refuse it instead, and say why.")


class OwnAccount(PermissionDenied):
    """An operator would move units of their own account."""

    code = "finance.own_account"
    message = _("One of these accounts is your own. Others have to propose and approve this.")


class SameAccount(InvalidInput):
    """A proposal moves from an account to itself."""

    code = "finance.same_account"
    message = _("Both sides are the same account.")
    hint = _("Choose another account on one side.")


class SideUnknown(InvalidInput):
    """What was written for a side names no account."""

    code = "finance.side_unknown"
    message = _("There is no account that {side} names.")
    hint = _("Write a person's @handle, an account's id, or a name such as platform:goodwill.")


class UnitsDiffer(InvalidInput):
    """An account of a proposal is of another unit."""

    code = "finance.units_differ"
    message = _("The account {side} is kept in {unit}.")
    hint = _("A transfer moves one unit between two accounts of it.")


class KeyTaken(InvalidInput):
    """The key of a proposal came with another one."""

    code = "finance.key_taken"
    message = _("This key was used for another proposal.")
    hint = _("Use a new key for a new proposal.")


class BalanceShort(Conflict):
    """The account that gives has not enough; the proposal stays open."""

    code = "finance.balance_short"
    message = _("There is not enough on the account that gives, so nothing was moved.")
    hint = _("The proposal stays open. Approve it once there is enough, or refuse it.")


class WordsMissing(InvalidInput):
    """A refusal or a resolution came without words."""

    code = "finance.words_missing"
    message = _("Say why in a few words: they are kept.")


class TermsChangedMeanwhile(Conflict):
    """Somebody else changed the limits while they were being changed."""

    code = "finance.terms_changed_meanwhile"
    message = _("Somebody changed these limits while you did.")
    hint = _("Look at them as they are now, and change them again if you still want to.")


class ProposerAnswers(PermissionDenied):
    """An appeal against a transfer by hand is answered by whoever proposed it."""

    code = "finance.proposer_answers"
    message = _("You proposed this transfer, so somebody else has to grant the appeal against it.")


class DifferenceMissing(NotFound):
    """What should be resolved is not among the differences, or was resolved."""

    code = "finance.difference_missing"
    message = _("This is no longer among what differs.")
    hint = _("Somebody resolved it, or a new comparison found it gone. Reload the list.")


class JobMissing(NotFound):
    """No failed job of money has this number."""

    code = "finance.job_missing"
    message = _("This job has not failed, or somebody had it tried again already.")
    hint = _("Reload the list.")
