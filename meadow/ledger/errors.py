"""What the ledger refuses, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class InsufficientFunds(MeadowError):
    """An account would fall below what it holds and has promised."""

    status = 409
    code = "ledger.insufficient_funds"
    message = _("There is not enough on the account for this.")
    hint = _("Nothing was moved. Top up, or choose a smaller amount.")


class AccountMissing(MeadowError):
    """A transfer names an account that was never opened."""

    status = 404
    code = "ledger.account_missing"
    message = _("There is no such account.")


class TransferMissing(MeadowError):
    """No transfer has this id."""

    status = 404
    code = "ledger.transfer_missing"
    message = _("There is no such transfer.")


class CheckMissing(MeadowError):
    """No proof of the books has this id."""

    status = 404
    code = "ledger.check_missing"
    message = _("There is no such check of the books.")


class HoldMissing(MeadowError):
    """No hold has this id."""

    status = 404
    code = "ledger.hold_missing"
    message = _("There is no such hold.")


class HoldClosed(MeadowError):
    """A hold was captured, voided or has expired already."""

    status = 409
    code = "ledger.hold_closed"
    message = _("This amount is no longer held.")
    hint = _("It was charged or released already. Look at the account's history.")


class HoldTooSmall(MeadowError):
    """A capture asks for more than the hold has left."""

    status = 409
    code = "ledger.hold_too_small"
    message = _("This is more than is held.")
    hint = _("Charge at most what is left of the hold.")


class KeyTaken(MeadowError):
    """An idempotency key came with another transfer or hold."""

    status = 422
    code = "ledger.key_taken"
    message = _("This key was used for something else.")
    hint = _("Use a new key for a new transfer.")


class Unbalanced(MeadowError):
    """What a transfer takes and what it gives are not the same, unit by unit."""

    status = 422
    code = "ledger.unbalanced"
    message = _("What this takes and what it gives are not the same.")
    hint = _("Each unit has to add up to zero.")


class NothingLeft(MeadowError):
    """A transfer has been reversed as far as is asked, or whole."""

    status = 409
    code = "ledger.nothing_left"
    message = _("This was given back already.")
    hint = _("Give back at most what is left of it.")
