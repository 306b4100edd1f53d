"""What statements refuse, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class StatementMissing(MeadowError):
    """Nobody had an account then, it is another's, or the month is still to come."""

    status = 404
    code = "statements.missing"
    message = _("There is no statement of this time.")
    hint = _(
        "Statements begin with the month in which the account was opened. Choose one of the list."
    )


class TransferMissing(MeadowError):
    """No transfer has this id, or it moved nothing of the reader's."""

    status = 404
    code = "statements.transfer_missing"
    message = _("There is no such transfer of yours.")
    hint = _("Open it from the line of your statement.")


class TooLongToPrint(MeadowError):
    """A month has more lines than a PDF is made of."""

    status = 422
    code = "statements.too_long_to_print"
    message = _("This month has {lines} lines, and a PDF at most {most}.")
    hint = _("Download the CSV: it has all of them.")
